"""What a proof reads afterwards, of orders and of their mails, and whether it all fits what buyers were answered."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row

from platform_core.tenancy.bootstrap import url_for
from tests.faults.checkouts import Purchase
from tests.faults.installation import Installation
from tests.faults.post import Delivery
from tests.faults.shops import SHOPS

FIRST_NUMBER = 1001
# From when to when somebody was dying or dead without whom no mail is marked as sent, by the monotonic clock.
Death = tuple[float, float]
# What was sent when its sender died is read, and its moment noted, so much later at most.
ON_ITS_WAY_SECONDS = 2.0
MAILS = ("orders.confirmation", "orders.new_order")
TABLES = (
    "orders_order",
    "orders_orderline",
    "orders_orderevent",
    "orders_ordercounter",
    "orders_cart",
    "orders_cartline",
    "payments_payment",
    "payments_paymentevent",
)
QUESTIONS = {
    "orders": """
        SELECT o.id, v.code AS shop, o.number, o.completion_key AS key, o.email, o.goods_minor, o.shipping_minor,
            o.gross_minor, o.net_minor, o.tax_minor, o.payment_id, c.public_id AS cart_id, c.state AS cart_state
        FROM lux.orders_order o JOIN tenancy_vendor v ON v.id = o.vendor_id
        LEFT JOIN lux.orders_cart c ON c.id = o.cart_id ORDER BY o.id""",
    "lines": "SELECT order_id, sku, quantity, gross_minor FROM lux.orders_orderline ORDER BY id",
    "timeline": "SELECT order_id, kind, details FROM lux.orders_orderevent ORDER BY id",
    "payments": "SELECT id, reference, amount_minor, expected_minor FROM lux.payments_payment ORDER BY id",
    "ledger": "SELECT payment_id, kind, amount_minor FROM lux.payments_paymentevent ORDER BY id",
    "counters": """
        SELECT v.code AS shop, c.next_number FROM lux.orders_ordercounter c
        JOIN tenancy_vendor v ON v.id = c.vendor_id""",
    "ordered_carts": "SELECT public_id FROM lux.orders_cart WHERE state = 'ordered'",
    "outbox": "SELECT id, payload, state FROM outbox_message ORDER BY created_at",
}


@dataclass(frozen=True)
class Books:
    """Every row that an order consists of, and what was to be told of it."""

    orders: list[Any]
    lines: list[Any]
    timeline: list[Any]
    payments: list[Any]
    ledger: list[Any]
    counters: list[Any]
    ordered_carts: list[Any]
    outbox: list[Any]


@contextmanager
def superuser(site: Installation) -> Iterator[psycopg.Connection[Any]]:
    """A connection past every wall, in one transaction that is rolled back unless it is committed."""
    with psycopg.connect(url_for(site.superuser_url, database="wizamart")) as connection:
        yield connection
        connection.rollback()


def empty_books(site: Installation) -> None:
    """No carts, no orders and nothing to tell: what an earlier proof has left is gone."""
    with superuser(site) as connection:
        tables = ", ".join(("outbox_message", *(f"lux.{table}" for table in TABLES)))
        connection.execute(f"TRUNCATE {tables} CASCADE")
        connection.commit()


def read_books(connection: psycopg.Connection[Any]) -> Books:
    """As they stand in the connection's transaction."""
    with connection.cursor(row_factory=namedtuple_row) as cursor:
        return Books(**{name: cursor.execute(question).fetchall() for name, question in QUESTIONS.items()})


def books_of(site: Installation) -> Books:
    """As they stand now."""
    with superuser(site) as connection:
        return read_books(connection)


def contradictions(
    books: Books, purchases: Sequence[Purchase], mails: Sequence[Delivery], deaths: Sequence[Death] = ()
) -> list[str]:
    """What does not fit; empty where every purchase is one whole order, and everybody was told of it once.

    A mail that was sent during one of the `deaths`, and could not be marked, may be delivered once more afterwards.
    """
    return [
        *half_orders(books),
        *_of_answers(books, purchases),
        *(
            f"The message {message.id} is {message.state}."
            for message in books.outbox
            if message.state != "done"
        ),
        *_of_mails(books, mails, deaths),
    ]


def half_orders(books: Books) -> list[str]:
    """What of the rows does not fit together, whoever was answered what."""
    return [*_of_numbers(books), *_of_parts(books), *_of_outbox(books)]


def _of_answers(books: Books, purchases: Sequence[Purchase]) -> Iterator[str]:
    """What was answered stands there once; what stands there was asked for."""
    found = defaultdict(list)
    for order in books.orders:
        found[order.shop, order.number].append(order)
    for purchase in purchases:
        place = purchase.shop.code, purchase.number
        if not purchase.number:
            yield f"{purchase.email} has no answer."
        elif len(found[place]) != 1:
            yield f"{place} was answered and stands there {len(found[place])} times."
        else:
            yield from _of_answer(purchase, found[place][0], books)
    yield from _twice("key", [(order.shop, order.key) for order in books.orders])
    yield from _twice("cart", [(order.shop, order.cart_id) for order in books.orders])
    yield from _twice("answer", [(purchase.shop.code, purchase.number) for purchase in purchases])
    asked = {(purchase.shop.code, purchase.key) for purchase in purchases}
    for order in books.orders:
        if (order.shop, order.key) not in asked:
            yield f"{order.shop} {order.number} was ordered by nobody."


def _of_answer(purchase: Purchase, order: Any, books: Books) -> Iterator[str]:
    name = f"{order.shop} {order.number}"
    if (order.key, order.cart_id, order.email) != (purchase.key, purchase.cart_id, purchase.email):
        yield f"{name} is not the order of {purchase.email}."
    stored = {part: getattr(order, f"{part}_minor") for part in purchase.totals}
    if not purchase.totals or stored != purchase.totals:
        yield f"{name} is {stored}; its buyer was answered {purchase.totals}."
    sold = sorted((line.sku, line.quantity) for line in books.lines if line.order_id == order.id)
    if sold != sorted(purchase.goods):
        yield f"{name} holds {sold}; its buyer wanted {purchase.goods}."


def _twice(what: str, values: Iterable[Any]) -> Iterator[str]:
    for value, count in Counter(values).items():
        if count > 1:
            yield f"The {what} {value} has {count} orders."


def _of_numbers(books: Books) -> Iterator[str]:
    """Without a gap in each shop, and the next one follows."""
    following = {counter.shop: counter.next_number for counter in books.counters}
    for shop in SHOPS:
        numbers = sorted(order.number for order in books.orders if order.shop == shop.code)
        if numbers != list(range(FIRST_NUMBER, FIRST_NUMBER + len(numbers))):
            yield f"The numbers of {shop.code} are not in a row: {numbers}."
        if numbers and following.get(shop.code) != numbers[-1] + 1:
            yield f"The next number of {shop.code} would be {following.get(shop.code)}."


def _of_parts(books: Books) -> Iterator[str]:
    """Each order is whole, and nothing of an order stands there without it."""
    lines, timeline, ledger = defaultdict(list), defaultdict(list), defaultdict(list)
    for line in books.lines:
        lines[line.order_id].append(line)
    for entry in books.timeline:
        timeline[entry.order_id].append(entry)
    for event in books.ledger:
        ledger[event.payment_id].append(event)
    payments = {payment.id: payment for payment in books.payments}
    for order in books.orders:
        name, gross = f"{order.shop} {order.number}", order.gross_minor
        if not lines[order.id] or sum(line.gross_minor for line in lines[order.id]) != order.goods_minor:
            yield f"The lines of {name} do not come to its goods."
        placed = [(entry.kind, entry.details.get("amount_minor")) for entry in timeline[order.id]]
        if placed != [("placed", gross)]:
            yield f"The timeline of {name} is {placed}."
        if order.cart_state != "ordered":
            yield f"The cart of {name} is {order.cart_state}."
        payment = payments.get(order.payment_id)
        if payment is None:
            yield f"{name} has no payment."
            continue
        if (payment.amount_minor, payment.expected_minor, payment.reference) != (
            gross,
            gross,
            str(order.number),
        ):
            yield f"The payment of {name} is another one's."
        kinds = Counter(event.kind for event in ledger[payment.id])
        first = ledger[payment.id][:1]
        if [(event.kind, event.amount_minor) for event in first] != [("requested", gross)] or kinds != {
            "requested": 1,
            "pending": 1,
        }:
            yield f"The ledger of {name} is {dict(kinds)}."
    for left in set(payments) - {order.payment_id for order in books.orders}:
        yield f"The payment {left} is for no order."
    for cart in {row.public_id for row in books.ordered_carts} - {order.cart_id for order in books.orders}:
        yield f"The cart {cart} is ordered without an order."


def _of_outbox(books: Books) -> Iterator[str]:
    """Each kind of mail is written down once for each order."""
    written = Counter(
        (message.payload["mail"], message.payload["ids"]["order_id"]) for message in books.outbox
    )
    wanted = Counter((mail, order.id) for order in books.orders for mail in MAILS)
    if written != wanted:
        yield f"Written down and not wanted: {written - wanted}; wanted and not written down: {wanted - written}."


def _of_mails(books: Books, mails: Sequence[Delivery], deaths: Sequence[Death]) -> Iterator[str]:
    """Each mail once to each reader: what comes again has its Message-ID, and somebody has died in between."""
    delivered: dict[str, list[float]] = defaultdict(list)
    read: dict[tuple[str, str], set[str]] = defaultdict(set)
    for mail in mails:
        number = re.search(r"order (\d+)", mail.subject)
        delivered[mail.message_id].append(mail.at)
        read[mail.to, number[1] if number else ""].add(mail.message_id)
    mailboxes = {shop.code: shop.mailbox for shop in SHOPS}
    for order in books.orders:
        for reader in (order.email, mailboxes[order.shop]):
            count = len(read.pop((reader, str(order.number)), ()))
            if count != 1:
                yield f"{reader} has {count} mails of {order.shop} {order.number}."
    for reader, number in read:
        yield f"{reader} has a mail of an order {number} that is not there."
    for message_id, moments in delivered.items():
        for before, after in zip(moments, moments[1:], strict=False):
            if not any(before <= end + ON_ITS_WAY_SECONDS and begin <= after for begin, end in deaths):
                yield f"The mail {message_id} came again though nobody had died."

"""One order of the demo after the other: what was bought, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from modules.catalog.models import Variant
from modules.catalog.selectors import SaleItem, sale_items, vat_percents
from modules.customers.models import Customer
from modules.orders.demo.facts import (
    ANNAS_EMAIL,
    CANCEL_REASONS,
    CARRIERS,
    LIFE_HOURS,
    OLDER_LIVES,
    PEOPLE,
    QUIET_LIVES,
    RECENT_DAYS,
    RECENT_LIVES,
    TODAYS_LIVES,
    WITHOUT_OPEN_ORDERS,
)
from modules.orders.machine import TRANSITIONS, Event, State
from modules.orders.models import (
    Fulfilment,
    FulfilmentLine,
    Order,
    OrderEvent,
    OrderLine,
    ShippingMethod,
)
from modules.orders.pricing import Item, Share, price
from modules.payments.extensions import AuthoriseRequest, gateways
from modules.payments.models import Payment, PaymentEvent, PaymentMethod
from platform_core.demo import DemoRun
from platform_core.identity.models import User
from platform_core.money import from_minor
from platform_core.public_ids import ALPHABET, LENGTH
from platform_core.tenancy.context import VendorRef, platform_context


@dataclass
class Story:
    """One order with all that belongs to it, not stored yet. `now` is how far it has come."""

    order: Order
    lines: list[OrderLine]
    payment: Payment
    now: datetime
    # Nothing of it may happen later.
    until: datetime
    events: list[OrderEvent] = field(default_factory=list)
    ledger: list[PaymentEvent] = field(default_factory=list)
    # What has left, with the event that tells of it.
    parcels: list[tuple[Fulfilment, list[FulfilmentLine], OrderEvent]] = field(default_factory=list)

    def wait(self, chance: Random, hours: int) -> None:
        """Some time passes, at most so many hours, and never all that is left."""
        minutes = timedelta(minutes=chance.randrange(20, 60 * hours))
        self.now += min(minutes, (self.until - self.now) / 4)

    def tell(self, kind: OrderEvent.Kind, user_id: int | None, note: str = "", **details: Any) -> None:
        self.events.append(
            OrderEvent(order=self.order, kind=kind, user_id=user_id, note=note, details=details, at=self.now)
        )

    def book(self, kind: str, user_id: int | None = None, *, reason: str = "", refund_id: str = "") -> None:
        payment = self.payment
        self.ledger.append(
            PaymentEvent(
                payment=payment,
                kind=kind,
                amount_minor=payment.amount_minor,
                currency=payment.currency,
                refund_id=refund_id,
                provider=payment.gateway,
                reason=reason,
                user_id=user_id,
                at=self.now,
            )
        )

    def turn(self, event: Event) -> None:
        order = self.order
        order.state = TRANSITIONS[State(order.state), event]
        order.version += 1
        order.updated_at = self.now


class Shop:
    """What the stories of a shop draw from."""

    def __init__(self, code: str, vendor: VendorRef, run: DemoRun) -> None:
        self.code, self.vendor, self.run = code, vendor, run
        published = Variant.objects.filter(is_active=True).values_list("pk", "product__published_at")
        self.published = dict(published.order_by("sku"))
        self.items: dict[str, dict[int, SaleItem]] = {
            language: sale_items(self.published, language=language, default_language=vendor.default_language)
            for language in vendor.languages
        }
        kinds = {item.tax_category for item in self.items[vendor.default_language].values()}
        rates = vat_percents(kinds, on=run.today)
        self.percents: dict[str, Decimal] = {kind: rate or Decimal(0) for kind, rate in rates.items()}
        self.methods = {method.code: method for method in ShippingMethod.objects.all()}
        self.ways_to_pay = {method.gateway: method for method in PaymentMethod.objects.filter(is_active=True)}
        self.customers = {customer.email: customer for customer in Customer.objects.all()}
        with platform_context(role="gatekeeper"):
            team = dict(
                User.objects.filter(email__in=[f"owner@{code}.test", f"staff@{code}.test"]).values_list(
                    "email", "pk"
                )
            )
        self.team = [team[email] for email in sorted(team)]


def _public_id(chance: Random, prefix: str, moment: datetime) -> str:
    """As `new_public_id` makes them, and the same for a seed."""
    number = (int(moment.timestamp() * 1000) << 80) | chance.getrandbits(80)
    letters = [ALPHABET[number >> shift & 31] for shift in range(5 * (LENGTH - 1), -1, -5)]
    return f"{prefix}_{''.join(letters)}"


def make_story(shop: Shop, chance: Random, number: int, placed_at: datetime) -> Story:
    anna = shop.customers.get(ANNAS_EMAIL)
    is_annas = anna is not None and anna.created_at < placed_at and chance.random() < 0.15
    language = chance.choice((shop.vendor.default_language, *shop.vendor.languages))
    name, line1, postal_code, city, country = chance.choice(PEOPLE)
    if is_annas and anna is not None:
        name, line1, postal_code, city, country = (
            anna.full_name,
            "12, rue des Roses",
            "L-2445",
            "Luxembourg",
            "LU",
        )
    address = {
        "name": name,
        "line1": line1,
        "line2": "",
        "postal_code": postal_code,
        "city": city,
        "country": country,
    }
    is_collected = country == "LU" and chance.random() < 0.2
    method = shop.methods[
        "collection" if is_collected else "home-delivery" if country == "LU" else "greater-region"
    ]
    bought = _bought(shop, chance, language, placed_at)
    items = [Item(item.price_minor, count, item.tax_category) for item, count in bought]
    goods_minor = sum(item.gross_minor for item in items)
    is_free = method.free_from_minor is not None and goods_minor >= method.free_from_minor
    priced = price(items, 0 if is_free else method.price_minor, shop.percents)
    email = ANNAS_EMAIL if is_annas else f"{name.split()[0].lower().replace('ê', 'e')}@example.test"
    customer = shop.customers.get(email)
    order = Order(
        public_id=_public_id(chance, "ord", placed_at),
        number=number,
        customer=customer if customer is not None and customer.created_at < placed_at else None,
        email=email,
        language=language,
        currency=shop.vendor.currency,
        shipping_address=address,
        billing_address=address,
        shipping_code=method.code,
        shipping_name=method.names[language],
        is_collected=is_collected,
        goods_minor=priced.goods_minor,
        shipping_minor=priced.shipping.gross_minor,
        shipping_net_minor=priced.shipping.net_minor,
        shipping_tax_minor=priced.shipping.tax_minor,
        gross_minor=priced.total.gross_minor,
        net_minor=priced.total.net_minor,
        tax_minor=priced.total.tax_minor,
        rates=[group.as_json() for group in priced.rates],
        placed_at=placed_at,
        updated_at=placed_at,
    )
    lines = [
        _line(order, position, item, count, share, shop.percents)
        for position, ((item, count), share) in enumerate(zip(bought, priced.lines, strict=True))
    ]
    wants_cash = is_collected and "cash_on_collection" in shop.ways_to_pay and chance.random() < 0.5
    payment = _payment(shop, chance, order, "cash_on_collection" if wants_cash else "bank_transfer")
    is_todays = placed_at >= shop.run.midnight
    story = Story(order, lines, payment, placed_at, shop.run.now if is_todays else shop.run.midnight)
    story.tell(OrderEvent.Kind.PLACED, None, amount_minor=order.gross_minor)
    story.book("requested")
    story.book("pending")
    _live(story, chance, _life(shop, chance, placed_at), shop.team)
    return story


def _bought(shop: Shop, chance: Random, language: str, placed_at: datetime) -> list[tuple[SaleItem, int]]:
    """One to four variants that were in the shop by then."""
    there = [pk for pk, moment in shop.published.items() if moment and moment < placed_at]
    chosen = chance.sample(there or list(shop.published), chance.choice((1, 1, 1, 2, 2, 3, 4)))
    return [(shop.items[language][pk], chance.choice((1, 1, 1, 2, 2, 3))) for pk in chosen]


def _line(
    order: Order, position: int, item: SaleItem, count: int, share: Share, percents: dict[str, Decimal]
) -> OrderLine:
    return OrderLine(
        order=order,
        position=position,
        variant_id=item.variant_id,
        sku=item.sku,
        title=item.title,
        label=item.label,
        quantity=count,
        unit_price_minor=item.price_minor,
        gross_minor=share.gross_minor,
        net_minor=share.net_minor,
        tax_minor=share.tax_minor,
        tax_category=item.tax_category,
        tax_percent=percents[item.tax_category],
        weight_grams=item.weight_grams,
    )


def _payment(shop: Shop, chance: Random, order: Order, code: str) -> Payment:
    """The payment as its gateway begins it."""
    gateway, public_id = gateways()[code], _public_id(chance, "pay", order.placed_at)
    result = gateway.authorise(
        AuthoriseRequest(
            payment_id=public_id,
            amount=from_minor(order.gross_minor, order.currency),
            config=shop.ways_to_pay[code].config,
            reference=str(order.number),
        )
    )
    return Payment(
        public_id=public_id,
        gateway=code,
        amount_minor=order.gross_minor,
        currency=order.currency,
        reference=str(order.number),
        description=f"Order {order.number}",
        provider_reference=result.provider_reference,
        instructions=dict(result.instructions),
        created_at=order.placed_at,
    )


def _life(shop: Shop, chance: Random, placed_at: datetime) -> str:
    midnight = shop.run.midnight
    if placed_at >= midnight:
        return "completed" if shop.code in WITHOUT_OPEN_ORDERS else _one_of(TODAYS_LIVES, chance)
    if shop.code in WITHOUT_OPEN_ORDERS:
        lives = QUIET_LIVES
    elif placed_at > midnight - timedelta(days=RECENT_DAYS):
        lives = RECENT_LIVES
    else:
        lives = OLDER_LIVES
    # A life takes its time, and all of it lies before today.
    passed = (midnight - placed_at).total_seconds() / 3600
    possible = {life: weight for life, weight in lives.items() if LIFE_HOURS[life] <= passed}
    return _one_of(possible, chance)


def _one_of(lives: dict[str, int], chance: Random) -> str:
    return chance.choices(list(lives), list(lives.values()))[0]


def _live(story: Story, chance: Random, life: str, team: Sequence[int]) -> None:
    """What becomes of an order, day by day."""
    who = chance.choice(team)
    is_cash = story.payment.gateway == "cash_on_collection"
    if life == "cancelled":
        # Soon: also an order of this morning may be.
        story.wait(chance, 1)
        _cancel(story, chance, who)
    elif life == "sent":
        # On account: the shop has sold before the money is there.
        story.wait(chance, 24)
        story.turn(Event.CONFIRM)
        story.tell(OrderEvent.Kind.CONFIRMED, who)
        story.wait(chance, 24)
        _send(story, chance, who, story.lines)
    elif life == "completed" and is_cash:
        story.wait(chance, 24)
        _send(story, chance, who, story.lines)
        story.book("captured", who)
        _complete(story)
    elif life != "placed":
        _be_paid(story, chance, life, who)


def _be_paid(story: Story, chance: Random, life: str, who: int) -> None:
    """The money comes in, and what follows from it."""
    story.wait(chance, 96)
    story.book("captured", who)
    story.turn(Event.CONFIRM)
    story.tell(OrderEvent.Kind.CONFIRMED, who, by_payment=True)
    if life == "refunded":
        story.wait(chance, 24)
        _cancel(story, chance, who)
    elif life == "partial" and len(story.lines) > 1:
        story.wait(chance, 48)
        _send(story, chance, who, story.lines[:1])
    elif life == "completed":
        story.wait(chance, 48)
        _send(story, chance, who, story.lines)
        _complete(story)


def _send(story: Story, chance: Random, who: int, lines: Sequence[OrderLine]) -> None:
    order = story.order
    is_whole = len(lines) == len(story.lines)
    carrier = "" if order.is_collected else chance.choice(CARRIERS)
    tracking = f"{chance.randrange(10**11, 10**12)}" if carrier else ""
    fulfilment = Fulfilment(order=order, carrier=carrier, tracking_number=tracking, user_id=who, at=story.now)
    parts = [FulfilmentLine(fulfilment=fulfilment, line=line, quantity=line.quantity) for line in lines]
    for line in lines:
        line.fulfilled_quantity = line.quantity
    kind = OrderEvent.Kind.COLLECTED if order.is_collected else OrderEvent.Kind.SENT
    story.turn(Event.FULFIL_REST if is_whole else Event.FULFIL_PART)
    story.tell(kind, who, carrier=carrier, tracking_number=tracking)
    story.parcels.append((fulfilment, parts, story.events[-1]))


def _complete(story: Story) -> None:
    story.turn(Event.COMPLETE)
    story.tell(OrderEvent.Kind.COMPLETED, None)


def _cancel(story: Story, chance: Random, who: int) -> None:
    """Void what is expected; what was paid is owed back, and paid back."""
    order, reason = story.order, chance.choice(CANCEL_REASONS)
    order.cancel_reason = reason
    for line in story.lines:
        line.cancelled_quantity = line.quantity
    story.turn(Event.CANCEL)
    story.tell(OrderEvent.Kind.CANCELLED, who, reason)
    if any(event.kind == "captured" for event in story.ledger):
        refund_id = _public_id(chance, "rfd", story.now)
        story.book("refund_requested", who, reason=reason, refund_id=refund_id)
        story.tell(OrderEvent.Kind.REFUND_OWED, who, amount_minor=story.payment.amount_minor)
        story.wait(chance, 48)
        story.book("refunded", who, refund_id=refund_id)
    else:
        story.book("voided", who, reason=reason)

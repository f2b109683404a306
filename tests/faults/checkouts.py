"""Buyers who order over HTTP and insist: what is cut off or put off is sent again, an order with the same key."""

from __future__ import annotations

import itertools
import json
import random
import re
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.faults import wire
from tests.faults.load import Note
from tests.faults.shops import OBJEKTIV, PRODUCT_COUNT, VOLTWERK, Shop
from tests.faults.visitors import Reply, Visitor

THREADS = 6
# How long a buyer goes on trying; longer than any server is away in a proof.
INSISTS_SECONDS = 120.0
PAUSE_SECONDS = 0.3
ADDRESS = {
    "name": "Anna Muller",
    "line1": "5, rue du Fossé",
    "postal_code": "1536",
    "city": "Luxembourg",
    "country": "LU",
}
# One in so many orders is sent by somebody who hangs up before the answer, and asks again.
HANGS_UP = 8
# One in so many buyers has a browser; the others are scripts.
HAS_A_BROWSER = 3


@dataclass
class Purchase:
    """What somebody wanted, and what they were answered: `totals` in minor units, as many as were shown."""

    shop: Shop
    email: str
    goods: list[tuple[str, int]]
    is_by_form: bool
    key: str = ""
    cart_id: str = ""
    number: int = 0
    totals: dict[str, int] = field(default_factory=dict)
    # Sends the order again, with the same key.
    again: Callable[[], Reply] | None = None
    answer: str = ""


class Refused(Exception):
    """An answer that no buyer should get, whatever is away."""


class Buyer:
    """One purchase from the empty cart to the order."""

    def __init__(self, visitor: Visitor, purchase: Purchase, notes: list[Note]) -> None:
        self.visitor, self.purchase, self.notes = visitor, purchase, notes

    def prepare(self) -> None:
        """All that comes before the order: then `purchase.again` sends it. Raises Refused."""
        if self.purchase.is_by_form:
            self._prepare_by_form()
        else:
            self._prepare_by_script()

    def order(self) -> None:
        """Until there is an answer, which the purchase then holds. Raises Refused."""
        if self.purchase.is_by_form:
            self._order_by_form()
        else:
            self._order_by_script()

    def hang_up(self) -> None:
        """Send a script's order and leave before the answer."""
        path = f"/api/v1/storefront/carts/{self.purchase.cart_id}/complete/"
        try:
            with wire.connect(self.visitor.port) as line:
                head = f"Idempotency-Key: {self.purchase.key}"
                line.sendall(
                    wire.request("POST", path, self.visitor.host, head, "Content-Type: application/json")
                )
        except OSError:
            # The server is away: nothing was sent.
            return

    def _once(self, step: str, call: Callable[[], Reply], good: Collection[int]) -> Reply | None:
        """The answer, or None for one that asks to come again. Raises Refused."""
        begun = time.monotonic()
        reply = call()
        note = Note(step, begun, time.monotonic(), reply)
        self.notes.append(note)
        if reply.status in good:
            return reply
        if reply.status == 0 or note.is_shed or is_in_flight(reply):
            time.sleep(PAUSE_SECONDS)
            return None
        raise Refused(f"{note}: {reply.headers.get('location', '')} {reply.body[:300]}")

    def _insist(self, step: str, call: Callable[[], Reply], *good: int) -> Reply:
        deadline = time.monotonic() + INSISTS_SECONDS
        while time.monotonic() < deadline:
            reply = self._once(step, call, good)
            if reply is not None:
                return reply
        raise Refused(f"{step}: no answer for {INSISTS_SECONDS} s")

    def _prepare_by_script(self) -> None:
        purchase, call = self.purchase, self.visitor.call
        cart = self._insist("cart", lambda: call("POST", "storefront/carts/"), 201).json()
        purchase.cart_id = cart["id"]
        path = f"storefront/carts/{cart['id']}/"
        for sku, quantity in purchase.goods:
            body = {"sku": sku, "quantity": quantity}
            # Put in twice it is there twice: whoever has no answer looks first.
            while self._once("line", lambda body=body: call("POST", f"{path}lines/", body), {201}) is None:  # type: ignore[misc]
                lines = self._insist("look", lambda: call("GET", path), 200).json()["lines"]
                if sku in {line["sku"] for line in lines}:
                    break
        choices = {
            "email": purchase.email,
            "shipping_address": ADDRESS,
            "shipping_method": "home",
            "payment_method": "bank_transfer",
        }
        self._insist("checkout", lambda: call("PUT", f"{path}checkout/", choices), 200)
        purchase.again = lambda: call("POST", f"{path}complete/", Idempotency_Key=purchase.key)

    def _order_by_script(self) -> None:
        purchase = self.purchase
        assert purchase.again is not None
        reply = self._insist("complete", purchase.again, 201)
        order = reply.json()
        purchase.answer = reply.body
        purchase.number = int(order["number"])
        purchase.totals = {
            part: _minor(order["totals"][part]["amount"])
            for part in ("goods", "shipping", "gross", "net", "tax")
        }

    def _prepare_by_form(self) -> None:
        purchase, visitor = self.purchase, self.visitor
        for sku, quantity in purchase.goods:
            self._put_in(sku, quantity)
        self._fill_in("contact", email=purchase.email)
        self._fill_in("delivery", **ADDRESS, line2="", method="home")
        self._fill_in("payment", method="bank_transfer")
        path = "/checkout/review/"
        page = self._insist("review", lambda: visitor.get(path), 200).body
        form = {name: _hidden(page, name) for name in ("token", "fingerprint")}
        purchase.key, purchase.cart_id = form["token"], form["token"].rpartition(".")[0]
        purchase.again = lambda: visitor.submit(path, page, **form)

    def _order_by_form(self) -> None:
        purchase, visitor = self.purchase, self.visitor
        assert purchase.again is not None
        reply = self._insist("order", purchase.again, 303)
        purchase.answer = reply.headers["location"]
        if not purchase.answer.startswith("/orders/"):
            raise Refused(f"The order leads to {purchase.answer}")
        shown = self._insist("confirmation", lambda: visitor.get(purchase.answer), 200).body
        purchase.number = int(_found(r'class="order-number">Order (\d+)', shown))
        total = _found(r'class="total"><dt>Total</dt><dd>.*?([\d,]+\.\d\d)', shown)
        purchase.totals = {"gross": _minor(total.replace(",", ""))}

    def _put_in(self, sku: str, quantity: int) -> None:
        def add() -> Reply:
            return self.visitor.submit("/cart/add/", "", sku=sku, quantity=quantity)

        while self._once("add", add, {303}) is None:
            page = self._insist("look", lambda: self.visitor.get("/cart/"), 200).body
            if f"/products/{sku.lower()}/" in page:
                return

    def _fill_in(self, step: str, **fields: str) -> None:
        path = f"/checkout/{step}/"

        def send() -> Reply:
            page = self.visitor.get(path)
            return page if page.status != 200 else self.visitor.submit(path, page.body, **fields)

        self._insist(step, send, 303)


def is_in_flight(reply: Reply) -> bool:
    """Whether a script was told that the one before it is still at it."""
    return reply.status == 409 and json.loads(reply.body).get("code") == "in_flight"


def _minor(amount: str) -> int:
    whole, _point, part = amount.partition(".")
    return int(whole) * 100 + int(part)


def _found(pattern: str, page: str) -> str:
    found = re.search(pattern, page, re.S)
    if found is None:
        raise Refused(f"The page does not show {pattern}: {page[:2000]}")
    return found[1]


def _hidden(page: str, name: str) -> str:
    return _found(f'name="{name}" value="([^"]*)"', page)


class Crowd:
    """A few threads of buyers, one purchase after another, at both shops that sell, up to `count` of them."""

    def __init__(self, port: int, count: int, chance: random.Random) -> None:
        self.port, self.count = port, count
        self.purchases: list[Purchase] = []
        self.notes: list[Note] = []
        self.wrong: list[str] = []
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._is_over = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, args=(random.Random(chance.random()),), daemon=True)
            for _number in range(THREADS)
        ]

    def _work(self, chance: random.Random) -> None:
        while not self._is_over.is_set():
            with self._lock:
                number = next(self._numbers)
                if number > self.count:
                    return
                purchase = wish(number, chance)
                self.purchases.append(purchase)
            buyer = Buyer(Visitor(self.port, purchase.shop.host), purchase, self.notes)
            try:
                buyer.prepare()
                if not purchase.is_by_form and chance.randrange(HANGS_UP) == 0:
                    buyer.hang_up()
                buyer.order()
            except Exception as error:
                self.wrong.append(f"{purchase.email}: {error!r}")

    @property
    def answered(self) -> int:
        """How many have their order."""
        return sum(purchase.number > 0 for purchase in self.purchases)

    @property
    def is_served(self) -> bool:
        """Whether all who were to come have gone."""
        return not any(thread.is_alive() for thread in self._threads)

    def between(self, begin: float, end: float = float("inf")) -> list[Note]:
        """The requests that ran, at least partly, in this span."""
        return [note for note in list(self.notes) if note.ended > begin and note.begun < end]

    @classmethod
    @contextmanager
    def of(cls, port: int, count: int, chance: random.Random) -> Iterator[Crowd]:
        """Buyers who come during the block; each one who has begun ends with an answer."""
        crowd = cls(port, count, chance)
        for thread in crowd._threads:
            thread.start()
        try:
            yield crowd
        finally:
            crowd._is_over.set()
            for thread in crowd._threads:
                thread.join()


def wish(number: int, chance: random.Random) -> Purchase:
    """What the buyer of this number comes for."""
    shop = chance.choice((OBJEKTIV, VOLTWERK))
    products = chance.sample(range(PRODUCT_COUNT), chance.randint(1, 3))
    goods = [(f"{shop.code}-{product}".upper(), chance.randint(1, 3)) for product in products]
    return Purchase(
        shop=shop,
        email=f"buyer{number}@example.test",
        goods=goods,
        is_by_form=chance.randrange(HAS_A_BROWSER) == 0,
        key=f"key-{number}-{chance.getrandbits(64):x}",
    )


def asked_again(purchase: Purchase) -> Any:
    """What is other than before when an order is sent once more with its key; empty where nothing is."""
    assert purchase.again is not None
    reply = purchase.again()
    if purchase.is_by_form:
        answer, is_known = reply.headers.get("location"), reply.status == 303
    else:
        answer, is_known = reply.body, reply.headers.get("idempotent-replayed") == "true"
    return "" if is_known and answer == purchase.answer else f"{purchase.email}: {reply}"

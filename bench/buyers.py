"""Buyers of one order each: a script at the storefront's API, and somebody with a browser and no JavaScript."""

from __future__ import annotations

import http.client
import json
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

EMAIL = "anna@bench.test"
ADDRESS = {
    "name": "Anna Muller",
    "line1": "5, rue du Fossé",
    "postal_code": "1536",
    "city": "Luxembourg",
    "country": "LU",
}
DELIVERY, PAYMENT = "home-delivery", "bank_transfer"
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


class NotSold(Exception):
    """A step was not answered as a buyer needs it."""


@dataclass(frozen=True)
class Answer:
    """What a step was answered with; `location` is where a form leads to."""

    status: int
    text: str
    location: str = ""

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def hidden(self) -> dict[str, str]:
        """The hidden fields of the page's forms."""
        return {name: unescape(value) for name, value in HIDDEN.findall(self.text)}


class Shop(Protocol):
    """How a buyer reaches the shop. Cookies are kept from step to step, and are gone with `forget`."""

    def ask(
        self,
        step: str,
        method: str,
        path: str,
        *,
        body: str = "",
        content_type: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request of the step that is named."""

    def forget(self) -> None:
        """Somebody else comes."""


@dataclass
class OpenLine:
    """A shop at a port of this machine, by one connection that is kept open."""

    port: int
    host: str
    cookies: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def ask(
        self,
        step: str,
        method: str,
        path: str,
        *,
        body: str = "",
        content_type: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        fields = {"Host": self.host, **(headers or {})}
        if content_type:
            fields["Content-Type"] = content_type
        if self.cookies:
            fields["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self._connection.request(method, path, body.encode() or None, fields)
        response = self._connection.getresponse()
        text = response.read().decode()
        for line in response.headers.get_all("Set-Cookie", []):
            name, _sign, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return Answer(response.status, text, response.headers.get("Location", ""))

    def forget(self) -> None:
        self.cookies.clear()

    def close(self) -> None:
        self._connection.close()


def cart_by_api(shop: Shop, number: int) -> str:
    """A new cart with product `number` of the catalogue in it; its address. Raises NotSold."""
    made = _call(shop, "cart", "POST", "/api/v1/storefront/carts/", 201)
    cart = f"/api/v1/storefront/carts/{made['id']}/"
    _call(shop, "line", "POST", f"{cart}lines/", 201, {"sku": f"SKU-{number}", "quantity": 1})
    return cart


def order_by_api(shop: Shop, number: int) -> str:
    """An order of product `number`, as a script places it; the order's number. Raises NotSold."""
    cart = cart_by_api(shop, number)
    _call(shop, "choices", "GET", f"{cart}checkout/", 200)
    said = {
        "email": EMAIL,
        "shipping_address": ADDRESS,
        "shipping_method": DELIVERY,
        "payment_method": PAYMENT,
    }
    _call(shop, "address, shipping, payment", "PUT", f"{cart}checkout/", 200, said)
    key = {"Idempotency-Key": str(uuid.uuid4())}
    order = _call(shop, "complete", "POST", f"{cart}complete/", 201, headers=key)
    return str(order["number"])


def order_by_forms(shop: Shop, number: int) -> str:
    """An order of product `number`, from the product's page to the confirmation; its address. Raises NotSold."""
    shop.forget()
    path = review_by_forms(shop, f"/products/product-{number}/", f"SKU-{number}")
    page = _page(shop, "review", path)
    path = _send(shop, "review, sent", path, page.hidden)
    _page(shop, "confirmation", path)
    return path


def review_by_forms(shop: Shop, product_path: str, sku: str) -> str:
    """Everything up to the review of an order, which is its address. Raises NotSold."""
    _page(shop, "product", product_path)
    path = _send(shop, "add to cart", "/cart/add/", {"sku": sku, "quantity": "1"})
    _page(shop, "cart", path)
    path = _lead(shop, "checkout", "/checkout/")
    for step, typed in (
        ("contact", {"email": EMAIL}),
        ("delivery", {**ADDRESS, "method": DELIVERY}),
        ("payment", {"method": PAYMENT}),
    ):
        page = _page(shop, step, path)
        path = _send(shop, f"{step}, sent", path, {**page.hidden, **typed})
    return path


def _call(
    shop: Shop,
    step: str,
    method: str,
    path: str,
    status: int,
    said: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Any:
    body, content_type = (json.dumps(said), JSON) if said is not None else ("", "")
    return _want(
        shop.ask(step, method, path, body=body, content_type=content_type, headers=headers), step, status
    ).json


def _page(shop: Shop, step: str, path: str) -> Answer:
    return _want(shop.ask(step, "GET", path), step, 200)


def _lead(shop: Shop, step: str, path: str) -> str:
    return _path(_want(shop.ask(step, "GET", path), step, 303))


def _send(shop: Shop, step: str, path: str, typed: Mapping[str, str]) -> str:
    return _path(_want(shop.ask(step, "POST", path, body=urlencode(typed), content_type=FORM), step, 303))


def _path(answer: Answer) -> str:
    return urlsplit(answer.location).path


def _want(answer: Answer, step: str, status: int) -> Answer:
    if answer.status != status:
        raise NotSold(
            f"Step “{step}” is answered with {answer.status} instead of {status}: {answer.text[:500]}"
        )
    return answer


def numbers(count: int) -> Iterator[int]:
    """Products of a catalogue of so many, all over it; the same ones on each run, and no draft among them."""
    place = 0
    while True:
        # A step that has no factor in common with a power of ten comes by every product.
        place = (place + 7_368_787) % count
        if place % 20 != 7:
            yield place

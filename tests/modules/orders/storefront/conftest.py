"""A browser at a shop that sells a book for 20.60 at 3 % and a lamp for 58.50 at 17 %."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from modules.customers.models import Customer
from modules.customers.services import register_customer
from modules.orders.models import Order
from modules.tenancy.models import Vendor
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.models import Platform
from tests.modules.orders.conftest import ADDRESS

HOST = "objektiv.lux.localhost"
ANNA = {"email": "anna@example.test", "password": "correct-horse-battery"}
DELIVERY = {**ADDRESS, "line2": "", "method": "home"}


def text_of(response: HttpResponse) -> str:
    return response.content.decode()


def hidden(response: HttpResponse, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', text_of(response))
    assert found is not None, text_of(response)
    return found[1]


class Buyer:
    """Somebody with a browser, who puts things into the cart and orders them. `root` is path mode's prefix."""

    def __init__(self, client: Client, root: str = "") -> None:
        self.client, self.root = client, root

    def get(self, path: str, **options: Any) -> Any:
        return self.client.get(self.root + path, **options)

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> Any:
        return self.client.post(self.root + path, data or {}, **options)

    def put_in(self, sku: str = "LAMP", quantity: Any = 1, **options: Any) -> Any:
        return self.post("/cart/add/", {"sku": sku, "quantity": quantity}, **options)

    def fill_in(self, *, method: str = "home", pay: str = "bank_transfer") -> None:
        """All steps before the review."""
        steps: tuple[tuple[str, dict[str, Any]], ...] = (
            ("contact", {"email": ANNA["email"]}),
            ("delivery", {**DELIVERY, "method": method}),
            ("payment", {"method": pay}),
        )
        for step, data in steps:
            answer = self.post(f"/checkout/{step}/", data)
            assert answer.status_code == 303, text_of(answer)

    def review(self) -> dict[str, str]:
        """The form of the review, as the page shows it."""
        page = self.get("/checkout/review/")
        return {name: hidden(page, name) for name in ("token", "fingerprint")}

    def order(self, form: dict[str, str] | None = None) -> Any:
        return self.post("/checkout/review/", form or self.review())


@pytest.fixture
def goods(shop: Vendor, lux: Platform, make_product: Callable[..., Any]) -> None:
    with platform_context(lux, shop):
        make_product(
            "book",
            2060,
            tax_category="super_reduced",
            weight_grams=400,
            translations={"en": {"title": "Book"}, "fr": {"title": "Livre"}},
        )
        make_product("lamp", 5850, weight_grams=1500)


@pytest.fixture
def inside(shop: Vendor, lux: Platform) -> Callable[[], Any]:
    """`with inside():` the context of the shop; requests are made outside of it."""
    return lambda: platform_context(lux, shop)


@pytest.fixture
def buyer(goods: None, client_for: Callable[..., Client]) -> Buyer:
    return Buyer(client_for(HOST))


@pytest.fixture
def at_review(buyer: Buyer) -> Buyer:
    """Case two of the worked cases, ready to be ordered: 84.10."""
    buyer.put_in("BOOK")
    buyer.put_in("LAMP")
    buyer.fill_in()
    return buyer


@pytest.fixture
def anna(inside: Callable[[], Any], goods: None) -> Customer:
    with inside():
        return register_customer(full_name="Anna Weber", language="fr", **ANNA)


@pytest.fixture
def orders_in(inside: Callable[[], Any]) -> Callable[[], list[Order]]:
    def find() -> list[Order]:
        with inside():
            return list(Order.objects.select_related("payment", "customer"))

    return find

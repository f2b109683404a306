"""Scripts that buy, and scripts of the shop's team."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from modules.customers.models import Customer
from modules.customers.services import register_customer
from modules.tenancy.models import Vendor
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.models import Platform
from tests.api_client import ANNA, Api
from tests.conftest import PASSWORD
from tests.modules.orders.conftest import ADDRESS

HERE, PATHS = "objektiv.lux.localhost", "lux.localhost"
CHOICES = {
    "email": "anna@example.test",
    "shipping_address": ADDRESS,
    "shipping_method": "home",
    "payment_method": "bank_transfer",
}


class Script(Api):
    """A client that sends headers of its own: `send("POST", path, body, **{"idempotency-key": "k"})`."""

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        if self.access:
            headers["authorization"] = f"Bearer {self.access}"
        return self.client.generic(
            method,
            f"{self.prefix}/api/v1/{path}",
            self.client._encode_json(body, "application/json") if body is not None else "",
            content_type="application/json",
            headers=headers,
        )


class Buyer(Script):
    """Somebody who buys at the shop."""

    def cart(self, *skus: str) -> str:
        """The id of a new cart with one of each."""
        cart_id: str = self.post("storefront/carts/").json()["id"]
        for sku in skus:
            answer = self.post(f"storefront/carts/{cart_id}/lines/", {"sku": sku})
            assert answer.status_code == 201, answer.content
        return cart_id

    def ready(self, *skus: str, **choices: Any) -> str:
        """The id of a cart for which everything is said."""
        cart_id = self.cart(*skus)
        answer = self.send("PUT", f"storefront/carts/{cart_id}/checkout/", {**CHOICES, **choices})
        assert answer.status_code == 200, answer.content
        return cart_id

    def complete(self, cart_id: str, key: str = "key-1") -> Any:
        return self.send("POST", f"storefront/carts/{cart_id}/complete/", **{"idempotency-key": key})


def queries_of(call: Callable[[], Any]) -> list[str]:
    """What a request asks of orders and of what it sells; who asks and what is on is asked by others."""
    with CaptureQueriesContext(connection) as captured:
        assert call().status_code == 200
    tables = ("orders_", "catalog_", "payments_", "customers_")
    return [query["sql"] for query in captured if query["sql"].partition('FROM "')[2].startswith(tables)]


def euros(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


@pytest.fixture
def inside(orders_on: Platform, shop: Vendor) -> Callable[[], AbstractContextManager[Any]]:
    return lambda: platform_context(orders_on, shop)


@pytest.fixture
def goods(inside: Any, make_product: Any) -> None:
    """A book for 20.60 at 3 % and a lamp for 58.50 at 17 %."""
    with inside():
        make_product("book", 2060, tax_category="super_reduced", weight_grams=400)
        make_product("lamp", 5850, weight_grams=1500)


@pytest.fixture
def guest(goods: None) -> Buyer:
    return Buyer(HERE)


@pytest.fixture
def anna(inside: Any) -> Customer:
    with inside():
        return register_customer(full_name="Anna Weber", email=ANNA, password=PASSWORD)


@pytest.fixture
def otto(inside: Any) -> Customer:
    with inside():
        return register_customer(full_name="Otto Weber", email="otto@example.test", password=PASSWORD)


@pytest.fixture
def signed_in(goods: None, anna: Customer) -> Buyer:
    """Anna, with a token."""
    buyer = Buyer(HERE)
    assert buyer.sign_in(anna.email).status_code == 200
    return buyer


@pytest.fixture
def team_script() -> Callable[[str], Script]:
    def enter(email: str) -> Script:
        script = Script(PATHS)
        assert script.sign_in(email).status_code == 200
        return script

    return enter


@pytest.fixture
def owner(goods: None, objektiv_owner: Any, team_script: Any) -> Script:
    return team_script(objektiv_owner.email)  # type: ignore[no-any-return]


@pytest.fixture
def clerk(goods: None, objektiv_clerk: Any, team_script: Any) -> Script:
    return team_script(objektiv_clerk.email)  # type: ignore[no-any-return]

"""A shop that sells: products, two payment methods, three ways to ship, on a platform where orders are on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from modules.catalog.models import Product
from modules.catalog.services import create_product
from modules.orders.machine import State
from modules.orders.models import Cart, Order
from modules.orders.selectors import view_cart
from modules.orders.services import (
    add_line,
    complete_cart,
    create_cart,
    save_shipping_method,
    set_contact,
    set_delivery,
    set_payment,
)
from modules.tenancy.models import Vendor
from platform_core.modules.service import module_service
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.models import Platform
from tests.modules.payments.conftest import set_up_methods

ADDRESS = {
    "name": "Anna Muller",
    "line1": "5, rue du Fossé",
    "postal_code": "1536",
    "city": "Luxembourg",
    "country": "LU",
}


def set_up_shipping() -> None:
    """Home delivery for 5.00 in Luxembourg and France, parcels by weight, and the counter."""
    save_shipping_method(
        code="home",
        kind="flat",
        names={"en": "Home delivery", "fr": "Livraison"},
        price_minor=500,
        position=1,
        countries=["LU", "FR"],
    )
    save_shipping_method(
        code="parcel", kind="weight", names={"en": "Parcel"}, rates=[[2000, 490], [10_000, 990]], position=2
    )
    save_shipping_method(
        code="counter", kind="collection", names={"en": "At the counter"}, position=3, countries=["LU"]
    )


def switch_orders_off(platform: Platform) -> None:
    """Off on a platform, once nobody waits for goods."""
    with platform_context(platform, role="staff"):
        Order.objects.update(state=State.COMPLETED)
    with platform_context(role="operator"):
        module_service.disable_module(platform, "orders")


@pytest.fixture
def orders_on(lux: Platform) -> Platform:
    with platform_context(role="operator"):
        module_service.enable_module(lux, "orders")
    return lux


@pytest.fixture
def shop(orders_on: Platform, objektiv: Vendor) -> Vendor:
    """The shop Objektiv, ready to sell."""
    with platform_context(orders_on, objektiv):
        set_up_methods()
        set_up_shipping()
    return objektiv


@pytest.fixture
def in_shop(orders_on: Platform, shop: Vendor) -> Iterator[Vendor]:
    """The test runs in the shop's context."""
    with platform_context(orders_on, shop):
        yield shop


@pytest.fixture
def make_product() -> Callable[..., Product]:
    """`make_product("lamp", 5850, tax_category="standard", weight_grams=1200)` in the context in force."""

    def make(slug: str, price: int = 1999, *, weight_grams: int | None = None, **facts: Any) -> Product:
        facts.setdefault("translations", {"en": {"title": slug.title(), "description": ""}})
        variant = {"sku": slug.upper(), "price_minor": price, "weight_grams": weight_grams}
        return create_product(slug=slug, variants=[variant], **facts)

    return make


@pytest.fixture
def case_two(in_shop: Vendor, make_product: Callable[..., Product]) -> Cart:
    """A book for 20.60 at 3 % and a lamp for 58.50 at 17 %, to be delivered for 5.00 and paid by transfer: 84.10."""
    make_product("book", 2060, tax_category="super_reduced", weight_grams=400)
    make_product("lamp", 5850, weight_grams=1500)
    cart = create_cart(language="en")
    add_line(cart=cart, sku="BOOK")
    add_line(cart=cart, sku="LAMP")
    set_contact(cart=cart, email="anna@example.test")
    set_delivery(cart=cart, shipping_address=ADDRESS, shipping_method="home")
    return set_payment(cart=cart, payment_method="bank_transfer")


@pytest.fixture
def order(case_two: Cart) -> Order:
    """The order of case two."""
    return complete_cart(cart=case_two, key="k").order


def changes_of(cart: Cart) -> list[tuple[str, str, int, int]]:
    return [
        (change.kind, change.item.sku, change.before, change.now)
        for change in view_cart(cart, language="en").changes
    ]

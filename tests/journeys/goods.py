"""What the shops of the journeys sell."""

from __future__ import annotations

from typing import Any

from modules.catalog.services import create_category, create_product
from modules.orders.models import Order
from modules.orders.services import (
    add_line,
    complete_cart,
    create_cart,
    save_shipping_method,
    set_contact,
    set_delivery,
    set_payment,
)
from modules.payments.services import save_method
from platform_core.modules.service import module_service
from platform_core.tenancy.context import platform_context

HOME = {
    "name": "Anna Muller",
    "line1": "5, rue du Fossé",
    "postal_code": "1536",
    "city": "Luxembourg",
    "country": "LU",
}


def begin_to_sell(vendor: Any) -> None:
    """The vendor's platform has orders on, and the shop a way to ship for 5 euros and one to pay."""
    with platform_context(role="operator"):
        module_service.enable_module(vendor.platform, "orders")
    account = {"payee": "Objektiv S.à r.l.", "iban": "LU280019400644750000", "bic": ""}
    with platform_context(vendor.platform, vendor):
        save_method(gateway="bank_transfer", config=account, is_active=True)
        save_shipping_method(code="home", kind="flat", names={"en": "Home delivery"}, price_minor=500)


def place_order(vendor: Any, *skus: str) -> Order:
    """An order of one of each, to be delivered at home and paid by transfer."""
    with platform_context(vendor.platform, vendor):
        cart = create_cart(language="en")
        for sku in skus:
            add_line(cart=cart, sku=sku)
        set_contact(cart=cart, email="anna@example.test")
        set_delivery(cart=cart, shipping_address=HOME, shipping_method="home")
        set_payment(cart=cart, payment_method="bank_transfer")
        return complete_cart(cart=cart, key="k").order


def create_goods(vendor: Any) -> None:
    """Two categories, a lens in two colours for 249 and 279 euros, and a bag for 99."""
    with platform_context(vendor.platform, vendor):
        for slug, english, french in (("lenses", "Lenses", "Objectifs"), ("bags", "Bags", "Sacs")):
            create_category(slug=slug, translations={"en": {"name": english}, "fr": {"name": french}})
        create_product(
            slug="lens",
            translations={
                "en": {"title": "Lens 50 mm", "description": "Sharp."},
                "fr": {"title": "Objectif 50 mm", "description": "Net."},
            },
            variants=[
                {"sku": "LENS-B", "options": {"en": "Black"}, "price_minor": 24900},
                {"sku": "LENS-S", "options": {"en": "Silver"}, "price_minor": 27900},
            ],
            category_slugs=("lenses",),
        )
        create_product(
            slug="bag",
            translations={"en": {"title": "Bag", "description": ""}},
            variants=[{"sku": "BAG", "options": {}, "price_minor": 9900}],
            category_slugs=("bags",),
        )

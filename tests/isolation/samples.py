"""Rows of models whose amounts or counters hang together, so that no guess would fit."""

from __future__ import annotations

import itertools

from modules.catalog.models import Variant
from modules.core.models import SettingsChange
from modules.customers.models import Customer
from modules.orders.models import Cart, CartLine, Order, OrderCounter, OrderLine
from tests.isolation.rows import MAKERS, latest_or_new

_numbers = itertools.count(700_001)


def _settings_change(mark: str) -> SettingsChange:
    """Somebody took a note of the shop's own."""
    return SettingsChange.objects.create(
        module_code="core",
        before={"note": {"value": "", "source": "module"}},
        after={"note": {"value": mark, "source": "vendor"}},
        source=SettingsChange.Source.DASHBOARD,
        request_id=mark,
        version=1,
    )


def _cart(mark: str) -> Cart:
    """A cart that is ordered: an account has one open at most."""
    return Cart.objects.create(
        public_id=f"crt_{mark}{next(_numbers)}",
        customer=Customer.objects.order_by("-pk").first(),
        state=Cart.State.ORDERED,
        currency="EUR",
        email=f"{mark}@example.test",
        payment_method=mark,
    )


def _cart_line(mark: str) -> CartLine:
    variant = latest_or_new(Variant, mark)
    return CartLine.objects.create(cart=_cart(mark), variant_id=variant.pk, quantity=1, seen_price_minor=1170)


def _counter(_mark: str) -> OrderCounter:
    """A shop has one."""
    return OrderCounter.objects.first() or OrderCounter.objects.create(next_number=next(_numbers))


def _order(mark: str) -> Order:
    """Ten in goods and 1.70 VAT."""
    number = next(_numbers)
    address = dict.fromkeys(("name", "line1", "line2", "postal_code", "city"), mark) | {"country": "LU"}
    return Order.objects.create(
        public_id=f"ord_{mark}{number}",
        number=number,
        completion_key=mark,
        email=f"{mark}@example.test",
        language="en",
        currency="EUR",
        shipping_address=address,
        billing_address=address,
        shipping_code=mark,
        shipping_name=mark,
        cancel_reason=mark,
        goods_minor=1170,
        shipping_minor=0,
        shipping_net_minor=0,
        shipping_tax_minor=0,
        gross_minor=1170,
        net_minor=1000,
        tax_minor=170,
    )


def _order_line(mark: str) -> OrderLine:
    order = latest_or_new(Order, mark)
    return OrderLine.objects.create(
        order_id=order.pk,
        position=next(_numbers),
        sku=mark,
        title=mark,
        label=mark,
        quantity=1,
        unit_price_minor=1170,
        gross_minor=1170,
        net_minor=1000,
        tax_minor=170,
        tax_category=mark[:16],
        tax_percent=17,
    )


MAKERS |= {
    "core.SettingsChange": _settings_change,
    "orders.Cart": _cart,
    "orders.CartLine": _cart_line,
    "orders.OrderCounter": _counter,
    "orders.Order": _order,
    "orders.OrderLine": _order_line,
}

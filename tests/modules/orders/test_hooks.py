"""What /health says of orders."""

from __future__ import annotations

import pytest

from modules.orders.hooks import payments_match
from modules.orders.models import Order
from modules.orders.services import send_order
from modules.payments.models import Payment
from platform_core.modules.exceptions import Blocked
from platform_core.modules.service import module_service
from platform_core.observability.health import Trouble
from platform_core.tenancy.context import platform_context

pytestmark = pytest.mark.django_db


def test_orders_and_their_payments_are_of_one_amount(order):
    assert payments_match() == {}
    Payment.objects.update(amount_minor=1)
    with pytest.raises(Trouble, match="On lux, these differ from their payments: 1001"):
        payments_match()


def test_orders_that_are_not_sent_stand_against_switching_off(lux, shop, order):
    with platform_context(role="operator"), pytest.raises(Blocked) as refusal:
        module_service.disable_module(lux, "orders")
    told, *shops = refusal.value.reasons["orders"]
    assert told.startswith("1 order is not sent") and shops == ["Objektiv: 1001."]
    with platform_context(lux, shop):
        send_order(order=Order.objects.get())
    with platform_context(role="operator"):
        assert module_service.disable_module(lux, "orders").changed == ("orders",)

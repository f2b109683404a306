"""The ways in which a shop is paid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from moneyed import Money

from modules.payments.exceptions import UnknownMethod
from modules.payments.extensions import Gateway, gateways
from modules.payments.models import PaymentMethod
from platform_core.tenancy.pagecache import content_changed


@transaction.atomic
def save_method(
    *, gateway: str, config: Mapping[str, Any], is_active: bool, position: int = 0
) -> PaymentMethod:
    """Set a payment method of the context's shop up, or change it. Payments that were begun keep what they told.

    Raises UnknownMethod for a gateway that is not there, InvalidMethodConfig for settings it does not take.
    """
    found = gateways().get(gateway)
    if found is None:
        raise UnknownMethod(method=gateway)
    values = {"config": found.clean_config(config), "is_active": is_active, "position": position}
    method = PaymentMethod.objects.update_or_create(gateway=gateway, defaults=values)[0]
    content_changed()
    return method


def active_method(code: str, amount: Money) -> tuple[Gateway, dict[str, Any]]:
    gateway = gateways().get(code)
    row = PaymentMethod.objects.filter(gateway=code, is_active=True).first() if gateway else None
    if gateway is None or row is None or not gateway.capabilities.takes(amount.currency.code):
        raise UnknownMethod(method=code)
    return gateway, row.config

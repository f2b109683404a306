"""What the module's definition names."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import ngettext_lazy

from modules.orders.machine import UNSENT
from modules.orders.models import Cart, Order
from modules.tenancy.selectors import told_by_shop
from platform_core.modules.hooks import Counts, count_rows
from platform_core.modules.state import platforms_where_on
from platform_core.observability.health import Trouble
from platform_core.tenancy.context import platform_context

# Enough to see a fault while it is fresh, at the same cost for a platform of any size.
LATEST_ORDERS = 200


def data_summary(_platform_id: int) -> Counts:
    """Orders and carts of all shops."""
    return count_rows(Order, Cart)


def unsent_orders(_platform_id: int) -> list[str | Promise]:
    """Why orders cannot be switched off now: somebody waits for goods, and no shop would see it any more."""
    found = Order.objects.filter(state__in=UNSENT)
    count = found.count()
    if not count:
        return []
    text = ngettext_lazy(
        "{count} order is not sent: its buyer waits for goods. Its shop sends or cancels it.",
        "{count} orders are not sent: their buyers wait for goods. Their shops send or cancel them.",
        count,
    )
    return [format_lazy(text, count=count), *told_by_shop(found, "number")]


def payments_match() -> dict[str, Any]:
    """Whether the latest orders are paid for with as much as they cost, on every platform."""
    for platform in platforms_where_on("orders"):
        with platform_context(platform, role="staff"):
            latest = Order.objects.order_by("-id").values_list("pk", flat=True)[:LATEST_ORDERS]
            orders = Order.objects.filter(pk__in=list(latest), payment__isnull=False)
            differing = orders.exclude(
                payment__amount_minor=F("gross_minor"), payment__currency=F("currency")
            )
            numbers = [str(number) for number in differing.values_list("number", flat=True)]
        if numbers:
            raise Trouble(f"On {platform.code}, these differ from their payments: {', '.join(numbers)}.")
    return {}

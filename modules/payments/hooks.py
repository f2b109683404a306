"""What the module's definition names."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import ngettext_lazy

from modules.payments import selectors
from modules.payments.models import Payment
from modules.tenancy.selectors import told_by_shop
from platform_core.modules.hooks import Counts, count_rows
from platform_core.modules.state import platforms_where_on
from platform_core.observability.health import Trouble
from platform_core.tenancy.context import platform_context

# Enough to see a fault while it is fresh, at the same cost for a platform of any size.
LATEST_EVENTS = 200


def data_summary(_platform_id: int) -> Counts:
    """Payments of all shops."""
    return count_rows(Payment)


def open_payments(_platform_id: int) -> list[str | Promise]:
    """Why payments cannot be switched off now: money that is expected or owed back would be out of sight."""
    found = selectors.open_payments()
    count = found.count()
    if not count:
        return []
    text = ngettext_lazy(
        "{count} payment is open: money is expected or owed back. Its shop records what came in, pays back"
        " what is owed, or voids it.",
        "{count} payments are open: money is expected or owed back. Their shops record what came in, pay back"
        " what is owed, or void them.",
        count,
    )
    return [format_lazy(text, count=count), *told_by_shop(found, "reference")]


def ledgers_agree() -> dict[str, Any]:
    """Whether the payments that were touched last show what their ledgers come to, on every platform."""
    for platform in platforms_where_on("payments"):
        with platform_context(platform, role="staff"):
            differing = selectors.differing_payments(latest=LATEST_EVENTS)
        if differing:
            raise Trouble(f"On {platform.code}, these differ from their ledgers: {', '.join(differing)}.")
    return {}

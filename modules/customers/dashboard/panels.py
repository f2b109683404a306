"""What customers show on the dashboard's home."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from modules.customers.selectors import NEW_DAYS, customers_overview
from platform_core.dashboard import HomeTile, home_tiles
from platform_core.tenancy.requests import VendorRequest


@home_tiles.register
def customers_tiles(request: VendorRequest) -> tuple[HomeTile, ...]:
    """How many customers there are, and how many are new. 1 query."""
    if request.principal is None or not request.principal.may("customers.view_customer"):
        return ()
    overview = customers_overview()
    customers_url = reverse("dashboard:customers:list")
    days = ngettext("In the last day", "In the last %(days)s days", NEW_DAYS) % {"days": NEW_DAYS}
    return (
        HomeTile(
            _("New customers"),
            overview.new,
            f"{customers_url}?since={overview.since:%Y-%m-%d}",
            hint=days,
            icon="users",
            order=20,
        ),
        HomeTile(
            _("Customers"),
            overview.total,
            customers_url,
            hint=_("Accounts in your shop"),
            icon="contact",
            order=21,
        ),
    )

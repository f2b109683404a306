"""What customers show on the dashboard's home."""

from __future__ import annotations

from modules.customers.selectors import NEW_DAYS, customers_overview
from platform_core.dashboard import HomePanel, home_panels
from platform_core.tenancy.requests import VendorRequest


@home_panels.register
def customers_panel(request: VendorRequest) -> tuple[HomePanel, ...]:
    """How many customers are new. 1 query."""
    if request.principal is None or not request.principal.may("customers.view_customer"):
        return ()
    context = {"overview": customers_overview(), "days": NEW_DAYS}
    return (HomePanel("customers/dashboard/_home.html", context, order=20),)

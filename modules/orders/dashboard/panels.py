"""What orders show on the dashboard's home and on a customer's page."""

from __future__ import annotations

from modules.customers.extensions import customer_panels
from modules.customers.models import Customer
from modules.orders.selectors import orders_of, orders_overview
from platform_core.dashboard import HomePanel, home_panels
from platform_core.tenancy.requests import VendorRequest

LATEST = 10


@home_panels.register
def orders_panel(request: VendorRequest) -> tuple[HomePanel, ...]:
    """Today's orders and turnover, and what waits. 4 queries."""
    if request.principal is None or not request.principal.may("orders.view_order"):
        return ()
    overview = orders_overview(currency=request.vendor.currency)
    return (HomePanel("orders/dashboard/_home.html", {"overview": overview}, order=5),)


@customer_panels.register
def orders_of_customer(request: VendorRequest, customer: Customer) -> tuple[HomePanel, ...]:
    """A customer's latest orders. 1 query."""
    if request.principal is None or not request.principal.may("orders.view_order"):
        return ()
    latest = list(orders_of(customer)[:LATEST])
    context = {"orders": latest, "email": customer.email}
    return (HomePanel("orders/dashboard/_customer.html", context, order=10),)

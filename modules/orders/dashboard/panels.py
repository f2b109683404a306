"""What orders show on the dashboard's home and on a customer's page."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from modules.customers.extensions import customer_panels
from modules.customers.models import Customer
from modules.orders.selectors import OrdersOverview, orders_of, orders_overview
from platform_core.dashboard import HomePanel, HomeTile, home_tiles
from platform_core.languages import locale_of
from platform_core.tenancy.requests import VendorRequest
from platform_core.ui.numbers import format_number

LATEST = 10


@home_tiles.register
def orders_tiles(request: VendorRequest) -> tuple[HomeTile, ...]:
    """Today's orders and turnover, and what waits. 4 queries."""
    if request.principal is None or not request.principal.may("orders.view_order"):
        return ()
    overview = orders_overview(currency=request.vendor.currency)
    orders_url = reverse("dashboard:orders:list")
    today = f"since={overview.today:%Y-%m-%d}&until={overview.today:%Y-%m-%d}"
    return (
        HomeTile(
            _("Orders today"),
            overview.order_count,
            f"{orders_url}?{today}",
            hint=_("Cancelled ones included"),
            icon="shopping-bag",
            order=5,
        ),
        HomeTile(
            _("Turnover today"),
            overview.turnover,
            f"{orders_url}?status=sold&{today}",
            hint=_("VAT and shipping included, without cancelled orders"),
            icon="coins",
            order=6,
        ),
        *_tasks(request, overview, orders_url),
    )


def _tasks(request: VendorRequest, overview: OrdersOverview, orders_url: str) -> tuple[HomeTile, ...]:
    """What waits for the team, in the order in which it is done."""
    to_confirm = ngettext("%(number)s order to confirm", "%(number)s orders to confirm", overview.to_confirm)
    to_send = ngettext("%(number)s order to send", "%(number)s orders to send", overview.to_send)
    expected = ngettext("%(number)s payment expected", "%(number)s payments expected", overview.expected)
    owed = ngettext("%(number)s refund owed", "%(number)s refunds owed", overview.owed)
    waiting = (
        (to_confirm, overview.to_confirm, "status=placed", _("No order to confirm")),
        (to_send, overview.to_send, "status=to_send", _("No order to send")),
        (expected, overview.expected, "payment=expected", _("No payment expected")),
        (owed, overview.owed, "payment=owed", _("No refund owed")),
    )
    locale = locale_of(get_language(), request.vendor.country)
    return tuple(
        HomeTile(
            some % {"number": format_number(number, locale)} if number else none,
            number,
            f"{orders_url}?{query}",
            is_task=True,
            order=place,
        )
        for place, (some, number, query, none) in enumerate(waiting)
    )


@customer_panels.register
def orders_of_customer(request: VendorRequest, customer: Customer) -> tuple[HomePanel, ...]:
    """A customer's latest orders. 1 query."""
    if request.principal is None or not request.principal.may("orders.view_order"):
        return ()
    latest = list(orders_of(customer)[:LATEST])
    context = {"orders": latest, "email": customer.email}
    return (HomePanel("orders/dashboard/_customer.html", context, order=10),)

"""The team's view of the shop's customers: to read, not to change."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from modules.customers import selectors
from modules.customers.extensions import customer_panels
from modules.customers.models import Customer
from platform_core.identity.audience import Audience
from platform_core.identity.policy import policy
from platform_core.tenancy.requests import VendorRequest

PAGE_SIZE = 25
SORTS = {"name": "full_name", "since": "created_at"}
DEFAULT_SORT = "-since"
FIRST_YEAR, LAST_YEAR = 2000, 2099


@policy(Audience.VENDOR, "customers.view_customer")
@require_safe
def customer_list(request: VendorRequest) -> HttpResponse:
    """Customers by account, search and day, in pages; all of it in the address."""
    given = request.GET
    query = given.get("q", "").replace("\0", "").strip()[: selectors.MAX_QUERY_LENGTH]
    account = given.get("account", "") if given.get("account", "") in selectors.ACCOUNT_FILTERS else ""
    since = _day(given.get("since", ""))
    sort = given.get("sort", "") if given.get("sort", "").removeprefix("-") in SORTS else DEFAULT_SORT
    found = selectors.customers(query=query, account=account, since=since)
    sign, column = ("-" if sort.startswith("-") else ""), SORTS[sort.removeprefix("-")]
    found = found.order_by(f"{sign}{column}", f"{sign}pk")
    page = Paginator(selectors.with_address_count(found), PAGE_SIZE).get_page(given.get("page"))
    is_narrowed = bool(query or account or since)
    context = {
        "page": page,
        "query": query,
        "account": account,
        "since": since,
        "sort": sort,
        "default_sort": DEFAULT_SORT,
        "tabs": _tabs(request, account),
        "is_first_use": not page.object_list and not (is_narrowed and Customer.objects.exists()),
    }
    return render(request, "customers/dashboard/customer_list.html", context)


def _day(text: str) -> date | None:
    """A day of the address; one that is none does not narrow the list."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


def _tabs(request: VendorRequest, current: str) -> list[dict[str, Any]]:
    labels = {
        "": _("All"),
        "open": _("Open accounts"),
        "unconfirmed": _("Address not confirmed"),
        "closed": _("Closed accounts"),
    }

    def address(account: str) -> str:
        query = request.GET.copy()
        for name in ("page", "account"):
            query.pop(name, None)
        if account:
            query["account"] = account
        return f"?{query.urlencode()}" if query else "?"

    return [
        {"label": label, "url": address(account), "is_current": account == current}
        for account, label in labels.items()
    ]


@policy(Audience.VENDOR, "customers.view_customer")
@require_safe
def customer_detail(request: VendorRequest, pk: int) -> HttpResponse:
    """One customer with the addresses, and what other modules know of. A neighbour's customer is not there."""
    # A number past PostgreSQL's bigint finds nothing and must not reach it.
    customer = Customer.objects.filter(pk=pk).first() if pk < 2**63 else None
    if customer is None:
        raise Http404
    panels = [panel for answer in customer_panels.all() for panel in answer(request, customer)]
    context = {
        "customer": customer,
        "addresses": list(selectors.addresses_of(customer=customer)),
        "panels": sorted(panels, key=lambda panel: panel.order),
    }
    return render(request, "customers/dashboard/customer_detail.html", context)

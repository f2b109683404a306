"""The team's view of the shop's customers: to read, not to change."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from modules.customers import selectors
from modules.customers.models import Customer
from platform_core.identity.audience import Audience
from platform_core.identity.policy import policy
from platform_core.tenancy.requests import VendorRequest

PAGE_SIZE = 25
MAX_QUERY_LENGTH = 100


@policy(Audience.VENDOR, "customers.view_customer")
@require_safe
def customer_list(request: VendorRequest) -> HttpResponse:
    """The newest customers first, or those whose name or e-mail address holds the words of `?q=`."""
    query = request.GET.get("q", "").replace("\0", "").strip()[:MAX_QUERY_LENGTH]
    page = Paginator(selectors.customers(query=query), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "customers/dashboard/customer_list.html", {"page": page, "query": query})


@policy(Audience.VENDOR, "customers.view_customer")
@require_safe
def customer_detail(request: VendorRequest, pk: int) -> HttpResponse:
    """One customer with the addresses. A neighbour's customer is not there."""
    # A number past PostgreSQL's bigint finds nothing and must not reach it.
    customer = Customer.objects.filter(pk=pk).first() if pk < 2**63 else None
    if customer is None:
        raise Http404
    context = {"customer": customer, "addresses": list(selectors.addresses_of(customer=customer))}
    return render(request, "customers/dashboard/customer_detail.html", context)

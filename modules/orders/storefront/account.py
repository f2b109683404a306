"""The orders of a signed-in customer. Somebody else's are not there."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from modules.orders.selectors import orders_of
from modules.orders.storefront.orders import order_context
from platform_core.identity.policy import Audience, policy
from platform_core.tenancy.requests import VendorRequest

PAGE_SIZE = 20
MAX_NUMBER = 2**63


@policy(Audience.CUSTOMER)
@never_cache
@require_safe
def order_list(request: VendorRequest) -> HttpResponse:
    page = Paginator(orders_of(request.customer), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "orders/storefront/account_orders.html", {"page": page})


@policy(Audience.CUSTOMER)
@never_cache
@require_safe
def order_detail(request: VendorRequest, number: int) -> HttpResponse:
    found = orders_of(request.customer).filter(number=number).first() if number < MAX_NUMBER else None
    if found is None:
        raise Http404
    return render(request, "orders/storefront/account_order.html", order_context(found))

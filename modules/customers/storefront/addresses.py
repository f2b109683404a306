"""A customer's addresses. Somebody else's is not there."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from modules.customers import selectors, services
from modules.customers.exceptions import TooManyAddresses
from modules.customers.models import Address
from modules.customers.storefront.forms import AddressForm
from modules.customers.storefront.views import form_status, read_and_write
from platform_core.identity.policy import Audience, policy
from platform_core.tenancy.requests import VendorRequest


@policy(Audience.CUSTOMER)
@never_cache
@require_safe
def address_list(request: VendorRequest) -> HttpResponse:
    addresses = list(selectors.addresses_of(customer=request.customer))
    context = {"addresses": addresses, "is_full": len(addresses) >= services.MAX_ADDRESSES}
    return render(request, "customers/storefront/addresses.html", context)


def _own_address(request: VendorRequest, address_id: int) -> Address:
    # A number past PostgreSQL's bigint finds nothing and must not reach it.
    key = address_id if address_id < 2**63 else 0
    return get_object_or_404(selectors.addresses_of(customer=request.customer), pk=key)


@policy(Audience.CUSTOMER)
@never_cache
@read_and_write
def create(request: VendorRequest) -> HttpResponse:
    start = {"name": request.customer.full_name, "country": request.vendor.country}
    form = AddressForm(request.POST if request.method == "POST" else None, initial=start)
    status = form_status(form)
    if form.is_bound and form.is_valid():
        try:
            services.save_address(customer=request.customer, **form.cleaned_data)
        except TooManyAddresses as error:
            form.add_error(None, error.message)
            status = 422
        else:
            messages.success(request, _("The address is saved."))
            return redirect("storefront:customers:addresses")
    return render(request, "customers/storefront/address_form.html", {"form": form}, status=status)


@policy(Audience.CUSTOMER)
@never_cache
@read_and_write
def edit(request: VendorRequest, address_id: int) -> HttpResponse:
    address = _own_address(request, address_id)
    form = AddressForm(request.POST if request.method == "POST" else None, instance=address)
    if form.is_bound and form.is_valid():
        services.save_address(customer=request.customer, address=address, **form.cleaned_data)
        messages.success(request, _("The address is saved."))
        return redirect("storefront:customers:addresses")
    context = {"form": form, "address": address}
    return render(request, "customers/storefront/address_form.html", context, status=form_status(form))


@policy(Audience.CUSTOMER)
@never_cache
@read_and_write
def delete(request: VendorRequest, address_id: int) -> HttpResponse:
    """GET asks, POST removes."""
    address = _own_address(request, address_id)
    if request.method == "POST":
        services.delete_address(address=address)
        messages.success(request, _("The address is removed."))
        return redirect("storefront:customers:addresses")
    return render(request, "customers/storefront/address_delete.html", {"address": address})

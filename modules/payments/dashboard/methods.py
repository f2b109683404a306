"""The team's pages of payment methods: which there are, and how each is set up."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from modules.payments import selectors, services
from modules.payments.dashboard.forms import MethodForm
from modules.payments.exceptions import InvalidMethodConfig
from platform_core.identity.audience import Audience
from platform_core.identity.policy import policy
from platform_core.tenancy.requests import VendorRequest

CONFIGURE = "payments.configure_method"


@policy(Audience.VENDOR, CONFIGURE)
@require_safe
def method_list(request: VendorRequest) -> HttpResponse:
    """Every payment method there is, those that are set up first."""
    return render(request, "payments/dashboard/method_list.html", {"rows": selectors.method_rows()})


@policy(Audience.VENDOR, CONFIGURE)
@require_http_methods(["GET", "HEAD", "POST"])
def method_edit(request: VendorRequest, gateway: str) -> HttpResponse:
    """One payment method: whether it is offered, and what its gateway asks for."""
    row = next((row for row in selectors.method_rows() if row.gateway.code == gateway), None)
    if row is None:
        raise Http404
    data = request.POST if request.method == "POST" else None
    form = MethodForm(data, gateway=row.gateway, method=row.method, vendor=request.vendor)
    if data is not None and form.is_valid():
        try:
            services.save_method(
                gateway=gateway,
                config=form.config,
                is_active=form.cleaned_data["is_active"],
                position=form.cleaned_data["position"],
            )
        except InvalidMethodConfig as refusal:
            form.refuse(str(refusal.params["field"]), refusal.message)
        else:
            messages.success(request, _("“%(name)s” is saved.") % {"name": row.gateway.name})
            return redirect("dashboard:payments:methods")
    context = {"row": row, "form": form}
    status = 422 if form.errors else 200
    return render(request, "payments/dashboard/method_edit.html", context, status=status)

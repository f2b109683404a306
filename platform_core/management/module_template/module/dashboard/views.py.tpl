"""What the shop's team sees."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from platform_core.identity.policy import Audience, policy
from platform_core.tenancy.requests import VendorRequest


@policy(Audience.VENDOR, "${label}.view_${label}")
@require_safe
def home(request: VendorRequest) -> HttpResponse:
    return render(request, "${label}/dashboard/home.html")

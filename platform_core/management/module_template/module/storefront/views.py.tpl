"""What shoppers see."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from platform_core.identity.policy import Audience, policy
from platform_core.tenancy.pagecache import cached_page
from platform_core.tenancy.requests import VendorRequest


@policy(Audience.PUBLIC)
@require_safe
@cached_page
def home(request: VendorRequest) -> HttpResponse:
    return render(request, "${label}/storefront/home.html")

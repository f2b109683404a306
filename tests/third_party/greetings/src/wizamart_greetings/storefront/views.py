"""What shoppers see."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from platform_core.identity.policy import Audience, policy
from platform_core.modules import module_service
from platform_core.tenancy.requests import VendorRequest


@policy(Audience.PUBLIC)
@require_safe
def home(request: VendorRequest) -> HttpResponse:
    found = module_service.get_module_config(request.platform, "greetings")
    return render(request, "greetings/storefront/home.html", {"words": found["words"]})

"""What the dashboard's frame shows: the shops to switch to, the way out and to the storefront."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from platform_core.identity.audience import Audience
from platform_core.tenancy.links import origin_of


def dashboard(request: HttpRequest) -> dict[str, Any]:
    """shop_choices, shop_url, profile_url, sign_out_url, switch_url; nothing outside of a dashboard."""
    principal = getattr(request, "principal", None)
    if principal is None or principal.audience is not Audience.VENDOR:
        return {}
    return {
        "shop_choices": [membership.vendor for membership in principal.memberships],
        "shop_url": origin_of(request, principal.vendor.canonical_host) + "/",  # type: ignore[arg-type]
        "switch_url": reverse("dashboard:core:switch"),
        "profile_url": reverse("dashboard:core:profile"),
        "sign_out_url": reverse("dashboard:core:sign-out"),
    }

"""What the dashboard's shell shows on every page."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from platform_core.identity.audience import Audience
from platform_core.tenancy.links import origin_of
from platform_core.tenancy.requests import SiteRequest


def dashboard(request: SiteRequest) -> dict[str, Any]:
    """shop_links, shop_switch_url, shop_url, profile_url and sign_out_url for a member of a vendor's team."""
    principal = getattr(request, "principal", None)
    if principal is None or principal.audience is not Audience.VENDOR or principal.vendor is None:
        return {}
    shops = [membership.vendor for membership in principal.memberships if membership.vendor is not None]
    return {
        "shop_links": [
            {"label": shop.name, "code": shop.code, "is_current": shop.id == principal.vendor.id}
            for shop in shops
        ],
        "shop_switch_url": reverse("dashboard:core:shops", urlconf=request.urlconf),
        "shop_url": f"{origin_of(request, principal.vendor.canonical_host)}/",
        "profile_url": reverse("dashboard:core:profile", urlconf=request.urlconf),
        "sign_out_url": reverse("dashboard:core:sign-out", urlconf=request.urlconf),
    }

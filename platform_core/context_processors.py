"""What every template knows of the site it is rendered for."""

from __future__ import annotations

from typing import Any

from platform_core.modules.menus import dashboard_menu
from platform_core.tenancy.links import canonical_url, language_links
from platform_core.tenancy.requests import VendorRequest


def site(request: VendorRequest) -> dict[str, Any]:
    """platform, shop, principal, language_links, canonical_url and, on the dashboard, menu."""
    vendor = getattr(request, "vendor", None)
    on_storefront = getattr(request, "site_kind", "") == "storefront"
    return {
        "platform": getattr(request, "platform", None),
        "shop": vendor,
        "principal": getattr(request, "principal", None),
        "language_links": language_links(request) if on_storefront and vendor else [],
        "canonical_url": canonical_url(request) if on_storefront and vendor else "",
        "menu": dashboard_menu(request) if vendor and not on_storefront else [],
    }

"""What the catalogue shows on the dashboard's home."""

from __future__ import annotations

from django.utils.translation import get_language

from modules.catalog.dashboard.forms import LANGUAGE_NAMES, ordered_languages
from modules.catalog.selectors import catalog_overview, vendor_products
from platform_core.dashboard import HomePanel, home_panels
from platform_core.tenancy.requests import VendorRequest

LATEST = 6


@home_panels.register
def catalog_panel(request: VendorRequest) -> tuple[HomePanel, ...]:
    """Counts by status, what is missing, and what was changed last. 3 queries."""
    if request.principal is None or not request.principal.may("catalog.view_product"):
        return ()
    overview = catalog_overview(languages=ordered_languages(request.vendor))
    context = {
        "overview": overview,
        "latest": list(vendor_products(language=get_language() or "en")[:LATEST]),
        "languages": [
            {"code": code, "name": LANGUAGE_NAMES[code], "missing": missing}
            for code, missing in overview.missing_texts
        ],
    }
    return (HomePanel("catalog/dashboard/_home.html", context, order=10),)

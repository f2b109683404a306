"""What the catalogue shows on the dashboard's home."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from modules.catalog.dashboard.forms import LANGUAGE_NAMES, ordered_languages
from modules.catalog.selectors import CatalogOverview, catalog_overview, vendor_products
from platform_core.dashboard import HomePanel, HomeTile, home_panels, home_tiles
from platform_core.tenancy.requests import VendorRequest

LATEST = 6


def _overview(request: VendorRequest) -> CatalogOverview | None:
    """The figures, for those who may see products."""
    if request.principal is None or not request.principal.may("catalog.view_product"):
        return None
    return catalog_overview(languages=ordered_languages(request.vendor))


@home_tiles.register
def catalog_tiles(request: VendorRequest) -> tuple[HomeTile, ...]:
    """Counts by status, and what lacks a picture; none in a shop that has no product yet. 2 queries."""
    overview = _overview(request)
    if overview is None or overview.is_empty:
        return ()
    url = reverse("dashboard:catalog:list")
    return (
        HomeTile(
            _("Active products"),
            overview.active,
            f"{url}?status=active",
            hint=_("On sale, now or from their day on"),
            icon="package",
            order=10,
        ),
        HomeTile(
            _("Drafts"),
            overview.draft,
            f"{url}?status=draft",
            hint=_("Not in the shop yet"),
            icon="pencil",
            order=11,
        ),
        HomeTile(
            _("Archived"),
            overview.archived,
            f"{url}?status=archived",
            hint=_("Kept, out of the shop"),
            icon="archive",
            order=12,
        ),
        HomeTile(
            _("Without a picture"),
            overview.without_image,
            f"{url}?lacks=picture",
            hint=_("Active products and drafts"),
            icon="image",
            tone="warn" if overview.without_image else "neutral",
            order=13,
        ),
    )


@home_panels.register
def catalog_panel(request: VendorRequest) -> tuple[HomePanel, ...]:
    """What was changed last, and which texts are missing. 1 query beside the figures."""
    overview = _overview(request)
    if overview is None:
        return ()
    context = {
        "overview": overview,
        "latest": list(vendor_products(language=get_language() or "en")[:LATEST]),
        "languages": [
            {"code": code, "name": LANGUAGE_NAMES[code], "missing": missing}
            for code, missing in overview.missing_texts
        ],
    }
    return (HomePanel("catalog/dashboard/_home.html", context, order=10),)

"""Vendors, domains and teams on the first page of both sites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db.models import Count, Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from modules.tenancy.models import Vendor, VendorDomain, VendorMembership
from platform_core.admin_site.home import Panel, Tile, hub_home, platform_home
from platform_core.admin_site.owned import vendor_names
from platform_core.admin_site.sites import ConsoleSite, hub_site, platform_site
from platform_core.languages import locale_of
from platform_core.tenancy.requests import SiteRequest
from platform_core.ui.moments import format_day

LATEST = 5


def _vendors(site: ConsoleSite, *, names_platform: bool) -> Sequence[Tile | Panel]:
    counts = Vendor.objects.aggregate(
        active=Count("pk", filter=Q(status=Vendor.Status.ACTIVE)),
        suspended=Count("pk", filter=Q(status=Vendor.Status.SUSPENDED)),
    )
    waiting = VendorDomain.objects.filter(state=VendorDomain.State.PENDING).count()
    latest = Vendor.objects.select_related("platform").order_by("-created_at", "-pk")[:LATEST]
    locale = locale_of(get_language())
    return [
        Tile(
            _("Vendors"),
            counts["active"],
            _("active, %(suspended)d suspended") % counts,
            f"{site.address(Vendor)}?status__exact=active",
            icon="store",
            order=20,
        ),
        Tile(
            _("Domains"),
            waiting,
            _("waiting for their proof"),
            f"{site.address(VendorDomain)}?state__exact=pending",
            icon="globe-lock",
            tone="warn" if waiting else "neutral",
            order=30,
        ),
        Tile(
            _("Team members"),
            VendorMembership.objects.count(),
            _("in the teams of all vendors"),
            site.address(VendorMembership),
            icon="users-round",
            order=35,
        ),
        Panel(
            _("Latest vendors"),
            [
                (
                    vendor.name,
                    site.address_of(vendor),
                    f"{vendor.platform.name} · {format_day(vendor.created_at.date(), locale)}"
                    if names_platform
                    else format_day(vendor.created_at.date(), locale),
                )
                for vendor in latest
            ],
            site.address(Vendor),
            _("No vendors yet. Add a company first, then its vendor."),
            order=10,
        ),
    ]


@vendor_names.register
def names_of_vendors() -> Mapping[int, str]:
    """Id and name of every vendor the context may see."""
    return dict(Vendor.objects.values_list("pk", "name"))


@hub_home.register
def vendors_of_the_installation(request: SiteRequest) -> Sequence[Tile | Panel]:
    """Vendors of every platform."""
    return _vendors(hub_site, names_platform=True)


@platform_home.register
def vendors_of_the_platform(request: SiteRequest) -> Sequence[Tile | Panel]:
    """Vendors of this platform."""
    return _vendors(platform_site, names_platform=False)

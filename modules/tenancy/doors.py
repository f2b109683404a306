"""The vendors' lines in the table that `manage.py up` prints."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings

from modules.tenancy import selectors
from modules.tenancy.models import Vendor, VendorDomain, VendorMembership
from platform_core.management.doors import Door, shoppers_of_vendor
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.models import Platform


def doors_of_vendors(platform: Platform) -> Iterator[Door]:
    """The dashboard and each open storefront with its own domains, by vendor name."""
    with platform_context(role="gatekeeper"):
        vendors = list(selectors.open_vendors(platform))
    yield Door("  dashboard", platform.primary_host, "/vendor/")
    for vendor in vendors:
        yield Door(
            f"  {vendor.name}", f"{vendor.code}.{platform.primary_host}", "/", _sign_ins(platform, vendor)
        )
        for domain in vendor.domains.all():
            if domain.state == VendorDomain.State.ACTIVE:
                yield Door("    own domain", domain.host)


def _sign_ins(platform: Platform, vendor: Vendor) -> tuple[str, ...]:
    """The demo's people of one vendor: its team, then its shoppers."""
    if not settings.DEMO:
        return ()
    demo = (f"owner@{vendor.code}.test", f"staff@{vendor.code}.test")
    with platform_context(role="gatekeeper"):
        team = VendorMembership.objects.filter(vendor=vendor, user__email__in=demo).order_by("user__email")
        people = list(team.values_list("user__email", flat=True))
    for answer in shoppers_of_vendor.all():
        people.extend(answer(platform, vendor.pk))
    return tuple(people)

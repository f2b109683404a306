"""Questions about vendors, domains and memberships."""

from __future__ import annotations

from django.db.models import QuerySet

from modules.tenancy.models import PlatformMembership, Vendor, VendorDomain, VendorMembership
from platform_core.identity.principals import Membership
from platform_core.tenancy.context import VendorRef
from platform_core.tenancy.models import Platform


def vendors() -> QuerySet[Vendor]:
    """The vendors the context may see, with what their references need."""
    return Vendor.objects.select_related("platform", "company").prefetch_related(
        "platform__domains", "domains"
    )


def vendors_of_platform(platform: Platform | int) -> QuerySet[Vendor]:
    """The vendors of one platform, by name."""
    return vendors().filter(platform=platform)


def vendor_of_host(host: str) -> VendorRef | None:
    """The vendor whose active domain `host` is."""
    vendor = vendors().filter(domains__host=host, domains__state=VendorDomain.State.ACTIVE).first()
    return vendor.ref if vendor else None


def vendor_of_code(platform_id: int, code: str) -> VendorRef | None:
    """The vendor of a platform by its code."""
    vendor = vendors().filter(platform_id=platform_id, code=code).first()
    return vendor.ref if vendor else None


def vendor_of_id(platform_id: int, vendor_id: int) -> VendorRef | None:
    """The vendor of a platform by its id."""
    vendor = vendors().filter(platform_id=platform_id, pk=vendor_id).first()
    return vendor.ref if vendor else None


def memberships_of(user_id: int, platform_id: int) -> tuple[Membership, ...]:
    """A user's roles on a platform: staff first, then teams by vendor name. 1 to 4 queries."""
    staff = PlatformMembership.objects.filter(user_id=user_id, platform_id=platform_id)
    teams = (
        VendorMembership.objects.filter(user_id=user_id, platform_id=platform_id)
        .select_related("vendor", "vendor__platform")
        .prefetch_related("vendor__platform__domains", "vendor__domains")
        .order_by("vendor__name")
    )
    return (
        *(Membership(role=row.role) for row in staff),
        *(Membership(role=row.role, vendor=row.vendor.ref) for row in teams),
    )

"""Questions about vendors, domains and memberships."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from modules.tenancy.models import PlatformMembership, Vendor, VendorDomain, VendorMembership
from platform_core.identity.principals import Membership
from platform_core.languages import locale_of
from platform_core.tenancy.context import VendorRef, current_context, platform_context
from platform_core.tenancy.models import Platform


def vendors() -> QuerySet[Vendor]:
    """The vendors the context may see, with what their references need."""
    return Vendor.objects.select_related("platform", "company").prefetch_related(
        "platform__domains", "domains"
    )


def vendors_of_platform(platform: Platform | int) -> QuerySet[Vendor]:
    """The vendors of one platform, by name."""
    return vendors().filter(platform=platform)


def open_vendors(platform: Platform | int) -> QuerySet[Vendor]:
    """The vendors of one platform whose storefronts are open, by name. Evaluate it as gatekeeper."""
    return vendors_of_platform(platform).filter(status=Vendor.Status.ACTIVE).order_by("name", "pk")


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


def team_of_context_vendor() -> list[VendorMembership]:
    """The members of the context's vendor with their users, by e-mail address. 1 query."""
    vendor_id = current_context().vendor_id
    if vendor_id is None:
        return []
    # A vendor may not read users, so the gatekeeper does, and the condition keeps it to the one team.
    with platform_context(role="gatekeeper"):
        members = VendorMembership.objects.filter(vendor_id=vendor_id)  # type: ignore[misc]
        members = members.select_related("user")
        return list(members.order_by("user__email"))


@dataclass(frozen=True, slots=True)
class LegalFacts:
    """What a shop says of the company behind it. Facts that are not known are empty."""

    shop_name: str
    company_name: str
    address: str
    registration_number: str
    vat_id: str
    email: str


def legal_facts(*, language: str) -> LegalFacts | None:
    """The facts of the context's vendor, the country named in `language`; None without a vendor. 1 query."""
    vendor_id = current_context().vendor_id
    vendor = Vendor.objects.select_related("company").filter(pk=vendor_id).first() if vendor_id else None
    if vendor is None:
        return None
    company = vendor.company
    country = locale_of(language).territories.get(company.country, company.country)
    parts = (company.street, f"{company.postal_code} {company.city}".strip(), country)
    return LegalFacts(
        shop_name=vendor.name,
        company_name=company.legal_name,
        address=", ".join(part for part in parts if part),
        registration_number=company.registration_number,
        vat_id=company.vat_id,
        email=vendor.contact_email or company.email,
    )

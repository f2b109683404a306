"""Questions about vendors, domains and memberships."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import translation
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import ngettext_lazy

from modules.tenancy.models import Invitation, PlatformMembership, Vendor, VendorDomain, VendorMembership
from platform_core.identity.links import MailLink
from platform_core.identity.principals import Membership
from platform_core.languages import locale_of
from platform_core.mail.services import Sender
from platform_core.tenancy.context import VendorRef, current_context, platform_context
from platform_core.tenancy.links import public_origin
from platform_core.tenancy.models import Platform

# As many shops, and rows of each, as a person reads who is told what stands open.
SHOPS_TOLD, ROWS_TOLD = 10, 5
INVITATION = MailLink("tenancy.invitation", timedelta(days=7))


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


def vendor_host_below(host: str) -> str | None:
    """A vendor's host below `host`, of those that the context sees and that are served or proved to be the vendor's."""
    served = (VendorDomain.State.ACTIVE, VendorDomain.State.VERIFIED)
    below = VendorDomain.objects.filter(host__endswith=f".{host}", state__in=served)
    return below.values_list("host", flat=True).first()


def vendor_of_code(platform_id: int, code: str) -> VendorRef | None:
    """The vendor of a platform by its code."""
    vendor = vendors().filter(platform_id=platform_id, code=code).first()
    return vendor.ref if vendor else None


def vendor_of_id(platform_id: int, vendor_id: int) -> VendorRef | None:
    """The vendor of a platform by its id."""
    vendor = vendors().filter(platform_id=platform_id, pk=vendor_id).first()
    return vendor.ref if vendor else None


def currency_of_vendor(vendor_id: int) -> str:
    """A vendor's currency as it is stored now, whatever a reference remembers. 1 query."""
    return Vendor.objects.values_list("currency", flat=True).get(pk=vendor_id)


def told_by_shop(rows: QuerySet[Any], field: str) -> list[str | Promise]:
    """Rows of a platform's shops for whoever has to look after them: "Objektiv: 1001, 1002 and 3 more", by shop.

    `field` is what a shop's team knows a row by. 3 queries, of rows that the context may see.
    """
    plain = rows.order_by()
    counts = dict(plain.values("vendor_id").annotate(count=Count("pk")).values_list("vendor_id", "count"))
    shops = list(Vendor.objects.filter(pk__in=counts).order_by("name", "pk").values_list("pk", "name"))
    place = Window(RowNumber(), partition_by=F("vendor_id"), order_by=F("pk").asc())
    first = plain.filter(vendor_id__in=[pk for pk, _name in shops[:SHOPS_TOLD]]).annotate(place=place)
    named: dict[int, list[str]] = {}
    for pk, name in first.filter(place__lte=ROWS_TOLD).order_by("pk").values_list("vendor_id", field):
        named.setdefault(pk, []).append(str(name))
    told = [_told(name, named[pk], counts[pk]) for pk, name in shops[:SHOPS_TOLD]]
    others = len(shops) - SHOPS_TOLD
    if others > 0:
        text = ngettext_lazy("And {count} other shop.", "And {count} other shops.", others)
        told.append(format_lazy(text, count=others))
    return told


def _told(shop: str, rows: list[str], count: int) -> str | Promise:
    others, listed = count - len(rows), ", ".join(rows)
    if not others:
        return f"{shop}: {listed}."
    text = ngettext_lazy("{shop}: {rows} and {count} more.", "{shop}: {rows} and {count} more.", others)
    return format_lazy(text, shop=shop, rows=listed, count=others)


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


def invitation_of(token: str, *, platform_id: int, is_staff: bool) -> Invitation | None:
    """The invitation that a link accepts, to a platform's staff or to a team on it; None once it has ended."""
    invitation_id = INVITATION.row_id(token)
    if invitation_id is None:
        return None
    # Whoever opens the link is nobody here yet.
    with platform_context(role="gatekeeper"):
        invitations = Invitation.objects.select_related("platform", "vendor")
        invitation = (
            invitations.prefetch_related("platform__domains")
            .filter(pk=invitation_id, platform_id=platform_id, vendor__isnull=is_staff)
            .first()
        )
    return invitation if invitation is not None and accepts(token, invitation) else None


def invitation_token(invitation: Invitation) -> str:
    """Opens the page on which an invitation is accepted, until it is accepted or withdrawn."""
    return INVITATION.token(invitation.pk, invitation.email, invitation.vendor_id)


def accepts(token: str, invitation: Invitation) -> bool:
    """Whether the token accepts this invitation."""
    return INVITATION.is_good(token, invitation.email, invitation.vendor_id)


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


def sender() -> Sender | None:
    """The context's vendor as mails name it, in the active language. 1 query."""
    vendor, facts = current_context().vendor, legal_facts(language=translation.get_language() or "en")
    if vendor is None or facts is None:
        return None
    return Sender(
        name=vendor.name,
        url=f"{public_origin(vendor.canonical_host)}/",
        reply_to=facts.email,
        legal=" · ".join(part for part in (facts.company_name, facts.address) if part),
    )

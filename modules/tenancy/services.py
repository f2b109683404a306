"""Commands on companies, vendors, domains and teams: every write, in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from modules.tenancy.exceptions import (
    CompanyExists,
    DomainNotProved,
    DomainTaken,
    LastOwner,
    TooManyDomains,
    UserWorksElsewhere,
    VendorExists,
)
from modules.tenancy.models import (
    Company,
    PlatformMembership,
    Vendor,
    VendorDomain,
    VendorMembership,
    validate_not_reserved,
)
from platform_core.identity.models import User
from platform_core.identity.services import Credentials, create_user, set_password, update_user
from platform_core.roles import StaffRole, VendorRole
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.hosts import host_directory, normalise_host
from platform_core.tenancy.models import Domain, Platform, validate_code, validate_host
from platform_core.tenancy.services import delete_platform, drop_schema

MAX_DOMAINS = 20


@transaction.atomic
def create_company(*, platform: Platform, legal_name: str, **facts: Any) -> Company:
    """A company on a platform. `facts` are further fields of Company.

    Raises CompanyExists when the platform has one of that name, ValidationError.
    """
    return _save_company(Company(platform=platform, legal_name=legal_name.strip(), **facts))


@transaction.atomic
def update_company(*, company: Company, **facts: Any) -> Company:
    """Change fields of a company; those left out stay. Raises CompanyExists, ValidationError."""
    company = Company.objects.select_for_update().get(pk=company.pk)
    for name, value in facts.items():
        setattr(company, name, value)
    return _save_company(company)


def _save_company(company: Company) -> Company:
    company.clean_fields()
    same = Company.objects.filter(platform_id=company.platform_id, legal_name__iexact=company.legal_name)
    if same.exclude(pk=company.pk).exists():
        raise CompanyExists(name=company.legal_name)
    company.save()
    return company


@transaction.atomic
def create_vendor(*, platform: Platform, company: Company, code: str, name: str, **facts: Any) -> Vendor:
    """A vendor with a storefront on its subdomain, at once. `facts` are further fields of Vendor.

    Raises ValidationError for a malformed or reserved code, VendorExists when the platform has it.
    """
    validate_code(code)
    validate_not_reserved(code)
    if Vendor.objects.filter(platform=platform, code=code).exists():
        raise VendorExists(code=code)
    vendor = Vendor(platform=platform, company=company, code=code, name=name, **facts)
    vendor.full_clean()
    vendor.save()
    host_directory.changed()
    return vendor


@transaction.atomic
def update_vendor(*, vendor: Vendor, **facts: Any) -> Vendor:
    """Change a vendor's fields other than platform, code and status; those left out stay.

    Raises ValidationError.
    """
    unchangeable = {"platform", "platform_id", "code", "status", "id", "pk"} & set(facts)
    if unchangeable:
        raise TypeError(f"A vendor's {', '.join(sorted(unchangeable))} cannot be changed here.")
    vendor = Vendor.objects.select_for_update().get(pk=vendor.pk)
    for name, value in facts.items():
        setattr(vendor, name, value)
    vendor.full_clean()
    vendor.save()
    host_directory.changed()
    return vendor


@transaction.atomic
def suspend_vendor(*, vendor: Vendor) -> Vendor:
    """Close a vendor's storefront to shoppers. Nothing is deleted; `reactivate_vendor` opens it again."""
    return _set_status(vendor, Vendor.Status.SUSPENDED)


@transaction.atomic
def reactivate_vendor(*, vendor: Vendor) -> Vendor:
    """Open a suspended vendor's storefront again."""
    return _set_status(vendor, Vendor.Status.ACTIVE)


def _set_status(vendor: Vendor, status: Vendor.Status) -> Vendor:
    vendor = Vendor.objects.select_for_update().get(pk=vendor.pk)
    if vendor.status != status:
        vendor.status = status
        vendor.save(update_fields=["status"])
        host_directory.changed()
    return vendor


@transaction.atomic
def add_domain(*, vendor: Vendor, host: str, is_primary: bool = False) -> VendorDomain:
    """Claim a host for a vendor. It serves nothing until `verify_domain` has found the proof.

    Claiming it again changes nothing. Raises ValidationError for a malformed host, DomainTaken when a
    platform or another vendor serves it, TooManyDomains beyond MAX_DOMAINS.
    """
    name = normalise_host(host)
    validate_host(name)
    _require_free(name, vendor_id=vendor.pk)
    own = VendorDomain.objects.filter(vendor=vendor)
    claimed = own.filter(host=name).first()
    if claimed is not None:
        return claimed
    if own.count() >= MAX_DOMAINS:
        raise TooManyDomains(limit=MAX_DOMAINS)
    return VendorDomain.objects.create(
        vendor=vendor, platform_id=vendor.platform_id, host=name, is_primary=is_primary
    )


def _require_free(host: str, *, vendor_id: int) -> None:
    """Raises DomainTaken for a host that a platform or another vendor of any platform serves."""
    served = (VendorDomain.State.ACTIVE, VendorDomain.State.VERIFIED)
    # Hosts are one name space for all platforms; the caller sees those of one.
    with platform_context(role="gatekeeper"):
        others = VendorDomain.objects.filter(host=host, state__in=served).exclude(vendor_id=vendor_id)
        if Domain.objects.filter(domain=host).exists() or others.exists():
            raise DomainTaken(host=host)


@transaction.atomic
def verify_domain(*, domain: VendorDomain, txt_records: Callable[[str], list[str]]) -> VendorDomain:
    """Serve a claimed host once its TXT record carries the token.

    `txt_records` looks a DNS name up. Raises DomainNotProved without the record, DomainTaken when another
    vendor proved the host first.
    """
    domain = VendorDomain.objects.select_for_update().get(pk=domain.pk)
    if domain.token not in txt_records(domain.record_name):
        raise DomainNotProved(record=domain.record_name, token=domain.token)
    return activate_domain(domain=domain)


@transaction.atomic
def activate_domain(*, domain: VendorDomain) -> VendorDomain:
    """Serve a host without asking DNS: for hosts of the installation itself. Raises DomainTaken."""
    _require_free(domain.host, vendor_id=domain.vendor_id)
    domain.state = VendorDomain.State.ACTIVE
    domain.verified_at = timezone.now()
    domain.save(update_fields=["state", "verified_at"])
    host_directory.changed()
    return domain


@transaction.atomic
def remove_domain(*, domain: VendorDomain) -> None:
    """Give a host up. Claiming it again needs new proof."""
    domain.delete()
    host_directory.changed()


@transaction.atomic
def make_primary(*, domain: VendorDomain) -> VendorDomain:
    """Let `domain` be the address that the vendor's pages name as theirs, once it is active."""
    others = VendorDomain.objects.filter(vendor_id=domain.vendor_id, is_primary=True).exclude(pk=domain.pk)
    others.update(is_primary=False)
    domain.is_primary = True
    domain.save(update_fields=["is_primary"])
    host_directory.changed()
    return domain


@transaction.atomic
def add_staff(
    *, platform: Platform, user: User, role: StaffRole = StaffRole.PLATFORM_ADMIN
) -> PlatformMembership:
    """Make a user staff of a platform, or change the role."""
    membership, _created = PlatformMembership.objects.update_or_create(
        platform=platform, user=user, defaults={"role": role}
    )
    return membership


@transaction.atomic
def add_team_member(*, vendor: Vendor, user: User, role: VendorRole) -> VendorMembership:
    """Add a user to a vendor's team, or change the role. Raises LastOwner when no owner would be left."""
    if role != VendorRole.OWNER:
        _keep_an_owner(vendor, without=user)
    membership, _created = VendorMembership.objects.update_or_create(
        vendor=vendor, user=user, defaults={"platform_id": vendor.platform_id, "role": role}
    )
    return membership


@transaction.atomic
def remove_team_member(*, vendor: Vendor, user: User) -> None:
    """Take a user out of a vendor's team, at once. Raises LastOwner when no owner would be left."""
    _keep_an_owner(vendor, without=user)
    VendorMembership.objects.filter(vendor=vendor, user=user).delete()


def _keep_an_owner(vendor: Vendor, *, without: User) -> None:
    owners = VendorMembership.objects.filter(vendor=vendor, role=VendorRole.OWNER)
    # The locks serialise two owners who take each other out.
    owner_ids = set(owners.order_by("pk").select_for_update().values_list("user_id", flat=True))
    if owner_ids == {without.pk}:
        raise LastOwner


@transaction.atomic
def remove_staff(*, membership: PlatformMembership) -> None:
    """Take a user out of a platform's staff, at once."""
    membership.delete()


@dataclass(frozen=True, slots=True)
class Invitation:
    """A membership and, where the user is new, the password to hand over: shown once, stored nowhere."""

    membership: PlatformMembership | VendorMembership
    password: str = ""


@transaction.atomic
def invite_staff(
    *, platform: Platform, email: str, full_name: str = "", password: str = "", language: str = "en"
) -> Invitation:
    """Make the person with this e-mail address staff of a platform; a new user is created when needed.

    Raises ValidationError. Name and password of somebody who has a sign-in already are left alone.
    """
    user, chosen = _user_for(email, full_name=full_name, password=password, language=language)
    return Invitation(add_staff(platform=platform, user=user), chosen)


@transaction.atomic
def invite_team_member(
    *,
    vendor: Vendor,
    email: str,
    role: VendorRole,
    full_name: str = "",
    password: str = "",
    language: str = "",
) -> Invitation:
    """Add the person with this e-mail address to a vendor's team; a new user is created when needed.

    Raises LastOwner, ValidationError. Name and password of somebody who has a sign-in already are left alone.
    """
    user, chosen = _user_for(
        email, full_name=full_name, password=password, language=language or vendor.default_language
    )
    return Invitation(add_team_member(vendor=vendor, user=user, role=role), chosen)


def _user_for(email: str, *, full_name: str, password: str, language: str) -> tuple[User, str]:
    with platform_context(role="gatekeeper"):
        user = User.objects.filter(email=email.strip().lower()).first()
    if user is not None:
        return user, ""
    made = create_user(email=email, full_name=full_name, password=password, language=language)
    return made.user, made.password


@transaction.atomic
def set_member_password(*, platform: Platform, user: User, password: str = "") -> Credentials:
    """Give a user who works on this platform alone a new password. Raises UserWorksElsewhere, ValidationError."""
    require_works_here_alone(platform=platform, user=user)
    return set_password(user=user, password=password)


@transaction.atomic
def update_member(*, platform: Platform, user: User, **facts: Any) -> User:
    """Change name, language, time zone or activity of a user who works on this platform alone.

    Raises UserWorksElsewhere, ValidationError.
    """
    require_works_here_alone(platform=platform, user=user)
    return update_user(user=user, **facts)


def require_works_here_alone(*, platform: Platform, user: User) -> None:
    """Raises UserWorksElsewhere for a superuser and for anybody another platform depends on too."""
    with platform_context(role="gatekeeper"):
        user = User.objects.get(pk=user.pk)
        platforms = {
            *PlatformMembership.objects.filter(user=user).values_list("platform_id", flat=True),
            *VendorMembership.objects.filter(user=user).values_list("platform_id", flat=True),
        }
    if user.is_superuser or platforms != {platform.pk}:
        raise UserWorksElsewhere(email=user.email)


def delete_platform_with_vendors(*, platform: Platform) -> None:
    """Delete a platform with its vendors, their rows and all that stands in its schema. There is no way back.

    Needs DATABASE_OWNER_URL. The users stay: they may work elsewhere.
    """
    # First the schema, whose rows point at the vendors.
    drop_schema(platform=platform)
    with platform_context(role="operator"), transaction.atomic():
        Vendor.objects.filter(platform=platform).delete()
        Company.objects.filter(platform=platform).delete()
        PlatformMembership.objects.filter(platform=platform).delete()
    delete_platform(platform=platform)

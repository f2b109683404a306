"""Commands on companies, vendors, domains and teams: every write, in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from modules.tenancy.exceptions import (
    CompanyExists,
    CurrencyInUse,
    DomainNotProved,
    DomainTaken,
    LastOwner,
    MemberChanged,
    TooManyDomains,
    UserWorksElsewhere,
    VendorExists,
)
from modules.tenancy.extensions import has_prices
from modules.tenancy.models import (
    Company,
    Invitation,
    PlatformMembership,
    Vendor,
    VendorDomain,
    VendorMembership,
    validate_not_reserved,
)
from platform_core.exceptions import RowChanged
from platform_core.identity.models import User
from platform_core.identity.resets import ask_for_password_reset
from platform_core.identity.services import create_user, update_user
from platform_core.roles import StaffRole, VendorRole
from platform_core.tenancy.context import Context, platform_context
from platform_core.tenancy.hosts import host_directory, normalise_host
from platform_core.tenancy.models import Domain, Platform, validate_code, validate_host
from platform_core.tenancy.pagecache import content_changed
from platform_core.tenancy.services import NotProvisioned, delete_platform, drop_schema

MAX_DOMAINS = 20


@transaction.atomic
def create_company(*, platform: Platform, legal_name: str, **facts: Any) -> Company:
    """A company on a platform. `facts` are further fields of Company.

    Raises CompanyExists when the platform has one of that name, ValidationError.
    """
    return _save_company(Company(platform=platform, legal_name=legal_name.strip(), **facts))


@transaction.atomic
def update_company(*, company: Company, expected_version: int | None = None, **facts: Any) -> Company:
    """Change fields of a company; those left out stay.

    Raises RowChanged when `expected_version` is stale, CompanyExists, ValidationError.
    """
    company = Company.objects.select_for_update().get(pk=company.pk)
    _require_version(company, expected_version)
    for name, value in facts.items():
        setattr(company, name, value)
    company.version += 1
    _save_company(company)
    for vendor in company.vendors.all():
        # Imprints name the company behind the shop.
        _shop_changed(vendor)
    return company


def _shop_changed(vendor: Vendor) -> None:
    """Every process looks at the vendor's hosts anew and makes its pages again, once this is committed."""
    host_directory.changed()
    # A shop's team, which removes domains, reads no platforms.
    with platform_context(role="gatekeeper"):
        platform = Platform.objects.get(pk=vendor.platform_id).ref
    content_changed(Context(platform=platform, vendor_id=vendor.pk))


def _require_version(row: Company | Vendor, expected: int | None) -> None:
    if expected is not None and expected != row.version:
        raise RowChanged(name=str(row))


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
    vendor = Vendor(platform=platform, company=company, code=code, name=name.strip(), **facts)
    vendor.full_clean()
    vendor.save()
    host_directory.changed()
    return vendor


@transaction.atomic
def update_vendor(*, vendor: Vendor, expected_version: int | None = None, **facts: Any) -> Vendor:
    """Change a vendor's fields other than platform, code and status; those left out stay.

    Raises RowChanged when `expected_version` is stale, CurrencyInUse for another currency while there are
    prices, NotProvisioned while nobody can tell, ValidationError.
    """
    unchangeable = {"platform", "platform_id", "code", "status", "version", "id", "pk"} & set(facts)
    if unchangeable:
        raise TypeError(f"A vendor's {', '.join(sorted(unchangeable))} cannot be changed here.")
    vendor = Vendor.objects.select_for_update().get(pk=vendor.pk)
    _require_version(vendor, expected_version)
    if facts.get("currency", vendor.currency) != vendor.currency:
        _require_no_prices(vendor)
    for name, value in facts.items():
        setattr(vendor, name, value)
    vendor.version += 1
    # The code stays, even one of before that would be refused today.
    vendor.full_clean(exclude={"code"})
    vendor.save()
    _shop_changed(vendor)
    return vendor


def _require_no_prices(vendor: Vendor) -> None:
    """Prices are stored in minor units: 1999 is 19.99 EUR, and 1,999 JPY."""
    platform = vendor.platform
    if platform.status == Platform.Status.PROVISIONING:
        raise NotProvisioned(name=platform.name)
    if any(answer(platform.ref, vendor.pk) for answer in has_prices.all()):
        raise CurrencyInUse(name=vendor.name, currency=vendor.currency)


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
        _shop_changed(vendor)
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
    """Raises DomainTaken for a host that the hub, a platform or another vendor of any platform serves.

    Everything below a platform's host is the platform's: its admin and its vendors' subdomains stand there.
    """
    if host in settings.HUB_HOSTS:
        raise DomainTaken(host=host)
    labels = host.split(".")
    itself_and_above = [".".join(labels[place:]) for place in range(len(labels))]
    served = (VendorDomain.State.ACTIVE, VendorDomain.State.VERIFIED)
    # Hosts are one name space for all platforms; the caller sees those of one.
    with platform_context(role="gatekeeper"):
        others = VendorDomain.objects.filter(host=host, state__in=served).exclude(vendor_id=vendor_id)
        if Domain.objects.filter(domain__in=itself_and_above).exists() or others.exists():
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
    _shop_changed(domain.vendor)
    return domain


@transaction.atomic
def remove_domain(*, domain: VendorDomain) -> None:
    """Give a host up. Claiming it again needs new proof."""
    domain.delete()
    _shop_changed(domain.vendor)


@transaction.atomic
def make_primary(*, domain: VendorDomain) -> VendorDomain:
    """Let `domain` be the address that the vendor's pages name as theirs, once it is active."""
    others = VendorDomain.objects.filter(vendor_id=domain.vendor_id, is_primary=True).exclude(pk=domain.pk)
    others.update(is_primary=False)
    domain.is_primary = True
    domain.save(update_fields=["is_primary"])
    _shop_changed(domain.vendor)
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
def add_team_member(
    *, vendor: Vendor, user: User, role: VendorRole, expected_role: str | None = None
) -> VendorMembership:
    """Add a user to a vendor's team, or change the role.

    Raises LastOwner when no owner would be left, MemberChanged for somebody whose role is not `expected_role`.
    """
    _expect_role(vendor, user, expected_role)
    if role != VendorRole.OWNER:
        _keep_an_owner(vendor, without=user)
    membership, _created = VendorMembership.objects.update_or_create(
        vendor=vendor, user=user, defaults={"platform_id": vendor.platform_id, "role": role}
    )
    return membership


@transaction.atomic
def remove_team_member(*, vendor: Vendor, user: User, expected_role: str | None = None) -> None:
    """Take a user out of a vendor's team, at once.

    Raises LastOwner when no owner would be left, MemberChanged for somebody whose role is not `expected_role`.
    """
    _expect_role(vendor, user, expected_role)
    _keep_an_owner(vendor, without=user)
    VendorMembership.objects.filter(vendor=vendor, user=user).delete()


def _expect_role(vendor: Vendor, user: User, role: str | None) -> None:
    """Raises MemberChanged where somebody else has been faster than whoever saw this role."""
    if role is None:
        return
    members = VendorMembership.objects.select_for_update().filter(vendor=vendor, user=user)
    if list(members.values_list("role", flat=True)) != [role]:
        raise MemberChanged


def _keep_an_owner(vendor: Vendor, *, without: User) -> None:
    owners = VendorMembership.objects.filter(vendor=vendor, role=VendorRole.OWNER)
    # The locks serialise two owners who take each other out.
    owner_ids = set(owners.order_by("pk").select_for_update().values_list("user_id", flat=True))
    if without.pk not in owner_ids:
        return
    # Whoever is deactivated keeps no shop. A vendor may not read users, so the gatekeeper does.
    with platform_context(role="gatekeeper"):
        if not User.objects.filter(pk__in=owner_ids - {without.pk}, is_active=True).exists():
            raise LastOwner


@transaction.atomic
def remove_staff(*, membership: PlatformMembership) -> None:
    """Take a user out of a platform's staff, at once."""
    membership.delete()


@dataclass(frozen=True, slots=True)
class Appointment:
    """A membership and, where the user is new, the password to hand over: shown once, stored nowhere."""

    membership: PlatformMembership | VendorMembership
    password: str = ""


@transaction.atomic
def appoint_staff(
    *, platform: Platform, email: str, full_name: str = "", password: str = "", language: str = "en"
) -> Appointment:
    """Make the person with this e-mail address staff of a platform at once; a new user is created when needed.

    For the operator, who answers for the person: everybody else invites. Raises ValidationError. Name and
    password of somebody who has a sign-in already are left alone.
    """
    user, chosen = _user_for(email, full_name=full_name, password=password, language=language)
    return Appointment(add_staff(platform=platform, user=user), chosen)


@transaction.atomic
def appoint_team_member(
    *,
    vendor: Vendor,
    email: str,
    role: VendorRole,
    full_name: str = "",
    password: str = "",
    language: str = "",
) -> Appointment:
    """Put the person with this e-mail address into a vendor's team at once; a new user is created when needed.

    For the operator, as above. Raises LastOwner, ValidationError. Name and password of somebody who has a
    sign-in already are left alone.
    """
    user, chosen = _user_for(
        email, full_name=full_name, password=password, language=language or vendor.default_language
    )
    return Appointment(add_team_member(vendor=vendor, user=user, role=role), chosen)


def _user_for(email: str, *, full_name: str, password: str, language: str) -> tuple[User, str]:
    with platform_context(role="gatekeeper"):
        user = User.objects.filter(email=email.strip().lower()).first()
    if user is not None:
        return user, ""
    made = create_user(email=email, full_name=full_name, password=password, language=language)
    return made.user, made.password


@transaction.atomic
def send_password_mail(*, platform: Platform, user: User) -> None:
    """Send somebody who works on this platform a link to set a new password, where they sign in to it.

    Whoever else depends on the person need not be asked: the mail goes to nobody else, and nothing changes
    until the link is used.
    """
    is_staff = PlatformMembership.objects.filter(platform=platform, user=user).exists()
    ask_for_password_reset(
        email=user.email,
        language=user.language,
        kind="admin" if is_staff else "platform",
        host=platform.admin_host if is_staff else platform.primary_host,
        platform=platform.ref,
    )


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
        Invitation.objects.filter(platform=platform).delete()
    delete_platform(platform=platform)

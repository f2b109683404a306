"""Commands on companies, vendors, domains and teams: every write, in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone

from modules.tenancy.exceptions import DomainNotProved, DomainTaken, LastOwner, VendorExists
from modules.tenancy.models import (
    Company,
    PlatformMembership,
    Vendor,
    VendorDomain,
    VendorMembership,
    validate_host,
    validate_not_reserved,
)
from platform_core.identity.models import User
from platform_core.identity.roles import StaffRole, VendorRole
from platform_core.tenancy.hosts import host_directory, normalise_host
from platform_core.tenancy.models import Domain, Platform, validate_code


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

    Raises ValidationError for a malformed host, DomainTaken when a platform or another vendor serves it.
    """
    name = normalise_host(host)
    validate_host(name)
    if Domain.objects.filter(domain=name).exists():
        raise DomainTaken(host=name)
    served = (VendorDomain.State.ACTIVE, VendorDomain.State.VERIFIED)
    if VendorDomain.objects.filter(host=name, state__in=served).exclude(vendor=vendor).exists():
        raise DomainTaken(host=name)
    domain, _created = VendorDomain.objects.get_or_create(
        vendor=vendor, host=name, defaults={"platform_id": vendor.platform_id, "is_primary": is_primary}
    )
    return domain


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
    served = (VendorDomain.State.ACTIVE, VendorDomain.State.VERIFIED)
    if VendorDomain.objects.filter(host=domain.host, state__in=served).exclude(pk=domain.pk).exists():
        raise DomainTaken(host=domain.host)
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
    if owners.filter(user=without).exists() and not owners.exclude(user=without).exists():
        raise LastOwner

"""Commands on invitations: asking somebody by mail to join, and the person's answer."""

from __future__ import annotations

from django.core.validators import validate_email
from django.db import transaction

from modules.tenancy import selectors
from modules.tenancy.exceptions import AlreadyMember, InvitedSomebodyElse, TooManyInvitations
from modules.tenancy.models import Invitation, PlatformMembership, Vendor, VendorMembership
from modules.tenancy.services import add_staff, add_team_member
from platform_core.identity.links import LinkEnded
from platform_core.identity.models import User
from platform_core.identity.services import create_user
from platform_core.mail.services import write_mail
from platform_core.roles import StaffRole, VendorRole
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.models import Platform

MAX_INVITATIONS = 100


@transaction.atomic
def invite_staff(
    *,
    platform: Platform,
    email: str,
    role: StaffRole = StaffRole.PLATFORM_ADMIN,
    language: str = "",
    invited_by: User | None = None,
) -> Invitation:
    """Ask whoever reads the mails to an address to join a platform's staff; `language` is the mail's.

    Asking again sends the mail again. What comes back is the same whether anybody has a sign-in with the
    address or not. Raises ValidationError, AlreadyMember, TooManyInvitations.
    """
    return _invite(platform, None, email, role, language or platform.default_language, invited_by)


@transaction.atomic
def invite_team_member(
    *, vendor: Vendor, email: str, role: VendorRole, language: str = "", invited_by: User | None = None
) -> Invitation:
    """Ask whoever reads the mails to an address to join a vendor's team, as `invite_staff` does for a platform's.

    Asking again may change the role.
    """
    return _invite(vendor.platform_id, vendor, email, role, language or vendor.default_language, invited_by)


def _invite(
    platform: Platform | int,
    vendor: Vendor | None,
    email: str,
    role: StaffRole | VendorRole,
    language: str,
    invited_by: User | None,
) -> Invitation:
    platform_id = platform if isinstance(platform, int) else platform.pk
    address = email.strip().lower()
    validate_email(address)
    _require_no_member(platform_id, vendor, address)
    waiting = Invitation.objects.filter(platform_id=platform_id, vendor=vendor)
    if waiting.exclude(email=address).count() >= MAX_INVITATIONS:
        raise TooManyInvitations(limit=MAX_INVITATIONS)
    invitation, _is_new = Invitation.objects.update_or_create(
        platform_id=platform_id, vendor=vendor, email=address, defaults={"role": role, "language": language}
    )
    send_invitation(invitation=invitation, invited_by=invited_by)
    return invitation


def _require_no_member(platform_id: int, vendor: Vendor | None, email: str) -> None:
    """Raises AlreadyMember, which says nothing of anybody whom those who invite do not see anyway."""
    with platform_context(role="gatekeeper"):
        members = (
            PlatformMembership.objects.filter(platform_id=platform_id)
            if vendor is None
            else VendorMembership.objects.filter(vendor=vendor)
        )
        if members.filter(user__email=email).exists():
            raise AlreadyMember(email=email)


@transaction.atomic
def send_invitation(*, invitation: Invitation, invited_by: User | None = None) -> None:
    """Write down the mail with the link; sent again, it works for seven days anew."""
    write_mail(
        "tenancy.invitation",
        to=invitation.email,
        language=invitation.language,
        invitation_id=invitation.pk,
        # Their address, not their name: anybody may call themselves anything.
        invited_by=invited_by.email if invited_by is not None else "",
    )


@transaction.atomic
def withdraw_invitation(*, invitation: Invitation) -> None:
    """Take an invitation back; its links end at once."""
    invitation.delete()


@transaction.atomic
def accept_invitation(*, invitation: Invitation, token: str, user: User) -> None:
    """Make the membership that an invitation is for, and end the invitation.

    Raises InvitedSomebodyElse for a user with another address, LinkEnded when it was accepted or withdrawn
    meanwhile.
    """
    with platform_context(invitation.platform, role="staff"):
        stored = Invitation.objects.select_for_update().filter(pk=invitation.pk).first()
        if stored is None or not selectors.accepts(token, stored):
            raise LinkEnded
        if user.email != stored.email:
            raise InvitedSomebodyElse(email=stored.email)
        if stored.vendor is None:
            add_staff(platform=invitation.platform, user=user, role=StaffRole(stored.role))
        elif not VendorMembership.objects.filter(vendor=stored.vendor, user=user).exists():
            add_team_member(vendor=stored.vendor, user=user, role=VendorRole(stored.role))
        stored.delete()


@transaction.atomic
def accept_as_new_user(*, invitation: Invitation, token: str, full_name: str, password: str) -> User:
    """Make a user of whoever was invited, and accept for them.

    Raises UserExists when somebody has the address by now, LinkEnded, ValidationError for a name or a password
    that is refused.
    """
    made = create_user(
        email=invitation.email, full_name=full_name, password=password, language=invitation.language
    )
    accept_invitation(invitation=invitation, token=token, user=made.user)
    return made.user

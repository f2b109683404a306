"""Who a request is, and what that person may do here."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from platform_core.exceptions import DomainError
from platform_core.extensions import ExtensionPoint
from platform_core.identity.audience import Audience
from platform_core.identity.models import User
from platform_core.modules.registry import permission_codes, permissions_of_modules, registry
from platform_core.modules.state import module_states
from platform_core.roles import PLATFORM_ADMIN
from platform_core.tenancy.context import PlatformRef, VendorRef, platform_context


@dataclass(frozen=True, slots=True)
class Membership:
    """One role of a user on a platform: of its staff (`vendor` is None) or in a vendor's team."""

    role: str
    vendor: VendorRef | None = None


# tenancy answers: (user id, platform id) -> the user's memberships there, by vendor name.
memberships_of_user: ExtensionPoint[[int, int], tuple[Membership, ...]] = ExtensionPoint(
    "memberships_of_user"
)
# customers answers: (customer id) -> the customer of the context's vendor, or None.
customer_by_id: ExtensionPoint[[int], Any] = ExtensionPoint("customer_by_id")
# customers answers: (e-mail, password) -> the customer of the context's vendor they sign in, or None; in the
# same time whether the address is unknown or the password wrong.
authenticate_customer: ExtensionPoint[[str, str], Any] = ExtensionPoint("authenticate_customer")


class VendorRequired(DomainError):
    """A user of several vendors must say which one."""

    code = "vendor_required"
    status = 400
    default_message = _("You work for several shops. Name the one you want as “vendor”.")


@dataclass(frozen=True, slots=True)
class Principal:
    """The person a request acts for, and the scope that was granted.

    `account` is a User, or a Customer for the audience CUSTOMER. `via` is "session" or "token".
    """

    audience: Audience
    account: Any
    via: str
    platform: PlatformRef | None = None
    vendor: VendorRef | None = None
    role: str = ""
    memberships: tuple[Membership, ...] = field(default=(), compare=False)

    @property
    def is_of_the_house(self) -> bool:
        """Whether this is the operator, or platform staff."""
        return self.audience in {Audience.OPERATOR, Audience.STAFF}

    @property
    def held(self) -> frozenset[str]:
        """The codes this person holds in this scope, wherever their modules are on.

        Policies ask for these: a route that answers while its module is off does so as if it were on.
        """
        if self.is_of_the_house:
            return permission_codes()
        return permission_codes(self.role) if self.role else frozenset()

    @property
    def permissions(self) -> frozenset[str]:
        """What is told of `held`: the codes of the modules that are on here for this person."""
        on = module_states.of(self.platform).enabled if self.platform is not None else registry().core_codes
        if not self.is_of_the_house:
            on -= registry().internal_codes
        return self.held & permissions_of_modules(on)

    def may(self, permission: str | None) -> bool:
        return permission is None or permission in self.held


current_principal: ContextVar[Principal | None] = ContextVar("principal", default=None)


def user_by_id(user_id: int) -> User | None:
    """An active user, or None."""
    with platform_context(role="gatekeeper"):
        return User.objects.filter(pk=user_id, is_active=True).first()


def memberships(user: User, platform: PlatformRef) -> tuple[Membership, ...]:
    """Every role of `user` on `platform`."""
    with platform_context(role="gatekeeper"):
        return memberships_of_user.first(user.pk, platform.id) or ()


def operator_principal(user: User, via: str) -> Principal | None:
    """A superuser at the hub; nobody else enters there."""
    return Principal(Audience.OPERATOR, user, via) if user.is_superuser else None


def staff_principal(user: User, platform: PlatformRef, via: str) -> Principal | None:
    """`user` as staff of `platform`, or None."""
    roles = [m.role for m in memberships(user, platform) if m.vendor is None]
    if not roles and not user.is_superuser:
        return None
    return Principal(Audience.STAFF, user, via, platform=platform, role=roles[0] if roles else PLATFORM_ADMIN)


def vendor_principal(
    user: User,
    platform: PlatformRef,
    via: str,
    *,
    vendor_id: int | None = None,
    vendor_code: str | None = None,
) -> Principal | None:
    """`user` in the team of one vendor of `platform`, or None when there is no such membership.

    Without a vendor the only one is taken; Raises VendorRequired when there are several.
    """
    teams = tuple(m for m in memberships(user, platform) if m.vendor is not None)
    wanted = [
        m
        for m in teams
        if m.vendor is not None
        and (vendor_id is None or m.vendor.id == vendor_id)
        and (vendor_code is None or m.vendor.code == vendor_code)
    ]
    if not wanted:
        return None
    if len(wanted) > 1:
        raise VendorRequired
    chosen = wanted[0]
    return Principal(
        Audience.VENDOR,
        user,
        via,
        platform=platform,
        vendor=chosen.vendor,
        role=chosen.role,
        memberships=teams,
    )

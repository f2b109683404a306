"""Access tokens: who a bearer is, and for which portal of which platform. Source: docs/adr/0004-tokens.md.

A token is good at one portal only: its `aud` is "<platform code>:<portal>", with the portals admin, vendor
and storefront, and its key is the platform's own. It lives five minutes; whom it names is read anew on every
request, so a disabled account, a changed password, a lost membership and a sign-out end it at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from rest_framework_simplejwt import tokens as simplejwt
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import ExpiredTokenError, TokenError

from platform_core.identity.audience import AUDIENCE_OF_PORTAL, PORTAL_OF_AUDIENCE, Audience
from platform_core.identity.models import RefreshSession
from platform_core.identity.principals import (
    Principal,
    customer_by_id,
    staff_principal,
    user_by_id,
    vendor_principal,
)
from platform_core.tenancy.context import PlatformRef, VendorRef, platform_context
from platform_core.tenancy.requests import SiteRequest

ALGORITHM = "HS256"
ISSUER = "wizamart"
LIFETIME = timedelta(minutes=5)
# The clocks of two machines may differ by as much.
LEEWAY = timedelta(seconds=2)
MAX_LETTERS = 2_000

# Here a token of any portal of the site will do.
ANY_PORTAL_PATHS = ("/api/v1/auth/",)
# What the API says of itself; a platform's host has the portals of teams and of staff, the admin's the staff's alone.
REFERENCE_PATHS = ("/api/schema/", "/api/docs/")
ROOT_PATH = "/api/v1/"
# Whoever signs in or refreshes is identified by the body: a stale token in the header must not stand in the way.
NO_TOKEN_PATHS = ("/api/v1/auth/token/",)


class InvalidToken(Exception):
    """The token is forged, out of date, revoked, or made for another place."""


def signing_key(platform: PlatformRef) -> str:
    """Each platform's own, so that no token of one can pass at another whatever it claims."""
    return salted_hmac("platform_core.identity.tokens", str(platform.id), algorithm="sha256").hexdigest()


def audience_claim(platform: PlatformRef, audience: Audience) -> str:
    return f"{platform.code}:{PORTAL_OF_AUDIENCE[audience]}"


class AccessToken(simplejwt.AccessToken):
    """simplejwt's access token with the key of one platform; `audience` is one claim to write or the several
    that are accepted."""

    lifetime = LIFETIME

    def __init__(
        self, platform: PlatformRef, audience: str | Collection[str], token: str | None = None
    ) -> None:
        self._backend = TokenBackend(
            ALGORITHM,
            signing_key=signing_key(platform),
            audience=audience,
            issuer=ISSUER,
            leeway=LEEWAY,
        )
        super().__init__(token)  # type: ignore[arg-type]

    def get_token_backend(self) -> TokenBackend:
        return self._backend


def account_stamp(account: Any) -> str:
    """Changes with the account's password; says nothing about it."""
    return hashlib.sha256(account.get_session_auth_hash().encode()).hexdigest()[:32]


def issue(principal: Principal, family: UUID) -> str:
    """A signed access token for `principal` in the sign-in `family`."""
    assert principal.platform is not None
    token = AccessToken(principal.platform, audience_claim(principal.platform, principal.audience))
    token["sub"] = str(principal.account.pk)
    token["family"] = str(family)
    token["stamp"] = account_stamp(principal.account)
    if principal.vendor is not None:
        token["vendor"] = principal.vendor.id
    return str(token)


@dataclass(frozen=True, slots=True)
class Claims:
    """What a genuine token says."""

    audience: Audience
    account_id: int
    vendor_id: int | None
    family: UUID
    stamp: str


def _read(token: str, platform: PlatformRef, audiences: Collection[Audience]) -> Claims:
    if not token or len(token) > MAX_LETTERS:
        raise InvalidToken(_("The token is invalid."))
    try:
        payload = AccessToken(platform, [audience_claim(platform, one) for one in audiences], token).payload
        portal = str(payload["aud"]).rpartition(":")[2]
        vendor_id = payload.get("vendor")
        return Claims(
            audience=AUDIENCE_OF_PORTAL[portal],
            account_id=int(payload["sub"]),
            vendor_id=None if vendor_id is None else int(vendor_id),
            family=UUID(payload["family"]),
            stamp=str(payload["stamp"]),
        )
    except ExpiredTokenError as error:
        raise InvalidToken(_("The token has expired. Use the refresh token to get another.")) from error
    except (TokenError, LookupError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise InvalidToken(_("The token is invalid.")) from error


def _accepted(request: SiteRequest, audience: Audience) -> set[Audience]:
    """Whose tokens this address takes."""
    path = request.path_info
    is_reference = path == ROOT_PATH or path.startswith(REFERENCE_PATHS)
    takes_all = path.startswith(ANY_PORTAL_PATHS) or (is_reference and request.site_kind == "platform")
    if audience is not Audience.CUSTOMER and takes_all:
        return {Audience.STAFF, Audience.VENDOR}
    return {audience} if audience in PORTAL_OF_AUDIENCE else set()


def principal_of_token(token: str, request: SiteRequest, audience: Audience) -> Principal | None:
    """The principal a bearer token stands for at this surface; None where the header plays no part.

    Raises InvalidToken. Costs the look-up of the sign-in and of the account with its memberships.
    """
    if request.path_info.startswith(NO_TOKEN_PATHS):
        return None
    platform, accepted = request.platform, _accepted(request, audience)
    if platform is None or not accepted:
        raise InvalidToken(_("No token is accepted here."))
    claims = _read(token, platform, accepted)
    vendor = request.vendor if claims.audience is Audience.CUSTOMER else None
    principal = None
    if is_live(claims, platform):
        principal = principal_of(claims, platform, vendor)
    if principal is None:
        raise InvalidToken(_("The token is no longer valid. Sign in again."))
    request.token_family = claims.family
    return principal


def is_live(claims: Claims, platform: PlatformRef) -> bool:
    """Whether the sign-in a token comes from has been neither revoked nor forgotten."""
    with platform_context(role="gatekeeper"):
        return RefreshSession.objects.filter(
            family=claims.family,
            audience=claims.audience,
            platform_id=platform.id,
            vendor_id=claims.vendor_id,
            account_id=claims.account_id,
            revoked_at=None,
            expires_at__gt=timezone.now(),
        ).exists()


def principal_of(claims: Claims, platform: PlatformRef, shop: VendorRef | None) -> Principal | None:
    """Whom the claims name, as they are now, or None when they may no longer enter. `shop` is the
    storefront's."""
    principal: Principal | None = None
    if claims.audience is Audience.CUSTOMER:
        if shop is not None and claims.vendor_id == shop.id:
            # The caller may be in another context; a customer is read in the shop's.
            with platform_context(platform, shop):
                customer = customer_by_id.first(claims.account_id)
            if customer is not None:
                principal = Principal(Audience.CUSTOMER, customer, "token", platform=platform, vendor=shop)
    else:
        user = user_by_id(claims.account_id)
        if user is not None and claims.audience is Audience.STAFF and claims.vendor_id is None:
            principal = staff_principal(user, platform, "token")
        elif user is not None and claims.audience is Audience.VENDOR and claims.vendor_id is not None:
            principal = vendor_principal(user, platform, "token", vendor_id=claims.vendor_id)
    if principal is None or not constant_time_compare(account_stamp(principal.account), claims.stamp):
        return None
    return principal

"""Refresh sessions: a sign-in that outlives its access tokens, one use at a time.

A refresh token is a random text; the database keeps its hash. Each use makes the next token of the family. A
token that comes a second time has been copied: the whole family ends. Source: docs/adr/0004-tokens.md.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from platform_core.identity.audience import Audience
from platform_core.identity.models import RefreshSession
from platform_core.identity.principals import Principal
from platform_core.identity.tokens import Claims, InvalidToken, account_stamp, issue, principal_of
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.requests import SiteRequest

logger = logging.getLogger(__name__)

REFRESH_LIFETIME = timedelta(days=14)
# However often it is refreshed, a sign-in ends after this long.
FAMILY_LIFETIME = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What a sign-in or a refresh hands out."""

    access: str
    refresh: str


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def begin_session(principal: Principal, *, user_agent: str = "") -> TokenPair:
    """Start a family of refresh tokens for somebody who has just signed in."""
    family = uuid4()
    with platform_context(role="gatekeeper"):
        token = _add(principal, family, timezone.now() + REFRESH_LIFETIME, user_agent, first=True)
    return TokenPair(access=issue(principal, family), refresh=token)


def _add(principal: Principal, family: UUID, expires_at: Any, user_agent: str, *, first: bool = False) -> str:
    token = secrets.token_urlsafe(32)
    assert principal.platform is not None
    RefreshSession.objects.create(
        id=family if first else uuid4(),
        family=family,
        audience=principal.audience,
        platform_id=principal.platform.id,
        vendor_id=principal.vendor.id if principal.vendor else None,
        account_id=principal.account.pk,
        token_hash=token_hash(token),
        account_stamp=account_stamp(principal.account),
        user_agent=user_agent.replace("\0", "")[:200],
        expires_at=expires_at,
    )
    return token


def rotate(token: str, request: SiteRequest, *, user_agent: str = "") -> TokenPair:
    """Trade a refresh token for a new pair, at the site that issued it.

    Raises InvalidToken for a token that is unknown, out of date, made elsewhere, or being traded by another
    request at this moment; one that was traded before also ends its family, as does an account that may no
    longer enter.
    """
    with platform_context(role="gatekeeper"), transaction.atomic():
        pair = _rotate(token, request, user_agent)
    if pair is None:
        # Raised out here: what was revoked stays revoked.
        raise InvalidToken(_("The refresh token is not valid. Sign in again."))
    return pair


def _rotate(token: str, request: SiteRequest, user_agent: str) -> TokenPair | None:
    found = RefreshSession.objects.filter(token_hash=token_hash(token)).first()
    if found is None or not _belongs_here(found, request):
        return None
    # Held already: another request trades a token of this family now, and is the one that gets it.
    root = RefreshSession.objects.select_for_update(skip_locked=True).filter(pk=found.family).first()
    if root is None:
        return None
    # Read again under the lock.
    row = RefreshSession.objects.get(pk=found.pk)
    now = timezone.now()
    if row.revoked_at is not None or row.expires_at <= now:
        return None
    if row.rotated_at is not None:
        logger.warning("refresh_token_reused", extra={"audience": row.audience, "family": str(row.family)})
        _revoke(row.family)
        return None
    claims = Claims(
        Audience(row.audience), row.account_id, row.vendor_id, row.family, stamp=row.account_stamp
    )
    assert request.platform is not None
    principal = principal_of(claims, request.platform, request.vendor)
    if principal is None:
        _revoke(row.family)
        return None
    RefreshSession.objects.filter(pk=row.pk).update(rotated_at=now)
    ends_at = min(now + REFRESH_LIFETIME, root.created_at + FAMILY_LIFETIME)
    new = _add(principal, row.family, ends_at, user_agent)
    return TokenPair(access=issue(principal, row.family), refresh=new)


def _belongs_here(row: RefreshSession, request: SiteRequest) -> bool:
    if request.platform is None or row.platform_id != request.platform.id:
        return False
    if request.site_kind == "storefront":
        shop = request.vendor
        return row.audience == Audience.CUSTOMER and shop is not None and row.vendor_id == shop.id
    return row.audience in {Audience.STAFF, Audience.VENDOR}


def _revoke(family: UUID) -> None:
    RefreshSession.objects.filter(family=family, revoked_at=None).update(revoked_at=timezone.now())


def revoke_family(family: UUID) -> None:
    """End a sign-in: none of its refresh or access tokens is good any more."""
    with platform_context(role="gatekeeper"), transaction.atomic():
        # Waits for a refresh in flight, so that its new token is revoked as well.
        RefreshSession.objects.select_for_update().filter(pk=family).first()
        _revoke(family)


def revoke_by_token(token: str, request: SiteRequest) -> None:
    """End the sign-in a refresh token belongs to. An unknown token, or one of another site, is no error."""
    with platform_context(role="gatekeeper"):
        row = RefreshSession.objects.filter(token_hash=token_hash(token)).first()
    if row is not None and _belongs_here(row, request):
        revoke_family(row.family)


def revoke_account(account_id: int, *, audiences: tuple[Audience, ...], vendor_id: int | None = None) -> int:
    """End every sign-in of an account, or those for one vendor. The number of tokens ended."""
    sessions: dict[str, Any] = {"account_id": account_id, "audience__in": audiences, "revoked_at": None}
    if vendor_id is not None:
        sessions["vendor_id"] = vendor_id
    with platform_context(role="gatekeeper"), transaction.atomic():
        live = RefreshSession.objects.filter(**sessions)
        roots = RefreshSession.objects.filter(pk__in=live.values("family")).order_by("pk")
        list(roots.select_for_update().values_list("pk", flat=True))
        return live.update(revoked_at=timezone.now())


def clear_expired() -> int:
    """Drop the families of which no token is good any more. The number of rows dropped."""
    now = timezone.now()
    later = RefreshSession.objects.filter(family=OuterRef("family"), expires_at__gt=now)
    with platform_context(role="gatekeeper"):
        return RefreshSession.objects.filter(expires_at__lte=now).exclude(Exists(later)).delete()[0]

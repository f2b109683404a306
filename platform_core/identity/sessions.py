"""Sign people in and out of browser sessions, and keep each session to the place it was made for."""

from __future__ import annotations

from typing import Any

from django.middleware.csrf import rotate_token
from django.utils.crypto import constant_time_compare

from platform_core.identity.audience import Audience
from platform_core.identity.models import User
from platform_core.identity.principals import user_by_id
from platform_core.tenancy.requests import SiteRequest


def _stamp(request: SiteRequest, audience: Audience) -> dict[str, Any]:
    platform = getattr(request, "platform", None)
    vendor = getattr(request, "vendor", None) if audience is Audience.CUSTOMER else None
    return {
        "audience": str(audience),
        "platform_id": platform.id if platform else None,
        "site_vendor_id": vendor.id if vendor else None,
    }


def sign_in(request: SiteRequest, account: Any, audience: Audience, *, vendor_id: int | None = None) -> None:
    """Start a session for `account` (a User or a Customer) in the current place, with a fresh key."""
    session = request.session
    if session.get("account_id") not in (None, account.pk):
        session.flush()
    else:
        session.cycle_key()
    session.update(_stamp(request, audience))
    session["account_id"] = account.pk
    session["auth_hash"] = account.get_session_auth_hash()
    if vendor_id is not None:
        session["vendor_id"] = vendor_id
    rotate_token(request)


def sign_out(request: SiteRequest) -> None:
    """End the session and forget all it held."""
    request.session.flush()


def session_account_id(request: SiteRequest, audience: Audience) -> int | None:
    """Whom the session signs in here, or None. A session made elsewhere counts as none."""
    session = request.session
    account_id = session.get("account_id")
    if account_id is None:
        return None
    if any(session.get(key) != value for key, value in _stamp(request, audience).items()):
        return None
    return int(account_id)


def session_is_current(request: SiteRequest, account: Any) -> bool:
    """False once the password was changed after the session began."""
    return constant_time_compare(request.session.get("auth_hash", ""), account.get_session_auth_hash())


def session_user(request: SiteRequest, audience: Audience) -> User | None:
    """The user whom the session signs in here, or None."""
    user_id = session_account_id(request, audience)
    user = user_by_id(user_id) if user_id is not None else None
    return user if user is not None and session_is_current(request, user) else None

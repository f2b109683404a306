"""Hands REST framework the principal that the identity middleware found and the gate let in."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from platform_core.exceptions import DomainError
from platform_core.identity.middleware import forgery_of
from platform_core.identity.principals import Principal


class CsrfFailed(DomainError):
    """A page's change came without the CSRF token of its session."""

    code = "csrf_failed"
    status = 403
    default_message = _("The CSRF token is missing or out of date.")


class PrincipalAuthentication(BaseAuthentication):
    """`request.user` is the account, `request.auth` the principal. It identifies nobody by itself."""

    def authenticate(self, request: Request) -> tuple[Any, Principal] | None:
        principal = getattr(request._request, "principal", None)
        return None if principal is None else (principal.account, principal)

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def refuse_forged(request: Request) -> None:
    """For addresses that are open to all and know who is signed in: the gate asks nobody there for a CSRF token.

    Raises CsrfFailed.
    """
    site_request: Any = request._request
    # Looks the session's customer up, who is then the principal.
    if site_request.customer and forgery_of(site_request):
        raise CsrfFailed

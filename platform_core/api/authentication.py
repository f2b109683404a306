"""Hands REST framework the principal that the identity middleware found and the gate let in."""

from __future__ import annotations

from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from platform_core.identity.principals import Principal


class PrincipalAuthentication(BaseAuthentication):
    """`request.user` is the account, `request.auth` the principal. It identifies nobody by itself."""

    def authenticate(self, request: Request) -> tuple[Any, Principal] | None:
        principal = getattr(request._request, "principal", None)
        return None if principal is None else (principal.account, principal)

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"

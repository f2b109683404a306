"""Joining a platform's staff."""

from __future__ import annotations

from django.http import HttpResponse

from modules.tenancy.joining import Entrance, invitation_page
from platform_core.identity.policy import Audience, policy
from platform_core.tenancy.requests import SiteRequest

ENTRANCE = Entrance(
    Audience.STAFF,
    home="admin:index",
    sign_in="admin:login",
    sign_out="admin:logout",
    forgotten="admin:forgotten",
)


@policy(Audience.PUBLIC)
def invitation(request: SiteRequest, token: str) -> HttpResponse:
    return invitation_page(request, token, ENTRANCE)

"""Joining a vendor's team."""

from __future__ import annotations

from django.http import HttpResponse

from modules.tenancy.joining import Entrance, invitation_page
from platform_core.identity.policy import Audience, policy
from platform_core.tenancy.requests import SiteRequest

ENTRANCE = Entrance(
    Audience.VENDOR,
    home="dashboard:core:home",
    sign_in="dashboard:core:sign-in",
    sign_out="dashboard:core:sign-out",
    forgotten="dashboard:core:forgotten",
)


@policy(Audience.PUBLIC)
def invitation(request: SiteRequest, token: str) -> HttpResponse:
    return invitation_page(request, token, ENTRANCE)

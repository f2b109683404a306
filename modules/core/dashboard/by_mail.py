"""A forgotten password of somebody in a shop's team."""

from __future__ import annotations

from django.http import HttpResponse

from modules.core.dashboard.views import enter_dashboard, shops_of
from modules.core.landing import in_chosen_language, language_links
from platform_core.forgotten import SignInDoor, forgotten_page, reset_page
from platform_core.identity.audience import Audience
from platform_core.identity.models import User
from platform_core.identity.policy import policy
from platform_core.tenancy.requests import SiteRequest


def _enter(request: SiteRequest, user: User) -> HttpResponse | None:
    shops = shops_of(request, user)
    return enter_dashboard(request, user, shops) if shops else None


DOOR = SignInDoor("dashboard:core:sign-in", "dashboard:core:forgotten", _enter)


@policy(Audience.PUBLIC)
@in_chosen_language
def forgotten(request: SiteRequest) -> HttpResponse:
    return forgotten_page(request, DOOR, language_links=language_links(request))


@policy(Audience.PUBLIC)
@in_chosen_language
def reset_password(request: SiteRequest, token: str) -> HttpResponse:
    return reset_page(request, DOOR, token, language_links=language_links(request))

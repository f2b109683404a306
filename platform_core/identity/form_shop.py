"""A form of the dashboard says for which shop it was opened; in another shop it is not taken.

The shop that somebody works in stands in the session, and another tab may have changed it since the form was
opened: without this the form would be saved into a shop that its page never showed.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation

from platform_core.identity.audience import Audience
from platform_core.identity.policy import Policy
from platform_core.identity.principals import memberships
from platform_core.identity.sessions import session_user
from platform_core.tenancy.requests import SiteRequest
from platform_core.trouble import wants_problem

FIELD = "form_shop"
# Posted by the page of the refusal: go to the form's shop, then send it again.
SWITCH = "form_switch"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def refuse_form_of_other_shop(request: SiteRequest, policy: Policy) -> HttpResponse | None:
    """None to go on. A form of another shop, or of none, is answered with 409 and all that was typed."""
    if policy.audience is not Audience.VENDOR or wants_problem(request) or request.method in SAFE_METHODS:
        return None
    named = request.POST.get(FIELD, "")
    vendor = request.vendor if request.principal is not None else None
    if vendor is not None and named == vendor.code:
        return None
    user = session_user(request, Audience.VENDOR)
    if user is None or request.platform is None:
        return None
    teams = [team.vendor for team in memberships(user, request.platform) if team.vendor is not None]
    form_shop = next((shop for shop in teams if shop.code == named), None)
    if form_shop is not None and SWITCH in request.POST:
        request.session["vendor_id"] = form_shop.id
        return HttpResponseRedirect(request.get_full_path(), preserve_request=True)
    sent = _sent(request)
    context = {
        "form_shop": form_shop,
        "is_unnamed": not named,
        "sent": sent,
        "typed": [(name, value) for name, value in sent if _is_text(value)],
        "has_files": bool(request.FILES),
    }
    with translation.override(user.language):
        response = render(request, "dashboard/other_shop.html", context, status=409)
    response["Cache-Control"] = "no-store"
    return response


def _sent(request: SiteRequest) -> list[tuple[str, str]]:
    """What the form has brought, to be sent again. Passwords do not go back over the wire."""
    own = {FIELD, SWITCH, "csrfmiddlewaretoken"}
    return [
        (name, value)
        for name, values in request.POST.lists()
        if name not in own and "password" not in name
        for value in values
    ]


def _is_text(value: Any) -> bool:
    """Whether somebody may have typed it: no number, no tick."""
    return any(letter.isalpha() for letter in value) and value != "on"

"""What the API does around its views: a general limit, and a forgotten slash that costs no request body."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponsePermanentRedirect
from django.middleware.common import CommonMiddleware
from django.utils.translation import gettext as _

from platform_core.identity.throttle import client_address
from platform_core.tenancy.requests import SiteRequest
from platform_core.trouble import problem, wants_problem

WINDOW_SECONDS = 60
HEADERS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")


def _caller(request: SiteRequest) -> str:
    principal = request.principal
    if principal is None:
        return f"address:{client_address(request)}"
    family = getattr(request, "token_family", None)
    if family is not None:
        return f"sign-in:{family}"
    vendor_id = principal.vendor.id if principal.vendor else 0
    return f"account:{principal.audience}:{vendor_id}:{principal.account.pk}"


def _count(caller: str, window: int) -> int:
    """Requests of `caller` in this window with this one; 0 while Redis is away."""
    cache, key = caches["shared"], f"rate:{caller}:{window}"
    try:
        return cache.incr(key)
    except ValueError:
        if cache.add(key, 1, WINDOW_SECONDS + 5):
            return 1
    try:
        return cache.incr(key)
    except ValueError:
        return 0


class ApiLimitMiddleware:
    """API_RATE_PER_MINUTE requests for each sign-in, or for each address without one.

    Each is counted once it is known who asks, before the view does any work. The purpose is fairness, not
    safety: while Redis is away everything is let through. Wrong passwords have a limit of their own that
    never opens (platform_core.identity.throttle).
    """

    def __init__(self, get_response: Callable[[SiteRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: SiteRequest) -> HttpResponse:
        response = self.get_response(request)
        if settings.API_RATE_PER_MINUTE and wants_problem(request) and request.site_kind != "operations":
            counted: tuple[int, int] | None = getattr(request, "api_rate", None)
            if counted is None:
                # Refused before a view was chosen: a wrong token or an unknown address. That counts too.
                refusal = self._take(request)
                if refusal is not None:
                    response = refusal
                counted = request.api_rate  # type: ignore[attr-defined]
            count, reset = counted
            if count:
                limit = settings.API_RATE_PER_MINUTE
                for name, value in zip(HEADERS, (limit, max(0, limit - count), reset), strict=True):
                    response[name] = str(value)
        return response

    def process_view(self, request: SiteRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if settings.API_RATE_PER_MINUTE and wants_problem(request) and request.site_kind != "operations":
            return self._take(request)
        return None

    def _take(self, request: SiteRequest) -> HttpResponse | None:
        """Count the request; the refusal when it is one too many."""
        now = time.time()
        count = _count(_caller(request), int(now // WINDOW_SECONDS))
        reset = WINDOW_SECONDS - int(now % WINDOW_SECONDS)
        request.api_rate = (count, reset)  # type: ignore[attr-defined]
        if count <= settings.API_RATE_PER_MINUTE:
            return None
        response = problem(request, 429, "rate_limited", _("Too many requests. Slow down."))
        response["Retry-After"] = str(reset)
        return response


class SlashMiddleware(CommonMiddleware):
    """Django's, which adds a forgotten slash; below /api/ the redirect keeps method and body (308)."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        forgotten = response.status_code == 404 and self.should_redirect_with_slash(request)
        if forgotten and wants_problem(request):
            address = request.get_full_path(force_append_slash=True)
            return HttpResponsePermanentRedirect(address, preserve_request=True)
        return super().process_response(request, response)

    def get_full_path_with_slash(self, request: HttpRequest) -> str:
        if wants_problem(request):
            return request.get_full_path(force_append_slash=True)
        return super().get_full_path_with_slash(request)

"""A session cookie per audience, so that a shop's and a dashboard's never meet on one host."""

from __future__ import annotations

import re

from django.conf import settings
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpResponse

from platform_core.tenancy.cookies import session_cookie_name
from platform_core.tenancy.requests import SiteRequest

# As Django makes them.
SESSION_KEY = re.compile(r"[a-z0-9]{32}")


class AudienceSessionMiddleware(SessionMiddleware):
    """Django's session middleware with the cookie's name chosen by the request."""

    def process_request(self, request: SiteRequest) -> None:  # type: ignore[override]
        key = request.COOKIES.get(session_cookie_name(request), "")
        # Anything else was made up: no cache and no table is asked for it.
        request.session = self.SessionStore(key if SESSION_KEY.fullmatch(key) else None)

    def process_response(  # type: ignore[override]
        self, request: SiteRequest, response: HttpResponse
    ) -> HttpResponse:
        # Django reads the cookie's name from the settings; hand it the request's own under that name.
        name, common = session_cookie_name(request), settings.SESSION_COOKIE_NAME
        had = name in request.COOKIES
        if had:
            request.COOKIES[common] = request.COOKIES[name]
        response = super().process_response(request, response)
        if common in response.cookies:
            morsel = response.cookies.pop(common)
            response.cookies[name] = morsel.value
            for attribute in morsel:
                response.cookies[name][attribute] = morsel[attribute]
        return response

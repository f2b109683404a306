"""Answers for what goes wrong before or beside a view: never a traceback, never another tenant's page."""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.middleware.csrf import REASON_BAD_ORIGIN
from django.template import TemplateDoesNotExist, loader
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from psycopg_pool import PoolTimeout

from platform_core.extensions import ExtensionPoint

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 5
# How Django's reason begins where a form comes from another site.
FOREIGN_ORIGIN = REASON_BAD_ORIGIN.partition("%")[0]


@dataclass(frozen=True)
class NotFoundReason:
    """Why nothing is found, for somebody who may know. `url` leads to where it can be changed."""

    code: str
    text: str
    members: dict[str, Any] = field(default_factory=dict)
    url: str = ""
    link: str = ""


# Answers with the reason why nothing is at the request's address, or None: then it is an unknown one.
why_not_found: ExtensionPoint[[HttpRequest], NotFoundReason | None] = ExtensionPoint("why_not_found")


def is_database_trouble(error: BaseException) -> bool:
    """Whether PostgreSQL is away, too slow or out of connections; none of it is the request's fault."""
    return isinstance(error, OperationalError | InterfaceError | PoolTimeout)


def wants_problem(request: HttpRequest) -> bool:
    """Whether the client is a script: every answer below /api/ is problem JSON."""
    return request.path_info.startswith("/api/")


def title_of(status: int) -> str:
    """The sentence that names what happened."""
    return {
        400: _("The request cannot be read."),
        401: _("Sign in first."),
        403: _("You may not do this here."),
        404: _("There is nothing at this address."),
        405: _("This address does not answer that method."),
        406: _("This address answers in JSON only."),
        409: _("This does not fit the present state."),
        411: _("The request cannot be read."),
        412: _("This was changed in the meantime."),
        413: _("The request is too large."),
        415: _("Send the request's body as JSON."),
        422: _("A rule stands against this."),
        428: _("Say which version you have read."),
        429: _("Too many attempts. Wait a moment and try again."),
        500: _("Something went wrong on our side. Your data is safe."),
        503: _("The shop is catching its breath. Try again in a few seconds. Nothing was lost."),
    }.get(status, _("This cannot be done."))


def problem(request: HttpRequest, status: int, code: str, detail: str = "", **extra: Any) -> HttpResponse:
    """`application/problem+json` of RFC 9457, with the stable `code`."""
    body = {
        "type": "about:blank",
        "title": title_of(status),
        "status": status,
        "detail": detail or title_of(status),
        "instance": request.path,
        "code": code,
        "request_id": getattr(request, "request_id", ""),
        **extra,
    }
    response = JsonResponse(body, status=status, content_type="application/problem+json")
    response["Content-Language"] = get_language() or "en"
    return response


CODES = {
    400: "bad_request",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    411: "length_required",
    413: "too_large",
    500: "error",
    503: "unavailable",
}


def error_response(
    request: HttpRequest, status: int, *, reason: NotFoundReason | None = None, **more: Any
) -> HttpResponse:
    """Problem JSON for scripts, else the page of the surface the request is for, else plain text."""
    if wants_problem(request):
        return problem(request, status, CODES[status])
    kind = getattr(request, "site_kind", None)
    folder = {"storefront": "storefront/", "admin": "hub/", "platform": "hub/", "hub": "hub/"}.get(
        kind or "", ""
    )
    if request.path_info.startswith("/vendor/") and getattr(request, "principal", None):
        folder = "dashboard/"
    if status >= 500:
        return _dressed(request, status) or plain_response(request, status)
    if folder:
        names = (f"{folder}{status}.html", f"{folder}error.html")
        return _rendered(request, status, names, reason, **more) or plain_response(request, status)
    return plain_response(request, status)


def _rendered(
    request: HttpRequest,
    status: int,
    names: tuple[str, ...],
    reason: NotFoundReason | None = None,
    **more: Any,
) -> HttpResponse | None:
    """The first of these templates, or None where there is none or it fails itself."""
    try:
        page = loader.select_template(names)
        context = {"status": status, "title": title_of(status), "reason": reason, **more}
        return HttpResponse(page.render(context, request), status=status)
    except TemplateDoesNotExist:
        pass
    except Exception as error:
        logger.exception("error_page_failed", extra={"error": type(error).__name__})
    return None


def _dressed(request: HttpRequest, status: int) -> HttpResponse | None:
    """In a shop, a page in its look that asks neither the database nor the session; elsewhere None."""
    if getattr(request, "site_kind", "") != "storefront" or getattr(request, "vendor", None) is None:
        return None
    return _rendered(request, status, ("storefront/trouble.html",))


def shop_closed(request: HttpRequest) -> HttpResponse:
    """Every address of a suspended shop, in its look.

    404 and not 503, which makes search engines come back within hours and drop the shop in the end; and not
    410, which says for ever: a suspended shop opens again with the same addresses.
    """
    if wants_problem(request):
        return problem(request, 404, "shop_closed", _("This shop is closed at the moment."))
    response = _rendered(request, 404, ("storefront/closed.html",)) or plain_response(request, 404)
    response["Cache-Control"] = "no-store"
    return response


def not_allowed(request: HttpRequest, methods: list[str]) -> HttpResponse:
    """405 with the methods the address does answer."""
    response = error_response(request, 405)
    response["Allow"] = ", ".join(methods)
    return response


def plain_response(request: HttpRequest, status: int) -> HttpResponse:
    """A page that needs no tenant, no database and no context."""
    if wants_problem(request):
        return problem(request, status, CODES[status])
    try:
        body = loader.get_template("error.html").render({"status": status, "title": title_of(status)})
        return HttpResponse(body, status=status)
    except TemplateDoesNotExist:
        return HttpResponse(f"{title_of(status)}\n", status=status, content_type="text/plain; charset=utf-8")


def unavailable(request: HttpRequest) -> HttpResponse:
    """503 while PostgreSQL is away, with the time to try again."""
    dressed = None if wants_problem(request) else _dressed(request, 503)
    response = dressed or plain_response(request, 503)
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


class TroubleMiddleware:
    """Turns a view's database trouble into 503, and dresses the empty page of Django's 405.

    Anything else goes on to Django's handlers.
    """

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response: HttpResponse = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed):
            return not_allowed(request, response["Allow"].split(", "))
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if is_database_trouble(error):
            logger.warning("database_unavailable", extra={"error": type(error).__name__})
            return unavailable(request)
        return None


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    too_big = isinstance(exception, RequestDataTooBig)
    return error_response(request, 413 if too_big else 400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_response(request, 403)


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    reason = why_not_found.first(request)
    if reason is None:
        return error_response(request, 404)
    if wants_problem(request):
        return problem(request, 404, reason.code, reason.text, **reason.members)
    return error_response(request, 404, reason=reason)


def server_error(request: HttpRequest) -> HttpResponse:
    error = sys.exc_info()[1]
    if error is not None and is_database_trouble(error):
        return unavailable(request)
    if isinstance(error, SuspiciousOperation):
        return bad_request(request, error)
    return error_response(request, 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form is out of date: the same answer for every surface, and what to do."""
    if wants_problem(request):
        return problem(request, 403, "csrf_failed", _("The CSRF token is missing or out of date."))
    if getattr(request, "site_kind", "") == "storefront" and getattr(request, "vendor", None) is not None:
        return _expired_form(request, reason) or error_response(request, 403)
    return error_response(request, 403, title=_("This page is out of date."), is_expired=True)


def _expired_form(request: HttpRequest, reason: str) -> HttpResponse | None:
    """In a shop: what was typed, to be sent again with a token of now.

    Only where the browser says that the form came from this site: another site's is not sent on by one click.
    """
    is_from_here = "HTTP_ORIGIN" in request.META and not reason.startswith(FOREIGN_ORIGIN)
    sent = [
        (name, value)
        for name, values in (request.POST.lists() if is_from_here else ())
        if name != "csrfmiddlewaretoken" and "password" not in name
        for value in values
    ]
    response = _rendered(request, 403, ("storefront/expired.html",), sent=sent, is_from_here=is_from_here)
    if response is not None:
        response["Cache-Control"] = "no-store"
    return response

"""One log line per request, and the id that ties everything of a request together."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.http import HttpResponse

from platform_core.identity.audience import Audience
from platform_core.observability.logging import REQUEST_LOGGER
from platform_core.observability.scrub import scrub_path, scrub_query, scrub_text
from platform_core.request_id import current_request_id
from platform_core.tenancy.requests import SiteRequest

logger = logging.getLogger(REQUEST_LOGGER)

HEADER = "X-Request-ID"
# Long enough to be unique, and nothing that could break a log line or a header.
_SANE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}\Z")


def sane_or_new_id(given: str) -> str:
    """The id the proxy in front has given a request, if it is sane, else a new one."""
    return given if _SANE_ID.match(given) else uuid4().hex


class RequestLogMiddleware:
    """Stands first: sees every request and every answer, whoever gives it.

    Sets `request.request_id`, returns it in the header X-Request-ID, and writes one line when the answer
    leaves. What the line says of tenant and person is read off the request, where the others leave it.
    """

    def __init__(self, get_response: Callable[[SiteRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: SiteRequest) -> HttpResponse:
        begun = time.perf_counter()
        request.request_id = sane_or_new_id(request.META.get("HTTP_X_REQUEST_ID", ""))
        # Cutting a language or a shop's path off changes `path_info`, never `path`.
        path = request.path
        token = current_request_id.set(request.request_id)
        try:
            response = self.get_response(request)
            milliseconds = round((time.perf_counter() - begun) * 1000, 1)
            response[HEADER] = request.request_id
            self._write(request, response.status_code, path, milliseconds)
            return response
        finally:
            current_request_id.reset(token)

    def _write(self, request: SiteRequest, status: int, path: str, milliseconds: float) -> None:
        level = logging.ERROR if status >= 500 else logging.INFO
        if logger.isEnabledFor(level):
            write_line(level, describe(request, status, path, milliseconds))


def write_line(level: int, fields: dict[str, Any]) -> None:
    """A request's line in the log, with the fields of `describe`."""
    if logger.isEnabledFor(level):
        # `logger.log` would look through the stack for its caller each time; it is always this line.
        extra = {"request_fields": fields}
        logger.handle(logger.makeRecord(logger.name, level, __file__, 0, "request", (), None, extra=extra))


def describe(request: SiteRequest, status: int, path: str, milliseconds: float) -> dict[str, Any]:
    """The fields of a request's line, without secrets; what does not apply is left out."""
    match = request.resolver_match
    platform = getattr(request, "platform", None)
    vendor = getattr(request, "vendor", None)
    principal = getattr(request, "principal", None)
    query = request.META.get("QUERY_STRING", "")
    fields: dict[str, Any] = {
        "request_id": scrub_text(request.request_id),
        "method": scrub_text(request.method or ""),
        "host": scrub_text(request.META.get("HTTP_HOST", "")[:255]),
        "path": scrub_path(path, match.kwargs if match else {}),
        "query": scrub_query(query) if query else None,
        "route": match.view_name if match else None,
        "status": status,
        "milliseconds": milliseconds,
        "site": getattr(request, "site_kind", None),
        "platform": platform.code if platform else None,
        "vendor": vendor.code if vendor else None,
        "audience": str(principal.audience) if principal else "public",
    }
    if principal is not None:
        whose = "customer_id" if principal.audience is Audience.CUSTOMER else "user_id"
        fields[whose] = principal.account.pk
    return {name: value for name, value in fields.items() if value is not None}

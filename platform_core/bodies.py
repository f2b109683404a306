"""What a request brings along is read within limits, before anybody looks at it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import IO

from django.conf import settings
from django.http import HttpResponse

from platform_core.tenancy.cookies import session_cookie_name
from platform_core.tenancy.requests import SiteRequest
from platform_core.trouble import error_response, not_allowed, unavailable, wants_problem

CHUNK_BYTES = 64 * 1024
# Of a body that is refused so much is still taken in: a client sees the answer once it has sent all.
DRAIN_BYTES = 40_000_000
# The few bodies that are read at a time are small or come from a proxy: a place is free at once, or for long not.
WAIT_SECONDS = 0.25
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


class BodyMiddleware:
    """Refuses what is too large, of unknown length or cut off, and keeps slow senders from holding everything up.

    Stands behind the tenancy middleware, whose site gives the answers their look, and before whatever reads a
    body. At most BODY_READERS threads wait for bodies at a time: a client that announces one and does not
    send it holds one of these, and pages and probes are served by the others. A proxy in front that buffers
    bodies keeps such clients out altogether.
    """

    def __init__(self, get_response: Callable[[SiteRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._readers = threading.BoundedSemaphore(settings.BODY_READERS)

    def __call__(self, request: SiteRequest) -> HttpResponse:
        if request.method not in METHODS:
            return not_allowed(request, METHODS)
        if request.META.get("HTTP_TRANSFER_ENCODING"):
            # Without a length it would be taken for empty.
            return error_response(request, 411)
        declared = str(request.META.get("CONTENT_LENGTH") or "0")
        length = int(declared) if declared.isdecimal() else 0
        if not length:
            return self.get_response(request)
        if not self._readers.acquire(timeout=WAIT_SECONDS):
            return unavailable(request)
        # Where Django and the REST framework read from; reading through the request itself would mark it as read.
        source: IO[bytes] = request._stream  # type: ignore[assignment]
        try:
            if length > largest_body(request):
                _drain(source, length)
                return error_response(request, 413)
            body = _read(source, length)
        except OSError:
            body = None
        finally:
            self._readers.release()
        if body is None:
            return error_response(request, 400)
        with body:
            request._stream = body  # type: ignore[assignment]
            return self.get_response(request)


def largest_body(request: SiteRequest) -> int:
    """The limit in bytes: pictures are uploaded by people who are signed in behind the counter."""
    is_upload = request.content_type == "multipart/form-data" and not wants_problem(request)
    is_behind_counter = request.site_kind in {"hub", "platform", "admin"}
    if is_upload and is_behind_counter and session_cookie_name(request) in request.COOKIES:
        return int(settings.UPLOAD_MAX_BYTES)
    return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


def _read(source: IO[bytes], length: int) -> IO[bytes] | None:
    """The whole body, a large one in a file; None when the client has not sent all that it announced."""
    if length <= CHUNK_BYTES:
        content = source.read(length)
        return BytesIO(content) if len(content) == length else None
    body = SpooledTemporaryFile(max_size=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)  # noqa: SIM115
    while chunk := source.read(CHUNK_BYTES):
        body.write(chunk)
    if body.tell() < length:
        body.close()
        return None
    body.seek(0)
    return body


def _drain(source: IO[bytes], length: int) -> None:
    if length <= DRAIN_BYTES:
        while source.read(CHUNK_BYTES):
            pass

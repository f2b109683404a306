"""In front of Django: the process begins, and a kept page that was just served is served again without Django.

What an answer depends on is its key, and the versions that are asked anew for each request; whatever is unusual
goes on to Django. Source: docs/adr/0005-page-cache.md.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from threading import Lock
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from cachetools import LRUCache
from django.conf import settings
from django_prometheus.middleware import Metrics

from platform_core.modules.lifecycle import has_begun, startup
from platform_core.observability.middleware import HEADER, describe, sane_or_new_id, write_line
from platform_core.tenancy.context import Context
from platform_core.tenancy.hosts import host_directory
from platform_core.tenancy.pagecache import GIVEN, GivenPage, page_version

MAX_MEMORY_BYTES = 8 * 1024 * 1024
# The display mode is the one cookie that may accompany a visitor nobody knows.
_NOBODYS_COOKIES = re.compile(r"(wz_mode=[a-z]{1,10})?\Z")

Key = tuple[str, ...]
Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class FrontPage:
    """An answer of Django's as it left, and what it was true for."""

    body: bytes
    etag: str
    headers: Headers
    context: Context
    page_version: tuple[object, ...]
    host_version: int
    # In seconds since 1970.
    until: float
    # Of the request's line in the log; only its id and its time change.
    fields: dict[str, Any]

    def is_current(self) -> bool:
        """Whether Django would give it again. Asks no database: what only that knows is a no."""
        return (
            time.time() < self.until
            and host_directory.version() == self.host_version
            and page_version(self.context, may_look=False) == self.page_version
        )


class BegunApplication:
    """A WSGI application whose process has begun before it answers: `startup` was called in it.

    A server that forks after it has loaded the application serves from processes that never loaded it.
    """

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not has_begun():
            startup("web")
        return self.application(environ, start_response)


class KeptPageFront:
    """A WSGI application around Django's. What it answers is logged and counted like everything else."""

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application
        self._pages: LRUCache[Key, FrontPage] = LRUCache(MAX_MEMORY_BYTES, getsizeof=_size_of)
        self._lock = Lock()
        self._metrics = Metrics.get_instance()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        begun = time.perf_counter()
        key = self._key(environ)
        if key is None:
            return self.application(environ, start_response)
        with self._lock:
            page = self._pages.get(key)
        if page is not None and page.is_current():
            if_none_match = environ.get("HTTP_IF_NONE_MATCH")
            if if_none_match is None or if_none_match == page.etag:
                return self._answer(environ, start_response, page, begun)
        return self._learn(key, environ, start_response)

    @staticmethod
    def _key(environ: WSGIEnvironment) -> Key | None:
        """All of a request that a kept page depends on; None for a request that Django must see."""
        get = environ.get
        if (
            environ["REQUEST_METHOD"] != "GET"
            or "HTTP_HX_REQUEST" in environ
            or "HTTP_AUTHORIZATION" in environ
            or "HTTP_TRANSFER_ENCODING" in environ
            or get("CONTENT_LENGTH") not in (None, "", "0")
            or not _NOBODYS_COOKIES.match(get("HTTP_COOKIE", ""))
        ):
            return None
        proxy = settings.SECURE_PROXY_SSL_HEADER
        return (
            environ["wsgi.url_scheme"],
            get(proxy[0], "") if proxy else "",
            get("HTTP_HOST", ""),
            get("HTTP_X_FORWARDED_HOST", ""),
            get("SCRIPT_NAME", ""),
            get("PATH_INFO", ""),
            get("QUERY_STRING", ""),
            get("HTTP_COOKIE", ""),
        )

    def _answer(
        self, environ: WSGIEnvironment, start_response: StartResponse, page: FrontPage, begun: float
    ) -> Iterable[bytes]:
        request_id = sane_or_new_id(environ.get("HTTP_X_REQUEST_ID", ""))
        status, headers, body = HTTPStatus.OK, page.headers, page.body
        if "HTTP_IF_NONE_MATCH" in environ:
            status, body = HTTPStatus.NOT_MODIFIED, b""
            headers = [(name, value) for name, value in headers if name != "Content-Type"]
        seconds = time.perf_counter() - begun
        self._metrics.requests_total.inc()
        self._metrics.responses_total.inc()
        self._metrics.requests_latency_before.observe(seconds)
        start_response(f"{status:d} {status.phrase}", [*headers, (HEADER, request_id)])
        write_line(
            logging.INFO,
            {
                **page.fields,
                "request_id": request_id,
                "status": status.value,
                "milliseconds": round(seconds * 1000, 1),
            },
        )
        # A list: granian hands its bytes over at once instead of asking for each part.
        return [body]

    def _learn(self, key: Key, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Django's answer; kept in front too if it is a kept page."""
        # Before Django looks: what changes meanwhile must not count as known.
        host_version = host_directory.version()
        given: list[GivenPage] = []
        environ[GIVEN] = given
        headers: Headers = []

        def start(status: str, sent: Headers, *more: Any) -> Callable[[bytes], object]:
            headers[:] = sent
            return start_response(status, sent, *more)

        answer = self.application(environ, start)
        # The page names its request, and the request this environment.
        del environ[GIVEN]
        if given and not any(name.lower() == "set-cookie" for name, _value in headers):
            self._keep(key, given[0], headers, host_version)
        return answer

    def _keep(self, key: Key, given: GivenPage, headers: Headers, host_version: int) -> None:
        body, described, until = given.page
        page = FrontPage(
            body=body,
            etag=described["ETag"],
            headers=[(name, value) for name, value in headers if name != HEADER],
            context=given.context,
            page_version=given.version,
            host_version=host_version,
            until=until,
            fields=describe(given.request, 200, given.request.path, 0.0),
        )
        if _size_of(page) <= MAX_MEMORY_BYTES:
            with self._lock:
                self._pages[key] = page


def _size_of(page: FrontPage) -> int:
    return len(page.body) + sum(len(name) + len(value) for name, value in page.headers)

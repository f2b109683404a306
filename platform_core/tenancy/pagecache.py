"""Storefront pages for visitors nobody knows, kept by vendor, version, language, mode, path and query.

A view says that its page is the same for everybody with `@cached_page`; whatever writes what pages show calls
`content_changed()`. A hit is answered before sessions, identity and the view: from this process's own memory,
else from Redis, where the other processes have left it.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from threading import Lock
from typing import Any, TypeVar

from cachetools import LRUCache
from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpResponse, HttpResponseNotModified
from django.urls import get_script_prefix
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags, quote_etag

from platform_core.extensions import ExtensionPoint
from platform_core.tenancy.context import Context, PlatformRef, current_context
from platform_core.tenancy.cookies import session_cookie_name
from platform_core.tenancy.requests import SiteRequest
from platform_core.tenancy.versions import SharedVersion, SharedVersions

# A version that could not be told while Redis was away leaves an old page for at most this long.
PAGE_SECONDS = 60
MAX_PAGE_BYTES = 512 * 1024
MAX_MEMORY_BYTES = 8 * 1024 * 1024
MAX_QUERY_LENGTH = 256
MAX_VERSIONS = 20_000
MAX_VALUES = 2_000

# Whatever else decides what a platform's shops show answers with something that changes when it does.
# It is given whether it may look into the database; else it answers None for what it does not remember.
page_versions: ExtensionPoint[[PlatformRef, bool], object] = ExtensionPoint("page_versions")
# Under this key of the WSGI environment, what stands in front of Django may lay a list for the page that is given.
GIVEN = "wizamart.given_page"

View = Callable[..., HttpResponse]
Value = TypeVar("Value")

# All that decides what a kept page shows besides the request itself.
PageVersion = tuple[object, ...]

# The body, its headers, and the moment (in seconds since 1970) from which it is too old.
Page = tuple[bytes, dict[str, str], float]

# What `cached_value` has built, with the moment from which it is too old.
_values: LRUCache[str, tuple[Any, float]] = LRUCache(MAX_VALUES)
_lock = Lock()
# By "<platform id>:<vendor id>"; vendor 0 is what all shops of the platform show.
content_versions = SharedVersions("content", MAX_VERSIONS)


def _version(platform_id: int, vendor_id: int) -> SharedVersion:
    return content_versions[f"{platform_id}:{vendor_id}"]


def page_version(context: Context, *, may_look: bool) -> PageVersion:
    """The versions in force of everything that the context's pages show. Without `may_look` no query is made."""
    assert context.platform is not None
    return (
        context.key_prefix,
        *(answer(context.platform, may_look) for answer in page_versions.all()),
        _version(context.platform.id, 0).current(),
        _version(context.platform.id, context.vendor_id or 0).current(),
    )


def content_changed(context: Context | None = None) -> None:
    """What the context's vendor shows has changed; without a vendor, what all of the platform's shops show.

    Pages are made anew once the transaction commits: at once in this process, within a second in others.
    """
    here = context or current_context()
    if here.platform is not None:
        version = _version(here.platform.id, here.vendor_id or 0)
        transaction.on_commit(version.bump, robust=True)


def cached_value(name: str, build: Callable[[], Value]) -> Value:
    """What `build` returns, kept until the context's vendor changes something: the shell's menus and the like.

    The key holds the language and the script prefix, so `build` may translate and reverse. Every caller is
    given the same object: nobody may change it. Inside a transaction it is built each time: what the
    transaction wrote is in no version yet.
    """
    context = current_context()
    if context.platform is None or connection.in_atomic_block:
        return build()
    parts = (
        name,
        page_version(context, may_look=True),
        translation.get_language(),
        get_script_prefix(),
    )
    key = f"{context.key_prefix}:" + hashlib.sha256(repr(parts).encode()).hexdigest()[:32]
    with _lock:
        near = _values.get(key)
    if near is not None and time.time() < near[1]:
        return near[0]
    found = cache.get(f"value:{key}")
    if found is None:
        found = (build(), time.time() + PAGE_SECONDS)
        cache.set(f"value:{key}", found, PAGE_SECONDS)
    with _lock:
        _values[key] = found
    return found[0]


def cached_page(view: View) -> View:
    """Mark a storefront view whose page is the same for every visitor without a session."""

    @wraps(view)
    def marked(request: SiteRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response.is_same_for_everybody = True  # type: ignore[attr-defined]
        return response

    return marked


@dataclass(frozen=True, slots=True)
class GivenPage:
    """A kept page as it was given to a request."""

    request: SiteRequest
    context: Context
    version: PageVersion
    page: Page


class KeptPages:
    """Pages by key: the last ones in the process's memory, all of them in Redis."""

    def __init__(self) -> None:
        self._near: LRUCache[str, Page] = LRUCache(MAX_MEMORY_BYTES, getsizeof=lambda page: len(page[0]))
        self._lock = Lock()

    def get(self, key: str) -> Page | None:
        with self._lock:
            page = self._near.get(key)
        if page is None:
            page = cache.get(key)
            if page is not None:
                self._remember(key, page)
        return page if page is not None and time.time() < page[2] else None

    def keep(self, key: str, body: bytes, headers: dict[str, str]) -> Page:
        page = (body, headers, time.time() + PAGE_SECONDS)
        self._remember(key, page)
        cache.set(key, page, PAGE_SECONDS)
        return page

    def forget(self) -> None:
        """Empty the process's memory."""
        with self._lock:
            self._near.clear()
        with _lock:
            _values.clear()

    def _remember(self, key: str, page: Page) -> None:
        with self._lock:
            self._near[key] = page


kept_pages = KeptPages()


class PageCacheMiddleware:
    """Stands right behind the tenancy middleware, so that a hit costs neither session nor query."""

    def __init__(self, get_response: Callable[[SiteRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: SiteRequest) -> HttpResponse:
        if not self._may_be_cached(request):
            return self.get_response(request)
        version = page_version(current_context(), may_look=True)
        key = self._key(request, version)
        page = kept_pages.get(key)
        if page is not None:
            return self._answer(request, version, page)
        response = self.get_response(request)
        if getattr(response, "is_same_for_everybody", False) and self._may_be_stored(response):
            etag = quote_etag(hashlib.sha256(response.content).hexdigest()[:32])
            headers = {
                name: value
                for name, value in response.items()
                if name not in {"Content-Length", "X-Request-ID"}
            }
            headers["ETag"] = etag
            return self._answer(request, version, kept_pages.keep(key, response.content, headers))
        return response

    @staticmethod
    def _may_be_cached(request: SiteRequest) -> bool:
        return (
            request.method in {"GET", "HEAD"}
            and getattr(request, "site_kind", "") == "storefront"
            and not request.path_info.startswith(("/api/", "/media/"))
            and session_cookie_name(request) not in request.COOKIES
            and len(request.META.get("QUERY_STRING", "")) <= MAX_QUERY_LENGTH
        )

    @staticmethod
    def _may_be_stored(response: HttpResponse) -> bool:
        return (
            response.status_code == 200
            and not response.streaming
            and not response.cookies
            and len(response.content) <= MAX_PAGE_BYTES
        )

    @staticmethod
    def _key(request: SiteRequest, version: PageVersion) -> str:
        parts = (
            *version,
            request.scheme,
            request.host,
            request.path,
            request.META.get("QUERY_STRING", ""),
            translation.get_language(),
            request.COOKIES.get("wz_mode", ""),
            request.META.get("HTTP_HX_REQUEST", ""),
        )
        return "page:" + hashlib.sha256(repr(parts).encode()).hexdigest()

    @staticmethod
    def _answer(request: SiteRequest, version: PageVersion, page: Page) -> HttpResponse:
        body, headers, _until = page
        if headers["ETag"] in parse_etags(request.META.get("HTTP_IF_NONE_MATCH", "")):
            response: HttpResponse = HttpResponseNotModified()
            response["ETag"] = headers["ETag"]
        else:
            response = HttpResponse(body, headers=headers)
            if GIVEN in request.META:
                request.META[GIVEN].append(GivenPage(request, current_context(), version, page))
        # The browser asks again each time; a shared proxy must not mix visitors with and without a session.
        response["Cache-Control"] = "private, no-cache"
        patch_vary_headers(response, ("Cookie",))
        return response

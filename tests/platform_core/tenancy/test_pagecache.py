"""Pages for visitors nobody knows: kept, told apart, and made anew when something changed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from modules.tenancy.models import Vendor
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.middleware import TenancyMiddleware
from platform_core.tenancy.pagecache import (
    MAX_MEMORY_BYTES,
    PageCacheMiddleware,
    cached_page,
    cached_value,
    content_changed,
    kept_pages,
)

pytestmark = pytest.mark.django_db


class Shop:
    """Counts how often the view behind the cache is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.answer = TenancyMiddleware(PageCacheMiddleware(self.view))

    @property
    def view(self) -> Any:
        @cached_page
        def page(request: HttpRequest) -> HttpResponse:
            self.asked += 1
            vendor = request.vendor  # type: ignore[attr-defined]
            return HttpResponse(f"{vendor.code} {request.path} {self.asked}")

        return page

    def visit(self, host: str, path: str = "/", cookies: dict[str, str] | None = None, **headers: str) -> str:
        request = RequestFactory().get(path, headers={"host": host, **headers})
        request.COOKIES.update(cookies or {})
        return self.answer(request).content.decode()


def test_the_second_visitor_gets_the_kept_page(objektiv: Vendor, django_assert_num_queries):
    shop = Shop()
    first = shop.visit("objektiv.lux.localhost")
    with django_assert_num_queries(0):
        assert shop.visit("objektiv.lux.localhost") == first
    assert shop.asked == 1


def test_pages_are_told_apart_by_shop_language_query_and_mode(objektiv, voltwerk):
    shop = Shop()
    shop.visit("objektiv.lux.localhost")
    shop.visit("voltwerk.lux.localhost")
    shop.visit("objektiv.lux.localhost", "/fr/")
    shop.visit("objektiv.lux.localhost", "/?page=2")
    shop.visit("objektiv.lux.localhost", cookies={"wz_mode": "dark"})
    assert shop.asked == 5


def test_the_same_path_on_two_shops_never_mixes(objektiv, voltwerk):
    shop = Shop()
    assert shop.visit("objektiv.lux.localhost").startswith("objektiv ")
    assert shop.visit("voltwerk.lux.localhost").startswith("voltwerk ")
    assert shop.visit("objektiv.lux.localhost").startswith("objektiv ")


def test_somebody_with_a_session_is_never_given_a_kept_page(objektiv):
    shop = Shop()
    shop.visit("objektiv.lux.localhost")
    shop.visit("objektiv.lux.localhost", cookies={"wz_shop": "a-session"})
    assert shop.asked == 2


def test_a_change_makes_the_shops_pages_anew_and_no_others(
    lux, objektiv, voltwerk, django_capture_on_commit_callbacks
):
    shop = Shop()
    shop.visit("objektiv.lux.localhost")
    shop.visit("voltwerk.lux.localhost")
    with django_capture_on_commit_callbacks(execute=True), platform_context(lux, objektiv):
        content_changed()
    shop.visit("objektiv.lux.localhost")
    shop.visit("voltwerk.lux.localhost")
    assert shop.asked == 3


def test_a_change_of_the_platform_makes_every_shops_pages_anew(
    lux, objektiv, voltwerk, django_capture_on_commit_callbacks
):
    shop = Shop()
    shop.visit("objektiv.lux.localhost")
    with django_capture_on_commit_callbacks(execute=True), platform_context(lux, role="staff"):
        content_changed()
    shop.visit("objektiv.lux.localhost")
    assert shop.asked == 2


def test_a_change_that_rolls_back_changes_nothing(lux, objektiv, django_capture_on_commit_callbacks):
    shop = Shop()
    shop.visit("objektiv.lux.localhost")
    with django_capture_on_commit_callbacks(execute=False), platform_context(lux, objektiv):
        content_changed()
    shop.visit("objektiv.lux.localhost")
    assert shop.asked == 1


def test_a_page_that_sets_a_cookie_is_not_kept(objektiv):
    shop = Shop()

    @cached_page
    def with_cookie(request: HttpRequest) -> HttpResponse:
        response = HttpResponse("for one")
        response.set_cookie("wz_csrf", "secret")
        return response

    answer = TenancyMiddleware(PageCacheMiddleware(with_cookie))
    request = RequestFactory().get("/", headers={"host": "objektiv.lux.localhost"})
    answer(request)
    assert "wz_csrf" in answer(request).cookies
    assert shop.asked == 0


def test_a_browser_that_has_the_page_is_told_so(objektiv):
    shop = Shop()
    request = RequestFactory().get("/", headers={"host": "objektiv.lux.localhost"})
    etag = shop.answer(request)["ETag"]
    again = RequestFactory().get("/", headers={"host": "objektiv.lux.localhost", "if-none-match": etag})
    assert shop.answer(again).status_code == 304


def test_another_process_serves_the_page_from_the_shared_cache(objektiv):
    shop = Shop()
    shop.visit("objektiv.lux.localhost")
    kept_pages.forget()
    shop.visit("objektiv.lux.localhost")
    assert shop.asked == 1


def test_another_release_never_serves_a_page_whose_style_sheets_it_does_not_have(
    objektiv, settings, monkeypatch
):
    shop = Shop()
    shop.visit("objektiv.lux.localhost")
    settings.RELEASE = "2.0.0"
    shop.visit("objektiv.lux.localhost")
    assert shop.asked == 2
    monkeypatch.setattr(staticfiles_storage, "manifest_hash", "c0ffee", raising=False)
    shop.visit("objektiv.lux.localhost")
    shop.visit("objektiv.lux.localhost")
    assert shop.asked == 3


def test_without_the_shared_cache_a_process_keeps_its_own_pages(lux, objektiv):
    shop = Shop()
    shop.visit("objektiv.lux.localhost")
    with platform_context(lux, objektiv):
        cache.clear()
    shop.visit("objektiv.lux.localhost")
    assert shop.asked == 1


def test_a_kept_page_grows_too_old(objektiv, monkeypatch):
    shop = Shop()
    shop.visit("objektiv.lux.localhost")
    later = time.time() + 61
    monkeypatch.setattr(time, "time", lambda: later)
    shop.visit("objektiv.lux.localhost")
    assert shop.asked == 2


def test_the_memory_that_pages_take_is_bounded(lux):
    page = b"x" * (MAX_MEMORY_BYTES // 4)
    with platform_context(lux):
        for number in range(9):
            kept_pages.keep(f"page:{number}", page, {})
        cache.clear()
        assert sum(kept_pages.get(f"page:{number}") is not None for number in range(9)) == 4


def test_a_value_is_built_once_until_the_shop_changes(
    lux, objektiv, voltwerk, django_capture_on_commit_callbacks
):
    built: list[str] = []

    def ask(vendor: Vendor) -> str:
        with platform_context(lux, vendor), outside_of_a_transaction():
            return cached_value(
                "greeting", lambda: built.append(vendor.code) or f"{vendor.code} {len(built)}"
            )

    assert ask(objektiv) == ask(objektiv) == "objektiv 1"
    assert ask(voltwerk) == "voltwerk 2"
    with platform_context(lux, objektiv), django_capture_on_commit_callbacks(execute=True):
        content_changed()
    assert ask(objektiv) == "objektiv 3"
    assert ask(voltwerk) == "voltwerk 2"


@contextmanager
def outside_of_a_transaction() -> Iterator[None]:
    """As outside of a transaction, in which each test runs."""
    connection.in_atomic_block = False
    try:
        yield
    finally:
        connection.in_atomic_block = True

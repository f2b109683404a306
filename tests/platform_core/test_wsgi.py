"""In front of Django: what a second visitor is given without it, and what Django must see all the same."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_started
from django.db import close_old_connections
from django.test import RequestFactory
from prometheus_client import REGISTRY

from modules.tenancy.models import Vendor
from platform_core.modules.state import module_states
from platform_core.observability.logging import REQUEST_LOGGER
from platform_core.tenancy import pagecache
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.hosts import host_directory
from platform_core.tenancy.pagecache import content_changed
from platform_core.wsgi import FrontPage, KeptPageFront

pytestmark = pytest.mark.django_db

SHOP = "objektiv.lux.localhost"


@dataclass
class Answer:
    status: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Front:
    """The front before the real Django; counts what goes through to it."""

    asked: int = 0
    _handler: WSGIHandler = field(default_factory=WSGIHandler)

    def __post_init__(self) -> None:
        self.application = KeptPageFront(self._django)

    def _django(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.asked += 1
        return self._handler(environ, start_response)

    def ask(self, path: str = "/", host: str = SHOP, method: str = "GET", **environ: str) -> Answer:
        found = Answer("", {}, b"")

        def start(status: str, headers: list[tuple[str, str]], *_more: Any) -> None:
            found.status, found.headers = status, dict(headers)

        given = RequestFactory().generic(method, path, headers={"host": host}).environ | environ
        given.setdefault("HTTP_COOKIE", "")
        found.body = b"".join(self.application(given, start))
        return found


@pytest.fixture
def front(objektiv: Vendor) -> Iterator[Front]:
    # It would end the connection that the test's transaction stands on.
    request_started.disconnect(close_old_connections)
    yield Front()
    request_started.connect(close_old_connections)


def without_id(answer: Answer) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "X-Request-ID"}


def test_the_second_visitor_is_given_the_same_without_django(front, django_assert_num_queries):
    first = front.ask()
    with django_assert_num_queries(0):
        second = front.ask()
    assert front.asked == 1
    assert (second.status, second.body) == (first.status, first.body) == ("200 OK", first.body)
    assert without_id(second) == without_id(first)
    assert second.headers["Content-Security-Policy"]
    assert second.headers["X-Request-ID"] != first.headers["X-Request-ID"]


def test_the_id_of_the_proxy_is_kept(front):
    front.ask()
    assert front.ask(HTTP_X_REQUEST_ID="from-the-proxy-1").headers["X-Request-ID"] == "from-the-proxy-1"
    assert front.ask(HTTP_X_REQUEST_ID="a\nb").headers["X-Request-ID"] != "a\nb"
    assert front.asked == 1


def test_a_page_without_django_is_logged_and_counted_like_any_other(front, monkeypatch):
    lines: list[dict[str, Any]] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(vars(record)["request_fields"])  # type: ignore[method-assign]
    monkeypatch.setattr(logging.getLogger(REQUEST_LOGGER), "handlers", [handler])
    counted = (
        "django_http_requests_before_middlewares_total",
        "django_http_responses_before_middlewares_total",
    )
    timed = "django_http_requests_latency_including_middlewares_seconds_count"
    front.ask("/?page=1")
    before = [REGISTRY.get_sample_value(name) for name in (*counted, timed)]
    answer = front.ask("/?page=1")
    assert [REGISTRY.get_sample_value(name) for name in (*counted, timed)] == [value + 1 for value in before]
    first, second = lines
    assert second["request_id"] == answer.headers["X-Request-ID"] != first["request_id"]
    changing = {"request_id": "", "milliseconds": 0}
    assert first | changing == second | changing
    assert second["path"] == "/"
    assert second["vendor"] == "objektiv"


def test_a_browser_that_has_the_page_is_told_so(front):
    etag = front.ask().headers["ETag"]
    answer = front.ask(HTTP_IF_NONE_MATCH=etag)
    assert (answer.status, answer.body, answer.headers["ETag"]) == ("304 Not Modified", b"", etag)
    assert "Content-Type" not in answer.headers
    assert front.asked == 1
    assert front.ask(HTTP_IF_NONE_MATCH='"another"').status == "200 OK"
    assert front.ask(HTTP_IF_NONE_MATCH=f'"another", {etag}').status == "304 Not Modified"
    assert front.asked == 3


@pytest.mark.parametrize(
    "other",
    [
        {"host": "voltwerk.lux.localhost"},
        {"path": "/fr/"},
        {"path": "/?page=2"},
        {"HTTP_COOKIE": "wz_mode=dark"},
        {"HTTP_X_FORWARDED_PROTO": "https"},
        {"HTTP_X_FORWARDED_HOST": "elsewhere.example"},
        {"wsgi.url_scheme": "https"},
    ],
    ids=str,
)
def test_another_page_is_not_the_same(front, voltwerk, settings, other):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    first = front.ask()
    front.ask(**other)
    assert front.asked == 2
    # Both are remembered now, each for itself.
    assert front.ask().body == first.body
    assert front.asked == 2


@pytest.mark.parametrize(
    "unusual",
    [
        {"method": "HEAD"},
        {"method": "POST"},
        {"HTTP_COOKIE": "wz_shop=a-session"},
        {"HTTP_COOKIE": "wz_mode=dark; wz_shop=a-session"},
        {"HTTP_COOKIE": "visitor=17"},
        {"HTTP_AUTHORIZATION": "Bearer a-token"},
        {"HTTP_HX_REQUEST": "true"},
        {"HTTP_TRANSFER_ENCODING": "chunked"},
        {"CONTENT_LENGTH": "3"},
    ],
    ids=str,
)
def test_what_is_unusual_goes_to_django(front, unusual):
    front.ask()
    for _ in range(2):
        front.ask(**unusual)
    assert front.asked == 3


@pytest.mark.parametrize(
    "path", ["/account/sign-in/", "/nothing/", "/static/nothing.css", "/api/v1/storefront/products/"]
)
def test_only_kept_pages_are_given(front, path):
    for _ in range(2):
        front.ask(path)
    assert front.asked == 2


def _content(lux, objektiv, run):
    with run(execute=True), platform_context(lux, objektiv):
        content_changed()


def _platforms_content(lux, _objektiv, run):
    with run(execute=True), platform_context(lux, role="staff"):
        content_changed()


def _host(_lux, _objektiv, run):
    with run(execute=True):
        host_directory.changed()


def _modules(lux, _objektiv, run):
    with run(execute=True):
        module_states.changed(lux)


CHANGES = {"content": _content, "platform's content": _platforms_content, "host": _host, "modules": _modules}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_seen_at_once(front, lux, objektiv, change, django_capture_on_commit_callbacks):
    front.ask()
    CHANGES[change](lux, objektiv, django_capture_on_commit_callbacks)
    front.ask()
    assert front.asked == 2


@pytest.mark.parametrize("change", CHANGES)
def test_control_without_the_question_a_change_is_not_seen(
    front, lux, objektiv, change, django_capture_on_commit_callbacks, monkeypatch
):
    monkeypatch.setattr(FrontPage, "is_current", lambda _page: True)
    front.ask()
    CHANGES[change](lux, objektiv, django_capture_on_commit_callbacks)
    front.ask()
    assert front.asked == 1


def test_what_changes_while_a_page_is_made_makes_it_old(
    front, lux, objektiv, django_capture_on_commit_callbacks
):
    inner = front.application.application

    def change_meanwhile(environ, start_response):
        answer = inner(environ, start_response)
        for change in (_content, _host):
            change(lux, objektiv, django_capture_on_commit_callbacks)
        return answer

    front.application.application = change_meanwhile
    front.ask()
    front.application.application = inner
    front.ask()
    assert front.asked == 2


def test_a_page_is_given_for_a_minute_at_most(front, monkeypatch):
    front.ask()
    later = pagecache.time.time() + pagecache.PAGE_SECONDS
    monkeypatch.setattr("platform_core.wsgi.time.time", lambda: later)
    front.ask()
    assert front.asked == 2


def test_a_page_that_sets_a_cookie_on_its_way_out_stays_with_its_visitor(front, monkeypatch):
    inner = front.application.application

    def with_cookie(environ, start_response):
        return inner(
            environ,
            lambda status, headers, *more: start_response(status, [*headers, ("Set-Cookie", "a=1")], *more),
        )

    front.application.application = with_cookie
    for _ in range(2):
        assert front.ask().headers["Set-Cookie"] == "a=1"
    assert front.asked == 2


def test_the_memory_that_it_takes_is_bounded(front, monkeypatch):
    monkeypatch.setattr("platform_core.wsgi.MAX_MEMORY_BYTES", 10)
    for _ in range(2):
        front.ask()
    assert front.asked == 2

"""What a request brings along is bounded, whole, and read by a few threads at a time."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from platform_core.bodies import BodyMiddleware
from tests.forms import TeamBrowser

pytestmark = pytest.mark.django_db

HOST = "objektiv.lux.localhost"
SIGN_IN = "/account/sign-in/"
FORM = "application/x-www-form-urlencoded"
UPLOAD = "multipart/form-data; boundary=x"


@pytest.fixture
def counter(lux: Any, objektiv: Any, objektiv_owner: Any) -> Client:
    """A browser that is signed in to the dashboard."""
    browser = TeamBrowser("lux.localhost", "objektiv")
    browser.post("/vendor/sign-in/", {"email": objektiv_owner.email, "password": "correct-horse-battery"})
    return browser


def post(client: Client, path: str, content_type: str, length: int) -> Any:
    return client.post(path, b"a" * length, content_type=content_type)


@pytest.mark.parametrize("checks", [False, True])
@pytest.mark.parametrize("content_type", [FORM, UPLOAD, "text/plain", "application/json", ""])
def test_a_large_body_is_413_in_the_shops_look(objektiv, client_for, content_type: str, checks: bool):
    answer = post(client_for(HOST, enforce_csrf_checks=checks), SIGN_IN, content_type, 2_500_001)
    assert answer.status_code == 413
    html = answer.content.decode()
    assert "data-theme" in html and "Objektiv" in html
    assert "Nothing was changed" in html


def test_the_limit_itself_is_let_through(objektiv, client_for):
    assert post(client_for(HOST), SIGN_IN, "text/plain", 2_500_000).status_code == 422


def test_the_api_says_it_in_its_own_way(objektiv, client_for):
    for content_type in ("application/json", UPLOAD):
        answer = post(client_for(HOST), "/api/v1/auth/token/", content_type, 2_500_001)
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_pictures_are_uploaded_only_behind_the_counter(counter: Client, client_for, settings):
    settings.UPLOAD_MAX_BYTES = 4_000_000
    path = "/vendor/products/new/"
    assert counter.post(path, {"pictures": io.BytesIO(b"a" * 3_000_000)}).status_code == 422
    assert counter.post(path, {"pictures": io.BytesIO(b"a" * 4_000_000)}).status_code == 413
    assert post(counter, path, FORM, 3_000_000).status_code == 413
    stranger = client_for("lux.localhost")
    assert stranger.post(path, {"pictures": io.BytesIO(b"a" * 3_000_000)}).status_code == 413
    shopper = client_for(HOST)
    assert shopper.post(SIGN_IN, {"pictures": io.BytesIO(b"a" * 3_000_000)}).status_code == 413


def test_a_body_without_a_length_is_not_taken_for_empty(objektiv, client_for):
    chunked = {"transfer-encoding": "chunked"}
    assert client_for(HOST).post(SIGN_IN, headers=chunked).status_code == 411
    answer = client_for(HOST).post("/api/v1/auth/token/", headers=chunked)
    assert (answer.status_code, answer.json()["code"]) == (411, "length_required")


class Broken(io.BytesIO):
    """A line that is cut."""

    def read(self, *_size: Any) -> bytes:
        raise OSError("connection reset")


def request(content: io.BytesIO, length: int) -> Any:
    made: Any = RequestFactory().post("/", headers={"host": HOST})
    made.META |= {"CONTENT_LENGTH": str(length), "CONTENT_TYPE": FORM}
    made._stream = content
    made.site_kind = "storefront"
    made.vendor = None
    return made


def answer_of(content: io.BytesIO, length: int) -> HttpResponse:
    def view(seen: Any) -> HttpResponse:
        return HttpResponse(seen.read())

    return BodyMiddleware(view)(request(content, length))


@pytest.mark.parametrize("length", [10, 100_000, 3_000])
def test_a_whole_body_arrives_and_one_that_is_cut_off_does_not(length: int):
    body = b"ab" * (length // 2)
    assert answer_of(io.BytesIO(body), length).content == body
    assert answer_of(io.BytesIO(body[:-1]), length).status_code == 400
    assert answer_of(Broken(), length).status_code == 400


def test_a_few_threads_at_most_wait_for_bodies(settings, monkeypatch):
    monkeypatch.setattr("platform_core.bodies.WAIT_SECONDS", 0.01)
    settings.BODY_READERS = 1
    inner: list[int] = []

    class Slow(io.BytesIO):
        def read(self, *size: Any) -> bytes:
            # While this one is being read another comes.
            inner.append(middleware(request(io.BytesIO(b"ab"), 2)).status_code)
            return super().read(*size)

    middleware = BodyMiddleware(lambda _request: HttpResponse())
    assert middleware(request(Slow(b"ab"), 2)).status_code == 200
    assert inner == [503]
    assert middleware(request(io.BytesIO(b"ab"), 2)).status_code == 200


def test_a_method_nobody_has_is_405_before_anything_else(objektiv, client_for):
    answer = client_for(HOST, enforce_csrf_checks=True).generic("BREW", "/products/")
    assert answer.status_code == 405
    assert "data-theme" in answer.content.decode()

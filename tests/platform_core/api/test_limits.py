"""The general limit: so many requests a minute for each sign-in or address, told in the answer's headers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.cache import caches

from platform_core.api import middleware

pytestmark = pytest.mark.django_db
HOST = "lux.localhost"


@pytest.fixture(autouse=True)
def _small_limit(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.API_RATE_PER_MINUTE = 5
    # The window must not turn in the middle of a test.
    monkeypatch.setattr(middleware.time, "time", lambda: 1_800_000_010.0)


def sign_in(client: Any, email: str) -> str:
    response = client.post(
        "/api/v1/auth/token/", {"email": email, "password": "correct-horse-battery"}, "application/json"
    )
    return str(response.json()["access"])


def test_the_answer_says_what_is_left(lux, client_for):
    client = client_for(HOST)
    for left in (4, 3, 2, 1, 0):
        response = client.get("/api/v1/auth/me/")
        assert response.status_code == 401
        assert [response[name] for name in middleware.HEADERS] == ["5", str(left), "50"]
    response = client.get("/api/v1/auth/me/")
    assert (response.status_code, response.json()["code"]) == (429, "rate_limited")
    assert response["Retry-After"] == "50"
    assert [response[name] for name in middleware.HEADERS] == ["5", "0", "50"]


def test_each_sign_in_and_each_address_has_its_own_count(lux, client_for, objektiv_owner, lux_admin):
    client = client_for(HOST)
    tokens = [sign_in(client, "owner@objektiv.test"), sign_in(client, "owner@objektiv.test")]
    for token in tokens:
        answers = [
            client.get("/api/v1/auth/me/", headers={"authorization": f"Bearer {token}"}).status_code
            for _number in range(6)
        ]
        assert answers == [200] * 5 + [429]
    assert client.get("/api/v1/auth/me/").status_code == 401
    assert client.get("/api/v1/auth/me/", REMOTE_ADDR="192.0.2.9")["RateLimit-Remaining"] == "4"


def test_wrong_tokens_and_wrong_addresses_count_for_the_address(lux, client_for):
    client = client_for(HOST)
    for number in range(5):
        bearer = {"authorization": f"Bearer wrong-{number}"}
        path = "/api/v1/auth/me/" if number % 2 else f"/api/v1/nothing-{number}/"
        assert client.get(path, headers=bearer).status_code == 401
    response = client.get("/api/v1/auth/me/", headers={"authorization": "Bearer wrong-6"})
    assert (response.status_code, response.json()["code"]) == (429, "rate_limited")


def test_pages_are_not_counted(lux, client_for):
    client = client_for(HOST)
    for _number in range(8):
        response = client.get("/")
        assert response.status_code != 429 and "RateLimit-Limit" not in response


def test_parallel_requests_are_all_counted(lux):
    with ThreadPoolExecutor(16) as pool:
        counts = list(pool.map(lambda _number: middleware._count("address:x", 1), range(200)))
    assert sorted(counts) == list(range(1, 201))


def test_without_redis_everything_passes_and_nothing_is_claimed(lux, client_for, monkeypatch):
    class Away:
        def incr(self, *_args: Any) -> int:
            return 0

    monkeypatch.setattr(middleware, "caches", {"shared": Away()})
    client = client_for(HOST)
    for _number in range(8):
        response = client.get("/api/v1/auth/me/")
        assert response.status_code == 401 and "RateLimit-Limit" not in response
    assert caches["shared"] is not None


@pytest.mark.parametrize("debug", [False, True])
def test_a_forgotten_slash_keeps_method_and_body(lux, client_for, objektiv_owner, settings, debug):
    settings.DEBUG = debug
    response = client_for(HOST).post(
        "/api/v1/auth/token?x=1", {"email": "a", "password": "b"}, "application/json"
    )
    assert (response.status_code, response["Location"]) == (308, "/api/v1/auth/token/?x=1")
    followed = client_for(HOST).post(
        "/api/v1/auth/token",
        {"email": "owner@objektiv.test", "password": "correct-horse-battery"},
        "application/json",
        follow=True,
    )
    assert followed.status_code == 200

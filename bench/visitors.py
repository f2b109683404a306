"""Who asks: shoppers whom nobody knows, and the demo's people with their sessions and tokens."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.core.handlers.wsgi import WSGIHandler
from django.db import connection, reset_queries
from django.http import HttpResponse
from django.test import Client, RequestFactory

from bench.ground import ADMIN, ADMIN_HOST, BUYER, HUB_HOST, OWNER, PLATFORM_HOST, SHOP_HOST, SUPERUSER
from platform_core.demo import PASSWORD

_handler = WSGIHandler()
_factory = RequestFactory()


@dataclass(frozen=True)
class Visitor:
    """Somebody on one host, with the cookie or the token that is sent along."""

    host: str
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> HttpResponse:
        """Ask in this process, through all middleware, as a web process would."""
        request = _factory.get(path, headers={"host": self.host, **self.headers})
        response = _handler.get_response(_handler.request_class(request.environ))
        response.close()
        return response  # type: ignore[return-value]

    def queries(self, path: str) -> list[str]:
        """The statements that one answer sends."""
        connection.force_debug_cursor = True
        reset_queries()
        try:
            self.get(path)
            return [query["sql"] for query in connection.queries]
        finally:
            connection.force_debug_cursor = False


# Whom nobody knows, and who gets kept pages; and one with a session's cookie, for whom every page is made anew.
SHOP_COOKIE = "wz_shop"
SESSION_COOKIE = {"cookie": f"{SHOP_COOKIE}=nobody"}
SHOPPER = Visitor(SHOP_HOST)
KNOWN_SHOPPER = Visitor(SHOP_HOST, SESSION_COOKIE)


@dataclass(frozen=True)
class People:
    """The demo's people at their doors."""

    owner: Visitor
    admin: Visitor
    operator: Visitor
    owners_script: Visitor
    admins_script: Visitor
    customer: Visitor


@contextmanager
def signed_in() -> Iterator[People]:
    """Everybody signs in, and out again when the block is left."""
    sessions: list[tuple[Client, str]] = []
    tokens: list[tuple[Client, str]] = []

    def browser(host: str, door: str, exit_door: str, email: str, password: str = PASSWORD) -> Visitor:
        client = Client(headers={"host": host})
        response = client.post(door, {"email": email, "password": password})
        if response.status_code != 302:
            raise RuntimeError(f"{email} cannot sign in at {host}{door}: status {response.status_code}.")
        sessions.append((client, exit_door))
        return Visitor(host, {"cookie": "; ".join(f"{key}={m.value}" for key, m in client.cookies.items())})

    def script(email: str) -> Visitor:
        client = Client(headers={"host": PLATFORM_HOST})
        body = {"email": email, "password": PASSWORD}
        response = client.post("/api/v1/auth/token/", body, content_type="application/json")
        if response.status_code != 200:
            raise RuntimeError(f"{email} gets no token at {PLATFORM_HOST}: status {response.status_code}.")
        tokens.append((client, response.json()["refresh"]))
        return Visitor(PLATFORM_HOST, {"authorization": f"Bearer {response.json()['access']}"})

    try:
        yield People(
            owner=browser(PLATFORM_HOST, "/vendor/sign-in/", "/vendor/sign-out/", OWNER),
            admin=browser(ADMIN_HOST, "/admin/login/", "/admin/logout/", ADMIN),
            operator=browser(HUB_HOST, "/admin/login/", "/admin/logout/", SUPERUSER),
            owners_script=script(OWNER),
            admins_script=script(ADMIN),
            customer=browser(SHOP_HOST, "/account/sign-in/", "/account/sign-out/", BUYER),
        )
    finally:
        for client, exit_door in sessions:
            client.post(exit_door)
        for client, refresh in tokens:
            client.post("/api/v1/auth/logout/", {"refresh": refresh}, content_type="application/json")


def milliseconds(act: Callable[[], object], *, rounds: int = 60, warm_up: int = 3) -> float:
    """The median of some runs after a few to warm up."""
    for _run in range(warm_up):
        act()
    return statistics.median(timed(act) for _run in range(rounds))


def timed(act: Callable[[], object]) -> float:
    """Milliseconds of one run."""
    begun = time.perf_counter()
    act()
    return (time.perf_counter() - begun) * 1000

"""No request is served in the context of the one before it, whatever that one did to the connection.

Requests of many platforms and vendors take turns on four pooled connections, through the same handler that
granian calls. Each asks PostgreSQL for its settings at its start and at its end, and which rows it sees.
"""

from __future__ import annotations

import json
import logging
import random
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory
from django_tenants.postgresql_backend.base import DatabaseWrapper as TenantsWrapper

from platform_core.tenancy import middleware
from platform_core.tenancy.context import NO_CONTEXT, current_context
from platform_core.tenancy.postgresql.base import DatabaseWrapper
from tests.isolation import probe
from tests.isolation.many_tenants import Tenant, make_tenants, pooled_connections
from tests.proofs import size

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

THREADS = 8
TROUBLESOME = [name for name in probe.TROUBLES if name not in {"quiet", "works-for-others"}]


@dataclass
class Tally:
    """What a run has seen."""

    requests: int = 0
    by_trouble: Counter[str] = field(default_factory=Counter)
    stale: list[str] = field(default_factory=list)

    @property
    def wrong_tenant(self) -> list[str]:
        """The faults in which PostgreSQL named somebody else, crashes left out."""
        return [fault for fault in self.stale if " at the " in fault]


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch) -> Iterator[WSGIHandler]:
    """The application with the probe in place of every site's pages."""
    monkeypatch.setattr(middleware, "URLCONFS", dict.fromkeys(middleware.URLCONFS, "tests.isolation.probe"))
    monkeypatch.setattr(probe, "seen_at_start", [])
    logging.disable(logging.CRITICAL)
    yield WSGIHandler()
    logging.disable(logging.NOTSET)


@pytest.fixture
def make_many(request: pytest.FixtureRequest) -> Iterator[Callable[[int, int], list[Tenant]]]:
    with pooled_connections():
        yield make_tenants


def serve(handler: WSGIHandler, host: str, path: str) -> tuple[int, bytes]:
    """One request as a server makes it, with the signals that give the connection back."""
    environ = RequestFactory(headers={"host": host}).get(path).environ
    answer: list[int] = []

    def start_response(status: str, _headers: Any, _error: Any = None) -> None:
        answer.append(int(status.split(" ", 1)[0]))

    response = handler(environ, start_response)
    try:
        body = b"".join(response)
    finally:
        response.close()  # type: ignore[attr-defined]
    return answer[-1], body


def check_one(handler: WSGIHandler, tenant: Tenant, trouble: str) -> str:
    """Serve one request; what was stale about it, or ""."""
    if current_context() != NO_CONTEXT:
        return f"{tenant.host}: the thread still carries {current_context()}"
    status, body = serve(handler, tenant.host, f"/probe/{trouble}/{tenant.neighbour_id}/")
    expected = probe.ENDS_IN_ERROR.get(trouble, 200)
    if status != expected:
        return f"{tenant.host} {trouble}: {status} instead of {expected}: {body[:200]!r}"
    if expected != 200:
        return ""
    seen = json.loads(body)
    for moment in ("start", "end"):
        if tuple(seen[moment]) != tenant.settings:
            return f"{tenant.host} {trouble}: {seen[moment]} at the {moment}"
    if seen["rows"] != [[tenant.schema, tenant.vendor_id]]:
        return f"{tenant.host} {trouble}: sees {seen['rows']}"
    return ""


def alternate(handler: WSGIHandler, tenants: list[Tenant], count: int, *, seed: int = 1) -> Tally:
    """`count` requests over all tenants by eight threads, one in ten of them in trouble."""
    chance = random.Random(seed)
    plan = [
        (
            tenants[number % len(tenants)],
            TROUBLESOME[number // 10 % len(TROUBLESOME)]
            if number % 10 == 0
            else chance.choice(("quiet", "quiet", "works-for-others")),
        )
        for number in range(count)
    ]
    tally = Tally()
    with ThreadPoolExecutor(THREADS) as pool:
        for (_tenant, trouble), fault in zip(
            plan, pool.map(lambda entry: check_one(handler, *entry), plan), strict=True
        ):
            tally.requests += 1
            tally.by_trouble[trouble] += 1
            if fault:
                tally.stale.append(fault)
    expected = {tenant.host: tenant.settings for tenant in tenants}
    tally.stale += [
        f"{host}: {start} at the start"
        for host, start in probe.seen_at_start
        if tuple(start) != expected[host]
    ]
    return tally


def test_every_trouble_leaves_the_context_right(handler, make_many):
    tenants = make_many(3, 4)
    tally = alternate(handler, tenants, 400)
    assert tally.stale == []
    assert all(tally.by_trouble[trouble] for trouble in probe.TROUBLES)


@pytest.mark.parametrize("guard", ["rollback", "savepoint_rollback"])
def test_a_context_remembered_beyond_a_rollback_is_caught(guard, handler, make_many, monkeypatch):
    monkeypatch.setattr(DatabaseWrapper, guard, getattr(TenantsWrapper, guard))
    assert alternate(handler, make_many(3, 4), 400).wrong_tenant


def test_a_context_that_is_never_told_to_the_database_is_caught(handler, make_many, monkeypatch):
    told = DatabaseWrapper._apply_context

    def tell_once(self: DatabaseWrapper) -> None:
        if self._applied is None:
            told(self)

    monkeypatch.setattr(DatabaseWrapper, "_apply_context", tell_once)
    assert alternate(handler, make_many(3, 4), 200).wrong_tenant


def test_a_wrapper_that_remembers_beyond_its_connection_is_caught(handler, make_many, monkeypatch):
    monkeypatch.setattr(DatabaseWrapper, "connect", TenantsWrapper.connect)
    monkeypatch.setattr(DatabaseWrapper, "close", TenantsWrapper.close)
    assert alternate(handler, make_many(3, 4), 400).wrong_tenant


def test_settings_local_to_the_transaction_serve_the_same(handler, make_many, settings):
    settings.TENANCY_SET_LOCAL = True
    tenants = make_many(3, 4)
    # A lost connection takes the request's transaction with it, and the request ends in an error.
    settings_lost = {"loses-the-connection"}
    troubles = [name for name in probe.TROUBLES if name not in settings_lost]
    faults = [
        fault
        for number in range(size(ci=600, full=5_000))
        if (fault := check_one(handler, tenants[number % 12], troubles[number % len(troubles)]))
    ]
    assert faults == []


@pytest.mark.proof
@pytest.mark.parametrize("set_local", [False, True], ids=["session", "local"])
def test_ten_thousand_requests_on_four_connections_are_never_stale(
    set_local, handler, make_many, settings, record_property
):
    settings.TENANCY_SET_LOCAL = set_local
    tenants = make_many(50, 20)
    count = size(ci=2_000, full=10_000) if set_local else size(ci=10_000, full=50_000)
    tally = alternate(handler, tenants, count)
    stale = [fault for fault in tally.stale if not (set_local and "loses-the-connection" in fault)]
    record_property("requests", tally.requests)
    record_property("tenants", len(tenants))
    record_property("stale", len(stale))
    assert stale == []
    assert tally.requests == count

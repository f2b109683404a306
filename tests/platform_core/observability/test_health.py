"""Probes: what they answer, to whom, and that nothing makes them wait."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest
from django.db import connections
from django.test import override_settings

from platform_core.modules.registry import isolated_registry, module_configs, registry
from platform_core.modules.service import module_service
from platform_core.observability import health
from platform_core.observability.health import Check, Trouble, examine
from platform_core.tenancy.context import platform_context
from tests.sample_modules import beside_the_installed, module

pytestmark = pytest.mark.django_db

KEY = {"Authorization": "Bearer metrics-key-of-the-tests"}
HOSTS = ("localhost", "lux.localhost", "nobody.example.test", "10.0.0.7")


@pytest.fixture(autouse=True)
def _believe_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health._complete, "until", 0.0)


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A server that takes connections and never says a word."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(16)
        yield server.getsockname()[1]


@pytest.fixture
def postgres_at(monkeypatch: pytest.MonkeyPatch):
    """Send new connections elsewhere; the test's own stays open."""

    def move(port: int) -> None:
        entry = connections.settings["default"]
        monkeypatch.setitem(entry, "PORT", str(port))

    return move


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready", "/health/"])
def test_probes_answer_on_every_host(client_for, host: str, path: str):
    response = client_for(host).get(path)
    assert response.status_code == 200
    assert "no-store" in response.headers["Cache-Control"]


def test_a_stranger_learns_the_status_alone(client_for):
    assert client_for("localhost").get("/health").json() == {"status": "healthy"}
    assert client_for("localhost").get("/health", headers={"Authorization": "Bearer no"}).json() == {
        "status": "healthy"
    }


def test_the_operators_key_shows_each_check(client_for):
    body = client_for("localhost").get("/health", headers=KEY).json()
    found = {check["name"]: check for check in body["checks"]}
    assert set(found) >= {"database", "migrations", "cache", "broker"}
    assert found["database"]["status"] == "healthy"
    assert found["database"]["milliseconds"] >= 0
    assert found["migrations"]["schemas"] == "complete"


def test_without_postgresql_the_process_is_alive_but_not_ready(client_for, postgres_at, closed_port):
    postgres_at(closed_port)
    client = client_for("localhost")
    assert client.get("/health/live").status_code == 200
    assert client.get("/health/ready").status_code == 503
    response = client.get("/health", headers=KEY)
    assert response.status_code == 503
    assert response.json()["status"] == "unhealthy"
    errors = {check["name"]: check.get("error") for check in response.json()["checks"]}
    assert errors["database"] == "OperationalError"


def test_a_postgresql_that_hangs_does_not_hang_the_answer(client_for, postgres_at, silent_port):
    postgres_at(silent_port)
    begun = time.perf_counter()
    assert client_for("localhost").get("/health/ready").status_code == 503
    assert time.perf_counter() - begun < 15


def test_it_recovers_by_itself(client_for, postgres_at, closed_port, monkeypatch):
    with monkeypatch.context() as away:
        away.setitem(connections.settings["default"], "PORT", str(closed_port))
        assert client_for("localhost").get("/health/ready").status_code == 503
    assert client_for("localhost").get("/health/ready").status_code == 200


@pytest.mark.parametrize("which", ["closed_port", "silent_port"])
def test_without_redis_the_process_is_ready_but_degraded(client_for, which, request):
    url = f"redis://127.0.0.1:{request.getfixturevalue(which)}/0"
    begun = time.perf_counter()
    with override_settings(CELERY_BROKER_URL=url):
        response = client_for("localhost").get("/health/ready")
    assert response.status_code == 200
    assert response.json() == {"status": "degraded"}
    assert time.perf_counter() - begun < 15


def test_a_module_that_cannot_be_used_degrades_it_and_it_stays_ready(client_for):
    with isolated_registry(*registry().configs, module("gifts", requires=("nobody",))):
        response = client_for("localhost").get("/health/ready", headers=KEY)
    found = {check["name"]: check for check in response.json()["checks"]}
    assert (response.status_code, found["modules"]["status"]) == (200, "degraded")
    assert found["modules"]["error"] == "gifts requires nobody, which is not installed."
    response = client_for("localhost").get("/health/ready", headers=KEY)
    found = {check["name"]: check for check in response.json()["checks"]}
    assert (found["modules"]["status"], found["modules"]["usable"]) == (
        "healthy",
        len(registry().definitions),
    )


def test_a_missing_migration_makes_it_not_ready(client_for, monkeypatch):
    monkeypatch.setattr(health, "_known_leaves", [("catalog", "9999_from_tomorrow")])
    response = client_for("localhost").get("/health/ready", headers=KEY)
    assert response.status_code == 503
    error = next(check["error"] for check in response.json()["checks"] if check["name"] == "migrations")
    assert "manage.py migrate" in error
    assert "lux" in error and "public" in error


def test_a_hanging_check_is_asked_once_and_waited_for_briefly():
    release, calls = threading.Event(), []

    def hang() -> None:
        calls.append(1)
        release.wait(60)

    check = Check("slow", hang)
    begun = time.perf_counter()
    reports = [examine([check], limit_seconds=0.2) for _ in range(3)]
    assert time.perf_counter() - begun < 15
    assert [report.status for report in reports] == ["degraded"] * 3
    assert len(calls) == 1
    release.set()
    assert check.result().status == "healthy"


def test_an_error_says_its_kind_and_never_what_it_quotes():
    def fail() -> None:
        raise ValueError("password=hunter2")

    def explain() -> None:
        raise Trouble("The queue is 3 hours behind.")

    report = examine([Check("a", fail), Check("b", explain)])
    text = str(report.to_json(with_details=True))
    assert "hunter2" not in text
    assert "ValueError" in text and "3 hours behind" in text


def test_a_modules_check_is_part_of_health_but_not_of_readiness(client_for, monkeypatch):
    definition = module_configs()[0].definition
    monkeypatch.setattr(health, "_module_checks", {})
    object.__setattr__(definition, "health_check", "tests.platform_core.observability.hooks.behind")
    try:
        client = client_for("localhost")
        body = client.get("/health", headers=KEY).json()
        check = next(check for check in body["checks"] if check["name"] == f"module:{definition.code}")
        assert (check["status"], check["oldest"]) == ("degraded", "3 h")
        assert body["status"] == "degraded"
        assert client.get("/health/ready").json() == {"status": "healthy"}
    finally:
        object.__setattr__(definition, "health_check", None)


@pytest.mark.parametrize(("is_critical", "status"), [(True, 503), (False, 200)])
def test_only_a_critical_module_decides_readiness(client_for, lux, monkeypatch, is_critical, status):
    monkeypatch.setattr(health, "_module_checks", {})
    hook = "tests.platform_core.observability.hooks.broken"
    with beside_the_installed(module("gift-cards", health_check=hook, health_critical=is_critical)):
        assert client_for("localhost").get("/health/ready").status_code == 200
        with platform_context(role="operator"):
            module_service.enable_module(lux, "gift-cards")
        assert client_for("localhost").get("/health/ready").status_code == status
        assert client_for("localhost").get("/health").status_code == status


def test_what_a_module_says_is_kept_for_a_while_and_the_rest_is_asked_anew():
    calls: list[str] = []
    kept = Check("module:gifts", lambda: calls.append("kept"), kept_seconds=3600)
    asked = Check("database", lambda: calls.append("asked"))
    for _time in range(3):
        assert examine([kept, asked]).status == "healthy"
    assert (calls.count("kept"), calls.count("asked")) == (1, 3)
    short = Check("module:gifts", lambda: calls.append("short"), kept_seconds=0.01)
    for _time in range(2):
        assert short.result().status == "healthy"
        time.sleep(0.02)
    assert calls.count("short") == 2


def test_a_check_leaves_no_connection_behind():
    seen = []

    def ask() -> None:
        health.ask_database()
        seen.append(connections["default"])

    assert Check("database", ask).result().status == "healthy"
    assert seen[0].connection is None


@override_settings(OPERATOR_TOOLS={"Grafana": "https://grafana.example.test/", "Flower": ""})
def test_the_tools_are_for_those_with_the_key(client_for):
    client = client_for("localhost")
    assert client.get("/health/tools").status_code == 401
    assert client.get("/health/tools", headers=KEY).json() == {
        "tools": [{"name": "Grafana", "url": "https://grafana.example.test/"}]
    }


@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready", "/health/tools", "/metrics"])
def test_nothing_can_be_posted(client_for, path: str):
    assert client_for("localhost").post(path, headers=KEY).status_code == 405


def test_a_module_is_watched_where_it_is_on_somewhere(client_for, lux, monkeypatch):
    monkeypatch.setattr(health, "_module_checks", {})
    sample = module("gift-cards", health_check="tests.platform_core.observability.hooks.behind")

    def is_watched() -> bool:
        body = client_for("localhost").get("/health", headers=KEY).json()
        return "module:gift-cards" in {check["name"] for check in body["checks"]}

    with beside_the_installed(sample):
        assert not is_watched()
        with platform_context(role="operator"):
            module_service.enable_module(lux, "gift-cards")
        assert is_watched()
        with platform_context(role="operator"):
            module_service.disable_module(lux, "gift-cards")
        assert not is_watched()

"""A process that serves tells the modules of its beginning and its end, once; a command tells them nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from platform_core.embedded import PROJECT_DIR
from platform_core.modules import lifecycle
from platform_core.modules.events import ModuleEvent, ModuleEventData, module_event_bus
from platform_core.modules.registry import isolated_registry
from tests.sample_modules import module

told: list[str] = []


@pytest.fixture(autouse=True)
def _a_process_that_has_not_begun(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    told.clear()
    monkeypatch.setattr(lifecycle, "_begun", None)
    monkeypatch.setattr(lifecycle.atexit, "register", lambda *_call: None)
    monkeypatch.setattr(lifecycle, "Finalize", lambda *_call, **_options: None)
    # These tests share their process with others, whose connections stay.
    monkeypatch.setattr(lifecycle.connections, "close_all", lambda: told.append("closed"))
    yield


def noting(code: str, **fields: Any) -> Any:
    return module(
        code,
        on_startup=lambda kind: told.append(f"+{code} {kind}"),
        on_shutdown=lambda kind: told.append(f"-{code} {kind}"),
        **fields,
    )


def test_core_comes_first_then_what_is_required_and_the_end_goes_backwards():
    parts = (noting("orders", requires=("payments",)), noting("payments"), noting("tenancy", is_core=True))
    with isolated_registry(*parts):
        lifecycle.startup("worker")
        assert told == ["+tenancy worker", "+payments worker", "+orders worker", "closed"]
        told.clear()
        lifecycle.shutdown("worker")
    assert told == ["-orders worker", "-payments worker", "-tenancy worker"]


def test_a_process_begins_once_and_ends_once_and_only_as_what_it_began():
    with isolated_registry(noting("payments")):
        lifecycle.shutdown("web")
        lifecycle.startup("web")
        lifecycle.startup("web")
        lifecycle.startup("worker")
        lifecycle.shutdown("worker")
        lifecycle.shutdown("web")
        lifecycle.shutdown("web")
    assert told == ["+payments web", "closed", "-payments web"]


def test_a_forked_child_begins_and_ends_by_itself(monkeypatch):
    with isolated_registry(noting("payments")):
        lifecycle.startup("worker")
        monkeypatch.setattr(lifecycle.os, "getpid", lambda: -1)
        lifecycle.shutdown("worker")
        assert told == ["+payments worker", "closed"]
        lifecycle.startup("worker")
    assert told == ["+payments worker", "closed"] * 2


@pytest.mark.parametrize(
    "faulty", [lambda kind: 1 / 0, "modules.nowhere.hooks.begin"], ids=["raises", "gone"]
)
def test_a_hook_that_fails_is_logged_and_stops_nobody(faulty, caplog):
    with isolated_registry(module("billing", on_startup=faulty, on_shutdown=faulty), noting("payments")):
        lifecycle.startup("web")
        lifecycle.shutdown("web")
    assert told == ["+payments web", "closed", "-payments web"]
    failures = [vars(record) for record in caplog.records if record.message == "module_hook_failed"]
    assert [(line["module_code"], line["hook"]) for line in failures] == [
        ("billing", "on_startup"),
        ("billing", "on_shutdown"),
    ]


def test_the_bus_tells_everybody_though_no_platform_is_in_question():
    def listen(data: ModuleEventData) -> None:
        told.append(f"{data.module_code} {data.source}")

    # Of an optional module, which is on nowhere.
    listen.__module__ = "made_up.billing.handlers"
    for event in (ModuleEvent.STARTUP, ModuleEvent.SHUTDOWN):
        module_event_bus.subscribe(event)(listen)
    try:
        with isolated_registry(module("billing"), module("payments")):
            lifecycle.startup("beat")
            lifecycle.shutdown("beat")
    finally:
        for event in (ModuleEvent.STARTUP, ModuleEvent.SHUTDOWN):
            module_event_bus.unsubscribe(event, listen)
    assert told == ["billing beat", "payments beat", "closed", "payments beat", "billing beat"]


# A process of its own, in which the catalogue has hooks that write down where they run.
PROCESS = """
import os, sys, django
from dataclasses import replace
django.setup()
from django.apps import apps
me = os.getpid()
def note(sign):
    def hook(kind):
        whose = "itself" if os.getpid() == me else "a child"
        os.write(1, f"{sign} {kind} {whose}\\n".encode())
    return hook
catalog = apps.get_app_config("catalog")
catalog.definition = replace(catalog.definition, on_startup=note("+"), on_shutdown=note("-"))
"""
WEB = "import config.wsgi\n"
ASGI = "import config.asgi\n"
# A server that loads the application, then forks: its child serves, the first request in several threads at once.
FORKED = """
import signal, threading
import config.wsgi
from django.test import RequestFactory
child = os.fork()
if not child:
    environ = lambda: RequestFactory().get("/health/live").environ
    ask = lambda: config.wsgi.application(environ(), lambda *answer: None)
    threads = [threading.Thread(target=ask) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    sys.exit()
os.waitpid(child, 0)
"""
# granian's way: the process that serves is one of Python's own, which ends without atexit.
STARTED_BY_ANOTHER = """
from multiprocessing import get_context
def serve():
    import config.wsgi
child = get_context("fork").Process(target=serve)
child.start()
child.join()
"""
# What an ASGI server says and hears, and what it may leave out.
ASGI_HELPERS = """
import asyncio
from config.asgi import application
async def say(scope, *said):
    waiting = list(said)
    async def receive():
        return waiting.pop(0)
    async def send(event):
        if not event["type"].startswith("http.response.body"):
            print("-> " + event["type"], event.get("status", ""), flush=True)
    await application(scope, receive, send)
HTTP = {"type": "http", "method": "GET", "path": "/health/live", "headers": [], "query_string": b"", "http_version": "1.1"}
"""
LIFESPAN = (
    ASGI_HELPERS
    + """
begin, end = {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}
asyncio.run(say({"type": "lifespan", "asgi": {"version": "3.0"}}, begin, end))
"""
)
ASGI_FORKED = (
    ASGI_HELPERS
    + """
child = os.fork()
if not child:
    asyncio.run(say(HTTP, {"type": "http.request", "body": b""}))
    sys.exit()
os.waitpid(child, 0)
"""
)
COMMANDS = """
from django.core.management import call_command
call_command("check")
call_command("makemigrations", "--check", "--dry-run")
"""
WORKER = """
import signal
from celery.signals import worker_ready
from config.celery import app
@worker_ready.connect
def end(**_options):
    os.kill(me, signal.SIGTERM)
app.worker_main(["--quiet", "worker", "--pool", "{pool}", "-c", "1", "-Q", "{queue}",
                 "--without-gossip", "--without-mingle", "--without-heartbeat"])
"""
BEAT = """
import signal, threading, time
from config.celery import app
from platform_core.modules import lifecycle
def stop_once_begun():
    while not lifecycle.has_begun():
        time.sleep(0.05)
    os.kill(me, signal.SIGTERM)
threading.Thread(target=stop_once_begun, daemon=True).start()
app.Beat(schedule="{folder}/schedule", quiet=True).run()
"""


def lines_of(script: str) -> list[str]:
    """What the hooks have written."""
    answer = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROCESS + script],
        cwd=PROJECT_DIR,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings.test"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert answer.returncode == 0, answer.stderr
    return [line.strip() for line in answer.stdout.splitlines() if line[:2] in ("+ ", "- ", "->")]


@pytest.mark.parametrize("entrance", [WEB, ASGI], ids=["wsgi", "asgi"])
def test_a_web_process_begins_and_ends(entrance):
    assert lines_of(entrance) == ["+ web itself", "- web itself"]


def test_a_process_that_was_forked_from_the_loaded_application_begins_with_its_first_request():
    assert lines_of(FORKED) == ["+ web itself", "+ web a child", "- web a child", "- web itself"]


def test_a_process_that_another_has_started_begins_and_ends():
    assert lines_of(STARTED_BY_ANOTHER) == ["+ web a child", "- web a child"]


def test_an_asgi_server_tells_of_its_beginning_and_its_end():
    assert lines_of(LIFESPAN) == [
        "+ web itself",
        "-> lifespan.startup.complete",
        "- web itself",
        "-> lifespan.shutdown.complete",
    ]


def test_an_asgi_server_that_does_not_is_served_all_the_same():
    assert lines_of(ASGI_FORKED) == [
        "+ web itself",
        "+ web a child",
        "-> http.response.start 200",
        "- web a child",
        "- web itself",
    ]


@pytest.mark.parametrize(
    ("pool", "queue", "line"),
    [
        ("threads", "default", "worker itself"),
        ("prefork", "default", "worker a child"),
        ("solo", "operator", "operator itself"),
    ],
)
def test_a_worker_begins_and_ends_where_its_tasks_run(pool, queue, line):
    assert lines_of(WORKER.format(pool=pool, queue=queue)) == [f"+ {line}", f"- {line}"]


def test_beat_begins_and_ends(tmp_path):
    assert lines_of(BEAT.format(folder=tmp_path)) == ["+ beat itself", "- beat itself"]


def test_a_command_begins_nothing():
    assert lines_of(COMMANDS) == []

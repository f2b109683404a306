"""Error reports: sent to the DSN, tagged with the tenant, without secrets and people."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import brotli
import pytest

from tests.platform_core.observability import routes

PROJECT_DIR = Path(__file__).resolve().parents[3]


@pytest.fixture
def sentry() -> Iterator[tuple[str, list[str]]]:
    """(DSN, bodies received) of a fake on loopback."""
    bodies: list[str] = []

    class Fake(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            decode = {"br": brotli.decompress, "gzip": gzip.decompress}.get(
                self.headers.get("Content-Encoding", ""), bytes
            )
            bodies.append(decode(body).decode())
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Fake)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://public@127.0.0.1:{server.server_port}/1", bodies
    server.shutdown()
    server.server_close()


def run(dsn: str, **environment: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "tests.platform_core.observability.sentry_process"],
        cwd=PROJECT_DIR,
        env=os.environ | {"SENTRY_DSN": dsn, "NO_PROXY": "127.0.0.1"} | environment,
        check=True,
        timeout=120,
        capture_output=True,
    )


def events(bodies: list[str]) -> list[dict]:
    found = []
    for body in bodies:
        lines = body.splitlines()
        for head, payload in zip(lines[1::2], lines[2::2], strict=False):
            if json.loads(head).get("type") in {"event", "transaction"}:
                found.append(json.loads(payload))
    return found


def test_an_error_arrives_with_its_tenant_and_without_anything_planted(sentry):
    dsn, bodies = sentry
    run(dsn, RELEASE="1.2.3", SENTRY_ENVIRONMENT="staging", SENTRY_TRACES_SAMPLE_RATE="1.0")
    found = events(bodies)
    (error,) = [event for event in found if event.get("exception")]
    value = error["exception"]["values"][-1]
    assert value["type"] == "RuntimeError"
    assert value["value"].startswith("No luck for [e-mail]: password=[removed]")
    assert value["stacktrace"]["frames"][-1]["function"] == "fail"
    assert error["tags"]["platform"] == "lux"
    assert error["tags"]["vendor"] == "objektiv"
    assert error["tags"]["request_id"] == "request-of-the-test"
    assert (error["release"], error["environment"]) == ("1.2.3", "staging")
    assert error["request"] == {"method": "POST", "url": "http://objektiv.lux.localhost"}
    assert "user" not in error
    assert any(event.get("type") == "transaction" for event in found)
    text = "\n".join(bodies)
    assert [planted for planted in routes.PLANTED if planted in text] == []


def test_one_failed_request_is_one_report(sentry):
    dsn, bodies = sentry
    run(dsn)
    assert len([event for event in events(bodies) if event.get("level") == "error"]) == 1


def test_without_a_dsn_the_library_is_not_even_loaded():
    code = (
        "import os, sys, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings.test'; django.setup();"
        "sys.exit('sentry_sdk' in sys.modules)"
    )
    environment = {name: value for name, value in os.environ.items() if name != "SENTRY_DSN"}
    assert subprocess.run([sys.executable, "-c", code], cwd=PROJECT_DIR, env=environment).returncode == 0


def report(*modules: str) -> dict:
    """What the library hands over of an error raised in the last of these Python modules."""
    frames = [{"module": name, "function": "run"} for name in modules]
    return {"exception": {"values": [{"type": "ValueError", "stacktrace": {"frames": frames}}]}}


@pytest.mark.parametrize(
    ("modules", "code"),
    [
        (("django.core.handlers.base", "modules.orders.storefront.views", "psycopg.cursor"), "orders"),
        (("modules.orders.services.checkout", "modules.payments.services.book"), "payments"),
        (("django.core.handlers.base", "platform_core.trouble"), None),
    ],
)
def test_a_report_names_the_module_that_stands_nearest_to_the_error(modules, code):
    from platform_core.observability.sentry import before_send  # noqa: PLC0415

    assert before_send(report(*modules), {})["tags"].get("module") == code


def test_a_report_without_a_stack_names_none():
    from platform_core.observability.sentry import before_send  # noqa: PLC0415

    assert "module" not in before_send({"message": "slow"}, {})["tags"]

"""The client that makes load where wrk is missing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bench.client import run

SECONDS = 0.2


class Answers(BaseHTTPRequestHandler):
    """A length at `/`, chunks at `/chunks`, a refusal elsewhere."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200 if self.path in {"/", "/chunks"} else 503)
        if self.path == "/chunks":
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"4\r\nsome\r\n0\r\n\r\n")
            return
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"some")

    def log_message(self, *words: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    def handle_error(self, *facts: object) -> None:
        """Say nothing: when its time is over the client hangs up in the middle of an answer."""


@pytest.fixture
def address() -> Iterator[str]:
    with Server(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("path", ["/", "/chunks"])
def test_answers_are_counted_on_connections_that_stay_open(address: str, path: str) -> None:
    found = run(f"{address}{path}", ["Host: localhost"], connections=2, seconds=SECONDS)
    assert found["requests"] > 2
    assert found["failed"] == 0
    assert 0 < found["p50_ms"] <= found["p95_ms"]


def test_refusals_are_counted_as_failed(address: str) -> None:
    found = run(f"{address}/closed", ["Host: localhost"], connections=1, seconds=SECONDS)
    assert found["failed"] == found["requests"] > 0

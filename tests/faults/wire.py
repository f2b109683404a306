"""HTTP by hand, over a real socket: what no client library would send, and every byte that comes back."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass

TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True)
class Answer:
    """What came back. Status 0: the connection was closed without a word."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float

    @property
    def content(self) -> bytes:
        """The body without the marks of its chunks."""
        if self.headers.get("transfer-encoding") != "chunked":
            return self.body
        parts, rest = b"", self.body
        while (size := int(rest.partition(b"\r\n")[0] or b"0", 16)) > 0:
            rest = rest.partition(b"\r\n")[2]
            parts, rest = parts + rest[:size], rest[size + 2 :]
        return parts

    @property
    def text(self) -> str:
        """The content as text."""
        return self.content.decode(errors="replace")


def request(method: str, path: str, host: str | None, *headers: str, body: bytes = b"") -> bytes:
    """A request as bytes. Nothing is checked; without a host there is no such header."""
    lines = [f"{method} {path} HTTP/1.1", *([f"Host: {host}"] if host is not None else []), *headers]
    if body and not any(line.lower().startswith(("content-length", "transfer-encoding")) for line in headers):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1") + body


def send(port: int, *parts: bytes, timeout: float = TIMEOUT_SECONDS) -> Answer:
    """Send the parts one after the other and read the answer."""
    with connect(port, timeout=timeout) as line:
        return exchange(line, parts)


def connect(port: int, *, timeout: float = TIMEOUT_SECONDS) -> socket.socket:
    """A connection to the web server."""
    return socket.create_connection(("127.0.0.1", port), timeout=timeout)


def exchange(line: socket.socket, parts: Iterable[bytes]) -> Answer:
    """Send parts on a line and read the answer to its end.

    A server may answer and close before all is sent; what it said counts. That the line was reset after the
    answer had begun is a fault of the server: the client might never see it.
    """
    begun = time.monotonic()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        for part in parts:
            line.sendall(part)
    return read(line, begun)


def read(line: socket.socket, begun: float) -> Answer:
    """The answer on a line, whose waiting began at `begun`. Raises TimeoutError when none comes."""
    received = b""
    while not _is_whole(received):
        try:
            more = line.recv(65536)
        except ConnectionResetError:
            break
        if not more:
            break
        received += more
    head, _blank, body = received.partition(b"\r\n\r\n")
    seconds = time.monotonic() - begun
    if not head:
        return Answer(0, {}, b"", seconds)
    first, *rest = head.decode("latin-1").split("\r\n")
    headers = dict(line.split(": ", 1) for line in rest)
    return Answer(
        int(first.split(" ")[1]), {name.lower(): value for name, value in headers.items()}, body, seconds
    )


def _is_whole(received: bytes) -> bool:
    head, blank, body = received.partition(b"\r\n\r\n")
    if not blank:
        return False
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(body) >= int(line.split(b":")[1])
        if line == b"transfer-encoding: chunked":
            return body.endswith(b"0\r\n\r\n")
    return False

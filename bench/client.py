"""`python -m bench.client -c 4 -d 3 -H "Host: …" http://127.0.0.1:8000/`: load where there is no wrk.

Plain sockets kept alive, one request on each at a time. It reads no more of an answer than status and end.
"""

from __future__ import annotations

import argparse
import json
import selectors
import socket
import statistics
import sys
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

MOST_AT_ONCE = 1 << 18
LAST_CHUNK = b"\r\n0\r\n\r\n"


@dataclass
class Line:
    """One connection: the answer as far as it has come, and when its request was sent."""

    socket: socket.socket
    received: bytearray = field(default_factory=bytearray)
    sent_at: float = 0.0

    def send(self, request: bytes) -> None:
        self.received.clear()
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def take(self) -> int | None:
        """Read what is there; the status once the answer is whole."""
        part = self.socket.recv(MOST_AT_ONCE)
        if not part:
            raise ConnectionError("The server has closed a connection.")
        self.received += part
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = bytes(self.received[:end]).lower()
        if b"\r\ntransfer-encoding: chunked" in head:
            is_whole = self.received.endswith(LAST_CHUNK)
        else:
            length = int(head.partition(b"\r\ncontent-length:")[2].split(b"\r\n", 1)[0])
            is_whole = len(self.received) >= end + 4 + length
        return int(head[9:12]) if is_whole else None


def run(address: str, headers: list[str], *, connections: int, seconds: float) -> dict[str, float]:
    """Requests, seconds, p50_ms, p95_ms and how many answers were no success."""
    url = urlsplit(address)
    target = url.path + (f"?{url.query}" if url.query else "")
    request = "\r\n".join([f"GET {target} HTTP/1.1", *headers, "", ""]).encode()
    selector = selectors.DefaultSelector()
    lines = [Line(socket.create_connection((url.hostname, url.port))) for _number in range(connections)]
    for line in lines:
        line.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(line.socket, selectors.EVENT_READ, line)
    times: list[float] = []
    failed = 0
    begun = now = time.perf_counter()
    for line in lines:
        line.send(request)
    while now - begun < seconds:
        for key, _events in selector.select(timeout=1):
            status = key.data.take()
            if status is None:
                continue
            now = time.perf_counter()
            times.append(now - key.data.sent_at)
            failed += status >= 400
            key.data.send(request)
        now = time.perf_counter()
    for line in lines:
        line.socket.close()
    hundredths = statistics.quantiles(times, n=100)
    return {
        "requests": len(times),
        "seconds": now - begun,
        "p50_ms": hundredths[49] * 1000,
        "p95_ms": hundredths[94] * 1000,
        "failed": failed,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.client", description=__doc__)
    parser.add_argument("-c", type=int, default=4, dest="connections")
    parser.add_argument("-d", type=float, default=3.0, dest="seconds")
    parser.add_argument("-H", action="append", default=[], dest="headers")
    parser.add_argument("address")
    options = parser.parse_args()
    figures = run(options.address, options.headers, connections=options.connections, seconds=options.seconds)
    sys.stdout.write(f"figures {json.dumps(figures)}\n")

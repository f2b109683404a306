"""How soon a web process answers, and `make dev` when everything is installed and the demo exists."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import statistics
import subprocess
import tempfile
import time
from argparse import Namespace
from collections.abc import Iterator

from bench.ground import SHOP_HOST, VAR, is_up, release, uses_own_servers
from bench.report import Table
from bench.web import UNFAIR, answer, serving
from platform_core.embedded import PROJECT_DIR
from platform_core.embedded.processes import free_port

STARTS = 5
WEB_SECONDS, DEV_SECONDS = 2.5, 10.0
PATIENCE_SECONDS = 120.0
LIVE = "/health/live"
COLUMNS = {"starts": "d", "median s": ".2f", "best s": ".2f", "CPU s": ".2f"}


def measure(options: Namespace) -> Iterator[Table]:
    """One table, in seconds."""
    table = Table("From start to first answer", COLUMNS)
    for name, path, host in (
        ("web process, /health/live", LIVE, "localhost"),
        ("web process, storefront page", "/", SHOP_HOST),
    ):
        found, worked = [], []
        for _start in range(STARTS):
            with serving(path=path, host=host) as web:
                found.append(web.first_answer_seconds)
                worked.append(web.cpu_seconds)
        _add(table, name, found, WEB_SECONDS, [seconds for seconds in worked if seconds is not None])
    reason = _why_not()
    if reason:
        table.notes = [f"`make dev` is not measured: {reason}"]
    else:
        release()
        _add(table, "make dev, storefront page", [_make_dev() for _start in range(3)], DEV_SECONDS, [])
    yield table


def _add(table: Table, name: str, found: list[float], budget: float, worked: list[float]) -> None:
    """A line; `worked` are processor seconds, which a busy machine does not change as much."""
    median = statistics.median(found)
    cpu = statistics.median(worked) if worked else None
    table.add(name, len(found), median, min(found), cpu, budget=f"{budget:g} s", is_kept=median <= budget)


def _why_not() -> str:
    if uses_own_servers():
        return "the servers are named in the environment, and it would not start any."
    if is_up():
        return "it runs in this checkout. End it to have its start measured."
    if not (VAR / "up.prepared").exists():
        # Its first start checks the database before it serves.
        return "it has never run in this checkout. Run it once."
    return ""


def _make_dev() -> float:
    """Seconds from the command to a storefront's first page; all is ended and waited for."""
    port = free_port(None)
    with tempfile.TemporaryFile() as log:
        begun = time.perf_counter()
        process = subprocess.Popen(
            ["make", "dev", f"PORT={port}"],
            cwd=PROJECT_DIR,
            env={name: value for name, value in os.environ.items() if name not in UNFAIR},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            while process.poll() is None and time.perf_counter() - begun < PATIENCE_SECONDS:
                with contextlib.suppress(OSError, http.client.HTTPException):
                    if answer(port, "/", {"Host": SHOP_HOST}) == 200:
                        return time.perf_counter() - begun
                time.sleep(0.02)
            said = os.pread(log.fileno(), 4000, 0).decode(errors="replace")
            raise RuntimeError(f"`make dev` does not answer. It says:\n{said}")
        finally:
            # As Ctrl-C does: to the whole group, which then stops in order.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGINT)
            process.wait(PATIENCE_SECONDS)

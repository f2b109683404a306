"""Load on one address, with connections kept alive: by wrk where it is installed, else by bench/client.py."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from platform_core.embedded import PROJECT_DIR

CONNECTIONS = 4
# On a busy machine a page takes its time; that is no failure.
PATIENCE = "60s"
SCRIPT = Path(__file__).with_name("wrk.lua")


@dataclass(frozen=True)
class Load:
    """What came of it. `generator_share` of one processor was used by the generator itself."""

    rate: float
    p50_ms: float
    p95_ms: float
    requests: int
    generator_share: float


def generator() -> str:
    """Who makes the load, for the notes."""
    if shutil.which("wrk"):
        return "wrk"
    return "a client of our own: install wrk for a lighter one"


def put_load(
    port: int, path: str, headers: Mapping[str, str], *, seconds: float, connections: int = CONNECTIONS
) -> Load:
    """Ask as fast as the answers come. Raises RuntimeError when one of them is not a success."""
    address = f"http://127.0.0.1:{port}{path}"
    fields = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    if shutil.which("wrk"):
        length = f"{max(1, round(seconds))}s"
        command = [
            "wrk",
            "-t",
            "1",
            "-c",
            str(connections),
            "-d",
            length,
            "--timeout",
            PATIENCE,
            "-s",
            str(SCRIPT),
        ]
    else:
        command = [sys.executable, "-m", "bench.client", "-c", str(connections), "-d", str(seconds)]
    before, begun = _children_seconds(), time.perf_counter()
    done = subprocess.run(
        [*command, *fields, address], cwd=PROJECT_DIR, capture_output=True, text=True, check=False
    )
    share = (_children_seconds() - before) / (time.perf_counter() - begun)
    _before, _mark, figures = done.stdout.partition("figures ")
    if done.returncode != 0 or not figures:
        raise RuntimeError(f"The load on {path} came to nothing: {done.stdout}{done.stderr}")
    found = json.loads(figures)
    if found["failed"]:
        raise RuntimeError(
            f"{found['failed']} of {found['requests']} requests of {path} were not answered well."
        )
    rate = found["requests"] / found["seconds"]
    return Load(rate, found["p50_ms"], found["p95_ms"], found["requests"], share)


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime

"""Web processes, started as `manage.py up` starts its own."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from bench import processes
from bench.ground import SETTINGS, server_urls
from platform_core.embedded import PROJECT_DIR
from platform_core.embedded.processes import die_with_parent, free_port
from platform_core.management.launch import BLOCKING_THREADS, web_command

READY_SECONDS = 60.0
END_SECONDS = 10.0
# With it Python compiles the whole project anew at each start, which no installation does.
UNFAIR = ("PYTHONDONTWRITEBYTECODE",)
APPLICATION, BARE = "config.wsgi:application", "bench.bare_wsgi:application"


@dataclass(frozen=True)
class Web:
    """A running web process. From its start to its first answer passed `first_answer_seconds`; it worked for `cpu_seconds`."""

    port: int
    pid: int
    first_answer_seconds: float
    cpu_seconds: float | None


def answer(port: int, path: str, headers: Mapping[str, str]) -> int:
    """The status that a path is answered with. Raises OSError when nobody listens."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers=dict(headers))
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()


@contextmanager
def serving(
    application: str = APPLICATION,
    *,
    workers: int = 1,
    threads: int = BLOCKING_THREADS,
    path: str = "/",
    host: str = "localhost",
) -> Iterator[Web]:
    """A web process on a free port that has answered `path` once; ended when the block is left."""
    port = free_port(None)
    environment = (
        os.environ
        | server_urls()
        | {
            "DJANGO_SETTINGS_MODULE": "bench.bare" if application == BARE else SETTINGS,
            "PORT": str(port),
            # As `up` runs it, a line for each request is written.
            "LOG_LEVEL": "INFO",
            "LOG_FORMAT": "json",
            # The limit is counted and never reached.
            "API_RATE_PER_MINUTE": "1000000000",
            "PYTHONWARNINGS": "ignore:No directory at:UserWarning",
        }
    )
    for name in ("DATABASE_OWNER_URL", *UNFAIR):
        environment.pop(name, None)
    with tempfile.TemporaryFile() as log:
        begun = time.perf_counter()
        process = subprocess.Popen(
            web_command(port, application=application, workers=workers, threads=threads),
            cwd=PROJECT_DIR,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM),
        )
        try:
            _wait(process, port, path, {"Host": host}, log.fileno())
            spent = time.perf_counter() - begun
            worked = processes.cpu_seconds(process.pid) if processes.is_known() else None
            yield Web(port, process.pid, spent, worked)
        finally:
            _end(process)


def _wait(
    process: subprocess.Popen[bytes], port: int, path: str, headers: Mapping[str, str], log: int
) -> None:
    deadline = time.monotonic() + READY_SECONDS
    status = 0
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError, http.client.HTTPException):
            status = answer(port, path, headers)
            if status == 200:
                return
        time.sleep(0.01)
    said = os.pread(log, 4000, max(0, os.fstat(log).st_size - 4000)).decode(errors="replace")
    raise RuntimeError(f"The web process does not answer {path} (status {status}). It says:\n{said}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(END_SECONDS)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()

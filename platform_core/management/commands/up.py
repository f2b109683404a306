"""`manage.py up`: everything that runs, on this machine, under one supervisor."""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from platform_core.embedded import EmbeddedError, start, stop
from platform_core.embedded.supervisor import (
    CodeWatch,
    Output,
    Service,
    Supervisor,
    end_leftovers,
    end_with_parent,
)
from platform_core.management.doors import Door, table

SERVER_VARIABLES = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")
READY_TIMEOUT_SECONDS = 60.0
DEMO_PASSWORD = "wizamart-demo"  # noqa: S105
WATCHED_SUFFIXES = (".py", ".html", ".mo", ".yaml")


class Command(BaseCommand):
    """Starts the servers, prepares the database, and runs web, workers and beat until Ctrl-C."""

    help = "Run the whole project on this machine: servers, web, workers and beat."
    # The database may not run yet; the checks run in the processes that are started.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, help="port on 127.0.0.1; by default PORT or 8000")
        parser.add_argument("--no-reload", action="store_true", help="do not take up changed code")
        parser.add_argument("--end-with-parent", action="store_true", help="stop when the caller is killed")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["end_with_parent"]:
            end_with_parent()
        begun = time.monotonic()
        port = _port(options["port"])
        var = Path(settings.BASE_DIR) / "var"
        var.mkdir(exist_ok=True)
        with _only_one(var / "up.lock", port):
            for name in end_leftovers(var / "up.json"):
                self.stdout.write(f"Ended {name}, which an earlier run has left behind.")
            _refuse_busy_port(port)
            code = self._run(var, port, begun=begun, reload=not options["no_reload"])
        if code:
            raise SystemExit(code)

    def _run(self, var: Path, port: int, *, begun: float, reload: bool) -> int:
        with _interruptible(), _servers(var) as urls:
            environment = _environment(urls, port)
            doors = _prepare(environment, urls["DATABASE_OWNER_URL"], var / "up.doors.json")
        if doors is None:
            return 1
        services = _services(environment, urls["DATABASE_OWNER_URL"], port)
        output = Output(sys.stdout, [service.name for service in services])

        def announce() -> None:
            if not _wait_until_live(port):
                output.plain(f"The web process does not answer on port {port} yet; its log says why.")
                return
            output.plain(_welcome(doors, port, seconds=time.monotonic() - begun))

        supervisor = Supervisor(services, output=output, state=var / "up.json")
        watch = CodeWatch(_source_folders(), suffixes=WATCHED_SUFFIXES) if reload else None
        try:
            return supervisor.run(on_start=announce, has_changed=watch.has_changed if watch else None)
        finally:
            stop(var)


def _port(given: int | None) -> int:
    text = str(given) if given is not None else os.environ.get("PORT") or "8000"
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise CommandError(f"PORT must be a number from 1 to 65535, not {text!r}.", returncode=2)
    return int(text)


@contextmanager
def _only_one(path: Path, port: int) -> Iterator[None]:
    """Hold the lock of this checkout; a killed holder's is free again."""
    with path.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise CommandError(f"It runs already in this checkout: {lock.read().strip()}.") from None
        lock.truncate(0)
        lock.write(f"process {os.getpid()} on http://localhost:{port}/")
        lock.flush()
        yield


def _refuse_busy_port(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            why = "must not be opened by this user" if isinstance(error, PermissionError) else "is taken"
            raise CommandError(
                f"Port {port} {why}. Choose another one: make dev PORT={port + 1 if port < 65535 else 8000}"
            ) from None


@contextmanager
def _interruptible() -> Iterator[None]:
    """Turn a stop signal during the preparation into an orderly end."""

    def leave(number: int, frame: FrameType | None) -> None:
        raise SystemExit(0)

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    previous = {number: signal.signal(number, leave) for number in numbers}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


@contextmanager
def _servers(var: Path) -> Iterator[dict[str, str]]:
    """The servers named in the environment, or the embedded ones, which stay up unless the block fails."""
    given = {name: os.environ.get(name, "") for name in SERVER_VARIABLES}
    missing = [name for name, url in given.items() if not url]
    if missing and len(missing) < len(given):
        raise CommandError(
            f"{', '.join(missing)} is missing: set all of {', '.join(SERVER_VARIABLES)}, or none of them.",
            returncode=2,
        )
    if not missing:
        yield given
        return
    try:
        servers = start(var)
        yield dict(
            zip(
                SERVER_VARIABLES,
                (servers.database_url, servers.database_owner_url, servers.redis_url),
                strict=True,
            )
        )
    except EmbeddedError as error:
        raise CommandError(str(error)) from None
    except BaseException:
        stop(var)
        raise


def _environment(urls: dict[str, str], port: int) -> dict[str, str]:
    """What every process gets. The owner's URL is left out; only those who change tables are given it."""
    environment = os.environ | urls | {"PORT": str(port), "PYTHONUNBUFFERED": "1"}
    environment["DJANGO_SETTINGS_MODULE"] = os.environ["DJANGO_SETTINGS_MODULE"]
    environment.pop("DATABASE_OWNER_URL")
    return environment


def _prepare(environment: dict[str, str], owner_url: str, doors_file: Path) -> list[Door] | None:
    """Migrate, and build the demo in an empty database; None when that fails, after it has said why."""
    doors_file.unlink(missing_ok=True)
    done = subprocess.run(
        [sys.executable, "manage.py", "prepare_database", "--doors", str(doors_file)],
        cwd=settings.BASE_DIR,
        env=environment | {"DATABASE_OWNER_URL": owner_url},
        check=False,
    )
    if done.returncode != 0:
        return None
    return [
        Door(**{**door, "sign_ins": tuple(door["sign_ins"])}) for door in json.loads(doors_file.read_text())
    ]


def _services(environment: dict[str, str], owner_url: str, port: int) -> list[Service]:
    python = sys.executable
    celery = [python, "-m", "celery", "-A", "config"]
    # Threads rather than processes: a developer's machine has more use for the memory.
    quiet = ["--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
    web = [python, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    web += ["--workers", "1", "--blocking-threads", str(settings.DATABASE_POOL_SIZE), "--no-ws"]
    web += ["--workers-kill-timeout", "3", "--log-level", "warning", "config.wsgi:application"]
    return [
        Service("web", web, environment, reload_signal=signal.SIGHUP),
        Service(
            "worker",
            [*celery, "worker", "-Q", "default", "--pool", "threads", "-c", "2", "-n", "worker@%h", *quiet],
            environment,
            stop_phase=1,
        ),
        Service(
            "operator",
            [*celery, "worker", "-Q", "operator", "--pool", "solo", "-n", "operator@%h", *quiet],
            environment | {"DATABASE_OWNER_URL": owner_url},
            stop_phase=1,
        ),
        # Without a pid file: one that a killed beat has left would refuse the next.
        Service("beat", [*celery, "beat", "--pidfile=", "--loglevel", "WARNING"], environment),
    ]


def _source_folders() -> list[Path]:
    return [
        Path(settings.BASE_DIR) / name
        for name in ("config", "platform_core", "modules", "templates", "locale")
    ]


def _wait_until_live(port: int) -> bool:
    deadline = time.monotonic() + READY_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/health/live", headers={"Host": settings.BASE_DOMAIN})
            if connection.getresponse().status == 200:
                return True
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()
        time.sleep(0.1)
    return False


def _welcome(doors: list[Door], port: int, *, seconds: float) -> str:
    head = f"Wizamart runs, {seconds:.1f} s after its start. Ctrl-C stops it."
    return f"\n{head}\n\n{table(doors, port=port, password=DEMO_PASSWORD)}\n"

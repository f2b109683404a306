"""Everything that runs, on this machine, under one supervisor: `manage.py up`.

Nothing of Django is imported here: loading all apps takes two seconds, which the processes started here need
for themselves.
"""

from __future__ import annotations

import fcntl
import hashlib
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

from platform_core.embedded import PROJECT_DIR, EmbeddedError, start, stop
from platform_core.embedded.processes import free_port
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
DESCRIPTION = "Run the whole project on this machine: servers, web, workers, relay and beat."
BLOCKING_THREADS = 4
EXPECTED_WARNINGS = (
    # As root in a container Celery warns of privileges that the tasks of this machine may have.
    "ignore:You're running the worker with superuser:UserWarning",
    # Static files are served from where they are written; they are collected in an image only.
    "ignore:No directory at:UserWarning",
)
WATCHED_SUFFIXES = (".py", ".html", ".mo", ".yaml")


class LaunchError(RuntimeError):
    """It cannot run; the message says what to do. `code` is the exit code."""

    def __init__(self, message: str, *, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


def add_arguments(parser: ArgumentParser) -> None:
    """The command line of `manage.py up`."""
    parser.add_argument("--port", type=int, help="port on 127.0.0.1; by default PORT or 8000")
    parser.add_argument("--no-reload", action="store_true", help="do not take up changed code")
    parser.add_argument("--var", type=Path, default=PROJECT_DIR / "var", help="folder of the servers' data")
    parser.add_argument("--end-with-parent", action="store_true", help="stop when the caller is killed")


def main(arguments: list[str]) -> int:
    """Run everything until Ctrl-C; returns the exit code."""
    parser = ArgumentParser(prog="manage.py up", description=DESCRIPTION)
    add_arguments(parser)
    parser.add_argument("--settings", help="the settings module, by default that of DJANGO_SETTINGS_MODULE")
    options = parser.parse_args(arguments)
    if options.settings:
        os.environ["DJANGO_SETTINGS_MODULE"] = options.settings
    try:
        return launch(
            port=options.port,
            var=options.var,
            reload=not options.no_reload,
            ends_with_parent=options.end_with_parent,
        )
    except LaunchError as error:
        sys.stderr.write(f"{error}\n")
        return error.code


def launch(*, port: int | None, var: Path, reload: bool = True, ends_with_parent: bool = False) -> int:
    """Start the servers, prepare the database, and run web, workers and beat; returns the exit code.

    Raises LaunchError when the port is taken, when it runs already, or when a server does not start.
    """
    if ends_with_parent:
        end_with_parent()
    begun = time.monotonic()
    chosen = _port(port)
    var = var.resolve()
    var.mkdir(parents=True, exist_ok=True)
    with _only_one(var / "up.lock", chosen):
        for name in end_leftovers(var / "up.json"):
            sys.stdout.write(f"Ended {name}, which an earlier run has left behind.\n")
        _refuse_busy_port(chosen)
        return _run(var, chosen, begun=begun, reload=reload)


def _run(var: Path, port: int, *, begun: float, reload: bool) -> int:
    with _interruptible(), _servers(var) as urls:
        environment = _environment(urls, port, var)
        inbox_port = _add_inbox(environment, var)
        preparation = Preparation(environment, urls["DATABASE_OWNER_URL"], var)
        preparation.start()
        # On a database that these very migrations have prepared before, the web process need not wait.
        if not preparation.was_done_before and not preparation.finish():
            stop(var)
            return 1
    services = _services(environment, urls["DATABASE_OWNER_URL"], port, var, inbox_port)
    output = Output(sys.stdout, [service.name for service in services])
    supervisor = Supervisor(services, output=output, state=var / "up.json")

    def announce() -> None:
        is_live = _wait_until_live(port, supervisor)
        if not preparation.finish() and not supervisor.is_stopping:
            supervisor.fail("The database could not be prepared; stopping all.")
        elif is_live:
            output.plain(_welcome(preparation.table(port), seconds=time.monotonic() - begun))
        elif not supervisor.is_stopping:
            output.plain(f"The web process does not answer on port {port} yet; its log says why.")

    watch = CodeWatch(_source_folders(), suffixes=WATCHED_SUFFIXES) if reload else None

    def has_changed() -> bool:
        if watch is None or not watch.has_changed():
            return False
        if preparation.is_out_of_date():
            output.plain("There are new migrations: stop and start again to apply them.")
        return True

    try:
        return supervisor.run(on_start=announce, has_changed=has_changed)
    finally:
        preparation.abandon()
        stop(var)


class Preparation:
    """The process that migrates the database, builds the demo in an empty one, and lists the doors."""

    def __init__(self, environment: dict[str, str], owner_url: str, var: Path) -> None:
        self.environment = environment | {"DATABASE_OWNER_URL": owner_url}
        self.owner_url = owner_url
        self.doors_file = var / "up.doors.json"
        self.marker = var / "up.prepared"
        self.fingerprint = _fingerprint(owner_url)
        self.was_done_before = self.marker.exists() and self.marker.read_text() == self.fingerprint
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; its output goes where ours goes."""
        command = [sys.executable, "manage.py", "prepare_database", "--doors", str(self.doors_file)]
        command += ["--quiet"] if self.was_done_before else []
        self.marker.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            command, cwd=PROJECT_DIR, env=self.environment, stdin=subprocess.DEVNULL
        )

    def finish(self) -> bool:
        """Wait for its end; whether all went well."""
        assert self.process is not None
        if self.process.wait() != 0:
            return False
        self.marker.write_text(self.fingerprint)
        return True

    def is_out_of_date(self) -> bool:
        """Whether there are other migrations or packages now than when it began."""
        return self.fingerprint != _fingerprint(self.owner_url)

    def abandon(self) -> None:
        """End it if it still runs."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait()

    def table(self, port: int) -> str:
        """The addresses and sign-ins that it found."""
        found = json.loads(self.doors_file.read_text())
        doors = [Door(**{**door, "sign_ins": tuple(door["sign_ins"])}) for door in found["doors"]]
        return table(doors, port=port, password=found["password"])


def _fingerprint(owner_url: str) -> str:
    """Changes with the database, with any migration and with the installed packages."""
    digest = hashlib.sha256(owner_url.encode())
    files = [
        file
        for name in ("platform_core", "modules")
        for file in (PROJECT_DIR / name).glob("**/migrations/*.py")
    ]
    for file in [*sorted(files), PROJECT_DIR / "requirements" / "base.txt"]:
        digest.update(f"{file.relative_to(PROJECT_DIR)}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def _port(given: int | None) -> int:
    text = str(given) if given is not None else os.environ.get("PORT") or "8000"
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise LaunchError(f"PORT must be a number from 1 to 65535, not {text!r}.", code=2)
    return int(text)


@contextmanager
def _only_one(path: Path, port: int) -> Iterator[None]:
    """Hold the lock of this checkout; a killed holder's is free again."""
    with path.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise LaunchError(f"It runs already in this checkout: {lock.read().strip()}.") from None
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
            raise LaunchError(
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
        raise LaunchError(
            f"{', '.join(missing)} is missing: set all of {', '.join(SERVER_VARIABLES)}, or none of them.",
            code=2,
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
        raise LaunchError(str(error)) from None
    except BaseException:
        stop(var)
        raise


def _environment(urls: dict[str, str], port: int, var: Path) -> dict[str, str]:
    """What every process gets. The owner's URL is left out; only those who change tables are given it."""
    environment = os.environ | urls | {"PORT": str(port), "PYTHONUNBUFFERED": "1"}
    warnings = filter(None, [os.environ.get("PYTHONWARNINGS"), *EXPECTED_WARNINGS])
    environment["PYTHONWARNINGS"] = ",".join(warnings)
    environment["DJANGO_SETTINGS_MODULE"] = os.environ["DJANGO_SETTINGS_MODULE"]
    # The processes write into a pipe, and so do not see the terminal that their lines are shown on.
    environment.setdefault("LOG_FORMAT", "console" if sys.stdout.isatty() else "json")
    environment.setdefault("MEDIA_ROOT", str(var / "media"))
    environment.pop("DATABASE_OWNER_URL")
    return environment


def _add_inbox(environment: dict[str, str], var: Path) -> int | None:
    """Without a mail server in EMAIL_URL, mails go to one of this machine; returns its port."""
    if environment.get("EMAIL_URL"):
        return None
    port = free_port()
    environment["EMAIL_URL"] = f"smtp://127.0.0.1:{port}"
    environment["MAIL_INBOX"] = str(var / "inbox")
    return port


def web_command(
    port: int,
    *,
    application: str = "config.wsgi:application",
    workers: int = 1,
    threads: int = BLOCKING_THREADS,
) -> list[str]:
    """The web server on 127.0.0.1; tests of faults and `make bench` run the same one."""
    web = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    web += ["--workers", str(workers), "--blocking-threads", str(threads), "--no-ws"]
    return [*web, "--workers-kill-timeout", "3", "--log-level", "error", application]


def _services(
    environment: dict[str, str], owner_url: str, port: int, var: Path, inbox_port: int | None
) -> list[Service]:
    python = sys.executable
    inbox = [python, "-m", "platform_core.embedded.inbox", "--port", str(inbox_port)]
    inbox += ["--folder", str(var / "inbox")]
    celery = [python, "-m", "celery", "--quiet", "-A", "config"]
    # Threads rather than processes: a developer's machine has more use for the memory.
    alone = ["--loglevel", "INFO", "--without-gossip", "--without-mingle"]
    return [
        Service("web", web_command(port), environment, reload_signal=signal.SIGHUP),
        Service(
            "worker",
            [*celery, "worker", "-Q", "default", "--pool", "threads", "-c", "2", "-n", "worker@%h", *alone],
            environment,
            waits=True,
            stop_phase=1,
        ),
        Service(
            "operator",
            [*celery, "worker", "-Q", "operator", "--pool", "solo", "-n", "operator@%h", *alone],
            environment | {"DATABASE_OWNER_URL": owner_url},
            waits=True,
            stop_phase=1,
        ),
        Service("relay", [python, "manage.py", "relay"], environment, waits=True),
        *([Service("inbox", inbox, environment, stop_phase=1)] if inbox_port else []),
        # Without a pid file: one that a killed beat has left would refuse the next.
        Service(
            "beat",
            [*celery, "beat", "--pidfile=", "-s", str(var / "celerybeat-schedule"), "--loglevel", "WARNING"],
            environment,
            waits=True,
        ),
    ]


def _base_domain() -> str:
    return os.environ.get("BASE_DOMAIN") or "localhost"


def _source_folders() -> list[Path]:
    return [PROJECT_DIR / name for name in ("config", "platform_core", "modules", "templates", "locale")]


def _wait_until_live(port: int, supervisor: Supervisor) -> bool:
    deadline = time.monotonic() + READY_TIMEOUT_SECONDS
    while time.monotonic() < deadline and not supervisor.is_stopping:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/health/live", headers={"Host": _base_domain()})
            if connection.getresponse().status < 500:
                return True
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()
        time.sleep(0.1)
    return False


def _welcome(table_of_doors: str, *, seconds: float) -> str:
    return f"\nWizamart runs, {seconds:.1f} s after its start. Ctrl-C stops it.\n\n{table_of_doors}\n"

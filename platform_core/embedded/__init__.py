"""PostgreSQL and Valkey from wheels, for development and tests, without a system package.

A keeper process of its own runs the two servers of one folder. Whoever called `start` holds a lease; the
keeper stops the servers when the last lease is gone, however its holder ended. Only the standard library is
imported here, since the settings read this module.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

PROJECT_DIR = Path(__file__).resolve().parents[2]
START_TIMEOUT_SECONDS = 120.0
STOP_TIMEOUT_SECONDS = 60.0
ANSWER_TIMEOUT_SECONDS = 2.0

VALKEY_READY = b"+OK\r\n+PONG\r\n"
# PostgreSQL answers these eight bytes (SSLRequest, protocol 3) with one letter, before any authentication.
POSTGRES_SSL_REQUEST = bytes.fromhex("0000000804d2162f")


class EmbeddedError(RuntimeError):
    """The embedded servers cannot be started or stopped; the message says what to do."""


@dataclass(frozen=True)
class Servers:
    """Where the servers of one folder are reached. `superuser_url` is for preparing databases only."""

    database_url: str
    database_owner_url: str
    redis_url: str
    superuser_url: str


# One open lease file per folder for as long as this process uses the servers.
_leases: dict[Path, int] = {}


def running(var: Path) -> Servers | None:
    """The servers of this folder if they run and answer, otherwise None. Takes about a millisecond."""
    var = Path(var).resolve()
    state = _read_state(var)
    if state is None or not _is_locked(var / "servers.keeper"):
        return None
    servers = _servers_of(state)
    if servers is None or not (_postgres_answers(servers) and _valkey_answers(servers)):
        return None
    return servers


def start(var: Path, *, durable: bool = True, linger: bool = False) -> Servers:
    """Start what is not running, reuse what is, and keep it running at least until this process ends.

    `durable=False` trades crash safety for speed (tests). `linger=True` leaves the servers running until
    `stop`. Raises EmbeddedError with the reason and the log's place when a server does not come up.
    """
    var = Path(var).resolve()
    try:
        var.mkdir(parents=True, exist_ok=True)
        # One start at a time per folder; the others find the servers running.
        with _locked(var / "servers.lock", timeout_seconds=START_TIMEOUT_SECONDS):
            _take_lease(var)
            found = running(var)
            if found is None:
                _end_silent_keeper(var)
                _spawn_keeper(var, durable=durable, linger=linger)
                found = running(var)
    except PermissionError as error:
        raise EmbeddedError(
            f"{error.filename} belongs to another user: run as that user, or remove {var} to begin anew."
        ) from error
    if found is None:
        raise EmbeddedError(f"The embedded servers do not answer; see the logs in {var}.")
    return found


def stop(var: Path, *, force: bool = False) -> bool:
    """Give this process's lease back and stop the servers unless others still use them.

    `force` stops them regardless of their users. Returns whether the servers are stopped.
    """
    var = Path(var).resolve()
    lease = _leases.pop(var, None)
    if lease is not None:
        os.close(lease)
    if not var.exists():
        return True
    with _locked(var / "servers.lock", timeout_seconds=STOP_TIMEOUT_SECONDS):
        if not _is_locked(var / "servers.keeper"):
            return True
        if not force and _has_users(var):
            return False
        _signal_keeper(var, signal.SIGTERM)
        return _wait_until_keeper_is_gone(var, STOP_TIMEOUT_SECONDS)


def _take_lease(var: Path) -> None:
    if var in _leases:
        return
    descriptor = os.open(var / "servers.lease", os.O_RDWR | os.O_CREAT, 0o600)
    # Waits while a keeper without users, which holds the lease exclusively, takes its servers down.
    _lock(descriptor, fcntl.LOCK_SH, STOP_TIMEOUT_SECONDS, what=f"{var}/servers.lease")
    _leases[var] = descriptor


def _spawn_keeper(var: Path, *, durable: bool, linger: bool) -> None:
    command = [sys.executable, "-m", "platform_core.embedded.keeper", str(var)]
    command += [] if durable else ["--fast"]
    command += ["--linger"] if linger else []
    # The keeper is not a part of the caller's environment: a DATABASE_URL or PGHOST there must not reach it.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    environment["PYTHONPATH"] = str(PROJECT_DIR)
    log = os.open(var / "servers.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        keeper = subprocess.Popen(
            command,
            cwd=PROJECT_DIR,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            # A Ctrl-C in the terminal is for the caller, who then stops the servers in order.
            start_new_session=True,
        )
    finally:
        os.close(log)
    assert keeper.stdout is not None
    with keeper.stdout:
        answer = keeper.stdout.readline()
    # The keeper outlives this handle on purpose; without this, Popen warns about a child it still has.
    keeper.returncode = 0
    report: dict[str, Any] = json.loads(answer) if answer else {"error": "the keeper ended without a word"}
    if "error" in report:
        raise EmbeddedError(
            f"The embedded servers did not start: {report['error']} (logs: {var}/servers.log, postgres.log, "
            "valkey.log)"
        )


def _end_silent_keeper(var: Path) -> None:
    """End a keeper whose servers no longer answer, so that a new one can take its place."""
    if not _is_locked(var / "servers.keeper"):
        return
    _signal_keeper(var, signal.SIGTERM)
    if not _wait_until_keeper_is_gone(var, STOP_TIMEOUT_SECONDS):
        _signal_keeper(var, signal.SIGKILL)
        _wait_until_keeper_is_gone(var, STOP_TIMEOUT_SECONDS)


def _signal_keeper(var: Path, number: signal.Signals) -> None:
    # The keeper writes its process id into the file that it keeps locked, so the id cannot be a stale one.
    with contextlib.suppress(ProcessLookupError, ValueError):
        os.kill(int((var / "servers.keeper").read_text()), number)


def _wait_until_keeper_is_gone(var: Path, timeout_seconds: float) -> bool:
    deadline = time.monotonic() + timeout_seconds
    while _is_locked(var / "servers.keeper"):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _has_users(var: Path) -> bool:
    return _is_locked(var / "servers.lease")


def _read_state(var: Path) -> dict[str, Any] | None:
    try:
        state = json.loads((var / "servers.json").read_text())
    except (OSError, ValueError):
        return None
    return state if isinstance(state, dict) else None


def _servers_of(state: dict[str, Any]) -> Servers | None:
    try:
        return Servers(**{name: str(state[name]) for name in Servers.__dataclass_fields__})
    except KeyError:
        return None


def _is_locked(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _locked(path: Path, *, timeout_seconds: float) -> Any:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(descriptor, fcntl.LOCK_EX, timeout_seconds, what=str(path))
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, mode: int, timeout_seconds: float, *, what: str) -> None:
    deadline = time.monotonic() + timeout_seconds
    while True:
        try:
            fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                os.close(descriptor)
                raise EmbeddedError(f"{what} stays locked by another process.") from None
            time.sleep(0.02)


def _connect(url: str) -> socket.socket:
    address = urlsplit(url)
    return socket.create_connection((address.hostname, address.port), timeout=ANSWER_TIMEOUT_SECONDS)


def _postgres_answers(servers: Servers) -> bool:
    try:
        with _connect(servers.database_url) as connection:
            connection.sendall(POSTGRES_SSL_REQUEST)
            return connection.recv(1) in (b"N", b"S")
    except OSError:
        return False


def _valkey_answers(servers: Servers) -> bool:
    return valkey_says(servers.redis_url) == VALKEY_READY


def valkey_says(redis_url: str) -> bytes:
    """The answers to a sign-in and a PING: VALKEY_READY, or what is in the way. Raises no OSError."""
    password = unquote(urlsplit(redis_url).password or "")
    answer = b""
    try:
        with _connect(redis_url) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            while answer.count(b"\r\n") < 2:
                received = connection.recv(256)
                if not received:
                    break
                answer += received
    except OSError:
        return b""
    return answer

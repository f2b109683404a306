"""The process that runs the servers of one folder for as long as anybody uses them.

Run as `python -m platform_core.embedded.keeper <folder> [--fast] [--linger]`. It prints one line of JSON when
the servers are ready or cannot be, and lives on.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import logging
import os
import secrets
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

from platform_core.embedded import EmbeddedError
from platform_core.embedded.home import account_for, data_home
from platform_core.embedded.postgres import Postgres
from platform_core.embedded.valkey import Valkey
from platform_core.tenancy.bootstrap import prepare_cluster

DATABASE = "wizamart"
POLL_SECONDS = 0.25
LOG_LIMIT_BYTES = 5_000_000
PASSWORD_NAMES = ("superuser", "owner", "app", "redis")

log = logging.getLogger("keeper")


class Keeper:
    """Starts the two servers, restarts one that dies, and stops both when the last user is gone."""

    def __init__(self, var: Path, *, durable: bool, linger: bool) -> None:
        self.var = var
        self.linger = linger
        self.is_stopping = False
        self.state_file = var / "servers.json"
        self.state = self._read_state()
        account = account_for(var)
        home = data_home(var, account)
        self.postgres = Postgres(
            home=home, log=_fresh_log(var / "postgres.log"), account=account, durable=durable
        )
        self.valkey = Valkey(home=home, log=_fresh_log(var / "valkey.log"), account=account, durable=durable)

    def start(self) -> None:
        """Bring both servers up and write where they are."""
        passwords = self._passwords()
        is_new = not (self.postgres.data / "PG_VERSION").exists()
        self.postgres.prepare(passwords["superuser"])
        self.valkey.prepare()
        if not is_new and not self.state.get("passwords"):
            self.postgres.set_password(passwords["superuser"])
        ports = self.state.get("ports", {})
        superuser_url = self.postgres.start(passwords["superuser"], ports.get("postgres"))
        redis_url = self.valkey.start(passwords["redis"], ports.get("valkey"))
        owner_url, app_url = prepare_cluster(
            superuser_url,
            database=DATABASE,
            owner_password=passwords["owner"],
            app_password=passwords["app"],
        )
        self.state = {
            "database_url": app_url,
            "database_owner_url": owner_url,
            "redis_url": redis_url,
            "superuser_url": superuser_url,
            "passwords": passwords,
            "ports": {"postgres": self.postgres.port, "valkey": self.valkey.port},
        }
        self._write_state()

    def watch(self, lease: int) -> None:
        """Wait until nobody holds a lease or a signal comes; restart a server that has died."""
        failures = 0
        while not self.is_stopping:
            time.sleep(POLL_SECONDS)
            if not self.linger and _is_unused(lease):
                log.info("nobody uses the servers any more")
                return
            if self.is_stopping:
                return
            dead = [
                server.__class__.__name__
                for server in (self.postgres, self.valkey)
                if server.process is None or server.process.poll() is not None
            ]
            if not dead:
                continue
            failures += 1
            if failures > 5:
                raise EmbeddedError(f"{', '.join(dead)} died repeatedly")
            log.warning("%s died; starting again", ", ".join(dead))
            self._restart(dead)

    def stop(self) -> None:
        """Take both servers down."""
        self.valkey.stop()
        self.postgres.stop()

    def _restart(self, dead: list[str]) -> None:
        passwords, ports = self.state["passwords"], self.state["ports"]
        if "Postgres" in dead:
            self.postgres.prepare(passwords["superuser"])
            self.postgres.start(passwords["superuser"], ports["postgres"])
        if "Valkey" in dead:
            self.valkey.prepare()
            self.valkey.start(passwords["redis"], ports["valkey"])
        if ports != {"postgres": self.postgres.port, "valkey": self.valkey.port}:
            raise EmbeddedError("a port was taken by another program while its server was down")

    def _passwords(self) -> dict[str, str]:
        kept = self.state.get("passwords") or {}
        return {name: kept.get(name) or secrets.token_urlsafe(24) for name in PASSWORD_NAMES}

    def _read_state(self) -> dict[str, Any]:
        try:
            state = json.loads(self.state_file.read_text())
        except (FileNotFoundError, ValueError):
            return {}
        return state if isinstance(state, dict) else {}

    def _write_state(self) -> None:
        unfinished = self.state_file.with_suffix(".json.unfinished")
        unfinished.unlink(missing_ok=True)
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(self.state, file, indent=2)
        unfinished.replace(self.state_file)


def _is_unused(lease: int) -> bool:
    try:
        fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    # The lock stays held: whoever starts now waits until the servers are down.
    return True


def _fresh_log(path: Path) -> Path:
    if path.exists() and path.stat().st_size > LOG_LIMIT_BYTES:
        path.replace(path.with_suffix(".log.old"))
    path.touch(mode=0o600)
    return path


def _say(report: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(report) + "\n")
    sys.stdout.flush()
    # The caller waits for this line only; a pipe without a reader must not disturb later.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main(arguments: list[str]) -> int:
    """Run one keeper and return its exit code."""
    parser = argparse.ArgumentParser(prog="platform_core.embedded.keeper")
    parser.add_argument("var", type=Path)
    parser.add_argument("--fast", action="store_true")
    parser.add_argument("--linger", action="store_true")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s keeper: %(message)s", stream=sys.stderr)

    lock = os.open(options.var / "servers.keeper", os.O_RDWR | os.O_CREAT, 0o600)
    lease = os.open(options.var / "servers.lease", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        _say({"error": "another keeper is at work in this folder"})
        return 1
    os.ftruncate(lock, 0)
    os.write(lock, str(os.getpid()).encode())

    keeper: Keeper | None = None

    def request_stop(number: int, frame: FrameType | None) -> None:
        if keeper is not None:
            keeper.is_stopping = True

    signal.signal(signal.SIGTERM, request_stop)
    signal.signal(signal.SIGINT, request_stop)
    try:
        keeper = Keeper(options.var, durable=not options.fast, linger=options.linger)
        keeper.start()
        _say({"ok": True})
        keeper.watch(lease)
    except Exception as error:
        log.exception("the servers cannot be kept running")
        _say({"error": str(error) or repr(error)})
        return 1
    finally:
        if keeper is not None:
            keeper.stop()
        log.info("stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

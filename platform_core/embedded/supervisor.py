"""Runs a set of services in the foreground: shows their logs, restarts what dies, stops all in order."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TextIO

from platform_core.embedded.processes import command_line, die_with_parent

POLL_SECONDS = 0.1
# What stops a whole group of processes may reach this one twice: directly, and through its parent.
SAME_SIGNAL_SECONDS = 0.5
BACK_OFF_SECONDS = (0.5, 1.0, 2.0, 4.0)
# So many crashes within the window are no accident, and all is ended.
CRASH_LIMIT = 5
CRASH_WINDOW_SECONDS = 60.0

COLOURS = ("36", "33", "35", "32", "34", "31")
RESET = "\x1b[0m"
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Service:
    """One process to run. Services of a lower `stop_phase` are stopped first.

    One that `waits` is started once the others are ready, so that it does not take their processor time.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    waits: bool = False
    stop_phase: int = 0
    stop_patience_seconds: float = 5.0
    # The signal that makes it take up changed code without going away; None: it is restarted.
    reload_signal: signal.Signals | None = None


@dataclass
class _Running:
    service: Service
    process: subprocess.Popen[bytes] | None = None
    reader: threading.Thread | None = None
    restart_at: float | None = None
    crashes: deque[float] = field(default_factory=deque)


class Output:
    """Lines of many processes on one stream, each behind its name; colours on a terminal only."""

    def __init__(self, stream: TextIO, names: Sequence[str]) -> None:
        self.stream = stream
        self.width = max((len(name) for name in names), default=0)
        self.is_coloured = stream.isatty() and "NO_COLOR" not in os.environ
        self.colours = {name: COLOURS[place % len(COLOURS)] for place, name in enumerate(names)}
        self._lock = threading.Lock()

    def line(self, name: str, text: str) -> None:
        """Write one line of a process."""
        prefix = f"{name:<{self.width}} | "
        if self.is_coloured:
            prefix = f"\x1b[{self.colours.get(name, '1')}m{prefix}{RESET}"
        self.plain(prefix + text)

    def plain(self, text: str) -> None:
        """Write text of the supervisor itself, as it is."""
        # Whoever read the stream may be gone; the services go on all the same.
        with self._lock, contextlib.suppress(OSError, ValueError):
            self.stream.write(text + "\n")
            self.stream.flush()


class Supervisor:
    """Runs services until a stop signal, or until one of them crashes again and again."""

    def __init__(self, services: Sequence[Service], *, output: Output, state: Path) -> None:
        self.running = [_Running(service) for service in services]
        self.output = output
        self.state = state
        self._is_ready = threading.Event()
        self._stop_signals = 0
        self._last_signal_at = 0.0
        self._has_failed = False

    def run(self, *, on_start: Callable[[], None], has_changed: Callable[[], bool] | None = None) -> int:
        """Run until the end and return the exit code: 0 after a stop signal, 1 after repeated crashes.

        `on_start` is called from a thread once the first processes exist; when it returns, those that wait
        are started. `has_changed` is asked all the time; when it answers True the services take up the
        changed code.
        """
        previous = {number: signal.signal(number, self._request_stop) for number in STOP_SIGNALS}
        try:
            for entry in self.running:
                if not entry.service.waits and not self.is_stopping:
                    self._spawn(entry)
            threading.Thread(target=self._become_ready, args=(on_start,), daemon=True).start()
            waiting = [entry for entry in self.running if entry.service.waits]
            while not self.is_stopping:
                if self._is_ready.is_set():
                    while waiting:
                        self._spawn(waiting.pop(0))
                self._look_after()
                if has_changed is not None and has_changed():
                    self._reload()
                time.sleep(POLL_SECONDS)
        finally:
            self._stop_all()
            self.state.unlink(missing_ok=True)
            for number, handler in previous.items():
                signal.signal(number, handler)
        return 1 if self._has_failed else 0

    @property
    def is_stopping(self) -> bool:
        """Whether a stop was asked for or a service has failed for good."""
        return self._stop_signals > 0 or self._has_failed

    def fail(self, message: str) -> None:
        """End all with exit code 1; may be called from any thread."""
        self.output.plain(message)
        self._has_failed = True

    def _become_ready(self, on_start: Callable[[], None]) -> None:
        try:
            on_start()
        finally:
            self._is_ready.set()

    def _request_stop(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if not self._stop_signals or now - self._last_signal_at >= SAME_SIGNAL_SECONDS:
            self._stop_signals += 1
        self._last_signal_at = now

    def _spawn(self, entry: _Running) -> None:
        service = entry.service
        entry.restart_at = None
        # A session of its own: Ctrl-C reaches the supervisor alone, and what the process has started in turn
        # can be ended with it.
        entry.process = subprocess.Popen(
            service.command,
            env=dict(service.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM),
        )
        entry.reader = threading.Thread(target=self._read, args=(entry.process, service.name), daemon=True)
        entry.reader.start()
        self._write_state()

    def _read(self, process: subprocess.Popen[bytes], name: str) -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                self.output.line(name, line.decode(errors="replace").rstrip())

    def _look_after(self) -> None:
        now = time.monotonic()
        for entry in self.running:
            if entry.process is None:
                if entry.restart_at is not None and now >= entry.restart_at:
                    self._spawn(entry)
                continue
            code = entry.process.poll()
            if code is None:
                continue
            self._bury(entry)
            self._note_crash(entry, code, now)

    def _note_crash(self, entry: _Running, code: int, now: float) -> None:
        entry.crashes.append(now)
        while entry.crashes and entry.crashes[0] < now - CRASH_WINDOW_SECONDS:
            entry.crashes.popleft()
        count = len(entry.crashes)
        how = f"by signal {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
        if count >= CRASH_LIMIT:
            self._has_failed = True
            self.output.line(
                entry.service.name, f"ended {how} for the {count}th time in a minute; stopping all"
            )
            return
        delay = BACK_OFF_SECONDS[min(count, len(BACK_OFF_SECONDS)) - 1]
        entry.restart_at = now + delay
        self.output.line(entry.service.name, f"ended {how}; starting again in {delay:g} s")

    def _reload(self) -> None:
        self.output.plain("The code has changed; the services take it up.")
        for entry in self.running:
            if entry.process is None:
                # A crash that a mistake in the code has caused may be over now.
                entry.restart_at = 0.0
                entry.crashes.clear()
            elif entry.service.reload_signal is not None:
                entry.process.send_signal(entry.service.reload_signal)
            else:
                self._stop([entry], signals_before=self._stop_signals)
                self._spawn(entry)

    def _stop_all(self) -> None:
        begun = time.monotonic()
        # The first signal began the stop; one that follows before the line below is printed is a second one.
        signals_before = min(self._stop_signals, 1)
        self.output.plain("Stopping …")
        for phase in sorted({entry.service.stop_phase for entry in self.running}):
            entries = [entry for entry in self.running if entry.service.stop_phase == phase]
            self._stop(entries, signals_before=signals_before)
        self.output.plain(f"Stopped in {time.monotonic() - begun:.1f} s.")

    def _stop(self, entries: list[_Running], *, signals_before: int) -> None:
        alive = [entry for entry in entries if entry.process is not None]
        for entry in alive:
            assert entry.process is not None
            entry.process.terminate()
        for entry in alive:
            assert entry.process is not None
            deadline = time.monotonic() + entry.service.stop_patience_seconds
            # A second Ctrl-C cuts the waiting short.
            while time.monotonic() < deadline and self._stop_signals == signals_before:
                if entry.process.poll() is not None:
                    break
                time.sleep(0.02)
            if entry.process.poll() is None:
                self.output.line(entry.service.name, "does not end by itself; it is killed")
        for entry in alive:
            self._bury(entry)

    def _bury(self, entry: _Running) -> None:
        """Make sure that neither the process nor anything it started is left."""
        assert entry.process is not None
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(entry.process.pid, signal.SIGKILL)
        entry.process.wait()
        if entry.reader is not None:
            entry.reader.join(timeout=1.0)
        entry.process = None
        self._write_state()

    def _write_state(self) -> None:
        groups = {
            entry.service.name: {"pid": entry.process.pid, "command": list(entry.service.command)}
            for entry in self.running
            if entry.process is not None
        }
        self.state.write_text(json.dumps(groups, indent=2))


def end_leftovers(state: Path) -> list[str]:
    """End what a killed supervisor left behind; returns the names of what was still there.

    A process counts as a leftover only if it still has the command line that it was started with.
    """
    try:
        groups = json.loads(state.read_text())
    except (OSError, ValueError):
        return []
    found = [
        (name, entry["pid"])
        for name, entry in groups.items()
        if entry["command"][-1] in command_line(entry["pid"])
        and entry["command"][1] in command_line(entry["pid"])
    ]
    for number, patience_seconds in ((signal.SIGTERM, 3.0), (signal.SIGKILL, 2.0)):
        for _, pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, number)
        deadline = time.monotonic() + patience_seconds
        while time.monotonic() < deadline and any(_group_exists(pid) for _, pid in found):
            time.sleep(0.02)
    state.unlink(missing_ok=True)
    return [name for name, _ in found]


def _group_exists(leader: int) -> bool:
    try:
        os.killpg(leader, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


class CodeWatch:
    """Notices changed source files by their modification times, a few milliseconds per look."""

    def __init__(
        self, folders: Sequence[Path], *, suffixes: tuple[str, ...], every_seconds: float = 1.0
    ) -> None:
        self.folders = [str(folder) for folder in folders]
        self.suffixes = suffixes
        self.every_seconds = every_seconds
        self._seen = self._look()
        self._next_look = time.monotonic() + every_seconds

    def has_changed(self) -> bool:
        """Whether a file was added, changed or removed since the last look."""
        if time.monotonic() < self._next_look:
            return False
        found = self._look()
        self._next_look = time.monotonic() + self.every_seconds
        if found == self._seen:
            return False
        self._seen = found
        return True

    def _look(self) -> dict[str, int]:
        seen: dict[str, int] = {}
        folders = [folder for folder in self.folders if Path(folder).is_dir()]
        while folders:
            with contextlib.suppress(FileNotFoundError), os.scandir(folders.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        if entry.name != "__pycache__":
                            folders.append(entry.path)
                    elif entry.name.endswith(self.suffixes):
                        with contextlib.suppress(FileNotFoundError):
                            seen[entry.path] = entry.stat().st_mtime_ns
        return seen


def end_with_parent() -> None:
    """End this process in order when its parent is killed, where the system can tell."""
    arrange = die_with_parent(signal.SIGTERM, parent=os.getppid())
    if arrange is not None and sys.platform.startswith("linux"):
        arrange()

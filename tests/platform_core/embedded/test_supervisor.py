"""The supervisor: shows, restarts and stops its services, and leaves none behind."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from platform_core.embedded import PROJECT_DIR
from platform_core.embedded.processes import is_alive
from platform_core.embedded.supervisor import CodeWatch, Output, end_leftovers

# Runs the services that its first argument describes as JSON.
SUPERVISE = """
import json, sys
from pathlib import Path
from platform_core.embedded.supervisor import Output, Service, Supervisor
import os
services = [
    Service(name, [sys.executable, "-c", code], dict(os.environ), **options)
    for name, code, options in json.loads(sys.argv[1])
]
output = Output(sys.stdout, [service.name for service in services])
supervisor = Supervisor(services, output=output, state=Path(sys.argv[2]))
sys.exit(supervisor.run(on_start=lambda: output.plain("all started")))
"""

SLEEP = "import time; print('here', flush=True); time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEP
CRASH = "import sys; sys.exit(3)"


class Run:
    """A supervisor in a process of its own, with what it has printed so far."""

    def __init__(self, state: Path, services: list[tuple[str, str, dict[str, object]]]) -> None:
        self.state = state
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-c", SUPERVISE, json.dumps(services), str(state)],
            cwd=PROJECT_DIR,
            env=os.environ | {"PYTHONPATH": str(PROJECT_DIR)},
            stdout=subprocess.PIPE,
            text=True,
        )

        # A test that waits for a line in vain fails instead of waiting for ever.
        self.watchdog = threading.Timer(60, self.process.kill)
        self.watchdog.start()

    def wait_for(self, pattern: str, *, count: int = 1) -> str:
        assert self.process.stdout is not None
        seen = 0
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if re.search(pattern, line):
                seen += 1
                if seen == count:
                    return self.lines[-1]
        raise AssertionError(f"{pattern!r} did not appear in {self.lines}")

    def pid_of(self, name: str) -> int:
        """Of a service that has spoken: it may do so just before its pid is written down."""
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError, ValueError, KeyError):
                return int(json.loads(self.state.read_text())[name]["pid"])
            time.sleep(0.02)
        raise AssertionError(f"{name} is not in {self.state}")

    def finish(self) -> int:
        assert self.process.stdout is not None
        self.lines += self.process.stdout.read().splitlines()
        return self.process.wait()


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    runs: list[Run] = []

    def make(*services: tuple[str, str, dict[str, object]]) -> Run:
        runs.append(Run(tmp_path / "up.json", list(services)))
        return runs[-1]

    yield make
    for run in runs:
        run.watchdog.cancel()
        run.process.kill()
        run.process.wait()
        end_leftovers(run.state)


def wait_until_gone(*pids: int, seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not any(is_alive(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


def test_each_line_stands_behind_the_name_of_its_service(supervise: Callable[..., Run]) -> None:
    run = supervise(("web", SLEEP, {}), ("operator", SLEEP, {}))
    run.wait_for("here", count=2)
    assert {"web      | here", "operator | here"} <= set(run.lines)
    assert "\x1b" not in "".join(run.lines)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_signal_ends_all_within_seconds_with_exit_code_0(
    supervise: Callable[..., Run], number: signal.Signals
) -> None:
    run = supervise(("web", SLEEP, {}), ("worker", SLEEP, {"stop_phase": 1}))
    run.wait_for("here", count=2)
    pids = [run.pid_of("web"), run.pid_of("worker")]
    begun = time.monotonic()
    run.process.send_signal(number)
    assert run.finish() == 0
    assert time.monotonic() - begun < 10
    assert not [line for line in run.lines if "killed" in line]
    assert not any(is_alive(pid) for pid in pids)
    assert not run.state.exists()


def test_services_are_stopped_in_their_order(supervise: Callable[..., Run]) -> None:
    farewell = (
        "import signal, sys, time\n"
        "def leave(*_):\n    print('leaving', flush=True); time.sleep(0.3); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, leave)\n" + SLEEP
    )
    run = supervise(("worker", farewell, {"stop_phase": 1}), ("web", farewell, {"stop_phase": 0}))
    run.wait_for("here", count=2)
    run.process.terminate()
    assert run.finish() == 0
    leaving = [line for line in run.lines if "leaving" in line]
    assert leaving == ["web    | leaving", "worker | leaving"]


def test_a_service_that_does_not_stop_is_killed(supervise: Callable[..., Run]) -> None:
    run = supervise(("web", STUBBORN, {"stop_patience_seconds": 0.5}))
    run.wait_for("here")
    pid = run.pid_of("web")
    run.process.terminate()
    assert run.finish() == 0
    assert "web | does not end by itself; it is killed" in run.lines
    assert not is_alive(pid)


def test_a_second_stop_signal_does_not_wait(supervise: Callable[..., Run]) -> None:
    run = supervise(("web", STUBBORN, {"stop_patience_seconds": 30}))
    run.wait_for("here")
    run.process.send_signal(signal.SIGINT)
    run.wait_for("Stopping")
    # Somebody presses the keys again.
    time.sleep(0.7)
    begun = time.monotonic()
    run.process.send_signal(signal.SIGINT)
    assert run.finish() == 0
    assert time.monotonic() - begun < 15


def test_one_stop_that_arrives_twice_leaves_services_their_time(supervise: Callable[..., Run]) -> None:
    farewell = (
        "import signal, sys, time\n"
        "def leave(*_):\n    time.sleep(1); print('left', flush=True); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, leave)\n" + SLEEP
    )
    run = supervise(("worker", farewell, {}))
    run.wait_for("here")
    for _ in range(2):
        run.process.send_signal(signal.SIGINT)
        time.sleep(0.1)
    assert run.finish() == 0
    assert "worker | left" in run.lines


def test_a_crash_is_reported_and_the_service_starts_again(supervise: Callable[..., Run]) -> None:
    run = supervise(("web", SLEEP, {}), ("worker", SLEEP, {}))
    run.wait_for("here", count=2)
    neighbour = run.pid_of("web")
    os.kill(run.pid_of("worker"), signal.SIGKILL)
    assert run.wait_for("ended by signal SIGKILL") == (
        "worker | ended by signal SIGKILL; starting again in 0.5 s"
    )
    run.wait_for(r"worker \| here")
    assert run.pid_of("web") == neighbour


def test_a_service_that_keeps_crashing_ends_all_with_exit_code_1(
    supervise: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = supervise(("web", SLEEP, {}), ("worker", CRASH, {}))
    run.wait_for("here")
    pid = run.pid_of("web")
    assert run.finish() == 1
    assert "worker | ended with exit code 3; starting again in 0.5 s" in run.lines
    assert "worker | ended with exit code 3 for the 5th time in a minute; stopping all" in run.lines
    assert not is_alive(pid)


def test_what_a_crashed_service_had_started_is_ended_with_it(supervise: Callable[..., Run]) -> None:
    parent = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print('child', child.pid, flush=True); time.sleep(60)"
    )
    run = supervise(("web", parent, {}))
    child = int(run.wait_for("child").split()[-1])
    os.kill(run.pid_of("web"), signal.SIGKILL)
    run.wait_for("starting again")
    assert wait_until_gone(child)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="The parent's death signal is Linux's.")
def test_no_service_outlives_a_killed_supervisor(supervise: Callable[..., Run]) -> None:
    run = supervise(("web", SLEEP, {}), ("worker", SLEEP, {}))
    run.wait_for("here", count=2)
    pids = [run.pid_of("web"), run.pid_of("worker")]
    run.process.kill()
    assert wait_until_gone(*pids)


def test_the_next_start_ends_what_a_killed_supervisor_left(supervise: Callable[..., Run]) -> None:
    run = supervise(("web", STUBBORN, {}))
    run.wait_for("here")
    pid = run.pid_of("web")
    run.process.kill()
    run.process.wait()
    assert is_alive(pid)
    assert end_leftovers(run.state) == ["web"]
    assert wait_until_gone(pid)
    assert not run.state.exists()


def test_a_stranger_with_a_recorded_number_is_left_alone(tmp_path: Path) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    state = tmp_path / "up.json"
    state.write_text(json.dumps({"web": {"pid": stranger.pid, "command": ["python", "-m", "granian"]}}))
    try:
        assert end_leftovers(state) == []
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_waiting_service_starts_once_the_others_are_ready(supervise: Callable[..., Run]) -> None:
    run = supervise(("worker", SLEEP, {"waits": True}), ("web", SLEEP, {}))
    run.wait_for(r"worker \| here")
    assert run.lines.index("all started") < run.lines.index("worker | here")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_names_are_coloured_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    terminal, pipe = Terminal(), io.StringIO()
    for stream in (terminal, pipe):
        Output(stream, ["web", "worker"]).line("web", "text")
    assert terminal.getvalue() == "\x1b[36mweb    | \x1b[0mtext\n"
    assert pipe.getvalue() == "web    | text\n"


def test_no_color_is_heeded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    terminal = Terminal()
    Output(terminal, ["web"]).line("web", "text")
    assert terminal.getvalue() == "web | text\n"


@pytest.mark.parametrize("change", ["add", "edit", "remove"])
def test_changed_code_is_noticed(tmp_path: Path, change: str) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "module.py").write_text("a = 1")
    watch = CodeWatch([package, tmp_path / "missing"], suffixes=(".py",), every_seconds=0)
    assert not watch.has_changed()
    if change == "add":
        (package / "other.py").write_text("b = 1")
    elif change == "edit":
        os.utime(package / "module.py", (1, 1))
    else:
        (package / "module.py").unlink()
    assert watch.has_changed()
    assert not watch.has_changed()


def test_changes_of_other_files_are_not(tmp_path: Path) -> None:
    watch = CodeWatch([tmp_path], suffixes=(".py",), every_seconds=0)
    (tmp_path / "notes.txt").write_text("text")
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "module.py").write_text("text")
    assert not watch.has_changed()

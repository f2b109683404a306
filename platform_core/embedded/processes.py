"""Starting and ending server processes so that none is left behind."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

# linux/prctl.h: the signal that a process gets when the thread that started it ends.
PR_SET_PDEATHSIG = 1


def die_with_parent(number: signal.Signals, *, parent: int | None = None) -> Callable[[], None] | None:
    """A `preexec_fn` by which the child gets a signal when its parent dies; None where there is no such call.

    It has to run after a change of user, which clears the setting; subprocess keeps that order. `parent` is
    this process unless given.
    """
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    expected = os.getpid() if parent is None else parent

    def arrange() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        # The parent may have died between the fork and the call.
        if os.getppid() != expected:
            os._exit(1)

    return arrange


def command_line(pid: int) -> str:
    """The command line of a process, empty when there is none or it is not to be read."""
    if sys.platform.startswith("linux"):
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    found = subprocess.run(
        ["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return found.stdout.strip()


def is_alive(pid: int) -> bool:
    """Whether a process exists and is not a zombie waiting for its parent."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    if sys.platform.startswith("linux"):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (OSError, IndexError):
            return False
        return state not in ("Z", "X")
    return True


def end_stray(pid: int, number: signal.Signals, *, patience_seconds: float) -> None:
    """End a process that is not our child: politely first, then by force."""
    for attempt in (number, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, attempt)
        deadline = time.monotonic() + patience_seconds
        while time.monotonic() < deadline:
            if not is_alive(pid):
                return
            time.sleep(0.02)


def end_child(process: subprocess.Popen[bytes], numbers: list[tuple[signal.Signals, float]]) -> None:
    """End a child by each signal in turn, waiting the seconds given with it, and by force at last."""
    for number, patience_seconds in numbers:
        if process.poll() is not None:
            return
        process.send_signal(number)
        try:
            process.wait(patience_seconds)
            return
        except subprocess.TimeoutExpired:
            continue
    process.kill()
    process.wait()


def free_port(preferred: int | None = None) -> int:
    """A loopback port that nobody listens on: the preferred one if it is free, otherwise any."""
    for candidate in (preferred, 0):
        if candidate is None:
            continue
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            # Lets a port in TIME_WAIT count as free; a listening one still refuses.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", candidate))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no free loopback port")

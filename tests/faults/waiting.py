"""Conditions to wait for, with a limit."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.faults.load import Load

WARM_SECONDS = 60.0


def wait_for(condition: Callable[[], bool], seconds: float, why: Callable[[], object] = str) -> None:
    """Until it holds. Fails after so many seconds, with what `why` says then."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"It does not come: {why()}"
        time.sleep(0.05)


def warm(load: Load, since: float = 0.0) -> None:
    """Until every kind of step of the load has gone well since then."""

    def missing() -> set[str]:
        return load.kinds - {note.step for note in load.notes if note.begun > since and note.is_good}

    def reasons() -> list[str]:
        return [str(note) for note in load.notes[-200:] if note.step in missing()][-5:]

    wait_for(lambda: not missing(), WARM_SECONDS, reasons)


def calm(load: Load) -> None:
    """Until every kind of step has gone well once more from now on."""
    warm(load, time.monotonic())

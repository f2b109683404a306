"""A bounded load: a few threads that do what people do, and note how each of it went."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tests.faults.visitors import Reply

PAUSE_SECONDS = 0.03

Step = Callable[[], Reply]


@dataclass(frozen=True)
class Note:
    """How one step went: when it began and ended, on the clock of `time.monotonic`."""

    step: str
    begun: float
    ended: float
    reply: Reply

    @property
    def is_good(self) -> bool:
        """Whether the visitor got what they came for."""
        return self.reply.status in {200, 201, 302, 303}

    @property
    def is_shed(self) -> bool:
        """Whether the visitor was asked to come back in a moment."""
        return self.reply.status == 503 and self.reply.headers.get("retry-after", "").isdigit()

    def __str__(self) -> str:
        return f"{self.step}: {self.reply.status} after {self.ended - self.begun:.2f} s"


class Load:
    """Threads that walk through their steps again and again until `stop`."""

    def __init__(self, walks: Sequence[Sequence[tuple[str, Step]]]) -> None:
        self.notes: list[Note] = []
        self.kinds = {name for walk in walks for name, _step in walk}
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._walk, args=(walk,), daemon=True) for walk in walks]

    def _walk(self, steps: Sequence[tuple[str, Step]]) -> None:
        while not self._is_over.is_set():
            for name, step in steps:
                begun = time.monotonic()
                reply = step()
                self.notes.append(Note(name, begun, time.monotonic(), reply))
                if self._is_over.wait(PAUSE_SECONDS):
                    return

    def stop(self) -> None:
        """Let each thread finish what it is at."""
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def between(self, begin: float, end: float = math.inf) -> list[Note]:
        """The steps that ran, at least partly, in this span."""
        return [note for note in self.notes if note.ended > begin and note.begun < end]

    @classmethod
    @contextmanager
    def of(cls, walks: Sequence[Sequence[tuple[str, Step]]]) -> Iterator[Load]:
        """A load that runs during the block."""
        load = cls(walks)
        for thread in load._threads:
            thread.start()
        try:
            yield load
        finally:
            load.stop()


def at_once(count: int, step: Callable[[int], Reply]) -> list[Reply]:
    """`count` visitors who take a step in the same moment."""
    gate = threading.Barrier(count)
    replies: list[Reply] = []

    def go(number: int) -> None:
        gate.wait()
        replies.append(step(number))

    threads = [threading.Thread(target=go, args=(number,), daemon=True) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return replies


def p95(notes: Sequence[Note]) -> float:
    """The time in seconds that 95 of 100 steps stay below."""
    times = sorted(note.ended - note.begun for note in notes)
    return times[min(len(times) - 1, math.ceil(len(times) * 0.95) - 1)]

"""What processes cost: processor time and memory of a whole tree, read from /proc."""

from __future__ import annotations

import os
import threading
from collections import defaultdict
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
# proc(5), counted after the command's closing bracket: ppid, then utime, stime, cutime and cstime.
PARENT, TIMES = 1, slice(11, 15)
SAMPLE_SECONDS = 0.2


def is_known() -> bool:
    """Whether this system tells what processes cost."""
    return (PROC / "self" / "smaps_rollup").exists()


def tree(root: int) -> list[int]:
    """A process and all below it."""
    children = defaultdict(list)
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            fields = _stat(int(folder.name))
            if fields:
                children[int(fields[PARENT])].append(int(folder.name))
    found = [root]
    for pid in found:
        found += children[pid]
    return found


def cpu_seconds(root: int) -> float:
    """Processor time that a tree has used so far, its children that have ended included."""
    return sum(sum(map(int, _stat(pid)[TIMES])) for pid in tree(root)) / TICKS


def _stat(pid: int) -> list[str]:
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _memory(pid: int) -> tuple[int, int]:
    """Bytes of one process: resident, and its share of them (PSS)."""
    rollup: dict[str, int] = {}
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()[1:]
    except (FileNotFoundError, ProcessLookupError):
        return 0, 0
    for line in lines:
        name, _colon, rest = line.partition(":")
        rollup[name] = int(rest.split()[0]) * 1024
    return rollup.get("Rss", 0), rollup.get("Pss", 0)


def memory(root: int) -> tuple[int, int]:
    """Bytes of a tree: the sum of what is resident, and of the shares, where a shared page counts once."""
    sizes = [_memory(pid) for pid in tree(root)]
    return sum(rss for rss, _ in sizes), sum(pss for _, pss in sizes)


class MemoryWatch(threading.Thread):
    """Keeps the peak of a tree's memory until it is told to end."""

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self.root = root
        self.peak_rss = self.peak_pss = 0
        self._is_over = threading.Event()

    def run(self) -> None:
        while True:
            rss, pss = memory(self.root)
            self.peak_rss, self.peak_pss = max(self.peak_rss, rss), max(self.peak_pss, pss)
            if self._is_over.wait(SAMPLE_SECONDS):
                return

    def end(self) -> None:
        self._is_over.set()
        self.join()

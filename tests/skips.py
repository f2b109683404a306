"""In continuous integration a skipped test is a failed run, unless allowed_skips.txt names it with a reason.

The list has one entry a line: a pattern of test names (`tests/…::test_…`, with * and ?), a bar, a reason.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

ALLOWED = Path(__file__).with_name("allowed_skips.txt")


@dataclass(frozen=True)
class Allowance:
    """A skip that is meant to be."""

    pattern: str
    reason: str


def read_allowances(path: Path) -> list[Allowance]:
    """The entries of the list. Raises ValueError for one without a reason."""
    allowances = []
    for line in path.read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        pattern, bar, reason = (part.strip() for part in line.partition("|"))
        if not bar or not pattern or not reason:
            raise ValueError(f"{path.name}: {line!r} lacks a reason behind a bar.")
        allowances.append(Allowance(pattern, reason))
    return allowances


class SkipGuard:
    """Collects the skipped tests of a run and fails it for those that are not on the list."""

    def __init__(self, allowances: list[Allowance]) -> None:
        self.allowances = allowances
        self.unexpected: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._note(report)

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        # A test that is expected to fail and does is reported as skipped too.
        if not report.skipped or hasattr(report, "wasxfail"):
            return
        if not any(fnmatchcase(report.nodeid, allowance.pattern) for allowance in self.allowances):
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
            self.unexpected[report.nodeid] = reason

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.unexpected and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.unexpected:
            terminalreporter.section("skipped although nothing may be skipped here", red=True)
            for name, reason in sorted(self.unexpected.items()):
                terminalreporter.write_line(f"{name}: {reason}")


def watch_skips(config: pytest.Config) -> None:
    """Guard a run in continuous integration. Workers report to the process that started them."""
    if os.environ.get("CI") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(SkipGuard(read_allowances(ALLOWED)), "skip-guard")

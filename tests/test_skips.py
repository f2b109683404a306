"""A skipped test fails a run of continuous integration, and only there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.skips import ALLOWED, read_allowances

PROJECT_DIR = Path(__file__).resolve().parents[1]

CONFTEST = """
from pathlib import Path
from tests import skips
skips.ALLOWED = Path(__file__).with_name("allowed.txt")
def pytest_configure(config):
    skips.watch_skips(config)
"""
TESTS = """
import pytest
def test_passes():
    pass
@pytest.mark.skip(reason="no such browser")
def test_is_skipped():
    pass
@pytest.mark.xfail
def test_fails_as_expected():
    assert False
"""


def run(folder: Path, *, allowed: str = "", ci: str = "true", workers: str = "0") -> tuple[int, str]:
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_it.py").write_text(TESTS)
    (folder / "allowed.txt").write_text(allowed)
    (folder / "pytest.ini").write_text("[pytest]\n")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:django", "-n", workers, str(folder)],
        cwd=folder,
        env=environment | {"CI": ci, "PYTHONPATH": str(PROJECT_DIR)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("workers", ["0", "2"])
def test_an_unlisted_skip_fails_the_run_and_is_named(tmp_path: Path, workers: str) -> None:
    code, output = run(tmp_path, workers=workers)
    assert code == 1
    assert "skipped although nothing may be skipped here" in output
    assert "test_it.py::test_is_skipped: Skipped: no such browser" in output
    assert output.splitlines()[-1].strip("= ").startswith("1 passed, 1 skipped, 1 xfailed in")


def test_a_listed_skip_passes(tmp_path: Path) -> None:
    code, output = run(
        tmp_path, allowed="# why\n*::test_is_* | A browser of another maker is not in Debian.\n"
    )
    assert code == 0, output


def test_outside_of_continuous_integration_a_skip_passes(tmp_path: Path) -> None:
    assert run(tmp_path, ci="")[0] == 0


@pytest.mark.parametrize("line", ["*::test_a", "*::test_a |", "| because"])
def test_an_entry_without_a_reason_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "list.txt").write_text(f"# comment\n\n{line}\n")
    with pytest.raises(ValueError, match="lacks a reason"):
        read_allowances(tmp_path / "list.txt")


def test_the_projects_own_list_is_well_formed() -> None:
    read_allowances(ALLOWED)

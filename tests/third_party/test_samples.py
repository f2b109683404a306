"""Three modules of other packages, installed from their wheels at once: each keeps the contract, and does its own thing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from platform_core.embedded import PROJECT_DIR
from tests.third_party.packages import HERE, SAMPLES, install

pytestmark = pytest.mark.proof


def run(site: Path, *words: str) -> str:
    env = {
        **os.environ,
        "PYTHONPATH": str(site),
        "MODULES_ALLOW": ",".join(SAMPLES),
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
    }
    env.pop("PYTEST_XDIST_WORKER", None)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", *words],
        cwd=PROJECT_DIR,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    return done.stdout


def test_each_sample_keeps_the_contract_and_its_own_word(tmp_path: Path) -> None:
    site = install(tmp_path, *SAMPLES)
    run(site, "manage.py", "modules", "check")
    run(site, "manage.py", "makemigrations", "--check", "--dry-run")
    folders = [str(HERE / name / "tests") for name in SAMPLES]
    said = run(site, "-m", "pytest", "-q", "-p", "no:xdist", "--show-capture=no", *folders)
    assert " passed" in said
    assert "skipped" not in said

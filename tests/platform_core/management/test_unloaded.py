"""What keeps commands from running is said in one line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from platform_core.embedded import PROJECT_DIR

SAID = (
    "PostgreSQL and Valkey of this checkout do not both answer. Start them with make dev, or set DATABASE_URL,"
    " DATABASE_OWNER_URL and REDIS_URL to servers that run."
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """One in which no server runs."""
    shutil.copytree(PROJECT_DIR / "config", tmp_path / "config")
    for name in ("platform_core", "modules", "templates", "static", "locale"):
        (tmp_path / name).symlink_to(PROJECT_DIR / name)
    shutil.copy(PROJECT_DIR / "manage.py", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "words", [("platforms", "list"), ("modules", "list", "--platform", "lux"), ("doctor",), ("demo",)]
)
def test_a_command_without_servers_says_how_to_have_them(checkout: Path, words: tuple[str, ...]) -> None:
    hidden = {"DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"}
    answer = subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", *words],
        cwd=checkout,
        env={name: value for name, value in os.environ.items() if name not in hidden},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert answer.returncode == 1
    assert answer.stderr.strip().splitlines() == [SAID]

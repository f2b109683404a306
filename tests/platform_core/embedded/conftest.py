"""Folders that stand in for a checkout's `var`, taken away with all that ran in them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from platform_core.embedded import stop


@pytest.fixture
def var() -> Iterator[Path]:
    """A checkout's folder that any user can enter, unlike pytest's own temporary folders."""
    yield from _checkout(mode=0o755)


@pytest.fixture
def other_var() -> Iterator[Path]:
    """The folder of a second checkout."""
    yield from _checkout(mode=0o755)


@pytest.fixture
def closed_var() -> Iterator[Path]:
    """A checkout below a folder that is closed to all but its owner, such as /root."""
    yield from _checkout(mode=0o700)


def _checkout(*, mode: int) -> Iterator[Path]:
    top = Path(tempfile.mkdtemp(prefix="wizamart-"))
    top.chmod(mode)
    # Whatever a home folder may be called.
    folder = top / 'my "best" checkout' / "var"
    folder.mkdir(parents=True)
    yield folder
    assert stop(folder, force=True)
    if (folder / "home").is_symlink():
        shutil.rmtree((folder / "home").resolve())
    shutil.rmtree(top)

"""The compiled style sheets are up to date, small, and made of tokens."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from platform_core.ui import stylesheets

KB = 1024


@pytest.mark.parametrize("name", stylesheets.NAMES)
def test_a_compiled_style_sheet_is_what_its_sources_give(name: str) -> None:
    compiled = stylesheets.target_of(name).read_bytes()
    assert compiled == stylesheets.compile_stylesheet(name), "Run `make css` and commit the result."


@pytest.mark.parametrize(("name", "budget"), [("storefront", 16 * KB), ("console", 26 * KB)])
def test_a_style_sheet_stays_in_its_budget(name: str, budget: int) -> None:
    assert len(gzip.compress(stylesheets.target_of(name).read_bytes(), 9)) <= budget


@pytest.mark.parametrize("name", stylesheets.NAMES)
def test_a_style_sheet_loads_nothing_from_elsewhere(name: str) -> None:
    css = re.sub(r"/\*.*?\*/", "", stylesheets.target_of(name).read_text(), flags=re.DOTALL)
    assert not re.findall(r"@import|https?://|//[a-z]", css)


def _sources() -> list[Path]:
    return sorted(stylesheets.SOURCES.rglob("*.css"))


@pytest.mark.parametrize("path", _sources(), ids=lambda path: path.name)
def test_sources_write_no_colour_of_their_own(path: Path) -> None:
    css = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?!\s*\{)", css) == []


@pytest.mark.parametrize("name", stylesheets.NAMES)
def test_tailwinds_own_palette_is_gone(name: str) -> None:
    css = stylesheets.target_of(name).read_text()
    assert not re.findall(r"--color-(?:red|blue|gray|slate|zinc)-\d", css)
    assert "oklch(" not in css

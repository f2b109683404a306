"""docs/modules/comparison.md: every row of ours has a test that there is, and every word about others its source."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

PROJECT_DIR = Path(__file__).resolve().parents[2]
PAGE = PROJECT_DIR / "docs" / "modules" / "comparison.md"
# A test of this project, or one of the contract that each module's tests take over.
NAMED = re.compile(r"`((?:tests|platform_core/testing)/[\w/]+\.py)::([\w:]+)`")
NOT_FOUND = "not found in its documentation"
SOURCE = re.compile(r"\[([A-Z]\d+)\]")

Row = tuple[str, ...]


def sections(text: str) -> dict[str, str]:
    """The text below each heading of the second rank."""
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def rows(text: str) -> list[Row]:
    """The cells of each row of a text's tables, without the rows of headings."""
    found: list[Row] = []
    lines = text.splitlines()
    for at, line in enumerate(lines):
        is_heading = at + 1 < len(lines) and lines[at + 1].startswith("|--")
        if line.startswith("| ") and not is_heading:
            found.append(tuple(cell.strip() for cell in line.strip("|").split("|")))
    return found


def rows_of_ours() -> list[Row]:
    return [
        row
        for title, text in sections(PAGE.read_text()).items()
        if title.startswith("Ours: ")
        for row in rows(text)
    ]


def rows_of_others() -> list[Row]:
    return rows(sections(PAGE.read_text())["What other systems have"])


@cache
def known_tests(file: str) -> frozenset[str]:
    """The tests of a file, those of a class as Class::test."""
    path = PROJECT_DIR / file
    if not path.is_file():
        return frozenset()
    found = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{part.name}" for part in node.body if isinstance(part, ast.FunctionDef)}
    return frozenset(name for name in found if name.rpartition("::")[2].startswith("test_"))


def without_a_test(found: list[Row]) -> list[str]:
    return [row[0] for row in found if len(row) != 3 or not NAMED.search(row[-1])]


def absent_tests(found: list[Row]) -> list[str]:
    named = [pair for row in found for pair in NAMED.findall(row[-1])]
    return [f"{file}::{name}" for file, name in named if name not in known_tests(file)]


def without_a_source(found: list[Row]) -> list[str]:
    """What is said of another system with no source, and not that nothing was found. The first two columns are ours."""
    return [
        f"{row[0]}: {cell}"
        for row in found
        for cell in row[2:]
        if not SOURCE.search(cell) and NOT_FOUND not in cell
    ]


def test_there_is_something_to_prove() -> None:
    assert len(rows_of_ours()) > 100
    assert len(rows_of_others()) == 2 * 17


def test_every_row_of_ours_has_a_test() -> None:
    assert without_a_test(rows_of_ours()) == []


def test_every_test_that_is_named_is_there() -> None:
    assert absent_tests(rows_of_ours()) == []


def test_every_word_about_another_system_has_a_source() -> None:
    assert without_a_source(rows_of_others()) == []


def test_every_source_is_listed_once_and_used() -> None:
    text = PAGE.read_text()
    listed = re.findall(r"^\[([A-Z]\d+)\]: https://\S+$", text, flags=re.MULTILINE)
    shown = re.findall(r"^- \[([A-Z]\d+)\] ", text, flags=re.MULTILINE)
    used = {name for row in rows_of_others() for cell in row for name in SOURCE.findall(cell)}
    assert len(listed) == len(set(listed))
    # Two in brackets with nothing between them are one link.
    assert re.findall(r"\[[A-Z]\d+\]\s?\[", text) == []
    assert set(listed) == set(shown) == used


def test_both_tables_of_the_systems_ask_the_same() -> None:
    found = rows_of_others()
    half = len(found) // 2
    assert [row[:2] for row in found[:half]] == [row[:2] for row in found[half:]]


def test_the_page_stands_in_the_menu_and_its_links_lead_somewhere() -> None:
    assert ": modules/comparison.md\n" in (PROJECT_DIR / "mkdocs.yml").read_text()
    targets = [target.partition("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", PAGE.read_text())]
    assert [target for target in targets if "://" not in target and not (PAGE.parent / target).exists()] == []


@pytest.mark.parametrize(
    ("cell", "is_named", "is_there"),
    [
        ("`tests/docs/test_comparison.py::test_every_row_of_ours_has_a_test`", True, True),
        ("`tests/docs/test_comparison.py::test_nothing_of_this_name`", True, False),
        ("`tests/docs/test_nowhere.py::test_every_row_of_ours_has_a_test`", True, False),
        ("`tests/docs/test_comparison.py::rows`", True, False),
        ("somewhere", False, True),
    ],
)
def test_control_what_is_not_proved_is_found(cell: str, is_named: bool, is_there: bool) -> None:
    row = ("It is so", "`so`", cell)
    assert (without_a_test([row]) == []) is is_named
    assert (absent_tests([row]) == []) is is_there


def test_control_a_claim_without_a_source_is_found() -> None:
    row = ("Events", "ours", "has them [P1]", NOT_FOUND, "has none")
    assert without_a_source([row]) == ["Events: has none"]

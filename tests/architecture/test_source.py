"""What the code keeps to that no linter of the project says, or that a silencing comment could hide."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.sources import CODE, TESTS, files, function_bodies, name_of, parsed

# Where a function may import without a word of its own: the entry that must decide before it imports Django.
IMPORTS_BEFORE_DJANGO = {"manage.py"}
# What prints on purpose: nothing. Commands write to `self.stdout`, programmes to `sys.stdout`.
SKIPS: dict[str, str] = {
    "It looks into /proc.": "Linux only; the supervisor is tried on macOS by hand.",
    "The parent's death signal is Linux's.": "macOS has no such signal; the lease does its work there.",
    "Only root changes to another user, who may be shut out.": "Run as root in continuous integration.",
}


def inner_imports(tree: ast.AST) -> Iterator[ast.stmt]:
    for node in function_bodies(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node


def unexplained_imports(file: Path) -> list[str]:
    """Imports inside functions without the cause in a comment above them."""
    lines = file.read_text().splitlines()
    found = []
    for node in inner_imports(parsed(file)):
        above = node.lineno - 2
        # One comment covers a block of imports.
        while above > 0 and re.match(r"\s*(from|import) ", lines[above]):
            above -= 1
        if not lines[above].lstrip().startswith("#"):
            found.append(f"{name_of(file)}:{node.lineno}")
    return sorted(set(found))


def test_an_import_inside_a_function_gives_its_cause():
    faults = [
        fault
        for file in files(CODE)
        if name_of(file) not in IMPORTS_BEFORE_DJANGO
        for fault in unexplained_imports(file)
    ]
    assert faults == [], "Move the import to the top, or say in a comment above it why it cannot stand there."


def test_an_import_without_a_cause_is_found(tmp_path, monkeypatch):
    file = tmp_path / "sample.py"
    file.write_text(
        "def load():\n"
        "    # The settings read this module before any model may be imported.\n"
        "    import json\n"
        "    import csv\n"
        "    x = 1\n"
        "    import ast\n"
    )
    monkeypatch.setattr("tests.architecture.test_source.name_of", lambda _file: "sample.py")
    assert unexplained_imports(file) == ["sample.py:6"]


def test_nothing_prints():
    prints = [
        f"{name_of(file)}:{node.lineno}"
        for file in files(CODE)
        for node in ast.walk(parsed(file))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert prints == []


def test_nothing_is_left_to_do():
    left = [
        f"{name_of(file)}:{number}"
        for file in files(CODE)
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if re.search(r"\b(TODO|FIXME|XXX|HACK)\b|raise NotImplementedError\(", line)
    ]
    assert left == []


def skips(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, reason) of everything that lets a test pass without running: skip, skipif, xfail, importorskip."""
    for node in ast.walk(tree):
        named = node.func if isinstance(node, ast.Call) else node
        if isinstance(named, ast.Attribute) and named.attr in {
            "skip",
            "skipif",
            "xfail",
            "importorskip",
            "SkipTest",
        }:
            reason = ""
            if isinstance(node, ast.Call):
                given = [word.value for word in node.keywords if word.arg == "reason"] or node.args[:1]
                if given and isinstance(given[0], ast.Constant):
                    reason = str(given[0].value)
            yield named.lineno, reason


def test_no_test_is_skipped_without_a_listed_reason():
    silent = {}
    for file in files(TESTS):
        if file == Path(__file__):
            continue
        by_line: dict[int, str] = {}
        for line, reason in skips(parsed(file)):
            by_line[line] = by_line.get(line, "") or reason
        silent.update(
            {f"{name_of(file)}:{line}": reason for line, reason in by_line.items() if reason not in SKIPS}
        )
    assert silent == {}, "Give the skip a reason, and list it in SKIPS with what covers it instead."


def test_a_silent_skip_is_found():
    tree = ast.parse("@pytest.mark.skip\ndef test_one(): ...\ndef test_two():\n    pytest.skip('later')\n")
    assert {reason for _line, reason in skips(tree)} == {"", "later"}

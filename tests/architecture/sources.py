"""The project's own Python files, parsed once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parents[2]
CODE = ("config", "modules", "platform_core", "bench")
TESTS = ("tests",)


@cache
def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text(), str(file))


def files(folders: tuple[str, ...]) -> list[Path]:
    """Every Python file below `folders`, and `manage.py` with the code."""
    found = [file for folder in folders for file in (PROJECT_DIR / folder).rglob("*.py")]
    return sorted(found + ([PROJECT_DIR / "manage.py"] if "config" in folders else []))


def name_of(file: Path) -> str:
    return str(file.relative_to(PROJECT_DIR))


def function_bodies(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node inside a function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from ast.walk(node)

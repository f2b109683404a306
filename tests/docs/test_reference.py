"""The reference pages name what the code reads and installs: no more, no less."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT_DIR = Path(__file__).resolve().parents[2]
DOCS = PROJECT_DIR / "docs"
READERS = {"text", "boolean", "integer", "number", "words"}
# Of the system and of Python, not of this project.
FOREIGN = {"PATH", "NO_COLOR", "PYTHONWARNINGS", "DJANGO_SETTINGS_MODULE"}


def variables_read(source: str) -> Iterator[str]:
    """The names that `env.text("X")`, `os.environ.get("X")`, `os.environ["X"]` and the like stand for."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            owner, method, name = ast.unparse(node.func.value), node.func.attr, node.args[0]
            is_reader = owner == "env" and method in READERS
            is_environment = owner == "os.environ" and method in {"get", "setdefault", "pop"}
        elif isinstance(node, ast.Subscript):
            name, is_reader = node.slice, False
            is_environment = ast.unparse(node.value) == "os.environ"
        else:
            continue
        if (is_reader or is_environment) and isinstance(name, ast.Constant) and isinstance(name.value, str):
            yield name.value


def first_column(page: str) -> list[str]:
    """The names in the first column of a page's tables, without their backticks."""
    rows = re.findall(r"^\| `?([A-Za-z][\w.-]*)`? \|", (DOCS / page).read_text(), flags=re.MULTILINE)
    return [name for name in rows if name not in {"variable", "package", "tool", "dclint", "Chromium"}]


def variables_of_the_project() -> set[str]:
    sources = [
        path
        for folder in ("config", "platform_core", "modules")
        for path in (PROJECT_DIR / folder).rglob("*.py")
    ]
    found = {name for path in sources for name in variables_read(path.read_text())}
    compose = (PROJECT_DIR / "docker-compose.yml").read_text()
    return (found | set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", compose))) - FOREIGN


def test_every_variable_that_is_read_is_described_and_no_other() -> None:
    assert sorted(first_column("configuration.md")) == sorted(variables_of_the_project())


def test_the_example_environment_names_known_variables_only() -> None:
    example = (PROJECT_DIR / ".env.example").read_text()
    assert set(re.findall(r"^([A-Z_]+)=", example, flags=re.MULTILINE)) <= variables_of_the_project()


def test_compose_finds_every_required_variable_in_the_example() -> None:
    compose = (PROJECT_DIR / "docker-compose.yml").read_text()
    example = (PROJECT_DIR / ".env.example").read_text()
    required = set(re.findall(r"(?<!\$)\$\{([A-Z_]+):\?", compose))
    assert required <= set(re.findall(r"^([A-Z_]+)=", example, flags=re.MULTILINE))


@pytest.mark.parametrize(
    "source",
    ['env.text("X", "")', 'os.environ.get("X")', 'os.environ["X"] = "1"', 'os.environ.setdefault("X", "1")'],
)
def test_a_variable_is_found_however_it_is_read(source: str) -> None:
    assert list(variables_read(source)) == ["X"]


def test_every_direct_dependency_has_its_reason_and_no_other() -> None:
    named = {
        re.split(r"[\[<>=!~; ]", line, maxsplit=1)[0].lower()
        for name in ("base", "dev", "production")
        for line in (PROJECT_DIR / "requirements" / f"{name}.in").read_text().splitlines()
        if line and not line.startswith(("#", "-r"))
    }
    assert sorted(first_column("dependencies.md")) == sorted(named)


@pytest.mark.parametrize(
    "document", ["README.md", "CONTRIBUTING.md", *(f"docs/{path.name}" for path in sorted(DOCS.glob("*.md")))]
)
def test_links_between_pages_lead_somewhere(document: str) -> None:
    text = (PROJECT_DIR / document).read_text()
    targets = [target.partition("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text)]
    missing = [
        target
        for target in targets
        if target and "://" not in target and not ((PROJECT_DIR / document).parent / target).exists()
    ]
    assert missing == []


def test_every_page_stands_in_the_menu_of_the_documentation() -> None:
    menu = (PROJECT_DIR / "mkdocs.yml").read_text()
    assert sorted(re.findall(r": ([\w-]+\.md)$", menu, flags=re.MULTILINE)) == sorted(
        path.name for path in DOCS.glob("*.md")
    )


def test_every_make_target_has_a_line_of_help() -> None:
    makefile = (PROJECT_DIR / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.+)$", makefile, flags=re.MULTILINE)
    assert phony is not None
    helped = set(re.findall(r"^([a-z-]+):.* ## ", makefile, flags=re.MULTILINE))
    assert set(phony[1].split()) == helped

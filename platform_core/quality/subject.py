"""A module as its facts see it: its definition, its routes, its tables, its files and its tests."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from importlib.metadata import Distribution, entry_points
from pathlib import Path

from django.conf import settings
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django.urls import URLPattern

from platform_core.identity.checks import routes_of
from platform_core.modules.definition import ModuleConfig, ModuleDefinition
from platform_core.modules.discovery import GROUP
from platform_core.modules.gates import module_of_view
from platform_core.tenancy.middleware import URLCONFS


@dataclass(frozen=True)
class Route:
    """One mounted route of the module, on a kind of site."""

    site: str
    text: str
    pattern: URLPattern

    @property
    def door(self) -> str:
        """api, dashboard, admin or storefront."""
        if self.text.startswith("api/"):
            return "api"
        beginnings = {"vendor/": "dashboard", "admin/": "admin"}
        return next((door for text, door in beginnings.items() if self.text.startswith(text)), "storefront")

    def __str__(self) -> str:
        return f"/{self.text}"


@dataclass(frozen=True)
class Subject:
    """The module that is looked at. `tests` is where its tests stand, if that was said."""

    config: ModuleConfig
    tests: Path | None = None

    @property
    def definition(self) -> ModuleDefinition:
        return self.config.definition

    @property
    def folder(self) -> Path:
        return Path(self.config.path)

    @property
    def is_of_the_house(self) -> bool:
        """Whether it stands in this checkout's modules/."""
        return self.folder.parent == Path(settings.BASE_DIR) / "modules"

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """Every route once, whatever sites it is mounted on."""
        found: dict[str, Route] = {}
        for site, urlconf in URLCONFS.items():
            for text, pattern in routes_of(import_module(urlconf).urlpatterns):
                if module_of_view(pattern.callback) == self.definition.code:
                    found.setdefault(text, Route(site, text, pattern))
        return tuple(found.values())

    def routes_at(self, door: str) -> list[Route]:
        return [route for route in self.routes if route.door == door]

    @cached_property
    def tables(self) -> tuple[str, ...]:
        """The labels of its models that have a table."""
        return tuple(
            model._meta.label
            for model in self.config.get_models()
            if model._meta.managed and not model._meta.proxy
        )

    @cached_property
    def migrations(self) -> Mapping[str, Migration]:
        """Its migrations by name."""
        loader = MigrationLoader(None, ignore_no_migrations=True)
        return {
            name: migration
            for (label, name), migration in sorted(loader.disk_migrations.items())
            if label == self.config.label
        }

    @property
    def tests_folder(self) -> Path | None:
        """Where its tests stand: in this checkout, beside the sources of its package, or where it was said."""
        if self.tests is not None:
            return self.tests
        if self.is_of_the_house:
            return Path(settings.BASE_DIR) / "tests" / "modules" / self.config.label
        root = self._root_of_sources()
        return root / "tests" if root is not None else None

    def _root_of_sources(self) -> Path | None:
        """The folder of its pyproject.toml, where it is installed from its sources."""
        return next((folder for folder in self.folder.parents if (folder / "pyproject.toml").exists()), None)

    def test_classes(self) -> Iterator[tuple[str, set[str]]]:
        """(code, names of its bases) of each test class that names a module by its `code`."""
        folder = self.tests_folder
        for file in sorted(folder.rglob("test_*.py")) if folder is not None else ():
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
                    bases = {ast.unparse(base).rpartition(".")[2] for base in node.bases}
                    yield from ((code, bases) for code in _codes_in(node))

    @property
    def distribution(self) -> Distribution | None:
        """The package that brought it; None for a module of this checkout."""
        entries = [
            entry for entry in entry_points(group=GROUP) if entry.value.startswith(f"{self.config.name}.")
        ]
        return entries[0].dist if entries else None


def _codes_in(node: ast.ClassDef) -> Iterator[str]:
    """What a class body assigns to `code`."""
    for statement in node.body:
        if (
            isinstance(statement, ast.Assign)
            and [ast.unparse(target) for target in statement.targets] == ["code"]
            and isinstance(statement.value, ast.Constant)
            and isinstance(statement.value.value, str)
        ):
            yield statement.value.value

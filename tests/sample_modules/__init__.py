"""Definitions made up on the spot: modules that exist for one test."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from django.apps import apps

from platform_core.extensions import ExtensionPoint
from platform_core.modules.definition import ModuleConfig, ModuleDefinition
from platform_core.modules.registry import isolated_registry, registry
from platform_core.tenancy.middleware import URLCONFS


def module(
    code: str, *, label: str | None = None, path: Path | str = "/nowhere", **fields: Any
) -> ModuleConfig:
    """The AppConfig of a module that nobody has installed."""
    definition = ModuleDefinition(**{"code": code, "name": code.title(), **fields})
    name = f"made_up.{label or definition.label}"
    kind = type(
        "MadeUpConfig",
        (ModuleConfig,),
        {"name": name, "label": label or definition.label, "path": str(path), "definition": definition},
    )
    config: ModuleConfig = kind(name, ModuleType(name))
    config.apps, config.models = apps, {}
    return config


@contextmanager
def beside_the_installed(*configs: ModuleConfig) -> Iterator[None]:
    """The installed modules and these; one with the code of an installed module lends it its definition.

    Routes are mounted before: made-up modules have no package to look in.
    """
    for urlconf in URLCONFS.values():
        import_module(urlconf)
    made_up = {config.definition.code: config for config in configs}
    installed = [_with_definition(config, made_up) for config in registry().configs]
    known = {config.definition.code for config in installed}
    with isolated_registry(*installed, *(c for code, c in made_up.items() if code not in known)):
        yield


def _with_definition(config: ModuleConfig, made_up: dict[str, ModuleConfig]) -> ModuleConfig:
    """An installed module that says of itself what the made-up one of its code does. Its views stay its own."""
    if config.definition.code not in made_up:
        return config
    twin = copy.copy(config)
    twin.definition = made_up[config.definition.code].definition  # type: ignore[misc]
    return twin


def point_answered_in(dotted: str, answer: str = "said") -> ExtensionPoint[[], str]:
    """An extension point with one answer, registered by a function of the Python module of that name."""
    point: ExtensionPoint[[], str] = ExtensionPoint("sample")

    def answerer() -> str:
        return answer

    answerer.__module__ = dotted
    point.register(answerer)
    return point


# The optional modules of the seeds.
SAMPLES = ("payments", "orders", "billing", "inventory", "marketplace")


def graph_of_the_seeds() -> list[ModuleConfig]:
    """payments ← billing, orders; inventory ← marketplace; and a core module."""
    return [
        module("orders", requires=("payments",)),
        module("marketplace", requires=("inventory",)),
        module("billing", requires=("payments",)),
        module("inventory"),
        module("payments"),
        module("core", is_core=True),
        module("dev-tools", is_internal=True),
    ]

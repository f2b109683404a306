"""What is told of the modules of one platform: in the admin, by the API and by commands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise

from platform_core.modules import graph
from platform_core.modules.definition import ModuleDefinition
from platform_core.modules.models import DEFAULT, WAITING, ModuleChange, PlatformModule
from platform_core.modules.registry import registry
from platform_core.modules.state import PlatformLike, id_of, read_state, waiting


@dataclass(frozen=True, slots=True)
class ModuleStatus:
    """A module on one platform. `cause` says why it stands as it does.

    core, default, direct, dependency-of:<code>, waited-for:<code>, or waiting: asked for, and off as long as
    something that it requires is.
    """

    code: str
    name: str | Promise
    description: str | Promise
    version: str
    tier: str
    requires: tuple[str, ...]
    required_by: tuple[str, ...]
    is_enabled: bool
    cause: str
    enabled_at: datetime | None
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True)
class ModuleOverview:
    """Every module of a platform, each after those that it requires.

    `missing` are codes that the platform has rows of, and the installation no module for: they count as off.
    """

    version: int
    modules: tuple[ModuleStatus, ...]
    missing: tuple[str, ...]

    def module(self, code: str) -> ModuleStatus | None:
        return next((status for status in self.modules if status.code == code), None)


def module_overview(platform: PlatformLike) -> ModuleOverview:
    """As PostgreSQL has it now, seen by the context's role. 3 queries."""
    platform_id = id_of(platform)
    state = read_state(platform_id)
    rows = {row.module_code: row for row in PlatformModule.objects.filter(platform_id=platform_id)}
    definitions = registry().definitions
    waits = waiting({code: row.is_enabled for code, row in rows.items()})
    return ModuleOverview(
        version=state.version,
        modules=tuple(
            _status(found, code in state.enabled, code in waits, rows.get(code))
            for code, found in definitions.items()
        ),
        missing=tuple(sorted(set(rows) - set(definitions))),
    )


def _status(
    found: ModuleDefinition, is_enabled: bool, waits: bool, row: PlatformModule | None
) -> ModuleStatus:
    others = graph.dependents([found.code], registry().definitions) - {found.code}
    cause = row.cause if row is not None else DEFAULT
    return ModuleStatus(
        code=found.code,
        name=found.name,
        description=found.description,
        version=found.version,
        tier=found.tier,
        requires=found.requires,
        required_by=tuple(code for code in registry().definitions if code in others),
        is_enabled=is_enabled,
        cause="core" if found.is_core else WAITING if waits else cause,
        enabled_at=row.enabled_at if row is not None else None,
        disabled_at=row.disabled_at if row is not None else None,
    )


def module_changes(platform: PlatformLike, code: str | None = None) -> Any:
    """What was done or refused about a platform's modules, or about one of them, latest first."""
    changes = ModuleChange.objects.filter(platform_id=id_of(platform)).order_by("-pk")
    return changes if code is None else changes.filter(module_code=code)

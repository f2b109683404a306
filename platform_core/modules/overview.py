"""What is told of the modules of one platform: in the admin, by the API and by commands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.functional import Promise

from platform_core.modules import graph
from platform_core.modules.config import Stored, settings_in_force
from platform_core.modules.definition import ModuleDefinition
from platform_core.modules.models import AUTO, CONFLICT_PREFIX, DEFAULT, WAITING, ModuleChange, PlatformModule
from platform_core.modules.plan import waiting, wishes_of
from platform_core.modules.registry import registry
from platform_core.modules.state import PlatformLike, id_of, read_state


@dataclass(frozen=True, slots=True)
class ModuleStatus:
    """A module on one platform. `cause` says why it stands as it does.

    core, default, direct, dependency-of:<code>, waited-for:<code>, auto, or for what was asked for and is off:
    conflict-with:<code> as long as that one is on, waiting as long as something that it requires is off.
    """

    code: str
    name: str | Promise
    description: str | Promise
    version: str
    tier: str
    requires: tuple[str, ...]
    required_by: tuple[str, ...]
    conflicts: tuple[str, ...]
    auto_enable_with: tuple[str, ...]
    is_experimental: bool
    is_enabled: bool
    # What is wrong with its settings, where it is on.
    needs_attention: Mapping[str, str | Promise]
    cause: str
    enabled_at: datetime | None
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True)
class ModuleOverview:
    """Every module of a platform, each after those that it requires.

    `unusable` are modules of the installation that cannot be used, each with the reason in English; `missing` are
    codes that the platform has rows of, and the installation no module for. Both count as off.
    """

    version: int
    modules: tuple[ModuleStatus, ...]
    unusable: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]

    def module(self, code: str) -> ModuleStatus | None:
        return next((status for status in self.modules if status.code == code), None)


def module_overview(platform: PlatformLike) -> ModuleOverview:
    """As PostgreSQL has it now, seen by the context's role. 3 queries."""
    platform_id = id_of(platform)
    state = read_state(platform_id)
    rows = {row.module_code: row for row in PlatformModule.objects.filter(platform_id=platform_id)}
    definitions = registry().definitions
    waits = waiting(wishes_of((row.module_code, row.is_enabled, row.locked_off) for row in rows.values()))
    rivals, reasons = graph.rivals(definitions), registry().reasons
    return ModuleOverview(
        version=state.version,
        modules=tuple(
            _status(found, state.enabled, code in waits, rivals[code], rows.get(code))
            for code, found in definitions.items()
        ),
        unusable=tuple(sorted(reasons.items())),
        missing=tuple(sorted(set(rows) - set(definitions) - set(reasons))),
    )


def _status(
    found: ModuleDefinition,
    on: frozenset[str],
    waits: bool,
    rivals: frozenset[str],
    row: PlatformModule | None,
) -> ModuleStatus:
    others = graph.dependents([found.code], registry().definitions) - {found.code}
    cause = row.cause if row is not None else DEFAULT
    if found.is_core:
        cause = "core"
    elif waits:
        cause = next((f"{CONFLICT_PREFIX}{code}" for code in sorted(rivals & on)), WAITING)
    elif row is None and found.auto_enable_with:
        cause = AUTO
    return ModuleStatus(
        code=found.code,
        name=found.name,
        description=found.description,
        version=found.version,
        tier=found.tier,
        requires=found.requires,
        required_by=tuple(code for code in registry().definitions if code in others),
        conflicts=tuple(code for code in registry().definitions if code in rivals),
        auto_enable_with=found.auto_enable_with,
        is_experimental=found.is_experimental,
        is_enabled=found.code in on,
        needs_attention=_faults_of(found, row) if found.code in on else {},
        cause=cause,
        enabled_at=row.enabled_at if row is not None else None,
        disabled_at=row.disabled_at if row is not None else None,
    )


def _faults_of(found: ModuleDefinition, row: PlatformModule | None) -> Mapping[str, str | Promise]:
    """What is wrong with a module's settings. Most have none: for them nothing is loaded."""
    if found.config_schema is None and not found.default_config:
        return {}
    stored = Stored(row.config, row.config_version) if row is not None else Stored({}, found.config_version)
    return settings_in_force(found, stored).faults


def module_changes(platform: PlatformLike, code: str | None = None) -> QuerySet[ModuleChange]:
    """What was done or refused about a platform's modules, or about one of them, latest first."""
    changes = ModuleChange.objects.filter(platform_id=id_of(platform)).order_by("-pk")
    return changes if code is None else changes.filter(module_code=code)

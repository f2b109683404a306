"""What every change of a platform's modules is made of: its rows, the turn of one module, its settings."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence

from django.utils import timezone, translation
from django.utils.functional import Promise

from platform_core.modules.config import Change, Stored, settings_in_force
from platform_core.modules.definition import ModuleDefinition
from platform_core.modules.events import ModuleEvent
from platform_core.modules.exceptions import (
    IncompatibleModule,
    InvalidConfig,
    UnknownModule,
)
from platform_core.modules.hooks import call
from platform_core.modules.journal import LANGUAGE_OF_ROWS, Doing, write_change
from platform_core.modules.models import DIRECT, ModuleChange, PlatformModule
from platform_core.modules.plan import Step, wishes_of
from platform_core.modules.registry import registry
from platform_core.tenancy.models import Platform


def definition_of(code: str) -> ModuleDefinition:
    """Raises IncompatibleModule for one that cannot be used, UnknownModule for one that is not installed."""
    found = registry().definitions.get(code)
    if found is None and code in registry().reasons:
        raise IncompatibleModule(module=code, reason=registry().reasons[code])
    if found is None:
        raise UnknownModule(module=code)
    return found


def row_of(platform: Platform, code: str) -> PlatformModule:
    """The row of a module, or a new one that says how it comes."""
    row = PlatformModule.objects.filter(platform=platform, module_code=code).first()
    if row is not None:
        return row
    on = registry().definitions[code].is_core or registry().definitions[code].default_enabled
    return PlatformModule(platform=platform, module_code=code, is_enabled=on, cause="default")


def rows_of(platform_id: int) -> dict[str, PlatformModule]:
    """The rows of a platform by code, those of modules that are gone as well."""
    return {row.module_code: row for row in PlatformModule.objects.filter(platform_id=platform_id)}


def wishes_in(rows: Mapping[str, PlatformModule]) -> dict[str, bool]:
    return wishes_of((row.module_code, row.is_enabled, row.locked_off) for row in rows.values())


def stored_in(row: PlatformModule | None) -> Stored:
    return Stored(row.config, row.config_version) if row is not None else Stored({}, 1)


def write_settings(
    platform: Platform, doing: Doing, code: str, row: PlatformModule, change: Change
) -> tuple[ModuleEvent, str, str] | None:
    """Store a change of settings, with the history's row of it. Returns the event to announce, if there is one."""
    stored = Stored(change.stored, registry().definitions[code].config_version)
    if change.names or stored != stored_in(row):
        row.config, row.config_version = change.stored, stored.version
        row.save()
    if not change.names:
        return None
    details = {"changed": list(change.names), "before": change.before, "after": change.after}
    write_change(platform, doing, code, ModuleChange.Action.CONFIGURED, details=details)
    return ModuleEvent.CONFIG_CHANGED, code, ""


def turn(
    platform: Platform,
    step: Step,
    doing: Doing,
    rows: dict[str, PlatformModule],
    objections: Sequence[str | Promise],
) -> None:
    """Do one step of a plan: the module's hook, its row in `rows`, the history's. Raises HookFailed."""
    hook = getattr(registry().definitions[step.code], f"on_{step.verb}")
    if hook is not None:
        call(hook, platform, step.code, f"on_{step.verb}")
    row = rows.get(step.code) or PlatformModule(platform=platform, module_code=step.code)
    row.is_enabled, row.cause = step.verb == "enable", step.cause
    row.locked_off = step.verb == "disable" and step.cause == DIRECT
    if row.is_enabled:
        row.enabled_at, row.enabled_by = timezone.now(), doing.user
        action = ModuleChange.Action.ENABLED
    else:
        row.disabled_at, row.disabled_by = timezone.now(), doing.user
        action = ModuleChange.Action.DISABLED
    row.save()
    rows[step.code] = row
    with translation.override(LANGUAGE_OF_ROWS):
        details = {"objections": [str(text) for text in objections]} if objections else {}
    write_change(platform, doing, step.code, action, cause=step.cause, details=details)


def refuse_unconfigured(
    plan: Iterable[Step], rows: Mapping[str, PlatformModule], changes: Container[str] = ()
) -> None:
    """Raises InvalidConfig for a module that is to come on and lacks the settings that it cannot do without.

    Those in `changes` are given valid ones at the same time.
    """
    for step in plan:
        definition = registry().definitions[step.code]
        if step.verb == "enable" and definition.requires_config and step.code not in changes:
            faults = settings_in_force(definition, stored_in(rows.get(step.code))).faults
            if faults:
                raise InvalidConfig(faults, module=step.code)

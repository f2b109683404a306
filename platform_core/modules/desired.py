"""Bringing a platform to a wanted state at once: as a file says it, or as another platform has it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from platform_core.modules import graph
from platform_core.modules.config import Change, change_of, own_settings
from platform_core.modules.events import ModuleEvent
from platform_core.modules.exceptions import Blocked, InvalidConfig
from platform_core.modules.hooks import Counts, call, data_of, objections_to
from platform_core.modules.journal import Doing, announce, refusals_told
from platform_core.modules.locking import locked_platform, raise_version
from platform_core.modules.menu_service import clone_menus
from platform_core.modules.models import PlatformModule
from platform_core.modules.plan import Step, in_force, plan_towards
from platform_core.modules.registry import registry
from platform_core.modules.state import PlatformLike, id_of
from platform_core.modules.switching import (
    definition_of,
    refuse_unconfigured,
    row_of,
    rows_of,
    stored_in,
    turn,
    wishes_in,
    write_settings,
)
from platform_core.tenancy.models import Platform

EVENTS = {"enable": ModuleEvent.ENABLED, "disable": ModuleEvent.DISABLED}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a platform is to have: modules on or off, and settings, each by code. What is not named stays as it is."""

    modules: Mapping[str, bool] = field(default_factory=dict)
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*self.modules, *self.settings]))


@dataclass(frozen=True, slots=True)
class Brought:
    """What was done to bring a platform to a state, or in a dry run would be."""

    plan: tuple[Step, ...]
    # By code, without secrets.
    settings: Mapping[str, Change]
    version: int
    is_dry_run: bool = False
    data: Mapping[str, Counts] = field(default_factory=dict)
    # Of a clone: whose settings are not valid without their secrets, and which secrets were not taken over.
    left_off: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    secrets: Mapping[str, Sequence[str]] = field(default_factory=dict)


def bring_to(
    platform: PlatformLike,
    wanted: Wanted,
    doing: Doing,
    *,
    dry_run: bool = False,
    expected_version: int | None = None,
) -> Brought:
    """Bring a platform to a wanted state, all of it or nothing. Doing it again changes nothing.

    Raises UnknownModule, IncompatibleModule, CoreModule, Conflict, Contradiction, InvalidConfig,
    StaleVersion, Blocked, HookFailed, Busy.
    """
    with (
        refusals_told(platform, doing, is_dry_run=dry_run),
        locked_platform(platform, expected_version, only_look=dry_run) as found,
    ):
        return _bring(found, wanted, doing, dry_run=dry_run)


def _bring(platform: Platform, wanted: Wanted, doing: Doing, *, dry_run: bool) -> Brought:
    for code in wanted.codes:
        definition_of(code)
    rows = rows_of(platform.pk)
    settings: dict[str, Change] = {}
    for code, values in wanted.settings.items():
        row = rows.get(code) or row_of(platform, code)
        try:
            settings[code] = change_of(definition_of(code), stored_in(row), values)
        except InvalidConfig as refusal:
            raise InvalidConfig(refusal.fields, module=code) from None
    plan = plan_towards(wanted.modules, wishes_in(rows))
    refuse_unconfigured(plan, rows, settings)
    objections = objections_to(platform, plan, force=False)
    if objections:
        raise Blocked(objections)
    changed = {code: change for code, change in settings.items() if change.names}
    if not dry_run and (plan or changed):
        raise_version(platform)
        for code, change in changed.items():
            row = rows.get(code) or row_of(platform, code)
            event = write_settings(platform, doing, code, row, change)
            rows[code] = row
            if event is not None:
                announce(platform, [event], doing, config=change.after, changed_keys=change.names)
        for step in plan:
            turn(platform, step, doing, rows, ())
        announce(platform, [(EVENTS[step.verb], step.code, step.cause) for step in plan], doing)
    return Brought(
        plan=tuple(plan),
        settings=changed,
        version=platform.modules_version,
        is_dry_run=dry_run,
        data=data_of(platform, (step.code for step in plan)) if dry_run else {},
    )


def clone(
    source: PlatformLike,
    target: PlatformLike,
    doing: Doing,
    *,
    dry_run: bool = False,
    expected_version: int | None = None,
) -> Brought:
    """Give a platform the modules of another: on and off, their settings but for the secrets, and what its menus show.

    A module whose settings are not valid without those, and that needs them, stays as it is, with all that requires it. Then
    each module that is on takes over what it wants to (`on_clone`). Raises as `bring_to`.
    """
    with (
        refusals_told(target, doing, is_dry_run=dry_run),
        locked_platform(target, expected_version, only_look=dry_run) as found,
    ):
        theirs, ours = rows_of(id_of(source)), rows_of(found.pk)
        settings, secrets, left_off = _settings_to_clone(theirs, ours)
        wanted = Wanted(_modules_to_clone(theirs, ours, left_off), settings)
        brought = _bring(found, wanted, doing, dry_run=dry_run)
        if not dry_run and clone_menus(source, found, doing):
            raise_version(found)
        for code in () if dry_run else in_force(wishes_in(rows_of(found.pk))):
            hook = registry().definitions[code].on_clone
            if hook is not None:
                call(hook, found, code, "on_clone", id_of(source), found.pk)
        return replace(brought, version=found.modules_version, left_off=left_off, secrets=secrets)


def _settings_to_clone(
    theirs: Mapping[str, PlatformModule], ours: Mapping[str, PlatformModule]
) -> tuple[dict[str, dict[str, Any]], dict[str, list[str]], dict[str, dict[str, str]]]:
    """What a platform has set, by code: the values, the names of the secrets, and what is wrong without these."""
    settings, secrets, left_off = (
        dict[str, dict[str, Any]](),
        dict[str, list[str]](),
        dict[str, dict[str, str]](),
    )
    for code, row in theirs.items():
        definition = registry().definitions.get(code)
        if definition is None or not row.config:
            continue
        values, hidden = own_settings(definition, stored_in(row))
        if hidden:
            secrets[code] = hidden
        try:
            change_of(definition, stored_in(ours.get(code)), values)
        except InvalidConfig as refusal:
            left_off[code] = refusal.fields
        else:
            settings[code] = values
    return settings, secrets, left_off


def _modules_to_clone(
    theirs: Mapping[str, PlatformModule], ours: Mapping[str, PlatformModule], left_off: Iterable[str]
) -> dict[str, bool]:
    """The modules that are to be turned."""
    definitions = registry().definitions
    on, mine = in_force(wishes_in(theirs)), in_force(wishes_in(ours))
    kept = graph.dependents([code for code in left_off if definitions[code].requires_config], definitions)
    return {
        code: code in on for code in definitions if (code in on) is not (code in mine) and code not in kept
    }

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
    """What a platform is to have: modules on or off, and settings, each by code. What is not named stays as it is.

    `reset` names settings that are to have their defaults again, by code.
    """

    modules: Mapping[str, bool] = field(default_factory=dict)
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    reset: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*self.modules, *self.settings, *self.reset]))


@dataclass(frozen=True, slots=True)
class Brought:
    """What was done to bring a platform to a state, or in a dry run would be."""

    plan: tuple[Step, ...]
    # By code, without secrets.
    settings: Mapping[str, Change]
    version: int
    is_dry_run: bool = False
    data: Mapping[str, Counts] = field(default_factory=dict)
    # Of a clone: the items of menus that are shown otherwise, as “vendor.everybody.orders”.
    menus: tuple[str, ...] = ()
    # And whose settings are not valid without their secrets, and which secrets were not taken over.
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
    for code in dict.fromkeys([*wanted.settings, *wanted.reset]):
        row = rows.get(code) or row_of(platform, code)
        values, reset = wanted.settings.get(code, {}), wanted.reset.get(code, ())
        try:
            settings[code] = change_of(definition_of(code), stored_in(row), values, reset)
        except InvalidConfig as refusal:
            faults = {f"{code}.{name}" if name else code: text for name, text in refusal.fields.items()}
            raise InvalidConfig(faults) from None
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
        taken = _settings_to_clone(theirs, ours)
        modules = _modules_to_clone(theirs, ours, taken.left_off)
        brought = _bring(found, Wanted(modules, taken.values, taken.reset), doing, dry_run=dry_run)
        menus = clone_menus(source, found, doing, dry_run=dry_run)
        if menus and not dry_run:
            raise_version(found)
        for code in () if dry_run else in_force(wishes_in(rows_of(found.pk))):
            hook = registry().definitions[code].on_clone
            if hook is not None:
                call(hook, found, code, "on_clone", id_of(source), found.pk)
        return replace(
            brought,
            version=found.modules_version,
            menus=menus,
            left_off=taken.left_off,
            secrets=taken.secrets,
        )


@dataclass(frozen=True, slots=True)
class _Taken:
    """Settings to take over, by code: values, what is to have its default again, and what cannot be taken over."""

    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    reset: dict[str, list[str]] = field(default_factory=dict)
    secrets: dict[str, list[str]] = field(default_factory=dict)
    left_off: dict[str, dict[str, str]] = field(default_factory=dict)


def _settings_to_clone(theirs: Mapping[str, PlatformModule], ours: Mapping[str, PlatformModule]) -> _Taken:
    taken = _Taken()
    for code, definition in registry().definitions.items():
        mine, other = stored_in(ours.get(code)), stored_in(theirs.get(code))
        if not mine.values and not other.values:
            continue
        values, hidden = own_settings(definition, other)
        reset = sorted(set(own_settings(definition, mine)[0]) - set(values))
        if hidden:
            taken.secrets[code] = hidden
        try:
            change_of(definition, mine, values, reset)
        except InvalidConfig as refusal:
            taken.left_off[code] = refusal.fields
        else:
            taken.values[code], taken.reset[code] = values, reset
    return taken


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

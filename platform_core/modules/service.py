"""Switching modules on and off: with what it calls, the only writer of PlatformModule and ModuleChange.

Every write is one transaction under a lock on the platform's row. Nothing leaves it but what is committed:
the events, the version that tells other processes, the pages that are made anew.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise

from platform_core.modules.config import Change, Settings, change_of, settings_in_force
from platform_core.modules.definition import FrontendType, MenuItem, ModuleDefinition, with_children
from platform_core.modules.desired import EVENTS, Brought, Wanted, bring_to, clone
from platform_core.modules.exceptions import (
    Blocked,
    ReasonNeeded,
)
from platform_core.modules.hooks import Counts, data_of, objections_to
from platform_core.modules.journal import Doing, announce, refusals_told
from platform_core.modules.locking import locked_platform, raise_version
from platform_core.modules.models import (
    PlatformModule,
)
from platform_core.modules.plan import (
    Step,
    Wishes,
    in_force,
    no_longer_needed,
    plan_disable,
    plan_enable,
)
from platform_core.modules.purging import Purged, purge
from platform_core.modules.registry import registry
from platform_core.modules.state import (
    OF_THE_HOUSE,
    PlatformLike,
    id_of,
    is_module_enabled,
    module_states,
)
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
from platform_core.tenancy.context import current_context, platform_context
from platform_core.tenancy.models import Platform

if TYPE_CHECKING:
    from platform_core.identity.models import User

logger = logging.getLogger(__name__)

# Declared by the module `core`: to see a platform's modules, to switch them, and to do so whatever stands against it.
SEE_MODULES, SWITCH_MODULES, FORCE_MODULES = "core.view_module", "core.change_module", "core.force_module"


@dataclass(frozen=True, slots=True)
class ToggleResult:
    """What a toggle did, or with `dry_run` would do.

    `changed` are the codes that were turned, in the order it was done; `unchanged` those that were as wanted
    already. `no_longer_needed` are modules that those which went off required, that came on for others, and
    that nobody on requires any more: they stay on, and may be switched off. `version` is the platform's afterwards.
    `objections` are what stood against it by module, and was passed over.
    """

    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    plan: tuple[Step, ...]
    no_longer_needed: tuple[str, ...]
    version: int
    is_dry_run: bool = False
    objections: Mapping[str, Sequence[str | Promise]] = field(default_factory=dict)
    # Of a dry run: what the modules that it turns keep on the platform.
    data: Mapping[str, Counts] = field(default_factory=dict)


class ModuleService:
    """What may be asked and done about the modules of a platform. `platform` is one, or its id."""

    def is_module_enabled(self, platform: PlatformLike, code: str) -> bool:
        return is_module_enabled(platform, code)

    def get_platform_modules(self, platform: PlatformLike) -> list[ModuleDefinition]:
        """The definitions of the modules that are on, each after those that it requires."""
        on = module_states.of(platform).enabled
        return [found for code, found in registry().definitions.items() if code in on]

    def get_module_menu_items(self, platform: PlatformLike, frontend: FrontendType) -> list[MenuItem]:
        """The menu items of the modules that are on, by order, then id."""
        found = [
            item
            for module in self.get_platform_modules(platform)
            for item in module.menu_items.get(frontend, ())
        ]
        return sorted(found, key=lambda item: (item.order, item.id))

    def is_menu_item_module_enabled(
        self, platform: PlatformLike, item_id: str, frontend: FrontendType
    ) -> bool:
        items = with_children(self.get_module_menu_items(platform, frontend))
        return any(item.id == item_id for item in items)

    def get_module_config(self, platform: PlatformLike, code: str) -> dict[str, Any]:
        """The module's settings on this platform: its defaults, with what the platform has changed. 1 query.

        Values are Python's, as the schema has them, secrets `SecretStr`; what is stored and no longer validates has
        its default, and what has none and was never set is None. Raises UnknownModule, IncompatibleModule.
        """
        return dict(self.get_module_settings(platform, code).values)

    def get_module_settings(self, platform: PlatformLike, code: str) -> Settings:
        """The same, with what is wrong with the settings that are stored. Raises UnknownModule, IncompatibleModule."""
        definition = definition_of(code)
        # A module asks on behalf of shoppers and teams, who may not read the rows of modules themselves.
        is_of_the_house = current_context().role in OF_THE_HOUSE
        with nullcontext() if is_of_the_house else platform_context(role="gatekeeper"):
            row = PlatformModule.objects.filter(platform_id=id_of(platform), module_code=code).first()
        return settings_in_force(definition, stored_in(row))

    def get_module_data(self, platform: PlatformLike, code: str) -> Counts:
        """What a module keeps on a platform, as (what, how many); empty where it does not say, or cannot now.

        Raises UnknownModule, IncompatibleModule.
        """
        definition_of(code)
        found = Platform.objects.prefetch_related("domains").get(pk=id_of(platform))
        return data_of(found, [code]).get(code, ())

    def enable_module(
        self,
        platform: PlatformLike,
        code: str,
        *,
        user: User | None = None,
        reason: str = "",
        source: str = "system",
        dry_run: bool = False,
        expected_version: int | None = None,
    ) -> ToggleResult:
        """Switch a module on with all that it requires, and with those that only waited for one of these.

        Doing it again changes nothing.

        Raises UnknownModule, IncompatibleModule, StaleVersion unless the platform's version is the expected one, Conflict,
        InvalidConfig for one that lacks the settings that it requires, Blocked with the reasons of `can_enable`, HookFailed, Busy.
        """
        doing = Doing(code, user, reason, source)
        return self._toggle(platform, doing, plan_enable, dry_run, expected_version)

    def disable_module(
        self,
        platform: PlatformLike,
        code: str,
        *,
        user: User | None = None,
        reason: str = "",
        source: str = "system",
        cascade: bool = True,
        force: bool = False,
        dry_run: bool = False,
        expected_version: int | None = None,
    ) -> ToggleResult:
        """Switch a module off with all that requires it. No data and no settings are removed.

        With `force` what `can_disable` says does not stop it, nor that it fails; who asks holds FORCE_MODULES, and
        gives a reason unless it is a dry run.

        Raises UnknownModule, IncompatibleModule, CoreModule, StaleVersion, Busy, HookFailed, ReasonNeeded, Blocked with the reasons
        of `can_disable`, or, without `cascade`, with the modules that require it.
        """
        doing = Doing(code, user, reason, source)
        plan = partial(plan_disable, cascade=cascade)
        return self._toggle(platform, doing, plan, dry_run, expected_version, force=force)

    def set_module_config(
        self,
        platform: PlatformLike,
        code: str,
        config: Mapping[str, Any],
        *,
        reset: Iterable[str] = (),
        user: User | None = None,
        reason: str = "",
        source: str = "system",
        dry_run: bool = False,
        expected_version: int | None = None,
    ) -> Change:
        """Change some of a module's settings, whether it is on or not, and set others back to their defaults.

        The rest stays. The change says what was changed, without secrets; with `dry_run` nothing is.

        Raises UnknownModule, IncompatibleModule, StaleVersion, Busy, and InvalidConfig unless all settings are valid
        afterwards, those that were stored before among them.
        """
        doing = Doing(code, user, reason, source)
        with (
            refusals_told(platform, doing, is_dry_run=dry_run),
            locked_platform(platform, expected_version, only_look=dry_run) as found,
        ):
            definition = definition_of(code)
            row = row_of(found, code)
            change = change_of(definition, stored_in(row), config, reset)
            if not dry_run:
                if change.names:
                    raise_version(found)
                event = write_settings(found, doing, code, row, change)
                if event is not None:
                    announce(found, [event], doing, config=change.after, changed_keys=change.names)
            return change

    def bring_to(
        self,
        platform: PlatformLike,
        wanted: Wanted,
        *,
        user: User | None = None,
        reason: str = "",
        source: str = "system",
        dry_run: bool = False,
        expected_version: int | None = None,
    ) -> Brought:
        """Bring a platform to a wanted state, all of it or nothing. Doing it again changes nothing.

        Raises UnknownModule, IncompatibleModule, CoreModule, Conflict, Contradiction, InvalidConfig,
        StaleVersion, Blocked, HookFailed, Busy.
        """
        doing = Doing("", user, reason, source)
        return bring_to(platform, wanted, doing, dry_run=dry_run, expected_version=expected_version)

    def clone_platform_modules(
        self,
        source_platform: PlatformLike,
        target_platform: PlatformLike,
        *,
        user: User | None = None,
        reason: str = "",
        source: str = "system",
        dry_run: bool = False,
        expected_version: int | None = None,
    ) -> Brought:
        """Give a platform the modules of another: on and off, and their settings but for the secrets. Raises as `bring_to`."""
        doing = Doing("", user, reason, source)
        return clone(
            source_platform, target_platform, doing, dry_run=dry_run, expected_version=expected_version
        )

    def purge_module(
        self,
        platform: PlatformLike,
        code: str,
        *,
        user: User | None = None,
        reason: str = "",
        source: str = "system",
        dry_run: bool = False,
    ) -> Purged:
        """Delete for ever what a module that is off keeps on a platform, and its settings there; of one that is gone, its row.

        Raises CoreModule, StillOn, KeepsItsData, IncompatibleModule, UnknownModule, ReasonNeeded, HookFailed, Busy.
        """
        return purge(platform, code, Doing(code, user, reason, source), dry_run=dry_run)

    # How a toggle goes.

    def _toggle(
        self,
        platform: PlatformLike,
        doing: Doing,
        make_plan: Callable[[str, Wishes], tuple[list[Step], list[str]]],
        dry_run: bool,
        expected_version: int | None,
        *,
        force: bool = False,
    ) -> ToggleResult:
        with (
            refusals_told(platform, doing, is_dry_run=dry_run),
            locked_platform(platform, expected_version, only_look=dry_run) as found,
        ):
            definition_of(doing.code)
            rows = rows_of(found.pk)
            wishes = wishes_in(rows)
            plan, unchanged = make_plan(doing.code, wishes)
            refuse_unconfigured(plan, rows)
            objections = objections_to(found, plan, force=force)
            if objections and not force:
                raise Blocked(objections)
            if force and not dry_run and not doing.reason.strip():
                raise ReasonNeeded(module=doing.code)
            if plan and not dry_run:
                raise_version(found)
                for step in plan:
                    turn(found, step, doing, rows, objections.get(step.code, ()))
                announce(found, [(EVENTS[step.verb], step.code, step.cause) for step in plan], doing)
            off = {step.code for step in plan if step.verb == "disable"}
            on = in_force(wishes) | {step.code for step in plan if step.verb == "enable"}
            return ToggleResult(
                changed=tuple(step.code for step in plan),
                unchanged=tuple(unchanged),
                plan=tuple(plan),
                no_longer_needed=no_longer_needed(plan, on - off, rows),
                version=found.modules_version,
                is_dry_run=dry_run,
                objections=objections,
                data=data_of(found, (step.code for step in plan)) if dry_run else {},
            )


module_service = ModuleService()

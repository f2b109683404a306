"""Switching modules on and off: the only writer of PlatformModule and ModuleChange.

Every write is one transaction under a lock on the platform's row. Nothing leaves it but what is committed:
the events, the version that tells other processes, the pages that are made anew.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import OperationalError, transaction
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from psycopg.errors import LockNotAvailable

from platform_core.modules.config import Change, Settings, Stored, change_of, settings_in_force
from platform_core.modules.counters import hook_failed
from platform_core.modules.definition import FrontendType, Hook, MenuItem, ModuleDefinition, load_hook
from platform_core.modules.events import ModuleEvent
from platform_core.modules.exceptions import (
    Blocked,
    Busy,
    HookFailed,
    IncompatibleModule,
    InvalidConfig,
    ReasonNeeded,
    StaleVersion,
    UnknownModule,
)
from platform_core.modules.journal import LANGUAGE_OF_ROWS, Doing, announce, refusals_told, write_change
from platform_core.modules.models import (
    DIRECT,
    ModuleChange,
    PlatformModule,
)
from platform_core.modules.plan import (
    Step,
    Wishes,
    in_force,
    no_longer_needed,
    plan_disable,
    plan_enable,
    wishes_of,
)
from platform_core.modules.registry import registry
from platform_core.modules.state import (
    OF_THE_HOUSE,
    PlatformLike,
    id_of,
    is_module_enabled,
    module_states,
    wait_for_keepers,
)
from platform_core.tenancy.context import current_context, platform_context
from platform_core.tenancy.models import Platform
from platform_core.tenancy.pagecache import content_changed

if TYPE_CHECKING:
    from platform_core.identity.models import User

logger = logging.getLogger(__name__)

# Declared by the module `core`: to see a platform's modules, to switch them, and to do so whatever stands against it.
SEE_MODULES, SWITCH_MODULES, FORCE_MODULES = "core.view_module", "core.change_module", "core.force_module"


EVENTS = {"enable": ModuleEvent.ENABLED, "disable": ModuleEvent.DISABLED}


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
        return any(item.id == item_id for item in self.get_module_menu_items(platform, frontend))

    def get_module_config(self, platform: PlatformLike, code: str) -> dict[str, Any]:
        """The module's settings on this platform: its defaults, with what the platform has changed. 1 query.

        Values are Python's, as the schema has them, secrets `SecretStr`; what is stored and no longer validates has
        its default, and what has none and was never set is None. Raises UnknownModule, IncompatibleModule.
        """
        return dict(self.get_module_settings(platform, code).values)

    def get_module_settings(self, platform: PlatformLike, code: str) -> Settings:
        """The same, with what is wrong with the settings that are stored. Raises UnknownModule, IncompatibleModule."""
        definition = self._definition(code)
        # A module asks on behalf of shoppers and teams, who may not read the rows of modules themselves.
        is_of_the_house = current_context().role in OF_THE_HOUSE
        with nullcontext() if is_of_the_house else platform_context(role="gatekeeper"):
            row = PlatformModule.objects.filter(platform_id=id_of(platform), module_code=code).first()
        return settings_in_force(definition, _stored_in(row))

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
            self._locked(platform, expected_version, only_look=dry_run) as locked,
        ):
            definition = self._definition(code)
            row = self._row(locked, code)
            change = change_of(definition, _stored_in(row), config, reset)
            stored = Stored(change.stored, definition.config_version)
            if not dry_run and (change.names or stored != _stored_in(row)):
                row.config, row.config_version = change.stored, definition.config_version
                row.save()
            if not dry_run and change.names:
                self._raise_version(locked)
                details = {"changed": list(change.names), "before": change.before, "after": change.after}
                write_change(locked, doing, code, ModuleChange.Action.CONFIGURED, details=details)
                event = (ModuleEvent.CONFIG_CHANGED, code, "")
                announce(locked, [event], doing, config=change.after, changed_keys=change.names)
            return change

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
            self._locked(platform, expected_version, only_look=dry_run) as locked,
        ):
            self._definition(doing.code)
            rows = {row.module_code: row for row in PlatformModule.objects.filter(platform=locked)}
            wishes = wishes_of((row.module_code, row.is_enabled, row.locked_off) for row in rows.values())
            plan, unchanged = make_plan(doing.code, wishes)
            _refuse_unconfigured(plan, rows)
            objections = self._objections(locked, plan, force=force)
            if objections and not force:
                raise Blocked(objections)
            if force and not dry_run and not doing.reason.strip():
                raise ReasonNeeded(module=doing.code)
            if plan and not dry_run:
                self._raise_version(locked)
                for step in plan:
                    self._turn(locked, step, doing, rows, objections.get(step.code, ()))
                announce(locked, [(EVENTS[step.verb], step.code, step.cause) for step in plan], doing)
            off = {step.code for step in plan if step.verb == "disable"}
            on = in_force(wishes) | {step.code for step in plan if step.verb == "enable"}
            return ToggleResult(
                changed=tuple(step.code for step in plan),
                unchanged=tuple(unchanged),
                plan=tuple(plan),
                no_longer_needed=no_longer_needed(plan, on - off, rows),
                version=locked.modules_version,
                is_dry_run=dry_run,
                objections=objections,
            )

    def _objections(
        self, platform: Platform, plan: Iterable[Step], *, force: bool
    ) -> dict[str, list[str | Promise]]:
        """What the plan's modules have against it. Raises HookFailed, unless it goes on by force anyway."""
        objections: dict[str, list[str | Promise]] = {}
        for step in plan:
            question = f"can_{step.verb}"
            hook = getattr(self._definition(step.code), question)
            if hook is None:
                continue
            try:
                found = self._call(hook, platform, step.code, question)
                if found:
                    objections[step.code] = _reasons_in(found, step.code, question)
            except HookFailed:
                if not force:
                    raise
                objections[step.code] = [gettext_lazy("It could not be asked: the log says why.")]
        return objections

    def _turn(
        self,
        platform: Platform,
        step: Step,
        doing: Doing,
        rows: dict[str, PlatformModule],
        objections: Sequence[str | Promise],
    ) -> None:
        hook = getattr(self._definition(step.code), f"on_{step.verb}")
        if hook is not None:
            self._call(hook, platform, step.code, f"on_{step.verb}")
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

    def _call(self, hook: Hook, platform: Platform, code: str, name: str) -> Any:
        """Call a hook as the platform's staff. Raises HookFailed, and logs why."""
        try:
            with platform_context(platform, role="staff"), transaction.atomic():
                return load_hook(hook)(platform.pk)
        except Exception as error:
            logger.exception("module_hook_failed", extra={"module_code": code, "hook": name})
            hook_failed(code, name)
            raise HookFailed(module=code, hook=name) from error

    # What it stands on.

    @staticmethod
    def _definition(code: str) -> ModuleDefinition:
        found = registry().definitions.get(code)
        if found is None and code in registry().reasons:
            raise IncompatibleModule(module=code, reason=registry().reasons[code])
        if found is None:
            raise UnknownModule(module=code)
        return found

    @contextmanager
    def _locked(
        self, platform: PlatformLike, expected_version: int | None, *, only_look: bool = False
    ) -> Any:
        """One transaction in which nobody else changes the modules of this platform.

        With `only_look` nobody is kept from it: what is found may be old when it is read.
        """
        platforms = Platform.objects.prefetch_related("domains")
        with transaction.atomic():
            try:
                locked = (
                    platforms if only_look else platforms.select_for_update(of=("self",), no_key=True)
                ).get(pk=id_of(platform))
                if not only_look:
                    wait_for_keepers(locked.pk)
            except OperationalError as error:
                if isinstance(error.__cause__, LockNotAvailable):
                    raise Busy from error
                raise
            if expected_version is not None and expected_version != locked.modules_version:
                raise StaleVersion(expected=expected_version, current=locked.modules_version)
            yield locked

    @staticmethod
    def _row(platform: Platform, code: str) -> PlatformModule:
        row = PlatformModule.objects.filter(platform=platform, module_code=code).first()
        if row is not None:
            return row
        on = registry().definitions[code].is_core or registry().definitions[code].default_enabled
        return PlatformModule(platform=platform, module_code=code, is_enabled=on, cause="default")

    @staticmethod
    def _raise_version(platform: Platform) -> None:
        platform.modules_version += 1
        Platform.objects.filter(pk=platform.pk).update(modules_version=platform.modules_version)
        module_states.changed(platform.pk)
        with platform_context(platform, role=current_context().role):
            content_changed()


def _reasons_in(answer: Any, code: str, question: str) -> list[str | Promise]:
    """The reasons that a hook gives, many or one alone. Raises HookFailed for what is none, such as True."""
    reasons = [answer] if isinstance(answer, str | Promise) or not isinstance(answer, Iterable) else [*answer]
    if not all(isinstance(reason, str | Promise) for reason in reasons):
        logger.error("module_hook_failed", extra={"module_code": code, "hook": question})
        hook_failed(code, question)
        raise HookFailed(module=code, hook=question)
    return reasons


def _stored_in(row: PlatformModule | None) -> Stored:
    return Stored(row.config, row.config_version) if row is not None else Stored({}, 1)


def _refuse_unconfigured(plan: Iterable[Step], rows: Mapping[str, PlatformModule]) -> None:
    """Raises InvalidConfig for a module that is to come on and lacks the settings that it cannot do without."""
    for step in plan:
        definition = registry().definitions[step.code]
        if step.verb == "enable" and definition.requires_config:
            faults = settings_in_force(definition, _stored_in(rows.get(step.code))).faults
            if faults:
                raise InvalidConfig(faults, module=step.code)


module_service = ModuleService()

"""Switching modules on and off: the only writer of PlatformModule and ModuleChange.

Every write is one transaction under a lock on the platform's row. Nothing leaves it but what is committed:
the events, the version that tells other processes, the pages that are made anew.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import OperationalError, transaction
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy
from psycopg.errors import LockNotAvailable

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
        """The module's settings on this platform: its defaults, with what the platform has changed.

        Raises UnknownModule, IncompatibleModule.
        """
        definition = self._definition(code)
        row = PlatformModule.objects.filter(platform_id=id_of(platform), module_code=code).first()
        stored = row.config if row is not None else {}
        return {name: stored.get(name, default) for name, default in definition.default_config.items()}

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

        Raises UnknownModule, IncompatibleModule, StaleVersion unless the platform's version is the expected one, Conflict, Blocked with
        the reasons of `can_enable`, HookFailed, Busy.
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
        user: User | None = None,
        reason: str = "",
        source: str = "system",
        expected_version: int | None = None,
    ) -> dict[str, Any]:
        """Change some of a module's settings, whether it is on or not; the others stay. Returns all of them.

        Raises UnknownModule, IncompatibleModule, InvalidConfig for unknown names and for values of another kind than the
        default's, StaleVersion, Busy.
        """
        doing = Doing(code, user, reason, source)
        with refusals_told(platform, doing), self._locked(platform, expected_version) as locked:
            defaults = self._definition(code).default_config
            faults = {
                name: fault for name, value in config.items() if (fault := _fault_of(name, value, defaults))
            }
            if faults:
                raise InvalidConfig(faults)
            row = self._row(locked, code)
            changed = tuple(sorted(k for k, v in config.items() if row.config.get(k, defaults[k]) != v))
            if changed:
                values = {name: config[name] for name in changed}
                row.config = {**row.config, **values}
                row.save()
                self._raise_version(locked)
                write_change(
                    locked, doing, code, ModuleChange.Action.CONFIGURED, details={"changed": list(changed)}
                )
                announce(locked, [(ModuleEvent.CONFIG_CHANGED, code, "")], doing, values)
            return {name: row.config.get(name, default) for name, default in defaults.items()}

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


def _fault_of(name: str, value: Any, defaults: Mapping[str, Any]) -> str | Promise:
    """What is wrong with a setting's value, or nothing."""
    if name not in defaults:
        if not defaults:
            return gettext_lazy("There is no such setting; there are none.")
        known = ", ".join(sorted(defaults))
        return format_lazy(gettext_lazy("There is no such setting; there are: {names}."), names=known)
    wanted = type(defaults[name])
    if defaults[name] is not None and (type(value) is not wanted):
        text = gettext_lazy("Give a value of the kind {kind}, as in {example}.")
        return format_lazy(text, kind=wanted.__name__, example=repr(defaults[name]))
    return ""


module_service = ModuleService()

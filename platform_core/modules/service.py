"""Switching modules on and off: the only writer of PlatformModule and ModuleChange.

Every write is one transaction under a lock on the platform's row. Nothing leaves it but what is committed:
the events, the version that tells other processes, the pages that are made anew.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from django.db import OperationalError, transaction
from django.utils import timezone
from psycopg.errors import LockNotAvailable

from platform_core.modules import graph
from platform_core.modules.definition import FrontendType, Hook, MenuItem, ModuleDefinition, load_hook
from platform_core.modules.events import ModuleEvent, ModuleEventData, module_event_bus
from platform_core.modules.exceptions import (
    Blocked,
    Busy,
    CoreModule,
    HookFailed,
    InvalidConfig,
    ModuleRefusal,
    StaleVersion,
    UnknownModule,
)
from platform_core.modules.models import DEPENDENCY_PREFIX, DIRECT, ModuleChange, PlatformModule
from platform_core.modules.registry import registry
from platform_core.modules.state import PlatformLike, id_of, in_force, is_module_enabled, module_states
from platform_core.request_id import current_request_id
from platform_core.tenancy.context import current_context, platform_context
from platform_core.tenancy.models import Platform
from platform_core.tenancy.pagecache import content_changed

if TYPE_CHECKING:
    from platform_core.identity.models import User

logger = logging.getLogger(__name__)

Verb = Literal["enable", "disable"]
MAX_REASON_LENGTH = 500
# Declared by the module `core`: to see a platform's modules, and to switch them.
SEE_MODULES, SWITCH_MODULES = "core.view_module", "core.change_module"


@dataclass(frozen=True, slots=True)
class Step:
    """One module that a toggle turns, and why: direct, or dependency-of:<code>."""

    code: str
    verb: Verb
    cause: str


@dataclass(frozen=True, slots=True)
class ToggleResult:
    """What a toggle did, or with `dry_run` would do.

    `changed` are the codes that were turned, in the order it was done; `unchanged` those that were as wanted
    already. `no_longer_needed` are modules that came on for others, which nobody on requires any more: they
    stay on, and may be switched off. `version` is the platform's afterwards.
    """

    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    plan: tuple[Step, ...]
    no_longer_needed: tuple[str, ...]
    version: int
    is_dry_run: bool = False


@dataclass(frozen=True)
class _Doing:
    """Who does what, for the rows that tell of it."""

    code: str
    user: User | None
    reason: str
    source: str


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

        Raises UnknownModule.
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
        """Switch a module on with all that it requires. Doing it again changes nothing.

        Raises UnknownModule, StaleVersion unless the platform's version is the expected one, Blocked with the
        reasons of `can_enable`, HookFailed, Busy.
        """
        doing = _Doing(code, user, reason, source)
        return self._toggle("enable", platform, doing, self._plan_enable, dry_run, expected_version)

    def disable_module(
        self,
        platform: PlatformLike,
        code: str,
        *,
        user: User | None = None,
        reason: str = "",
        source: str = "system",
        cascade: bool = True,
        dry_run: bool = False,
        expected_version: int | None = None,
    ) -> ToggleResult:
        """Switch a module off with all that requires it. No data and no settings are removed.

        Raises UnknownModule, CoreModule, StaleVersion, Busy, HookFailed, Blocked with the reasons of
        `can_disable`, or, without `cascade`, with the modules that require it.
        """
        doing = _Doing(code, user, reason, source)
        plan = partial(self._plan_disable, cascade=cascade)
        return self._toggle("disable", platform, doing, plan, dry_run, expected_version)

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

        Raises UnknownModule, InvalidConfig for unknown names and for values of another kind than the
        default's, StaleVersion, Busy.
        """
        doing = _Doing(code, user, reason, source)
        with self._refusals_told(platform, doing), self._locked(platform, expected_version) as locked:
            defaults = self._definition(code).default_config
            faults = {
                name: fault for name, value in config.items() if (fault := _fault_of(name, value, defaults))
            }
            if faults:
                raise InvalidConfig(faults)
            row = self._row(locked, code)
            changed = tuple(sorted(k for k, v in config.items() if row.config.get(k, defaults[k]) != v))
            if changed:
                row.config = {**row.config, **{name: config[name] for name in changed}}
                row.save()
                self._raise_version(locked)
                self._write(
                    locked, doing, code, ModuleChange.Action.CONFIGURED, details={"changed": list(changed)}
                )
                self._announce(locked, [(ModuleEvent.CONFIG_CHANGED, code, "")], doing, changed)
            return {name: row.config.get(name, default) for name, default in defaults.items()}

    # How a toggle goes.

    def _toggle(
        self,
        verb: Verb,
        platform: PlatformLike,
        doing: _Doing,
        make_plan: Callable[[str, frozenset[str]], tuple[list[Step], list[str]]],
        dry_run: bool,
        expected_version: int | None,
    ) -> ToggleResult:
        with (
            self._refusals_told(platform, doing, is_dry_run=dry_run),
            self._locked(platform, expected_version) as locked,
        ):
            self._definition(doing.code)
            rows = {row.module_code: row for row in PlatformModule.objects.filter(platform=locked)}
            on = in_force({code: row.is_enabled for code, row in rows.items()})
            plan, unchanged = make_plan(doing.code, on)
            self._ask_for_reasons(locked, plan, f"can_{verb}")
            after = on | {s.code for s in plan} if verb == "enable" else on - {s.code for s in plan}
            if plan and not dry_run:
                self._raise_version(locked)
                for step in plan:
                    self._turn(locked, step, doing, rows)
                event = ModuleEvent.ENABLED if verb == "enable" else ModuleEvent.DISABLED
                self._announce(locked, [(event, step.code, step.cause) for step in plan], doing)
            return ToggleResult(
                changed=tuple(step.code for step in plan),
                unchanged=tuple(unchanged),
                plan=tuple(plan),
                no_longer_needed=_no_longer_needed(after, rows) if verb == "disable" else (),
                version=locked.modules_version,
                is_dry_run=dry_run,
            )

    def _plan_enable(self, code: str, on: frozenset[str]) -> tuple[list[Step], list[str]]:
        wanted = graph.closure([code], registry().definitions)
        steps = [
            Step(one, "enable", DIRECT if one == code else f"{DEPENDENCY_PREFIX}{code}")
            for one in registry().definitions
            if one in wanted and one not in on
        ]
        return steps, [one for one in registry().definitions if one in wanted and one in on]

    def _plan_disable(self, code: str, on: frozenset[str], *, cascade: bool) -> tuple[list[Step], list[str]]:
        if code in registry().core_codes:
            raise CoreModule(module=code)
        affected = graph.dependents([code], registry().definitions)
        others = sorted((affected & on) - {code})
        if others and not cascade:
            raise Blocked({other: [f"requires {code}"] for other in others})
        ordered = [one for one in reversed(list(registry().definitions)) if one in affected]
        steps = [
            Step(one, "disable", DIRECT if one == code else f"{DEPENDENCY_PREFIX}{code}")
            for one in ordered
            if one in on
        ]
        return steps, [one for one in ordered if one not in on]

    def _ask_for_reasons(self, platform: Platform, plan: Iterable[Step], question: str) -> None:
        reasons: dict[str, list[str]] = {}
        for step in plan:
            hook = getattr(self._definition(step.code), question)
            found = self._call(hook, platform, step.code, question) if hook is not None else None
            if found:
                reasons[step.code] = list(found)
        if reasons:
            raise Blocked(reasons)

    def _turn(self, platform: Platform, step: Step, doing: _Doing, rows: dict[str, PlatformModule]) -> None:
        hook = getattr(self._definition(step.code), f"on_{step.verb}")
        if hook is not None:
            self._call(hook, platform, step.code, f"on_{step.verb}")
        row = rows.get(step.code) or PlatformModule(platform=platform, module_code=step.code)
        row.is_enabled, row.cause = step.verb == "enable", step.cause
        if row.is_enabled:
            row.enabled_at, row.enabled_by = timezone.now(), doing.user
            action = ModuleChange.Action.ENABLED
        else:
            row.disabled_at, row.disabled_by = timezone.now(), doing.user
            action = ModuleChange.Action.DISABLED
        row.save()
        rows[step.code] = row
        self._write(platform, doing, step.code, action, cause=step.cause)

    def _call(self, hook: Hook, platform: Platform, code: str, name: str) -> Any:
        """Call a hook as the platform's staff. Raises HookFailed, and logs why."""
        try:
            with platform_context(platform, role="staff"), transaction.atomic():
                return load_hook(hook)(platform.pk)
        except Exception as error:
            logger.exception("module_hook_failed", extra={"module_code": code, "hook": name})
            raise HookFailed(module=code, hook=name) from error

    # What it stands on.

    @staticmethod
    def _definition(code: str) -> ModuleDefinition:
        found = registry().definitions.get(code)
        if found is None:
            raise UnknownModule(module=code)
        return found

    @contextmanager
    def _locked(self, platform: PlatformLike, expected_version: int | None) -> Any:
        """One transaction in which nobody else changes the modules of this platform."""
        with transaction.atomic():
            try:
                locked = (
                    Platform.objects.select_for_update(of=("self",), no_key=True)
                    .prefetch_related("domains")
                    .get(pk=id_of(platform))
                )
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

    @staticmethod
    def _write(platform: Platform, doing: _Doing, code: str, action: str, **more: Any) -> None:
        ModuleChange.objects.create(
            platform_id=platform.pk,
            platform_code=platform.code,
            module_code=code[:64],
            action=action,
            user=doing.user,
            reason=doing.reason[:MAX_REASON_LENGTH],
            source=doing.source,
            version=platform.modules_version,
            request_id=current_request_id.get(),
            **more,
        )

    @staticmethod
    def _announce(
        platform: Platform,
        events: list[tuple[ModuleEvent, str, str]],
        doing: _Doing,
        changed_keys: tuple[str, ...] = (),
    ) -> None:
        """Tell the bus, once it is committed, as the platform's staff."""

        def tell() -> None:
            with platform_context(platform, role="staff"):
                for event, code, cause in events:
                    module_event_bus.emit(
                        event,
                        ModuleEventData(
                            module_code=code,
                            platform_id=platform.pk,
                            user_id=doing.user.pk if doing.user else None,
                            changed_keys=changed_keys,
                            cause=cause,
                            source=doing.source,
                        ),
                    )

        transaction.on_commit(tell, robust=True)

    @contextmanager
    def _refusals_told(self, platform: PlatformLike, doing: _Doing, *, is_dry_run: bool = False) -> Any:
        """Leave a row of a refusal, beside the transaction that it took back."""
        try:
            yield
        except ModuleRefusal as refusal:
            if not is_dry_run:
                found = Platform.objects.get(pk=id_of(platform))
                details = {"code": refusal.code, "message": refusal.message}
                self._write(found, doing, doing.code, ModuleChange.Action.REFUSED, details=details)
            raise


def _no_longer_needed(on: frozenset[str], rows: Mapping[str, PlatformModule]) -> tuple[str, ...]:
    """Modules that came on for others, and that no module which is on requires."""
    definitions = registry().definitions
    required = {needed for code in on for needed in definitions[code].requires}
    return tuple(
        code
        for code in definitions
        if code in on
        and code not in required
        and code in rows
        and rows[code].cause.startswith(DEPENDENCY_PREFIX)
    )


def _fault_of(name: str, value: Any, defaults: Mapping[str, Any]) -> str:
    """What is wrong with a setting's value, or nothing."""
    if name not in defaults:
        return f"There is no such setting; there are: {', '.join(sorted(defaults)) or 'none'}."
    wanted = type(defaults[name])
    if defaults[name] is not None and (type(value) is not wanted):
        return f"Give a value of the kind {wanted.__name__}, as in {defaults[name]!r}."
    return ""


module_service = ModuleService()

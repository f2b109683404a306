"""System checks of the modules' definitions. `docs/modules.md` lists them by id."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from importlib import import_module
from pathlib import Path
from typing import Any

from celery import current_app
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.management.base import BaseCommand
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import translation
from django.utils.module_loading import module_has_submodule

from platform_core.modules.clashes import clashes
from platform_core.modules.config import schema_faults
from platform_core.modules.definition import ModuleConfig
from platform_core.modules.doors import load_doors
from platform_core.modules.gates import module_of_view
from platform_core.modules.graph import Fault, closure
from platform_core.modules.menu_checks import MENU_CHECKS, URLCONFS_OF_FRONTENDS, hook_faults
from platform_core.modules.registry import Registry, registry
from platform_core.modules.tasks import ModuleTask
from platform_core.roles import StaffRole, VendorRole

# Semantic versioning 2.0.0, without build metadata, which orders nothing.
VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?\Z")
FEATURE_CODE = re.compile(r"[a-z][a-z0-9_]{0,63}\Z")
ROLES = (*VendorRole.values, *StaffRole.values)

Check = Callable[[ModuleConfig, Registry], Iterator[Fault]]


# Whether the command at hand is there to find faults, or would take a module's absence for somebody's wish.
_is_thorough: ContextVar[bool] = ContextVar("is_thorough", default=False)


class Thorough(BaseCommand):
    """A command that no module which cannot be used may go by: any other runs, and warns of it."""

    def check(self, *args: Any, **kwargs: Any) -> None:
        token = _is_thorough.set(True)
        try:
            super().check(*args, **kwargs)
        finally:
            _is_thorough.reset(token)


@register(Tags.models)
def check_modules(**_kwargs: Any) -> list[CheckMessage]:
    """As `check_definitions`; to commands that are not thorough all of it is a warning: no module keeps them from running."""
    messages = check_definitions()
    if _is_thorough.get() or settings.MODULES_STRICT:
        return messages
    return [Warning(message.msg, hint=message.hint, obj=message.obj, id=message.id) for message in messages]


def check_definitions() -> list[CheckMessage]:
    """E009 to E037, E041 to E049: what is wrong with a module's definition. W030: a module that nobody watches."""
    for config in registry().configs:
        load_doors(config)
    known = registry()
    faults = list(known.faults)
    for config in known.configs:
        for check in CHECKS:
            faults += check(config, known)
    faults += clashes(known)
    messages: list[CheckMessage] = [
        Error(fault.text, hint=fault.hint, obj=fault.code, id=f"platform_core.E{fault.number:03}")
        for fault in faults
    ]
    return messages + [
        Warning(
            f"{config.definition.code} has no health check.",
            hint="Name one in its definition: it shows in /health where something is wrong.",
            obj=config.definition.code,
            id="platform_core.W030",
        )
        for config in known.configs
        if not config.definition.is_core and config.definition.health_check is None
    ]


def _tier(config: ModuleConfig, _known: Registry) -> Iterator[Fault]:
    if config.definition.is_core and config.definition.is_internal:
        code = config.definition.code
        yield Fault(16, code, f"{code} is core and internal.", "It can be one of both: drop the other.")


def _conflicts(config: ModuleConfig, known: Registry) -> Iterator[Fault]:
    code, definitions = config.definition.code, known.definitions
    needed = closure([code], definitions)
    for one in sorted(needed):
        for other in sorted(set(definitions[one].conflicts) & (needed | known.core_codes)):
            yield Fault(
                41,
                code,
                f"{code} can never be on: {one} conflicts with {other}, which"
                f" {f'{code} requires' if other in needed else 'is on everywhere'}.",
                "Take it out of `conflicts` or of `requires`.",
            )


def _glue(config: ModuleConfig, _known: Registry) -> Iterator[Fault]:
    found = config.definition
    if missing := sorted(set(found.auto_enable_with) - set(found.requires)):
        yield Fault(
            42,
            found.code,
            f"{found.code} comes on by itself with {', '.join(missing)}, which it does not require.",
            "Add it to its `requires`: what glues modules together needs them all.",
        )
    if found.auto_enable_with and (found.is_core or found.default_enabled):
        yield Fault(
            42,
            found.code,
            f"{found.code} comes on by itself with others, and is core or on by default as well.",
            "Decide for one: drop `auto_enable_with`, or the other.",
        )


def _settings(config: ModuleConfig, _known: Registry) -> Iterator[Fault]:
    code = config.definition.code
    with translation.override("en"):
        for text in schema_faults(config.definition):
            yield Fault(
                45, code, f"{code}: {text}.".replace("..", "."), "Correct the schema or default_config."
            )


def _version(config: ModuleConfig, _known: Registry) -> Iterator[Fault]:
    code, version = config.definition.code, config.definition.version
    if not VERSION.match(version):
        yield Fault(
            17,
            code,
            f"{code} has the version “{version}”.",
            "Write three numbers, as in “1.4.0” or “2.0.0-rc.1”.",
        )


def _features(config: ModuleConfig, _known: Registry) -> Iterator[Fault]:
    code = config.definition.code
    codes = Counter(spec.code for spec in config.definition.feature_specs)
    for feature, count in codes.items():
        if not FEATURE_CODE.match(feature):
            yield Fault(
                46,
                code,
                f"{code} has the feature “{feature}”.",
                "Use lower-case letters, digits and underscores, starting with a letter, as in “own_domains”.",
            )
        if count > 1:
            yield Fault(46, code, f"{code} has {count} features “{feature}”.", "Give each its own code.")


def _roles(config: ModuleConfig, _known: Registry) -> Iterator[Fault]:
    code = config.definition.code
    for permission in config.definition.permissions:
        for role in permission.roles:
            if role not in ROLES:
                yield Fault(
                    36,
                    code,
                    f"{code} gives the permission “{permission.code}” to the role “{role}”, which there is not.",
                    f"Name one of platform_core.roles: {', '.join(ROLES)}.",
                )


def _always_on(config: ModuleConfig, _known: Registry) -> Iterator[Fault]:
    code, named = config.definition.code, config.definition.always_on_urls
    if not named:
        return
    own = {
        route.name
        for urlconfs in URLCONFS_OF_FRONTENDS.values()
        for urlconf in urlconfs
        for route in _routes(get_resolver(urlconf))
        if module_of_view(route.callback) == code
    }
    for name in named:
        if name not in own:
            yield Fault(
                37,
                code,
                f"{code}: always_on_urls names “{name}”, which none of its routes is called.",
                "Write a route's own name, without the namespaces.",
            )


def _routes(resolver: URLResolver) -> Iterator[URLPattern]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _routes(entry)
        else:
            yield entry


def _permissions(config: ModuleConfig, _known: Registry) -> Iterator[Fault]:
    code = config.definition.code
    for permission in config.definition.permissions:
        if not re.fullmatch(rf"{re.escape(config.label)}\.[a-z]+_[a-z0-9_]+", permission.code):
            yield Fault(
                20,
                code,
                f"{code} declares the permission “{permission.code}”.",
                f"Write “{config.label}.<verb>_<noun>”, as in “{config.label}.view_order”.",
            )


def _hooks(config: ModuleConfig, _known: Registry) -> Iterator[Fault]:
    code = config.definition.code
    for name, hook in config.definition.hooks.items():
        yield from hook_faults(code, name, hook)


def _foreign_keys(config: ModuleConfig, known: Registry) -> Iterator[Fault]:
    code = config.definition.code
    allowed = closure([code], known.definitions) | known.core_codes
    for model in config.get_models():
        for link in model._meta.local_fields:
            target: Any = getattr(link.remote_field, "model", None)
            owner = known.code_of_label.get(target._meta.app_label) if target is not None else None
            if owner is not None and owner not in allowed:
                yield Fault(
                    24,
                    code,
                    f"{model._meta.label}.{link.name} links to a row of {owner}, which {code} does not require.",
                    f"Add “{owner}” to its `requires`, or keep the id without a foreign key.",
                )


def _templates(config: ModuleConfig, _known: Registry) -> Iterator[Fault]:
    folder = Path(config.path) / "templates"
    code = config.definition.code
    for path in sorted(folder.glob("**/*")):
        if path.is_file() and path.relative_to(folder).parts[0] != config.label:
            yield Fault(
                25,
                code,
                f"{code}: the template {path.relative_to(folder)} could hide one of another module.",
                f"Move it into templates/{config.label}/.",
            )


def _migrations(config: ModuleConfig, _known: Registry) -> Iterator[Fault]:
    code = config.definition.code
    for path in sorted((Path(config.path) / "migrations").glob("[0-9]*_auto_*.py")):
        yield Fault(
            27,
            code,
            f"{code}: the migration {path.stem} says nothing of what it does.",
            "Rename it: makemigrations -n.",
        )


def _tasks(config: ModuleConfig, known: Registry) -> Iterator[Fault]:
    code = config.definition.code
    try:
        if module_has_submodule(config.module, "tasks"):
            import_module(f"{config.name}.tasks")
    except Exception as error:
        yield Fault(
            28,
            code,
            f"{code}: its tasks cannot be imported: {type(error).__name__}: {error}.",
            f"Mend {config.name}.tasks.",
        )
        return
    for name, task in sorted(current_app.tasks.items()):
        if known.owner_of(type(task).__module__) == code and not isinstance(task, ModuleTask):
            yield Fault(
                34,
                code,
                f"{code}: the task {name} is of a class of its own: it would run where {code} is off.",
                "Make it with shared_task and no base, or with one that is a ModuleTask.",
            )


def _beat(config: ModuleConfig, _known: Registry) -> Iterator[Fault]:
    code, entries = config.definition.code, config.definition.beat
    for entry in entries:
        task: Any = current_app.tasks.get(entry.task)
        # What is made of another class than ours knows neither a platform nor a module.
        if getattr(task, "of_installation", True):
            yield Fault(
                28,
                code,
                f"{code}: the periodic task “{entry.name}” names {entry.task}, which is no task"
                f"{' of a platform' if task is not None else ''}.",
                f"Name a task of {config.name}.tasks as its decorator does, without of_installation.",
            )
        if entry.every_seconds <= 0:
            yield Fault(
                29,
                code,
                f"{code}: the periodic task “{entry.name}” is due every {entry.every_seconds} seconds.",
                "Give it a period above zero.",
            )
    for name, count in Counter(entry.name for entry in entries).items():
        if count > 1:
            yield Fault(31, code, f"{code} has {count} periodic tasks “{name}”.", "Give each its own name.")


CHECKS: tuple[Check, ...] = (
    _tier,
    _version,
    _conflicts,
    _glue,
    _settings,
    _features,
    *MENU_CHECKS,
    _permissions,
    _roles,
    _always_on,
    _hooks,
    _foreign_keys,
    _templates,
    _migrations,
    # Before `_beat`, which asks for tasks that are made when their file is loaded.
    _tasks,
    _beat,
)

"""What a module says of itself, in its `apps.py`. No model may be imported there: hooks are dotted paths."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

from django.apps import AppConfig
from django.utils.functional import Promise
from django.utils.module_loading import import_string

from platform_core.modules.layout import Layout
from platform_core.roles import VENDOR_OWNER

logger = logging.getLogger(__name__)

# A function, or where to import it from.
Hook = str | Callable[..., Any]


class FrontendType(StrEnum):
    """Whose interface a page or a menu item belongs to."""

    ADMIN = "admin"
    VENDOR = "vendor"
    SHOP = "shop"


@dataclass(frozen=True)
class Permission:
    """A permission code `<app label>.<verb>_<noun>`, and the fixed roles that hold it besides the admin's."""

    code: str
    name: str | Promise
    roles: tuple[str, ...] = (VENDOR_OWNER,)


@dataclass(frozen=True)
class FeatureSpec:
    """Something that a plan may have or lack: its code (a-z, digits, _), its name, and the plan it comes with."""

    code: str
    name: str | Promise
    # The plan's tier from which it is included, as whoever sells plans calls it; empty for all of them.
    default_tier: str = ""


@dataclass(frozen=True)
class MenuItem:
    """An entry of a menu: shown to those who hold `permission`, where the module is on, and nobody has hidden it."""

    id: str
    label: str | Promise
    url_name: str
    section: str | Promise = ""
    icon: str = ""
    order: int = 100
    permission: str | None = None
    # The code of a feature: outside of the plan the item has a lock and leads to where the plan is changed.
    feature: str | None = None
    # Called with the request of a page that shows the item; it gives a text or a number beside the label, or None.
    badge: Hook | None = None
    # Called with the request; it says whether the item is shown.
    is_visible: Hook | None = None
    # Shown below it, where it is shown itself. They have no children and no section of their own.
    children: tuple[MenuItem, ...] = ()
    # Neither platform nor person can hide it.
    mandatory: bool = False

    @property
    def can_be_hidden(self) -> bool:
        """Whether anybody may hide it: it takes its children along."""
        return not self.mandatory and not any(child.mandatory for child in self.children)

    @property
    def hooks(self) -> dict[str, Hook]:
        """The hooks that the item has, by the name of their field."""
        given = {"badge": self.badge, "is_visible": self.is_visible}
        return {name: hook for name, hook in given.items() if hook is not None}


def with_children(items: Iterable[MenuItem]) -> Iterator[MenuItem]:
    """Items of a menu, each followed by those below it, however deep."""
    for item in items:
        yield item
        yield from with_children(item.children)


@dataclass(frozen=True)
class BeatEntry:
    """A periodic task. It is sent every so often for each active platform where the module is on, as its staff.

    `name` is unique within the module, `task` the Celery name of one of its tasks that take no arguments.
    """

    name: str
    task: str
    every_seconds: float


@dataclass(frozen=True, kw_only=True)
class ModuleDefinition:
    """Identity, place in the graph, permissions, menus, hooks and periodic tasks of one module."""

    # ^[a-z][a-z0-9-]*$, unique.
    code: str
    name: str | Promise
    description: str | Promise = ""
    # Semantic versioning 2.0.0.
    version: str = "1.0.0"
    # Codes of modules that must be on wherever this one is, and of those that only come before it in lists.
    requires: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    # Codes of modules that it cannot be on together with; one of the two has to say so.
    conflicts: tuple[str, ...] = ()
    # A glue module, on by itself where all of these are, which it requires: until somebody switches it off.
    auto_enable_with: tuple[str, ...] = ()
    # What a plan may have or lack, as FeatureSpec or by its code alone.
    features: tuple[FeatureSpec | str, ...] = ()
    permissions: tuple[Permission, ...] = ()
    menu_items: Mapping[FrontendType, tuple[MenuItem, ...]] = field(default_factory=dict)
    # Core modules are on everywhere and always; internal ones are tools of the house.
    is_core: bool = False
    is_internal: bool = False
    # Works, and may still change: it says so wherever it can be switched on.
    is_experimental: bool = False
    # Version ranges by PEP 440: of Wizamart, as in ">=1,<2", and of other packages, as in "stripe>=9".
    requires_platform_core: str = ""
    requires_packages: tuple[str, ...] = ()
    # On for a platform that nobody has decided for yet.
    default_enabled: bool = False
    # A pydantic model of the settings, or where to import it from; secrets are `SecretStr`. Without one the defaults'
    # kinds are the schema.
    config_schema: type | str | None = None
    default_config: Mapping[str, Any] = field(default_factory=dict)
    # Raised by one whenever the schema changes: then migrate_config(values, version) makes them of this version.
    config_version: int = 1
    migrate_config: Hook | None = None
    # Names of the settings that a vendor may have of its own, over the platform's; no secrets.
    vendor_settings: tuple[str, ...] = ()
    # On only with settings that are valid as a whole.
    requires_config: bool = False
    # Called with the platform's id inside the transaction; an exception takes the toggle back.
    on_enable: Hook | None = None
    on_disable: Hook | None = None
    # Called with web, worker, operator or beat when such a process begins and ends, wherever the module is on.
    on_startup: Hook | None = None
    on_shutdown: Hook | None = None
    # Called with the platform's id; each returns the reasons against it, as lazy texts, or nothing.
    can_enable: Hook | None = None
    can_disable: Hook | None = None
    # (platform_id) -> (lazy text, count) of what the module keeps there: shown before it is switched.
    data_summary: Hook | None = None
    # (source_id, target_id), where a platform takes over another's modules: to copy what belongs to the module.
    on_clone: Hook | None = None
    # (platform_id), to delete what the module keeps there for ever. Without it nothing is ever deleted.
    on_purge: Hook | None = None
    # Why nothing ever deletes it, in a sentence, such as the law on bookkeeping.
    keeps_data: str | Promise = ""
    # () -> facts; raises `platform_core.observability.health.Trouble`.
    health_check: str | None = None
    # Without its health no request can be served: the process is not ready either.
    health_critical: bool = False
    # Names of routes that answer while the module is off: what was begun elsewhere must come to its end.
    always_on_urls: tuple[str, ...] = ()
    # Folders for its uploaded files, each directly below a vendor's; files in nobody's folder are served nowhere.
    media_folders: tuple[str, ...] = ()
    beat: tuple[BeatEntry, ...] = ()

    @property
    def tier(self) -> str:
        """core, optional or internal."""
        if self.is_core:
            return "core"
        return "internal" if self.is_internal else "optional"

    @property
    def label(self) -> str:
        """The Django app label that goes with the code."""
        return self.code.replace("-", "_")

    @property
    def feature_specs(self) -> tuple[FeatureSpec, ...]:
        """The features, those that are given by code alone with the code as their name."""
        return tuple(
            entry if isinstance(entry, FeatureSpec) else FeatureSpec(entry, entry) for entry in self.features
        )

    @property
    def hooks(self) -> dict[str, Hook]:
        """The hooks that the module has, by the name of their field."""
        names = (
            "on_enable",
            "on_disable",
            "on_startup",
            "on_shutdown",
            "can_enable",
            "can_disable",
            "data_summary",
            "on_clone",
            "on_purge",
            "health_check",
            "migrate_config",
        )
        given = {name: getattr(self, name) for name in names}
        return {name: hook for name, hook in given.items() if hook is not None}


def load_hook(hook: Hook) -> Callable[..., Any]:
    """The function a hook names. Raises ImportError."""
    return import_string(hook) if isinstance(hook, str) else hook  # type: ignore[no-any-return]


class ModuleConfig(Layout, AppConfig):
    """The AppConfig of a module. Carries its `definition`, and tells where its parts are."""

    # Imported into a module's apps.py, this class would be a second candidate there.
    default = False
    definition: ClassVar[ModuleDefinition]
    default_auto_field = "django.db.models.BigAutoField"
    # What could not be loaded of it, and why; the registry leaves such a module out.
    broken = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.default = True
        if "ready" in vars(cls):
            cls.ready = _guarded(cls.ready)  # type: ignore[method-assign, assignment]

    @contextmanager
    def loading(self, part: str) -> Iterator[None]:
        """Load a part of the module, as its package has it. What that raises is logged and kept as `broken`."""
        try:
            yield
        except Exception as error:
            logger.exception("module_left_out", extra={"module_code": self.label, "part": part})
            # What follows from the first fault says less.
            self.broken = self.broken or f"{part} cannot be loaded: {type(error).__name__}: {error}"

    def import_models(self) -> None:
        """Load its models, or none of them: Django would stop at the first that raises."""
        with self.loading("models.py"):
            super().import_models()
            return
        self.models = self.apps.all_models[self.label]
        self.models.clear()
        self.apps.clear_cache()


def _guarded(ready: Callable[[ModuleConfig], None]) -> Callable[[ModuleConfig], None]:
    """A `ready` that keeps no other app from being loaded."""

    @functools.wraps(ready)
    def guarded(self: ModuleConfig) -> None:
        with self.loading("ready()"):
            ready(self)

    return guarded

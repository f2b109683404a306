"""Which modules there are, read from the installed apps on first use and fixed from then on.

A definition with a fault never stops the process: what cannot be used is left out, with all that requires it,
and `manage.py check` says why.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from django.apps import apps
from django.conf import settings

from platform_core.modules import graph
from platform_core.modules.config import schema_fault
from platform_core.modules.definition import FeatureSpec, ModuleConfig, ModuleDefinition
from platform_core.modules.discovery import ModulesNotLoaded
from platform_core.modules.graph import Fault
from platform_core.modules.shape import misshapen

logger = logging.getLogger(__name__)

# As long as the columns that hold a module's code.
MAX_CODE_LENGTH = 64
CODE = re.compile(rf"(?=.{{1,{MAX_CODE_LENGTH}}}\Z)[a-z][a-z0-9-]*\Z")


@dataclass(frozen=True)
class Registry:
    """The usable modules, each after those that it requires, what was left out, and the faults that say why."""

    configs: tuple[ModuleConfig, ...]
    faults: tuple[Fault, ...] = ()
    left_out: tuple[ModuleConfig, ...] = ()
    # Of the faults, those of modules that are not among the installed apps.
    not_loaded: tuple[Fault, ...] = ()

    @cached_property
    def reasons(self) -> Mapping[str, str]:
        """Why modules that are installed, or allowed, cannot be used, by code."""
        found: dict[str, str] = {}
        for fault in self.faults:
            code = fault.code.replace("_", "-")
            if code not in self.definitions:
                found.setdefault(code, fault.text)
        return MappingProxyType(found)

    @cached_property
    def definitions(self) -> Mapping[str, ModuleDefinition]:
        return MappingProxyType({config.definition.code: config.definition for config in self.configs})

    @cached_property
    def core_codes(self) -> frozenset[str]:
        return frozenset(code for code, found in self.definitions.items() if found.is_core)

    @cached_property
    def internal_codes(self) -> frozenset[str]:
        return frozenset(code for code, found in self.definitions.items() if found.is_internal)

    @cached_property
    def code_of_label(self) -> Mapping[str, str]:
        """Module codes by Django app label. What was left out has its package's name: no code, so it is on nowhere."""
        return MappingProxyType(self._by("label"))

    @cached_property
    def code_of_package(self) -> Mapping[str, str]:
        """Module codes by the dotted name of their package, which is also that of what was left out."""
        return MappingProxyType(self._by("name"))

    def _by(self, attribute: str) -> dict[str, str]:
        names = {getattr(config, attribute): config.name for config in self.left_out}
        return names | {getattr(config, attribute): config.definition.code for config in self.configs}

    def owner_of(self, dotted: str) -> str | None:
        """The code of the module whose package a dotted name lies in, as in `code_of_package`.

        None for what belongs to no module: the ground floor and what is installed beside it.
        """
        if dotted not in self._owners:
            name = dotted
            while name and name not in self.code_of_package:
                name = name.rpartition(".")[0]
            self._owners[dotted] = self.code_of_package.get(name)
        return self._owners[dotted]

    @cached_property
    def _owners(self) -> dict[str, str | None]:
        """What `owner_of` has answered: each view and handler is asked for again and again."""
        return {}

    @cached_property
    def permission_codes(self) -> frozenset[str]:
        return frozenset(entry.code for found in self.definitions.values() for entry in found.permissions)

    @cached_property
    def features(self) -> Mapping[str, tuple[str, FeatureSpec]]:
        """(module code, feature) by the feature's code."""
        return MappingProxyType(
            {
                spec.code: (code, spec)
                for code, found in self.definitions.items()
                for spec in found.feature_specs
            }
        )

    @cached_property
    def codes_of_roles(self) -> Mapping[str, frozenset[str]]:
        """The permission codes that each fixed role of a vendor's team holds."""
        held: dict[str, set[str]] = {}
        for found in self.definitions.values():
            for permission in found.permissions:
                for role in permission.roles:
                    held.setdefault(role, set()).add(permission.code)
        return MappingProxyType({role: frozenset(codes) for role, codes in held.items()})


def build(configs: Iterable[ModuleConfig], not_loaded: Iterable[Fault] = ()) -> Registry:
    """The registry of these modules. `not_loaded` says of others why they are not among the installed apps."""
    configs, not_loaded = tuple(configs), tuple(not_loaded)
    faults: list[Fault] = [*not_loaded]
    by_code: dict[str, ModuleConfig] = {}
    for config in configs:
        faults_of_this = list(_faults_of(config, by_code))
        if not faults_of_this:
            by_code[config.definition.code] = config
        faults += faults_of_this
    sound, found = graph.sound({code: config.definition for code, config in by_code.items()})
    usable = tuple(by_code[code] for code in graph.in_order(sound))
    left_out = tuple(config for config in configs if config not in usable)
    return Registry(usable, (*faults, *found), left_out, not_loaded)


def _faults_of(config: ModuleConfig, before: Mapping[str, ModuleConfig]) -> Iterator[Fault]:
    """Why a definition cannot be used at all, whatever the others say."""
    definition = getattr(config, "definition", None)
    if not isinstance(definition, ModuleDefinition):
        yield Fault(
            9,
            config.label,
            f"{config.name} has no definition.",
            "Set definition = ModuleDefinition(…) on its AppConfig.",
        )
        return
    faults = misshapen(definition)
    if faults:
        for text, hint in faults:
            yield Fault(32, config.label, f"{config.name}: {text}.", f"{hint}.")
        return
    code = definition.code
    if not CODE.match(code):
        yield Fault(
            10,
            code,
            f"{config.name} has the code “{code}”.",
            "Use lower-case letters, digits and hyphens, starting with a letter, as in “dev-tools”, and"
            f" {MAX_CODE_LENGTH} of them at most.",
        )
    elif code in before:
        yield Fault(
            11,
            code,
            f"{config.name} and {before[code].name} both have the code “{code}”.",
            "Choose another code for one of them.",
        )
    elif config.label != definition.label:
        yield Fault(
            12,
            code,
            f"{config.name} has the app label “{config.label}” and the code “{code}”.",
            f'Set label = "{definition.label}" on its AppConfig.',
        )
    elif config.broken:
        yield Fault(
            33,
            code,
            f"{code}: {config.broken}.",
            "Mend it; until then the module is off everywhere, with all that requires it.",
        )
    elif definition.config_schema is not None and (text := schema_fault(definition)):
        yield Fault(
            45,
            code,
            f"{code}: {text}.".replace("..", "."),
            "Correct config_schema; until then the module is off everywhere, with all that requires it.",
        )


_registry: Registry | None = None


def registry() -> Registry:
    """The registry of the installed apps."""
    global _registry
    if _registry is not None:
        return _registry
    apps.check_apps_ready()
    found = build(
        _installed(),
        (left.fault for left in settings.MODULES_FOUND.left_out),
    )
    # Until all have begun, one may still turn out to be broken.
    if apps.ready:
        _registry = found
    return found


def _installed() -> Iterator[ModuleConfig]:
    return (config for config in apps.get_app_configs() if isinstance(config, ModuleConfig))


def tell_of_what_is_left_out() -> None:
    """Log which modules were not loaded. Raises ModulesNotLoaded instead where MODULES_STRICT is on."""
    for left in settings.MODULES_FOUND.left_out:
        logger.error(
            "module_left_out", extra={"module_code": left.code, "part": left.fault.text}, exc_info=left.error
        )
    if settings.MODULES_STRICT:
        refuse_faults(
            *(left.fault.text for left in settings.MODULES_FOUND.left_out),
            *(f"{config.label}: {config.broken}." for config in _installed() if config.broken),
        )


def refuse_faults(*texts: str) -> None:
    """Raises ModulesNotLoaded with these texts, if there are any."""
    if texts:
        raise ModulesNotLoaded(f"MODULES_STRICT is on, and modules cannot be used. {' '.join(texts)}")


@contextmanager
def loading(config: ModuleConfig, part: str) -> Iterator[None]:
    """Load a part of a module. One that cannot be loaded is left out from now on, with all that requires it."""
    global _registry
    with config.loading(part):
        yield
    if config.broken and _registry is not None:
        _registry = build((*_registry.configs, *_registry.left_out), _registry.not_loaded)


@contextmanager
def isolated_registry(*configs: ModuleConfig) -> Iterator[Registry]:
    """Let these modules be all there are, for a test."""
    global _registry
    before, _registry = registry(), build(configs)
    try:
        yield _registry
    finally:
        _registry = before


class _View(Mapping[str, ModuleDefinition]):
    """The definitions of one tier by code, as the registry has them when it is asked."""

    def __init__(self, belongs: Callable[[ModuleDefinition], bool]) -> None:
        self._belongs = belongs

    def _codes(self) -> list[str]:
        return [code for code, found in registry().definitions.items() if self._belongs(found)]

    def __getitem__(self, code: str) -> ModuleDefinition:
        found = registry().definitions[code]
        if not self._belongs(found):
            raise KeyError(code)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._codes())

    def __len__(self) -> int:
        return len(self._codes())


MODULES: Mapping[str, ModuleDefinition] = _View(lambda found: True)
CORE_MODULES: Mapping[str, ModuleDefinition] = _View(lambda found: found.tier == "core")
OPTIONAL_MODULES: Mapping[str, ModuleDefinition] = _View(lambda found: found.tier == "optional")
INTERNAL_MODULES: Mapping[str, ModuleDefinition] = _View(lambda found: found.tier == "internal")


def module_configs() -> tuple[ModuleConfig, ...]:
    """The AppConfig of every usable module, each after those that it requires."""
    return registry().configs


def get_module(code: str) -> ModuleDefinition | None:
    """The definition of `code`, or None when no such module can be used."""
    return registry().definitions.get(code)


def get_core_module_codes() -> frozenset[str]:
    """The codes of the modules that are on everywhere."""
    return registry().core_codes


def get_module_tier(code: str) -> str | None:
    """core, optional or internal; None for an unknown module."""
    found = get_module(code)
    return found.tier if found else None


def is_core_module(code: str) -> bool:
    return code in registry().core_codes


def closure(code: str) -> frozenset[str]:
    """`code` and all that it requires, however far."""
    return graph.closure([code], registry().definitions)


def dependents(code: str) -> frozenset[str]:
    """`code` and all that require it, however far."""
    return graph.dependents([code], registry().definitions)


def permissions_of_modules(codes: Iterable[str]) -> frozenset[str]:
    """The permission codes that these modules declare."""
    known = registry().definitions
    return frozenset(entry.code for code in codes if code in known for entry in known[code].permissions)


def permission_codes(role: str | None = None) -> frozenset[str]:
    """Every declared permission code, or those of one vendor role."""
    if role is None:
        return registry().permission_codes
    return registry().codes_of_roles.get(role, frozenset())

"""Which modules are installed: those that the settings list, and those that packages bring by an entry point.

The settings ask, before any app is loaded: nothing here may ask them. What cannot be loaded, or does not go with this
installation, is left out with all that requires it, and the rest of the site runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, PackageNotFoundError, entry_points, version

from django.apps import AppConfig
from django.core.exceptions import ImproperlyConfigured
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from platform_core import VERSION
from platform_core.modules.definition import ModuleConfig, ModuleDefinition
from platform_core.modules.graph import Fault

# The group of entry points: the name is the module's code, the value the path of its AppConfig.
GROUP = "wizamart.modules"
BROKEN, NOT_THERE, INCOMPATIBLE, NOT_INSTALLED = 33, 14, 43, 44


class ModulesNotLoaded(ImproperlyConfigured):
    """MODULES_STRICT is on, and modules cannot be used."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A module that is not among the installed apps: why, and what was raised, if anything was."""

    fault: Fault
    error: BaseException | None = None

    @property
    def code(self) -> str:
        return self.fault.code


@dataclass(frozen=True, slots=True)
class Discovery:
    """The apps to install, the modules that are left out, and the codes of those that nobody has allowed."""

    apps: tuple[str, ...]
    left_out: tuple[LeftOut, ...] = ()
    not_allowed: tuple[str, ...] = ()


def discover(
    listed: Sequence[str], *, beside: Sequence[str] = (), allowed: Sequence[str] = (), is_safe: bool = False
) -> Discovery:
    """The modules `listed` as packages, then those of entry points that are `allowed` by name; with `is_safe` no such.

    `beside` are the apps that are installed anyway, modules or not.
    """
    installed = {entry.name: entry for entry in entry_points(group=GROUP)}
    wanted: dict[str, EntryPoint | None] = dict.fromkeys(listed)
    left_out: list[LeftOut] = []
    for name in () if is_safe else dict.fromkeys(allowed):
        if name in installed:
            wanted[installed[name].value.replace(":", ".")] = installed[name]
        else:
            left_out.append(
                _left_out(
                    NOT_INSTALLED, name, f"MODULES_ALLOW names {name}, which no package brings", _INSTALL
                )
            )
    configs: dict[str, AppConfig] = {}
    taken = {_label_of(app): app for app in beside}
    for app, entry in wanted.items():
        try:
            config = AppConfig.create(app)
        # A module that ends the process while it is imported takes it down as much as one that raises.
        except (Exception, SystemExit) as error:
            code = entry.name if entry else app.rpartition(".")[2].replace("_", "-")
            text = f"{code}: {app} cannot be loaded: {type(error).__name__}: {error}"
            left_out.append(_left_out(BROKEN, code, text, _MEND, error))
            continue
        fault = next(_faults_of(app, config, entry, taken), None)
        if fault is not None:
            left_out.append(LeftOut(fault))
            continue
        taken[config.label] = app
        configs[app] = config
    left_out += _without_what_they_require(configs, _codes_of(beside))
    not_allowed = tuple(sorted(set(installed) - (set() if is_safe else set(allowed))))
    return Discovery(tuple(configs), tuple(left_out), not_allowed)


_MEND = "Mend it; until then the module is off everywhere, with all that requires it"
_INSTALL = "Install its package, or take it out of MODULES_ALLOW"


def _left_out(number: int, code: str, text: str, hint: str, error: BaseException | None = None) -> LeftOut:
    return LeftOut(Fault(number, code, f"{text}.", f"{hint}."), error)


def _label_of(app: str) -> str:
    """The label that an app has unless its config says otherwise."""
    name = app.partition(".apps.")[0]
    return name.rpartition(".")[2]


def _codes_of(apps: Iterable[str]) -> set[str]:
    """The codes of the modules among apps that are installed anyway."""
    return {_label_of(app).replace("_", "-") for app in apps}


def _faults_of(
    app: str, config: AppConfig, entry: EntryPoint | None, taken: dict[str, str]
) -> Iterator[Fault]:
    """Why a module that can be imported is not to be installed."""
    definition = _definition_of(config)
    if entry is not None:
        if definition is None:
            text = f"{entry.name}: {app} is no ModuleConfig with a definition."
            yield Fault(BROKEN, entry.name, text, "Let the entry point name the module's AppConfig.")
        elif definition.code != entry.name:
            text = f"{entry.name}: the entry point of this name leads to the module {definition.code}."
            yield Fault(BROKEN, entry.name, text, "Give the entry point the name of the module's code.")
    if config.label in taken:
        code = config.label.replace("_", "-")
        text = f"{code}: {app} has the app label “{config.label}”, as {taken[config.label]} has."
        yield Fault(BROKEN, entry.name if entry else code, text, "Choose another label for one of them.")
    if definition is not None:
        yield from _unmet(definition)


def _unmet(definition: ModuleDefinition) -> Iterator[Fault]:
    """What the definition asks of the platform and of other packages, and does not find."""
    code, range_ = definition.code, definition.requires_platform_core
    try:
        if range_ and not SpecifierSet(range_).contains(VERSION, prereleases=True):
            text = f"{code} {definition.version} is for Wizamart {range_}, and this is {VERSION}."
            yield Fault(INCOMPATIBLE, code, text, "Install a version of the module that goes with this one.")
        for wanted in definition.requires_packages:
            requirement = Requirement(wanted)
            try:
                found = version(requirement.name)
            except PackageNotFoundError:
                text = f"{code} needs the package {wanted}, which is not installed."
                yield Fault(INCOMPATIBLE, code, text, "Install it beside the module.")
                continue
            if not requirement.specifier.contains(found, prereleases=True):
                text = f"{code} needs the package {wanted}, and {found} is installed."
                yield Fault(INCOMPATIBLE, code, text, "Install a version of it that will do.")
    except (InvalidSpecifier, InvalidRequirement, TypeError) as error:
        text = f"{code}: what it requires cannot be read: {error}."
        yield Fault(
            INCOMPATIBLE, code, text, "Write version ranges as in “>=1,<2”, and packages as in “stripe>=9”."
        )


def _without_what_they_require(configs: dict[str, AppConfig], beside: set[str]) -> Iterator[LeftOut]:
    """Take out of `configs` what requires a module that is not to be installed."""
    while True:
        found = {app: definition for app, config in configs.items() if (definition := _definition_of(config))}
        codes = beside | {definition.code for definition in found.values()}
        lacking = {
            app: sorted(missing)
            for app, definition in found.items()
            # What is made of something else is a fault that the registry names.
            if isinstance(definition.requires, tuple | list) and (missing := set(definition.requires) - codes)
        }
        if not lacking:
            return
        for app, required in lacking.items():
            del configs[app]
            code = found[app].code
            text = f"{code} requires {', '.join(required)}, which is not installed or cannot be used"
            yield _left_out(
                NOT_THERE, code, text, "Install or mend that first, or correct the code in `requires`"
            )


def _definition_of(config: AppConfig) -> ModuleDefinition | None:
    definition = getattr(config, "definition", None)
    return (
        definition if isinstance(config, ModuleConfig) and isinstance(definition, ModuleDefinition) else None
    )

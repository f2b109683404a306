"""A vendor's own settings of a module: over the platform's, and those over what the module comes with.

Only what the definition's `vendor_settings` names may be a vendor's own. Stored is only what the vendor has set, as JSON:
an unset value follows the platform's whenever that changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from platform_core.extensions import ExtensionPoint
from platform_core.modules.config import (
    Change,
    Settings,
    Stored,
    Text,
    as_json,
    counting_values,
    no_such,
    own_values,
    schema_of,
    settings_in_force,
)
from platform_core.modules.definition import ModuleDefinition
from platform_core.modules.exceptions import InvalidConfig
from platform_core.modules.models import PlatformModule
from platform_core.modules.registry import registry
from platform_core.modules.state import OF_THE_HOUSE
from platform_core.tenancy.context import PlatformRef, current_context, platform_context
from platform_core.tenancy.pagecache import cached_value

NOTHING = Stored({}, 1)


class Source(StrEnum):
    """Whose value of a setting counts."""

    VENDOR = "vendor"
    PLATFORM = "platform"
    MODULE = "module"


@dataclass(frozen=True, slots=True)
class VendorSettings:
    """The settings that a vendor may have of its own, by name, as they are in force for it.

    `values` and `inherited` are Python's; `inherited` is what would count without the vendor, and `heirs` whose that is.
    `faults` says what is wrong with what the vendor has stored and does not count for it.
    """

    values: Mapping[str, Any]
    inherited: Mapping[str, Any]
    sources: Mapping[str, Source]
    heirs: Mapping[str, Source]
    faults: Mapping[str, Text]

    def shown(self) -> dict[str, dict[str, Any]]:
        """By name: the value as JSON, whose it is, and what the vendor would inherit."""
        values, inherited = as_json(self.values), as_json(self.inherited)
        return {
            name: {
                "value": values[name],
                "source": str(self.sources[name]),
                "inherited": inherited[name],
                "inherited_from": str(self.heirs[name]),
            }
            for name in values
        }


# The module `core` answers: what the context's vendor has stored, by the module's code.
stored_by_vendor: ExtensionPoint[[], Mapping[str, Stored]] = ExtensionPoint("stored_by_vendor")


def has_vendor_settings(definition: ModuleDefinition) -> bool:
    return bool(definition.vendor_settings)


def vendor_settings_in_force(
    definition: ModuleDefinition, of_platform: Stored, of_vendor: Stored
) -> VendorSettings:
    """A vendor's settings of a module. What it has stored and no longer validates is inherited instead."""
    base = _Base(definition, of_platform)
    own, faults = base.own(of_vendor)
    found, wrong = base.with_own(own)
    while wrong and own:
        # A fault that is none of the vendor's names alone comes of all of them together.
        at_fault = own.keys() & wrong.keys() or own.keys()
        faults = {**{name: wrong.get(name, next(iter(wrong.values()))) for name in at_fault}, **faults}
        own = {name: value for name, value in own.items() if name not in at_fault}
        found, wrong = base.with_own(own)
    return base.told(found, own, faults)


def vendor_change_of(
    definition: ModuleDefinition,
    of_platform: Stored,
    of_vendor: Stored,
    wanted: Mapping[str, Any],
    reset: Iterable[str] = (),
) -> Change:
    """What it takes for a vendor to have some settings of its own and to inherit others again.

    The change's `before` and `after` hold for each name the value in force and its source. Raises InvalidConfig by
    name, unless all that is the vendor's own is valid afterwards.
    """
    unknown = sorted({*wanted, *reset} - set(definition.vendor_settings))
    if unknown:
        raise InvalidConfig(dict.fromkeys(unknown, no_such(definition.vendor_settings)))
    base = _Base(definition, of_platform)
    stored, _faults = base.own(of_vendor)
    own = {name: value for name, value in stored.items() if name not in set(reset)} | dict(wanted)
    found, wrong = base.with_own(own)
    if wrong:
        raise InvalidConfig(wrong)
    before = _entries(vendor_settings_in_force(definition, of_platform, of_vendor))
    after = _entries(base.told(found, own, {}))
    names = tuple(sorted(name for name in after if before[name] != after[name]))
    return Change(
        stored=as_json({name: found.values[name] for name in own}),
        names=names,
        before={name: before[name] for name in names},
        after={name: after[name] for name in names},
    )


def _entries(settings: VendorSettings) -> dict[str, dict[str, Any]]:
    return {
        name: {"value": entry["value"], "source": entry["source"]} for name, entry in settings.shown().items()
    }


class _Base:
    """What a vendor's own settings lie over."""

    def __init__(self, definition: ModuleDefinition, of_platform: Stored) -> None:
        self.definition = definition
        self.schema = schema_of(definition)
        self.inherited = settings_in_force(definition, of_platform)
        self.of_platform, _faults = counting_values(definition, of_platform)

    def own(self, of_vendor: Stored) -> tuple[dict[str, Any], dict[str, Text]]:
        """What the vendor has stored of what it may, brought to the present version; and what went wrong with that."""
        values, faults = own_values(self.definition, self.schema, of_vendor)
        return {
            name: value for name, value in values.items() if name in self.definition.vendor_settings
        }, faults

    def with_own(self, own: Mapping[str, Any]) -> tuple[Settings, dict[str, Text]]:
        """The settings with a vendor's own over the platform's, and the faults that come of the vendor's."""
        stored = Stored({**self.of_platform, **own}, self.definition.config_version)
        found = settings_in_force(self.definition, stored)
        wrong = {
            name: text
            for name, text in found.faults.items()
            if name in own or name not in self.inherited.faults
        }
        return found, wrong

    def told(self, found: Settings, own: Mapping[str, Any], faults: Mapping[str, Text]) -> VendorSettings:
        names = self.definition.vendor_settings
        heirs = {name: Source.PLATFORM if name in self.of_platform else Source.MODULE for name in names}
        return VendorSettings(
            values={name: found.values[name] for name in names},
            inherited={name: self.inherited.values[name] for name in names},
            sources={name: Source.VENDOR if name in own else heirs[name] for name in names},
            heirs=heirs,
            faults=faults,
        )


def stored_by_platform(platform: PlatformRef) -> dict[str, Stored]:
    """What a platform has set of all its modules, by code. Asked from any role. 1 query."""
    is_of_the_house = current_context().role in OF_THE_HOUSE
    with nullcontext() if is_of_the_house else platform_context(role="gatekeeper"):
        rows = PlatformModule.objects.filter(platform_id=platform.id)
        found = list(rows.values_list("module_code", "config", "config_version"))
    return {code: Stored(config, version) for code, config, version in found}


def vendor_setting(code: str, name: str) -> Any:
    """A setting of a module as it is in force for the context's vendor; without one, for its platform.

    No query where it is warm; 2 after a change. Raises KeyError for what no module lets vendors set.
    """
    remembered = cached_value("vendor_settings", _values_here)
    # A module that came after the values were remembered has them read once more.
    values = remembered[code] if code in remembered else _values_here()[code]
    return values[name]


def _values_here() -> dict[str, Mapping[str, Any]]:
    context = current_context()
    of_platform = stored_by_platform(context.platform) if context.platform else {}
    of_vendor = stored_by_vendor.first() if context.vendor_id is not None else None
    return {
        definition.code: vendor_settings_in_force(
            definition,
            of_platform.get(definition.code, NOTHING),
            (of_vendor or {}).get(definition.code, NOTHING),
        ).values
        for definition in registry().definitions.values()
        if has_vendor_settings(definition)
    }

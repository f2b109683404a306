"""What each field of a definition must be made of: asked once, so that no gate stumbles over one later."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from django.utils.functional import Promise

from platform_core.modules.definition import (
    BeatEntry,
    FeatureSpec,
    FrontendType,
    MenuItem,
    ModuleDefinition,
    Permission,
)

# As long as a row of a menu's visibility has room for.
MAX_ITEM_ID = 100


@dataclass(frozen=True)
class Kind:
    """Whether a value will do, and the words that ask for a better one."""

    holds: Callable[[Any], bool]
    wanted: str


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _is_many(value: Any, kind: type) -> bool:
    return isinstance(value, tuple | list) and all(isinstance(entry, kind) for entry in value)


def _is_features(value: Any) -> bool:
    return isinstance(value, tuple | list) and all(
        isinstance(entry, FeatureSpec) or NAME.holds(entry) for entry in value
    )


def _is_model(value: Any) -> bool:
    return isinstance(value, type) and hasattr(value, "model_fields")


def _is_menus(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        key in set(FrontendType) and _is_many(items, MenuItem) for key, items in value.items()
    )


TEXT = Kind(lambda value: isinstance(value, str | Promise), "a text")
STRING = Kind(lambda value: isinstance(value, str), "a string")
NAME = Kind(lambda value: isinstance(value, str) and value != "", "a string that is not empty")
PERHAPS_NAME = Kind(lambda value: value is None or NAME.holds(value), "a string that is not empty, or None")
NAMES = Kind(lambda value: _is_many(value, str), "a tuple of strings, as in (“orders”,)")
YES_OR_NO = Kind(lambda value: isinstance(value, bool), "True or False")
NUMBER = Kind(_is_number, "a number")
HOOK = Kind(
    lambda value: value is None or NAME.holds(value) or callable(value), "a function, or its dotted path"
)

# By the dataclass, then by the field.
KINDS: Mapping[type, Mapping[str, Kind]] = {
    ModuleDefinition: {
        "code": STRING,
        "name": TEXT,
        "description": TEXT,
        "version": NAME,
        "requires": NAMES,
        "after": NAMES,
        "conflicts": NAMES,
        "requires_platform_core": STRING,
        "requires_packages": NAMES,
        "auto_enable_with": NAMES,
        "features": Kind(_is_features, "a tuple of FeatureSpec(…), or of codes"),
        "permissions": Kind(lambda value: _is_many(value, Permission), "a tuple of Permission(…)"),
        "menu_items": Kind(
            _is_menus, "a mapping with tuples of MenuItem(…) by FrontendType.ADMIN, VENDOR or SHOP"
        ),
        "is_core": YES_OR_NO,
        "is_internal": YES_OR_NO,
        "is_experimental": YES_OR_NO,
        "default_enabled": YES_OR_NO,
        "config_schema": Kind(
            lambda value: value is None or NAME.holds(value) or _is_model(value),
            "a pydantic model, or its dotted path",
        ),
        "config_version": Kind(
            lambda value: isinstance(value, int) and not isinstance(value, bool) and value > 0,
            "a whole number above zero",
        ),
        "migrate_config": HOOK,
        "vendor_settings": NAMES,
        "requires_config": YES_OR_NO,
        "default_config": Kind(
            lambda value: isinstance(value, Mapping) and _is_many(list(value), str),
            "a mapping with strings as its keys",
        ),
        "on_enable": HOOK,
        "on_disable": HOOK,
        "on_startup": HOOK,
        "on_shutdown": HOOK,
        "can_enable": HOOK,
        "can_disable": HOOK,
        "data_summary": HOOK,
        "on_clone": HOOK,
        "on_purge": HOOK,
        "keeps_data": TEXT,
        "health_check": HOOK,
        "health_critical": YES_OR_NO,
        "always_on_urls": NAMES,
        "media_folders": NAMES,
        "beat": Kind(lambda value: _is_many(value, BeatEntry), "a tuple of BeatEntry(…)"),
    },
    FeatureSpec: {"code": NAME, "name": TEXT, "default_tier": STRING},
    Permission: {"code": NAME, "name": TEXT, "roles": NAMES},
    MenuItem: {
        "id": Kind(
            lambda value: NAME.holds(value) and len(value) <= MAX_ITEM_ID,
            f"a string of 1 to {MAX_ITEM_ID} letters",
        ),
        "label": TEXT,
        "url_name": NAME,
        "section": TEXT,
        "icon": STRING,
        "order": NUMBER,
        "permission": PERHAPS_NAME,
        "feature": PERHAPS_NAME,
        "badge": HOOK,
        "is_visible": HOOK,
        "children": Kind(lambda value: _is_many(value, MenuItem), "a tuple of MenuItem(…)"),
        "mandatory": YES_OR_NO,
    },
    BeatEntry: {"name": NAME, "task": NAME, "every_seconds": NUMBER},
}


def misshapen(definition: ModuleDefinition) -> list[tuple[str, str]]:
    """What is made of something else than it must be: (what it is, what to write instead)."""
    found = list(_faults_of(definition, ""))
    # What stands inside of a field is asked for only where the field can be gone through.
    return found or [
        fault for place, part in _parts_of(definition) for fault in _faults_of(part, f"{place}: ")
    ]


def _parts_of(definition: ModuleDefinition) -> Iterator[tuple[str, Any]]:
    for feature in definition.features:
        if isinstance(feature, FeatureSpec):
            yield f"the feature {feature.code!r}", feature
    for entry in definition.permissions:
        yield f"the permission {entry.code!r}", entry
    for frontend, items in definition.menu_items.items():
        for item in items:
            yield from _item_and_below(item, f"the {frontend} menu's item")
    for task in definition.beat:
        yield f"the periodic task {task.name!r}", task


def _item_and_below(item: MenuItem, words: str) -> Iterator[tuple[str, Any]]:
    yield f"{words} {item.id!r}", item
    if _is_many(item.children, MenuItem):
        for child in item.children:
            yield from _item_and_below(child, words)


def _faults_of(thing: Any, place: str) -> Iterator[tuple[str, str]]:
    for name, kind in KINDS[type(thing)].items():
        value = getattr(thing, name)
        if not kind.holds(value):
            yield f"{place}{name} is {value!r}", f"Give {name} {kind.wanted}."

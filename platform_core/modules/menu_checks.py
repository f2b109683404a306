"""System checks of the modules' menu items. `docs/modules.md` lists them by id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.urls import NoReverseMatch, reverse

from platform_core.modules.definition import FrontendType, Hook, ModuleConfig, load_hook, with_children
from platform_core.modules.graph import Fault
from platform_core.modules.registry import Registry

# Where the pages of each frontend are mounted.
URLCONFS_OF_FRONTENDS = {
    FrontendType.ADMIN: ("config.urls.admin", "config.urls.public"),
    FrontendType.VENDOR: ("config.urls.platform",),
    FrontendType.SHOP: ("config.urls.storefront",),
}


def _ids(config: ModuleConfig, _known: Registry) -> Iterator[Fault]:
    code = config.definition.code
    for frontend, items in config.definition.menu_items.items():
        for item_id, count in Counter(item.id for item in with_children(items)).items():
            if count > 1:
                yield Fault(
                    18,
                    code,
                    f"{code} has {count} items “{item_id}” in its {frontend} menu.",
                    "Give each its own id.",
                )


def _routes(config: ModuleConfig, _known: Registry) -> Iterator[Fault]:
    code = config.definition.code
    for frontend, items in config.definition.menu_items.items():
        for item in with_children(items):
            if not any(_reverses(item.url_name, urlconf) for urlconf in URLCONFS_OF_FRONTENDS[frontend]):
                yield Fault(
                    19,
                    code,
                    f"{code}: the {frontend} menu's item “{item.id}” leads to {item.url_name}, which no route has.",
                    "Correct its url_name, or add the route. Routes with arguments are for no menu.",
                )


def _reverses(url_name: str, urlconf: str) -> bool:
    try:
        reverse(url_name, urlconf=urlconf)
    except NoReverseMatch:
        return False
    return True


def _codes(config: ModuleConfig, known: Registry) -> Iterator[Fault]:
    code = config.definition.code
    for frontend, items in config.definition.menu_items.items():
        for item in with_children(items):
            for number, what, asked, declared in (
                (36, "permission", item.permission, known.permission_codes),
                (46, "feature", item.feature, known.features),
            ):
                if asked is not None and asked not in declared:
                    yield Fault(
                        number,
                        code,
                        f"{code}: the {frontend} menu's item “{item.id}” asks for the {what} {asked}, which no module"
                        " declares.",
                        f"Correct it, or add it to the `{what}s` of a definition.",
                    )


def _hooks(config: ModuleConfig, _known: Registry) -> Iterator[Fault]:
    code = config.definition.code
    for frontend, items in config.definition.menu_items.items():
        for item in with_children(items):
            for name, hook in item.hooks.items():
                yield from hook_faults(code, f"{name} of the {frontend} menu's item “{item.id}”", hook)


def hook_faults(code: str, name: str, hook: Hook) -> Iterator[Fault]:
    """E021: what keeps a hook from being called."""
    try:
        found: Any = load_hook(hook)
    except Exception as error:
        yield Fault(
            21,
            code,
            f"{code}: {name} names {hook}, which cannot be imported: {type(error).__name__}: {error}.",
            "Correct the path.",
        )
        return
    if not callable(found):
        yield Fault(21, code, f"{code}: {name} names {hook}, which is no function.", "Name a function.")


def _depth(config: ModuleConfig, _known: Registry) -> Iterator[Fault]:
    code = config.definition.code
    for frontend, items in config.definition.menu_items.items():
        for item in items:
            for child in item.children:
                if child.children:
                    yield Fault(
                        48,
                        code,
                        f"{code}: the {frontend} menu's item “{child.id}” stands below “{item.id}” and has items"
                        " below itself.",
                        "A menu has two levels: move them up.",
                    )


def _same_for_everybody(config: ModuleConfig, _known: Registry) -> Iterator[Fault]:
    code = config.definition.code
    for item in config.definition.menu_items.get(FrontendType.SHOP, ()):
        for name in [*item.hooks, *(["children"] if item.children else [])]:
            yield Fault(
                49,
                code,
                f"{code}: the shop menu's item “{item.id}” has {name}.",
                "Drop it: pages of shops are kept, and show one flat menu to everybody.",
            )


MENU_CHECKS = (_ids, _routes, _codes, _hooks, _depth, _same_for_everybody)

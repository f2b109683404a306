"""Menus from the modules' definitions, cut to what the person may open and nobody has hidden."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, get_script_prefix, reverse
from django.utils.translation import get_language

from platform_core.modules.definition import FrontendType, MenuItem, ModuleConfig, load_hook
from platform_core.modules.features import feature_gate
from platform_core.modules.menu_visibility import MenuChoices, choices_here, with_choices
from platform_core.modules.registry import module_configs
from platform_core.modules.state import OF_THE_HOUSE, enabled_here
from platform_core.tenancy.context import current_context
from platform_core.tenancy.requests import SiteRequest

logger = logging.getLogger(__name__)

# Whether somebody holds a permission; everybody holds none.
May = Callable[[str | None], bool]


@dataclass(frozen=True, slots=True)
class MenuLink:
    """An item as a page shows it. With a `lock_url` it is not in the plan, and leads there."""

    id: str
    label: str
    url: str
    icon: str
    is_active: bool = False
    badge: str = ""
    lock_url: str = ""
    children: tuple[MenuLink, ...] = ()
    item: MenuItem | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class MenuSection:
    label: str
    items: tuple[MenuLink, ...]
    # Whether it is the same for every request of all who may do the same.
    is_fixed: bool = True


def menu_items(frontend: FrontendType) -> tuple[MenuItem, ...]:
    """The items of one frontend, by order, then id, of the modules that are on in the context, hidden ones as well."""
    return _items(frontend, enabled_here(), module_configs())


@lru_cache(maxsize=256)
def _items(
    frontend: FrontendType, enabled: frozenset[str], configs: tuple[ModuleConfig, ...]
) -> tuple[MenuItem, ...]:
    items = [
        replace(item, children=tuple(sorted(item.children, key=lambda child: child.order)))
        for config in configs
        if config.definition.code in enabled
        for item in config.definition.menu_items.get(frontend, ())
    ]
    return tuple(sorted(items, key=lambda item: (item.order, item.id)))


def shop_menu() -> list[tuple[MenuItem, str]]:
    """The items of a shop's menu that are for everybody, each with its address.

    A shopper holds no permission, and is told nothing of what the shop's plan lacks.
    """
    found = []
    for item in with_choices(menu_items(FrontendType.SHOP), choices_here(FrontendType.SHOP)):
        if item.permission is None and not locked(item):
            with suppress(NoReverseMatch):
                found.append((item, reverse(item.url_name)))
    return found


def dashboard_menu(request: SiteRequest) -> list[MenuSection]:
    """The dashboard's sidebar for the signed-in member of a vendor's team."""
    principal: Any = getattr(request, "principal", None)
    if principal is None:
        return []
    sections = _dashboard(
        enabled_here(),
        module_configs(),
        choices_of(FrontendType.VENDOR, principal),
        principal.held,
        request.urlconf,
        get_script_prefix(),
        get_language(),
    )
    return for_request(sections, request)


def choices_of(frontend: FrontendType, principal: Any) -> MenuChoices:
    """What counts for somebody who is signed in: the platform's choices, their role's and their own."""
    return choices_here(frontend, principal.role, getattr(principal.account, "pk", None))


def items_to_choose_from(
    items: Iterable[MenuItem], frontend: FrontendType, request: SiteRequest
) -> tuple[MenuItem, ...]:
    """What somebody may hide or move for themselves: the items that they would see if they had hidden none."""
    principal: Any = request.principal
    chosen = choices_here(frontend, principal.role)
    return _open_to(with_choices(items, chosen), principal.may, request)


def _open_to(items: Iterable[MenuItem], may: May, request: HttpRequest) -> tuple[MenuItem, ...]:
    return tuple(
        replace(item, children=_open_to(item.children, may, request))
        for item in items
        if may(item.permission) and is_wanted(item, request)
    )


@lru_cache(maxsize=256)
def _dashboard(
    enabled: frozenset[str],
    configs: tuple[ModuleConfig, ...],
    choices: MenuChoices,
    permissions: frozenset[str],
    urlconf: str,
    _prefix: str,
    _language: str | None,
) -> tuple[MenuSection, ...]:
    """The sidebar of all who may do the same and have chosen the same, with no page open.

    Addresses depend on the script prefix and labels on the language in force, so both are part of the key.
    """

    def may(permission: str | None) -> bool:
        return permission is None or permission in permissions

    items = with_choices(_items(FrontendType.VENDOR, enabled, configs), choices)
    return sections_of(items, may, urlconf)


def sections_of(items: Iterable[MenuItem], may: May, urlconf: str | None = None) -> tuple[MenuSection, ...]:
    """Items by section, as far as they have an address there and somebody who may do that may open them."""
    sections: dict[str, list[MenuLink]] = {}
    for item in items:
        link = _link(item, may, urlconf)
        if link is not None:
            sections.setdefault(str(item.section), []).append(link)
    return tuple(
        MenuSection(label, tuple(links), is_fixed=all(map(_is_fixed, links)))
        for label, links in sections.items()
    )


def _link(item: MenuItem, may: May, urlconf: str | None) -> MenuLink | None:
    if not may(item.permission):
        return None
    try:
        url = reverse(item.url_name, urlconf=urlconf)
    except NoReverseMatch:
        # A page of another site.
        return None
    children = (_link(child, may, urlconf) for child in item.children)
    shown = tuple(child for child in children if child is not None)
    return MenuLink(item.id, str(item.label), url, item.icon, children=shown, item=item)


def _is_fixed(link: MenuLink) -> bool:
    item = link.item
    return item is None or (not item.hooks and not item.feature and all(map(_is_fixed, link.children)))


def for_request(sections: Iterable[MenuSection], request: HttpRequest) -> list[MenuSection]:
    """The sections for the page at hand: without what its predicates hide, with locks, badges and the open page."""
    found = []
    for section in sections:
        if not section.is_fixed:
            section = replace(section, items=_asked(section.items, request))
        if section.items:
            found.append(_opened(section, request.path))
    return found


def _asked(links: Iterable[MenuLink], request: HttpRequest) -> tuple[MenuLink, ...]:
    """The links that are shown on this request, with what their hooks say."""
    found = []
    for link in links:
        item = link.item
        if item is None:
            found.append(link)
            continue
        if not is_wanted(item, request):
            continue
        lock_url = locked(item)
        if lock_url and not settings.MENUS_SHOW_LOCKED:
            continue
        badge = "" if lock_url else _badge(item, request)
        children = _asked(link.children, request)
        found.append(replace(link, badge=badge, lock_url=lock_url, children=children))
    return tuple(found)


def is_wanted(item: MenuItem, request: HttpRequest) -> bool:
    """Whether the item's predicate shows it on this request. One that fails hides it, and is logged."""
    if item.is_visible is None:
        return True
    try:
        return bool(load_hook(item.is_visible)(request))
    except Exception:
        logger.exception("menu_hook_failed", extra={"menu_item": item.id, "hook": "is_visible"})
        return False


def locked(item: MenuItem) -> str:
    """Where to go to have the item's feature, if the plan lacks it; else empty. Staff go on to the page, and are told."""
    if not item.feature or current_context().role in OF_THE_HOUSE:
        return ""
    decision = feature_gate.check_here(item.feature)
    return decision.upgrade_url if decision.reason == "not_in_plan" else ""


def _badge(item: MenuItem, request: HttpRequest) -> str:
    """What stands beside the item's label: a text, a number or nothing. A hook that fails is logged."""
    if item.badge is None:
        return ""
    try:
        said = load_hook(item.badge)(request)
    except Exception:
        logger.exception("menu_hook_failed", extra={"menu_item": item.id, "hook": "badge"})
        return ""
    return "" if said is None else str(said)


def _opened(section: MenuSection, path: str) -> MenuSection:
    """The section with the links marked that lead to the page at a path or to one above it."""
    if not any(_is_on_the_way(link, path) for link in section.items):
        return section
    return replace(section, items=tuple(_marked(link, path) for link in section.items))


def _is_on_the_way(link: MenuLink, path: str) -> bool:
    if _is_open(link, path):
        return True
    return bool(link.children) and any(_is_open(child, path) for child in link.children)


def _marked(link: MenuLink, path: str) -> MenuLink:
    """The link, or the one below it that leads nearer to the page, as the open one, if either is."""
    if not _is_on_the_way(link, path):
        return link
    children = tuple(replace(child, is_active=_is_open(child, path)) for child in link.children)
    is_below = any(child.is_active for child in children)
    return replace(link, children=children, is_active=not is_below and _is_open(link, path))


def _is_open(link: MenuLink, path: str) -> bool:
    """Whether the page is the link's, or one below it. A locked link leads elsewhere; all pages lie below home."""
    is_there = path.startswith(link.url) and (path == link.url or link.url.rstrip("/").count("/") > 1)
    return is_there and not link.lock_url

"""Menus from the modules' definitions, cut to what the person may open."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from django.urls import NoReverseMatch, get_script_prefix, reverse
from django.utils.translation import get_language

from platform_core.modules.definition import FrontendType, MenuItem, ModuleConfig
from platform_core.modules.registry import module_configs
from platform_core.modules.state import enabled_here
from platform_core.tenancy.requests import SiteRequest


@dataclass(frozen=True, slots=True)
class MenuLink:
    id: str
    label: str
    url: str
    icon: str
    is_active: bool
    badge: str = ""


@dataclass(frozen=True, slots=True)
class MenuSection:
    label: str
    items: tuple[MenuLink, ...]


def menu_items(frontend: FrontendType) -> tuple[MenuItem, ...]:
    """The items of one frontend, by order, then id, of the modules that are on in the context."""
    return _items(frontend, enabled_here(), module_configs())


@lru_cache(maxsize=256)
def _items(
    frontend: FrontendType, enabled: frozenset[str], configs: tuple[ModuleConfig, ...]
) -> tuple[MenuItem, ...]:
    items = [
        item
        for config in configs
        if config.definition.code in enabled
        for item in config.definition.menu_items.get(frontend, ())
    ]
    return tuple(sorted(items, key=lambda item: (item.order, item.id)))


def shop_menu() -> list[tuple[MenuItem, str]]:
    """The items of a shop's menu that are for everybody, each with its address. A shopper holds no permission."""
    found = []
    for item in menu_items(FrontendType.SHOP):
        if item.permission is None:
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
        principal.held,
        request.urlconf,
        get_script_prefix(),
        get_language(),
    )
    return [_opened(section, request.path) for section in sections]


@lru_cache(maxsize=256)
def _dashboard(
    enabled: frozenset[str],
    configs: tuple[ModuleConfig, ...],
    permissions: frozenset[str],
    urlconf: str,
    _prefix: str,
    _language: str | None,
) -> tuple[MenuSection, ...]:
    """The sidebar of all who may do the same, with no page open.

    Addresses depend on the script prefix and labels on the language in force, so both are part of the key.
    """
    links: dict[str, list[MenuLink]] = {}
    for item in _items(FrontendType.VENDOR, enabled, configs):
        if item.permission is not None and item.permission not in permissions:
            continue
        try:
            url = reverse(item.url_name, urlconf=urlconf)
        except NoReverseMatch:
            continue
        links.setdefault(str(item.section), []).append(
            MenuLink(item.id, str(item.label), url, item.icon, is_active=False)
        )
    return tuple(MenuSection(label, tuple(items)) for label, items in links.items())


def _opened(section: MenuSection, path: str) -> MenuSection:
    """The section with the links marked that lead to the page at a path or to one above it."""
    if not any(_leads_to(link.url, path) for link in section.items):
        return section
    items = (replace(link, is_active=True) if _leads_to(link.url, path) else link for link in section.items)
    return replace(section, items=tuple(items))


def _leads_to(url: str, path: str) -> bool:
    # Every page lies below the dashboard's home.
    return path.startswith(url) and (path == url or url.rstrip("/").count("/") > 1)

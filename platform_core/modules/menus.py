"""Menus from the modules' definitions, cut to what the person may open."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.urls import NoReverseMatch, reverse

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


def dashboard_menu(request: SiteRequest) -> list[MenuSection]:
    """The dashboard's sidebar for the signed-in member of a vendor's team."""
    principal: Any = getattr(request, "principal", None)
    if principal is None:
        return []
    links: dict[str, list[MenuLink]] = {}
    for item in menu_items(FrontendType.VENDOR):
        if not principal.may(item.permission):
            continue
        try:
            url = reverse(item.url_name, urlconf=request.urlconf)
        except NoReverseMatch:
            continue
        home = url.rstrip("/").count("/") <= 1
        active = request.path == url if home else request.path.startswith(url)
        links.setdefault(str(item.section), []).append(
            MenuLink(item.id, str(item.label), url, item.icon, active)
        )
    return [MenuSection(label, tuple(items)) for label, items in links.items()]

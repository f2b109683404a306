"""Modules' doors, found by name and mounted below one namespace per frontend, each behind its gate."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from django.urls import URLPattern, URLResolver

from platform_core.modules.definition import FrontendType
from platform_core.modules.gates import GatedResolver
from platform_core.modules.registry import module_configs

DOORS = {FrontendType.SHOP: "storefront", FrontendType.VENDOR: "dashboard", FrontendType.ADMIN: "staff"}
PORTALS = ("vendor", "storefront", "admin")

Routes = list[URLPattern | URLResolver]


def _door(module: str, door: str) -> ModuleType | None:
    """`<module>.<door>.urls`, or None where the module has no such door."""
    package = f"{module}.{door}"
    if find_spec(package) is None or find_spec(f"{package}.urls") is None:
        return None
    return import_module(f"{package}.urls")


def module_urls(frontend: FrontendType) -> Routes:
    """The pages of every module for one frontend, each below its own namespace."""
    routes: Routes = []
    for config in module_configs():
        urls = _door(config.name, DOORS[frontend])
        if urls is not None:
            routes.append(GatedResolver(urls.urlpatterns, config.definition.code, config.label, config.label))
    return routes


def api_urls(portal: str) -> Routes:
    """The API of every module for one portal: vendor, storefront or admin."""
    routes: Routes = []
    for config in module_configs():
        urls = _door(config.name, "api")
        patterns: Any = getattr(urls, f"{portal}_urlpatterns", None)
        if patterns:
            name = f"{config.label}-{portal}"
            routes.append(GatedResolver(patterns, config.definition.code, name, name))
    return routes

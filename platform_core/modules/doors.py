"""Modules' doors, found by name: the routes of their pages and of their API, each behind the module's gate."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any

from django.utils.module_loading import module_has_submodule

from platform_core.modules.definition import FrontendType, ModuleConfig
from platform_core.modules.gates import GatedResolver
from platform_core.modules.registry import loading

PACKAGES = {FrontendType.SHOP: "storefront", FrontendType.VENDOR: "dashboard", FrontendType.ADMIN: "staff"}
PORTALS = ("vendor", "storefront", "admin")


def pages(config: ModuleConfig, frontend: FrontendType) -> GatedResolver | None:
    """The pages of a module for one frontend, below its own namespace; None where it has none, or broken ones."""
    door = PACKAGES[frontend]
    with loading(config, f"{door}/urls.py"):
        urls = _door(config, door)
        if urls is not None:
            is_staffs = frontend is FrontendType.ADMIN
            return _behind_its_gate(config, urls.urlpatterns, config.label, of_the_house=is_staffs)
    return None


def api(config: ModuleConfig, portal: str) -> GatedResolver | None:
    """The API of a module for one portal: vendor, storefront or admin."""
    with loading(config, "api/urls.py"):
        patterns: Any = getattr(_door(config, "api"), f"{portal}_urlpatterns", None)
        if patterns:
            name = f"{config.label}-{portal}"
            return _behind_its_gate(config, patterns, name, of_the_house=portal == "admin")
    return None


def load_doors(config: ModuleConfig) -> None:
    """Load all of a module's doors, so that a broken one is known."""
    for frontend in FrontendType:
        pages(config, frontend)
    for portal in PORTALS:
        api(config, portal)


def _door(config: ModuleConfig, door: str) -> ModuleType | None:
    """`<module>.<door>.urls`, or None where the module has no such door."""
    if not module_has_submodule(config.module, door):
        return None
    package = import_module(f"{config.name}.{door}")
    return import_module(f"{package.__name__}.urls") if module_has_submodule(package, "urls") else None


def _behind_its_gate(
    config: ModuleConfig, patterns: Any, namespace: str, *, of_the_house: bool
) -> GatedResolver:
    code = config.definition.code
    resolver = GatedResolver(patterns, code, namespace, namespace, of_the_house=of_the_house)
    # Gone through now: what is no route would be found by the first request, and answer none.
    _ = resolver.reverse_dict
    return resolver

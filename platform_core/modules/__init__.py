"""Modules: what they are and which there are; and, once the apps are loaded, how they are asked, switched and heard."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from platform_core.modules.definition import (
    BeatEntry,
    FeatureSpec,
    FrontendType,
    MenuItem,
    ModuleConfig,
    ModuleDefinition,
    Permission,
)
from platform_core.modules.registry import (
    CORE_MODULES,
    INTERNAL_MODULES,
    MODULES,
    OPTIONAL_MODULES,
    closure,
    dependents,
    get_core_module_codes,
    get_module,
    get_module_tier,
    is_core_module,
    module_configs,
    permission_codes,
)

if TYPE_CHECKING:
    from platform_core.modules.events import ModuleEvent, ModuleEventData, module_event_bus
    from platform_core.modules.service import module_service

__all__ = [
    "CORE_MODULES",
    "INTERNAL_MODULES",
    "MODULES",
    "OPTIONAL_MODULES",
    "BeatEntry",
    "FeatureSpec",
    "FrontendType",
    "MenuItem",
    "ModuleConfig",
    "ModuleDefinition",
    "ModuleEvent",
    "ModuleEventData",
    "Permission",
    "closure",
    "dependents",
    "get_core_module_codes",
    "get_module",
    "get_module_tier",
    "is_core_module",
    "module_configs",
    "module_event_bus",
    "module_service",
    "permission_codes",
]

# These import models, which are not loaded yet when a module's apps.py imports this package.
_LOADED_LATER = {
    "ModuleEvent": "events",
    "ModuleEventData": "events",
    "module_event_bus": "events",
    "module_service": "service",
}


def __getattr__(name: str) -> Any:
    if name not in _LOADED_LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LOADED_LATER[name]}"), name)

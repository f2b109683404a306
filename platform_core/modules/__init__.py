"""Modules: what they are and which there are."""

from platform_core.modules.definition import (
    BeatEntry,
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
    get_core_module_codes,
    get_module,
    get_module_tier,
    is_core_module,
    module_configs,
    permission_codes,
)

__all__ = [
    "CORE_MODULES",
    "INTERNAL_MODULES",
    "MODULES",
    "OPTIONAL_MODULES",
    "BeatEntry",
    "FrontendType",
    "MenuItem",
    "ModuleConfig",
    "ModuleDefinition",
    "Permission",
    "get_core_module_codes",
    "get_module",
    "get_module_tier",
    "is_core_module",
    "module_configs",
    "permission_codes",
]

"""Modules: what they are and which there are."""

from platform_core.modules.definition import (
    FrontendType,
    MenuItem,
    ModuleConfig,
    ModuleDefinition,
    Permission,
)
from platform_core.modules.registry import get_module, module_configs, permission_codes

__all__ = [
    "FrontendType",
    "MenuItem",
    "ModuleConfig",
    "ModuleDefinition",
    "Permission",
    "get_module",
    "module_configs",
    "permission_codes",
]

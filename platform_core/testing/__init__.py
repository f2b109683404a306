"""What tests of modules are written with, in this house and in other packages. No code that serves imports it."""

from platform_core.modules.events import capture_module_events
from platform_core.modules.registry import isolated_registry
from platform_core.modules.state import override_modules
from platform_core.testing.contract import GATES, DefinitionTestCase, ModuleContractTestCase
from platform_core.testing.world import World

__all__ = [
    "GATES",
    "DefinitionTestCase",
    "ModuleContractTestCase",
    "World",
    "capture_module_events",
    "isolated_registry",
    "override_modules",
]

"""System checks of the ground floor, gathered for Django to find."""

from platform_core.identity import checks as identity_checks
from platform_core.modules import checks as module_checks
from platform_core.modules import surroundings as module_surroundings
from platform_core.tenancy import checks as tenancy_checks
from platform_core.ui import checks as ui_checks

__all__ = ["identity_checks", "module_checks", "module_surroundings", "tenancy_checks", "ui_checks"]

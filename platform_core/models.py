"""The models of the ground floor, where Django looks for them."""

from platform_core.identity.models import RefreshSession, User
from platform_core.modules.models import MenuVisibility, ModuleChange, PlatformModule
from platform_core.outbox.models import OutboxMessage
from platform_core.tenancy.models import Domain, Platform

__all__ = [
    "Domain",
    "MenuVisibility",
    "ModuleChange",
    "OutboxMessage",
    "Platform",
    "PlatformModule",
    "RefreshSession",
    "User",
]

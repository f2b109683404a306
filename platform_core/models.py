"""The models of the ground floor, where Django looks for them."""

from platform_core.identity.models import RefreshSession, User
from platform_core.modules.models import ModuleChange, PlatformModule
from platform_core.outbox.models import OutboxMessage
from platform_core.tenancy.models import Domain, Platform

__all__ = ["Domain", "ModuleChange", "OutboxMessage", "Platform", "PlatformModule", "RefreshSession", "User"]

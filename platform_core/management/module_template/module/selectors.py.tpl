"""Questions: querysets and values, never a write."""

from __future__ import annotations

from django.db.models import QuerySet

from ${package}.models import ${model_class}
from platform_core.modules import module_service
from platform_core.tenancy.context import PlatformRef


def all_${models}() -> QuerySet[${model_class}]:
    """Everything the context's shop has written, newest first."""
    return ${model_class}.objects.order_by("-created_at", "-pk")


def published_${models}() -> QuerySet[${model_class}]:
    """What shoppers of the context's shop see, newest first."""
    return all_${models}().filter(is_published=True)


def page_size(platform: PlatformRef) -> int:
    """How many entries a page shows on this platform."""
    return int(module_service.get_module_config(platform, "${code}")["page_size"])

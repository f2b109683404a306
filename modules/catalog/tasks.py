"""Tasks of the catalogue."""

from __future__ import annotations

from celery import shared_task

from modules.catalog import services
from modules.tenancy.selectors import vendors_of_platform
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.models import Platform


@shared_task(name="catalog.sweep_every_shop", of_installation=True)  # type: ignore[call-overload]
def sweep_every_shop() -> int:
    """Send a sweep for each shop of each active platform; returns how many."""
    count = 0
    for platform in Platform.objects.filter(status=Platform.Status.ACTIVE).prefetch_related("domains"):
        for vendor in vendors_of_platform(platform):
            with platform_context(platform, vendor):
                sweep_files.delay()
            count += 1
    return count


@shared_task(name="catalog.sweep_files", while_suspended=True)  # type: ignore[call-overload]
def sweep_files() -> int:
    """Delete the shop's picture files that no product names any more; returns how many."""
    return services.sweep_files()

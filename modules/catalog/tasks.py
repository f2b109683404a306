"""Tasks of the catalogue."""

from __future__ import annotations

from celery import shared_task

from modules.catalog import services
from modules.tenancy.selectors import vendors_of_platform
from platform_core.tenancy.context import current_context, platform_context


@shared_task(name="catalog.sweep_every_shop")
def sweep_every_shop() -> int:
    """Send a sweep for each shop of the platform; returns how many."""
    platform = current_context().platform
    assert platform is not None
    vendors = list(vendors_of_platform(platform.id))
    for vendor in vendors:
        with platform_context(platform, vendor):
            sweep_files.delay()
    return len(vendors)


@shared_task(name="catalog.sweep_files", while_suspended=True)  # type: ignore[call-overload]
def sweep_files() -> int:
    """Delete the shop's picture files that no product names any more; returns how many."""
    return services.sweep_files()

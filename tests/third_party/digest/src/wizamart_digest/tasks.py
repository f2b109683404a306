"""Run once a day for each platform where the module is on, as the platform's staff."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from platform_core.modules import module_service
from platform_core.tenancy.context import current_context
from wizamart_digest.services import forget_before


@shared_task(name="digest.forget_old_days")
def forget_old_days() -> int:
    """Delete days that are older than the platform keeps them; returns how many."""
    platform = current_context().platform
    assert platform is not None
    days_kept = module_service.get_module_config(platform, "digest")["days_kept"]
    return forget_before(today=timezone.now().date(), days_kept=days_kept)

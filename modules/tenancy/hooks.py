"""What the module's definition names."""

from __future__ import annotations

from django.utils.text import capfirst

from modules.tenancy.models import Company, Vendor
from platform_core.modules.hooks import Counts


def data_summary(platform_id: int) -> Counts:
    """Companies and shops of the platform."""
    return [
        (capfirst(str(kind._meta.verbose_name_plural)), kind.objects.filter(platform_id=platform_id).count())
        for kind in (Company, Vendor)
    ]

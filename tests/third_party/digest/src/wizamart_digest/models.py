from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from platform_core.tenancy.models import VendorOwned


class Day(VendorOwned):
    """How many payments a shop received on one day, by UTC."""

    day = models.DateField(_("day"))
    payment_count = models.PositiveIntegerField(_("payments"), default=0)

    class Meta:
        verbose_name = _("day")
        verbose_name_plural = _("days")
        ordering = ("-day",)
        constraints = (models.UniqueConstraint(fields=("vendor_id", "day"), name="digest_day_uq"),)

    def __str__(self) -> str:
        return str(self.day)

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from platform_core.tenancy.models import VendorOwned


class Parcel(VendorOwned):
    """A parcel that a shop has handed to the carrier."""

    reference = models.CharField(_("reference"), max_length=40)
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)

    class Meta:
        verbose_name = _("parcel")
        verbose_name_plural = _("parcels")
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=("vendor_id", "reference"), name="lockers_parcel_uq"),)

    def __str__(self) -> str:
        return self.reference

"""What the module stores: rows of vendors, each behind its vendor's wall."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from platform_core.tenancy.models import VendorOwned


class ${model_class}(VendorOwned):
    """Something a shop has written; shoppers see it once it is published."""

    title = models.CharField(_("title"), max_length=120)
    body = models.TextField(_("text"), max_length=2000, blank=True)
    is_published = models.BooleanField(_("published"), default=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        ordering = ("-created_at", "-pk")
        indexes = (models.Index(fields=("vendor_id", "-created_at"), name="${index}"),)

    def __str__(self) -> str:
        return self.title

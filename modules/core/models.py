"""What a vendor has set of the modules, and every change of it."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from platform_core.tenancy.owned import VendorOwned


class VendorSettings(VendorOwned):
    """What a vendor has set of one module, over what the platform has set: only what is its own.

    Rows of modules that are off or gone stay.
    """

    module_code = models.CharField(_("module"), max_length=64)
    # As JSON, by the version of the schema that it was written for.
    config = models.JSONField(_("configuration"), default=dict)
    config_version = models.PositiveIntegerField(default=1)
    version = models.PositiveIntegerField(_("version"), default=0, editable=False)
    updated_at = models.DateTimeField(_("changed at"), auto_now=True)

    class Meta:
        db_table = "core_vendorsettings"
        verbose_name = _("settings of a vendor")
        verbose_name_plural = _("settings of vendors")
        constraints = (
            models.UniqueConstraint(fields=("vendor_id", "module_code"), name="core_vendorsettings_uq"),
        )

    def __str__(self) -> str:
        return self.module_code


class SettingsChange(VendorOwned):
    """One change of a vendor's settings. Never changed and never deleted."""

    class Source(models.TextChoices):
        DASHBOARD = "dashboard", _("Dashboard")
        API = "api", _("API")
        SYSTEM = "system", _("System")

    module_code = models.CharField(_("module"), max_length=64)
    # By the setting's name: {"value": …, "source": "vendor", "platform" or "module"}.
    before = models.JSONField(_("before"))
    after = models.JSONField(_("after"))
    source = models.CharField(_("source"), max_length=16, choices=Source)
    # A vendor may not read users: no key, and the name is asked for by the gatekeeper.
    user_id = models.BigIntegerField(_("by"), null=True)
    request_id = models.CharField(max_length=64, blank=True)
    # Of the module's settings, after it.
    version = models.PositiveIntegerField(_("version"))
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        db_table = "core_settingschange"
        verbose_name = _("change of settings")
        verbose_name_plural = _("changes of settings")
        ordering = ("-id",)
        indexes = (models.Index(fields=("vendor_id", "-id"), name="core_settingschange_ix"),)

    def __str__(self) -> str:
        return self.module_code

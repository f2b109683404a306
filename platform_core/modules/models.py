"""Which modules a platform has on, with what configuration, and everything that was ever done about it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from platform_core.tenancy.models import Platform

DIRECT, DEFAULT, WAITING, AUTO = "direct", "default", "waiting", "auto"
DEPENDENCY_PREFIX = "dependency-of:"
# On by its row or as it comes, and off as long as what it requires was: it came on with that.
WAITED_PREFIX = "waited-for:"
# Asked for, and off as long as that one is on.
CONFLICT_PREFIX = "conflict-with:"


class PlatformModule(models.Model):
    """The state of one module on one platform. Rows of modules that are gone stay, and count as off."""

    platform = models.ForeignKey(
        Platform, models.CASCADE, related_name="module_rows", verbose_name=_("platform")
    )
    module_code = models.CharField(_("module"), max_length=64)
    is_enabled = models.BooleanField(_("on"), default=False)
    # direct, dependency-of:<code>, waited-for:<code> or auto: who wanted it so.
    cause = models.CharField(_("cause"), max_length=80, default=DIRECT)
    enabled_at = models.DateTimeField(_("switched on at"), null=True)
    enabled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("switched on by"),
    )
    disabled_at = models.DateTimeField(_("switched off at"), null=True)
    disabled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("switched off by"),
    )
    # Somebody has switched off just this one: a glue module does not come on by itself any more.
    locked_off = models.BooleanField(_("stays off"), default=False, db_default=False)
    # What the platform has set, over the module's defaults, by the version of the schema that it was written for.
    config = models.JSONField(_("configuration"), default=dict)
    config_version = models.PositiveIntegerField(default=1, db_default=1)

    class Meta:
        db_table = "platform_modules"
        verbose_name = _("module")
        verbose_name_plural = _("modules")
        constraints = (
            models.UniqueConstraint(fields=("platform", "module_code"), name="platform_modules_code_uq"),
        )

    def __str__(self) -> str:
        return self.module_code


class MenuVisibility(models.Model):
    """What a platform, one of its roles or a person has decided about an item of a menu.

    Without role and user it is the platform's word for everybody. Rows of items that are gone stay, and do nothing.
    """

    platform = models.ForeignKey(Platform, models.CASCADE, related_name="menu_rows")
    frontend = models.CharField(max_length=8)
    # One of platform_core.roles.
    role = models.CharField(max_length=32, default="", db_default="")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    item_id = models.CharField(max_length=100)
    is_visible = models.BooleanField(default=True)
    # Its place among its neighbours; without one, the item's own.
    order = models.IntegerField(null=True)

    class Meta:
        db_table = "platform_menu_visibility"
        verbose_name = verbose_name_plural = _("menu visibility")
        constraints = (
            # A page asks for the platform's rows and for a person's.
            models.UniqueConstraint(
                fields=("platform", "user", "frontend", "role", "item_id"),
                name="platform_menu_visibility_uq",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=models.Q(role="") | models.Q(user=None), name="platform_menu_visibility_one_ck"
            ),
        )

    def __str__(self) -> str:
        return self.item_id


class ModuleChange(models.Model):
    """One thing that was done, or refused, about a module on a platform. Never changed and never deleted.

    It outlives its platform, so it names it by id and code without a key.
    """

    class Action(models.TextChoices):
        ENABLED = "enabled", _("Switched on")
        DISABLED = "disabled", _("Switched off")
        CONFIGURED = "configured", _("Configured")
        PURGED = "purged", _("Data deleted")
        REFUSED = "refused", _("Refused")

    class Source(models.TextChoices):
        ADMIN = "admin", _("Admin")
        API = "api", _("API")
        CLI = "cli", _("Command")
        SYSTEM = "system", _("System")

    platform_id = models.BigIntegerField()
    platform_code = models.CharField(max_length=40)
    module_code = models.CharField(_("module"), max_length=64)
    action = models.CharField(_("what"), max_length=16, choices=Action)
    cause = models.CharField(_("cause"), max_length=80, blank=True)
    # What stood against it; what was deleted; the names of the settings that were changed, with what they were before and after except
    # for secrets, of which no value is ever written.
    details = models.JSONField(_("details"), default=dict)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    source = models.CharField(_("source"), max_length=16, choices=Source)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    # The platform's version after it.
    version = models.BigIntegerField()
    request_id = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        db_table = "platform_module_changes"
        verbose_name = _("change of a module")
        verbose_name_plural = _("changes of modules")
        ordering = ("-pk",)
        indexes = (models.Index(fields=("platform_id", "-id"), name="platform_module_changes_ix"),)

    def __str__(self) -> str:
        return f"{self.module_code}: {self.get_action_display()}"

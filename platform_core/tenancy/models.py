"""Platform, the tenant; Domain, the hosts it answers on; VendorOwned, the base of every vendor's row."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django_tenants.models import DomainMixin, TenantMixin

from platform_core.languages import LANGUAGE_CHOICES
from platform_core.tenancy.context import PlatformRef, platform_context
from platform_core.tenancy.fields import VendorForeignKey, VendorIdField
from platform_core.tenancy.owned import VendorOwned, VendorScopedManager

__all__ = ["Domain", "Platform", "VendorForeignKey", "VendorIdField", "VendorOwned", "VendorScopedManager"]

# A code is a label of host names. Labels end with no hyphen, and two in the third and fourth place mark encodings
# such as “xn--”. Source: RFC 5890, section 2.3.1.
validate_code = RegexValidator(
    r"^(?!..--)[a-z][a-z0-9-]{0,38}[a-z0-9]\Z",
    _(
        "Use 2 to 40 lower-case letters, digits and hyphens, as in “my-shop”: a letter first, no hyphen last, and"
        " no two hyphens in the third and fourth place."
    ),
)

validate_host = RegexValidator(
    r"^(?=.{4,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?\Z",
    _("Enter a host name such as “shop.example.com”, without “https://” and without a path."),
)


class Platform(TenantMixin):
    """A tenant: one marketplace with its own hosts, its own staff and a PostgreSQL schema of its own."""

    class Status(models.TextChoices):
        PROVISIONING = "provisioning", _("Being set up")
        ACTIVE = "active", _("Active")
        SUSPENDED = "suspended", _("Suspended")

    auto_create_schema: ClassVar[bool] = False
    auto_drop_schema: ClassVar[bool] = False

    code = models.CharField(_("code"), max_length=40, unique=True, validators=[validate_code])
    name = models.CharField(_("name"), max_length=120)
    status = models.CharField(_("status"), max_length=16, choices=Status, default=Status.PROVISIONING)
    default_language = models.CharField(
        _("default language"), max_length=2, choices=LANGUAGE_CHOICES, default="en"
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    # Counts every change of its name and languages: a form that began with another one is out of date.
    version = models.PositiveIntegerField(_("version"), default=1, db_default=1, editable=False)
    # Counts every change of what its modules are or how they are configured.
    modules_version = models.BigIntegerField(default=0, db_default=0, editable=False)

    class Meta:
        verbose_name = _("platform")
        verbose_name_plural = _("platforms")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name

    @property
    def primary_host(self) -> str:
        """The host of its landing page, or "" while it has none."""
        # The reference is made before its context is entered, by whoever holds the row.
        with platform_context(role="gatekeeper"):
            hosts = sorted(self.domains.all(), key=lambda domain: not domain.is_primary)  # type: ignore[attr-defined]
        return hosts[0].domain if hosts else ""

    @property
    def admin_host(self) -> str:
        """Where its staff work."""
        return f"admin.{self.primary_host}"

    @property
    def ref(self) -> PlatformRef:
        return PlatformRef(
            id=self.pk,
            code=self.code,
            name=self.name,
            schema_name=self.schema_name,
            domain=self.primary_host,
            default_language=self.default_language,
            status=self.status,
        )


class Domain(DomainMixin):
    """A host a platform answers on. Its vendors' subdomains and its admin host follow from it."""

    class Meta:
        verbose_name = _("domain")
        verbose_name_plural = _("domains")
        ordering = ("domain",)
        constraints = (models.UniqueConstraint(Lower("domain"), name="platform_core_domain_host_uq"),)

    def save(self, *args: object, **kwargs: object) -> None:
        self.domain: str = self.domain.lower().rstrip(".")
        super().save(*args, **kwargs)  # type: ignore[arg-type]

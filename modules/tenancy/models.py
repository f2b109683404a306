"""Company, the legal owner; Vendor, the seller; VendorDomain, its own hosts; memberships of users."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from platform_core.languages import LANGUAGE_CHOICES, LANGUAGE_CODES
from platform_core.roles import StaffRole, VendorRole
from platform_core.tenancy.context import VendorRef, platform_context
from platform_core.tenancy.hosts import RESERVED_CODES
from platform_core.tenancy.models import Platform, validate_code, validate_host


def new_domain_token() -> str:
    """What a vendor writes into the TXT record to prove that a domain is theirs."""
    return f"wizamart-{secrets.token_hex(16)}"


def every_language() -> list[str]:
    return list(LANGUAGE_CODES)


def validate_not_reserved(code: str) -> None:
    if code in RESERVED_CODES:
        raise ValidationError(_("“%(code)s” is a reserved word. Choose another code."), params={"code": code})


class Company(models.Model):
    """The legal person behind one or more vendors of a platform."""

    platform = models.ForeignKey(
        Platform, models.PROTECT, related_name="companies", verbose_name=_("platform")
    )
    legal_name = models.CharField(_("legal name"), max_length=200)
    registration_number = models.CharField(_("company register number"), max_length=40, blank=True)
    vat_id = models.CharField(_("VAT number"), max_length=20, blank=True)
    street = models.CharField(_("street and number"), max_length=200, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=16, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    country = models.CharField(
        _("country"), max_length=2, default="LU", help_text=_("Two letters, as in LU.")
    )
    email = models.EmailField(_("e-mail address"), blank=True)
    phone = models.CharField(_("telephone"), max_length=40, blank=True)
    # Counts every change: a form that began with another one is out of date.
    version = models.PositiveIntegerField(_("version"), default=1, db_default=1, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        ordering = ("legal_name",)
        constraints = (
            models.UniqueConstraint("platform", Lower("legal_name"), name="tenancy_company_name_uq"),
        )

    def __str__(self) -> str:
        return self.legal_name


class Vendor(models.Model):
    """A seller with a storefront. Every vendor-owned row of the platform's schema carries its id."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        SUSPENDED = "suspended", _("Suspended")

    platform = models.ForeignKey(Platform, models.PROTECT, related_name="vendors", verbose_name=_("platform"))
    company = models.ForeignKey(Company, models.PROTECT, related_name="vendors", verbose_name=_("company"))
    code = models.CharField(_("code"), max_length=40, validators=[validate_code, validate_not_reserved])
    name = models.CharField(_("name"), max_length=120)
    status = models.CharField(_("status"), max_length=16, choices=Status, default=Status.ACTIVE)
    taglines = models.JSONField(_("taglines"), default=dict, blank=True)
    default_language = models.CharField(
        _("default language"), max_length=2, choices=LANGUAGE_CHOICES, default="en"
    )
    languages = ArrayField(
        models.CharField(max_length=2, choices=LANGUAGE_CHOICES),
        verbose_name=_("languages"),
        default=every_language,
    )
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    country = models.CharField(_("country"), max_length=2, default="LU")
    theme = models.CharField(_("theme"), max_length=40, default="atelier")
    contact_email = models.EmailField(_("contact e-mail address"), blank=True)
    # Counts every change but of the status: a form that began with another one is out of date.
    version = models.PositiveIntegerField(_("version"), default=1, db_default=1, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("vendor")
        verbose_name_plural = _("vendors")
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=("platform", "code"), name="tenancy_vendor_code_uq"),)

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.default_language not in self.languages:
            raise ValidationError(
                {"languages": _("The default language must be one of the shop's languages.")}
            )

    @property
    def is_active(self) -> bool:
        return self.status == self.Status.ACTIVE

    @property
    def canonical_host(self) -> str:
        """Its first active own domain, else its subdomain of the platform."""
        # The reference is made before its context is entered, by whoever holds the row.
        with platform_context(role="gatekeeper"):
            own = sorted(
                (d for d in self.domains.all() if d.state == VendorDomain.State.ACTIVE),
                key=lambda domain: (not domain.is_primary, domain.pk),
            )
            return own[0].host if own else f"{self.code}.{self.platform.primary_host}"

    @property
    def ref(self) -> VendorRef:
        return VendorRef(
            id=self.pk,
            platform_id=self.platform_id,
            code=self.code,
            name=self.name,
            default_language=self.default_language,
            languages=tuple(self.languages),
            currency=self.currency,
            country=self.country,
            theme=self.theme,
            status=self.status,
            canonical_host=self.canonical_host,
            taglines=tuple(sorted(self.taglines.items())),
        )


class VendorDomain(models.Model):
    """A host of the vendor's own. It serves the storefront only after the TXT record proved it."""

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting for proof")
        VERIFIED = "verified", _("Proved")
        ACTIVE = "active", _("Active")
        FAILED = "failed", _("Proof lost")
        REMOVED = "removed", _("Removed")

    platform = models.ForeignKey(Platform, models.CASCADE, related_name="+", verbose_name=_("platform"))
    vendor = models.ForeignKey(Vendor, models.CASCADE, related_name="domains", verbose_name=_("vendor"))
    host = models.CharField(_("host"), max_length=253, validators=[validate_host])
    token = models.CharField(_("proof"), max_length=64, default=new_domain_token, editable=False)
    state = models.CharField(_("state"), max_length=16, choices=State, default=State.PENDING)
    is_primary = models.BooleanField(_("primary"), default=False)
    verified_at = models.DateTimeField(_("proved at"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("vendor domain")
        verbose_name_plural = _("vendor domains")
        ordering = ("host",)
        constraints = (
            # A claim without proof blocks nobody: only proved hosts are unique.
            models.UniqueConstraint(
                Lower("host"),
                condition=models.Q(state__in=["verified", "active"]),
                name="tenancy_domain_host_uq",
            ),
            models.UniqueConstraint(fields=("vendor", "host"), name="tenancy_domain_vendor_host_uq"),
        )

    def __str__(self) -> str:
        return self.host

    @property
    def record_name(self) -> str:
        """The DNS name of the TXT record that carries the proof."""
        return f"_wizamart.{self.host}"


class PlatformMembership(models.Model):
    """A user of a platform's own staff."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="platform_memberships")
    platform = models.ForeignKey(Platform, models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=20, choices=StaffRole, default=StaffRole.PLATFORM_ADMIN)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("platform staff member")
        verbose_name_plural = _("platform staff")
        constraints = (models.UniqueConstraint(fields=("user", "platform"), name="tenancy_staff_user_uq"),)

    def __str__(self) -> str:
        return f"{self.user} · {self.platform}"


class VendorMembership(models.Model):
    """A user in a vendor's team. `platform` is the vendor's, for the wall."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="vendor_memberships")
    platform = models.ForeignKey(Platform, models.CASCADE, related_name="+")
    vendor = models.ForeignKey(Vendor, models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=20, choices=VendorRole, default=VendorRole.CLERK)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("team member")
        verbose_name_plural = _("team members")
        constraints = (models.UniqueConstraint(fields=("user", "vendor"), name="tenancy_team_user_uq"),)

    def __str__(self) -> str:
        return f"{self.user} · {self.vendor}"


class Invitation(models.Model):
    """Somebody who was asked to join a platform's staff, or a vendor's team, and has not accepted yet.

    It gives no access and names no user, only an e-mail address: whoever invites learns nothing of who has a
    sign-in. Accepting it makes the membership.
    """

    platform = models.ForeignKey(Platform, models.CASCADE, related_name="+", verbose_name=_("platform"))
    vendor = models.ForeignKey(
        Vendor, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("vendor")
    )
    email = models.EmailField(_("e-mail address"), max_length=254)
    role = models.CharField(_("role"), max_length=20, choices=[*StaffRole.choices, *VendorRole.choices])
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGE_CHOICES, default="en")
    created_at = models.DateTimeField(_("invited on"), auto_now_add=True)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ("email",)
        constraints = (
            models.UniqueConstraint(
                fields=("platform", "vendor", "email"), name="tenancy_invitation_uq", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="tenancy_invitation_email_ck"
            ),
            # Whoever may write a vendor's rows can make nobody staff by one.
            models.CheckConstraint(
                condition=models.Q(vendor=None, role__in=StaffRole.values)
                | models.Q(vendor__isnull=False, role__in=VendorRole.values),
                name="tenancy_invitation_role_ck",
            ),
        )

    def __str__(self) -> str:
        return self.email

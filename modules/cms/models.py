"""Page: a shop's own content page. DefaultPage: the platform's, shown by every shop that has none of its own."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from platform_core.languages import LANGUAGE_CHOICES
from platform_core.tenancy.models import VendorForeignKey, VendorOwned

validate_slug = RegexValidator(
    r"^[a-z0-9]+(-[a-z0-9]+)*\Z",
    _("Use lower-case letters, digits and single hyphens, as in “delivery-times”."),
)


class PageKind(models.TextChoices):
    """What a page is for. Everything but `other` is legal text."""

    IMPRINT = "imprint", _("Imprint")
    TERMS = "terms", _("Terms and conditions")
    PRIVACY = "privacy", _("Privacy")
    RETURNS = "returns", _("Returns")
    OTHER = "other", _("Information")


class PageFields(models.Model):
    """What a shop's and a platform's page have in common. `slug` is the last part of the address."""

    slug = models.CharField(_("address"), max_length=60, validators=[validate_slug])
    kind = models.CharField(_("kind"), max_length=16, choices=PageKind, default=PageKind.OTHER)
    is_published = models.BooleanField(_("published"), default=False)
    show_in_footer = models.BooleanField(_("shown at the foot of every page"), default=True)
    position = models.PositiveSmallIntegerField(
        _("position"), default=0, help_text=_("Lower numbers come first.")
    )
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed at"), auto_now=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.slug


class PageText(models.Model):
    """A page's words in one language. `body_html` is sanitised when it is saved and again when it is shown."""

    language = models.CharField(_("language"), max_length=2, choices=LANGUAGE_CHOICES)
    title = models.CharField(_("title"), max_length=160)
    body_html = models.TextField(_("text"), blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.title} ({self.language})"


class Page(VendorOwned, PageFields):
    """A shop's own page. It goes before the platform's page of the same address once it is published."""

    class Meta:
        verbose_name = _("page")
        verbose_name_plural = _("pages")
        ordering = ("position", "slug")
        constraints = (models.UniqueConstraint(fields=("vendor_id", "slug"), name="cms_page_slug_uq"),)


class PageTranslation(VendorOwned, PageText):
    """A shop's page in one language."""

    page = VendorForeignKey("cms.Page", models.CASCADE, related_name="translations", verbose_name=_("page"))

    class Meta:
        verbose_name = _("page text")
        verbose_name_plural = _("page texts")
        ordering = ("language",)
        constraints = (
            models.UniqueConstraint(fields=("vendor_id", "page", "language"), name="cms_page_language_uq"),
        )


class DefaultPage(PageFields):
    """A page of the platform, shown by every shop without its own at that address. Written by staff."""

    class Meta:
        verbose_name = _("page of the platform")
        verbose_name_plural = _("pages of the platform")
        ordering = ("position", "slug")
        constraints = (models.UniqueConstraint(fields=("slug",), name="cms_default_slug_uq"),)


class DefaultPageTranslation(PageText):
    """A platform's page in one language."""

    page = models.ForeignKey(
        DefaultPage, models.CASCADE, related_name="translations", verbose_name=_("page of the platform")
    )

    class Meta:
        verbose_name = _("text of the platform")
        verbose_name_plural = _("texts of the platform")
        ordering = ("language",)
        constraints = (models.UniqueConstraint(fields=("page", "language"), name="cms_default_language_uq"),)

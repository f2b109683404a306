"""Products with variants, texts, images and categories; and the VAT rates of the platform.

Every row but a VAT rate belongs to one vendor. Prices are gross, in minor units of the shop's currency.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from moneyed import Money

from platform_core.languages import LANGUAGE_CHOICES
from platform_core.money import from_minor
from platform_core.tenancy.models import VendorForeignKey, VendorOwned

MAX_SLUG_LENGTH = 80
MAX_SKU_LENGTH = 64
MAX_TITLE_LENGTH = 200
MAX_DESCRIPTION_LENGTH = 20_000
# 10,000,000.00 of a currency with two decimals: far above any price, far below what totals can overflow.
MAX_PRICE_MINOR = 1_000_000_000
# A tonne.
MAX_WEIGHT_GRAMS = 1_000_000
# The oldest VAT is of 1954.
FIRST_VAT_YEAR, LAST_VAT_YEAR = 1900, 2199

validate_slug = RegexValidator(
    r"^[a-z0-9]+(-[a-z0-9]+)*\Z",
    _("Use lower-case letters, digits and single hyphens, as in “blue-mug”."),
)
validate_sku = RegexValidator(
    r"^[A-Za-z0-9][A-Za-z0-9._/-]*\Z",
    _("Use letters, digits, full stops, hyphens, underscores and slashes, as in “MUG-01”."),
)


class TaxCategory(models.TextChoices):
    """Which of a country's VAT rates applies."""

    STANDARD = "standard", _("Standard")
    INTERMEDIATE = "intermediate", _("Intermediate")
    REDUCED = "reduced", _("Reduced")
    SUPER_REDUCED = "super_reduced", _("Super-reduced")


class Category(VendorOwned):
    """A shelf of the shop. Three levels deep at most."""

    slug = models.CharField(_("address"), max_length=MAX_SLUG_LENGTH, validators=[validate_slug])
    parent = VendorForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent")
    )
    position = models.PositiveIntegerField(_("position"), default=0)
    is_visible = models.BooleanField(_("visible in the shop"), default=True)
    version = models.PositiveIntegerField(_("version"), db_default=1, default=1, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ("position", "id")
        constraints = (
            models.UniqueConstraint(fields=("vendor_id", "slug"), name="catalog_category_slug_uq"),
            models.CheckConstraint(
                condition=Q(parent=None) | ~Q(parent=F("id")), name="catalog_category_not_own_parent"
            ),
        )

    def __str__(self) -> str:
        return self.slug


class CategoryTranslation(VendorOwned):
    """A category's texts in one language."""

    category = VendorForeignKey(Category, models.CASCADE, related_name="translations")
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGE_CHOICES)
    name = models.CharField(_("name"), max_length=MAX_TITLE_LENGTH)
    description = models.TextField(_("description"), blank=True, max_length=MAX_DESCRIPTION_LENGTH)

    class Meta:
        verbose_name = _("category text")
        verbose_name_plural = _("category texts")
        constraints = (
            models.UniqueConstraint(
                fields=("vendor_id", "category", "language"), name="catalog_category_language_uq"
            ),
        )

    def __str__(self) -> str:
        return self.name


class Product(VendorOwned):
    """What a shop sells. Its prices stand on its variants; the lowest and the highest are kept here."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        ACTIVE = "active", _("Active")
        ARCHIVED = "archived", _("Archived")

    slug = models.CharField(_("address"), max_length=MAX_SLUG_LENGTH, validators=[validate_slug])
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    tax_category = models.CharField(
        _("VAT category"), max_length=16, choices=TaxCategory, default=TaxCategory.STANDARD
    )
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    # Of the active variants, kept by the services in the transaction that changes a variant.
    min_price_minor = models.BigIntegerField(_("lowest price"), null=True, editable=False)
    max_price_minor = models.BigIntegerField(_("highest price"), null=True, editable=False)
    currency = models.CharField(_("currency"), max_length=3)
    cover = VendorForeignKey(
        "catalog.ProductImage",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("cover image"),
        editable=False,
    )
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ("-created_at", "-id")
        constraints = (
            models.UniqueConstraint(fields=("vendor_id", "slug"), name="catalog_product_slug_uq"),
            models.CheckConstraint(
                condition=~Q(status="active")
                | Q(min_price_minor__isnull=False, max_price_minor__isnull=False, published_at__isnull=False),
                name="catalog_product_active_complete",
            ),
            models.CheckConstraint(
                condition=Q(min_price_minor=None) | Q(max_price_minor__gte=F("min_price_minor")),
                name="catalog_product_price_span",
            ),
        )
        indexes = (
            # The shop's list by newest and by price: the page is read off the index, in its order.
            models.Index(
                "vendor_id",
                F("published_at").desc(),
                F("id").desc(),
                name="catalog_product_newest_ix",
                condition=Q(status="active"),
            ),
            models.Index(
                "vendor_id",
                "min_price_minor",
                "id",
                name="catalog_product_price_ix",
                condition=Q(status="active"),
            ),
            # The dashboard's lists: all, and by status.
            models.Index(
                "vendor_id", F("updated_at").desc(), F("id").desc(), name="catalog_product_updated_ix"
            ),
            models.Index(
                "vendor_id",
                "status",
                F("updated_at").desc(),
                F("id").desc(),
                name="catalog_product_status_ix",
            ),
            # The API's lists are paged by (created_at, id).
            models.Index(
                "vendor_id", F("created_at").desc(), F("id").desc(), name="catalog_product_created_ix"
            ),
        )

    def __str__(self) -> str:
        return self.slug

    @property
    def min_price(self) -> Money | None:
        """The lowest price of its active variants, VAT included."""
        return None if self.min_price_minor is None else from_minor(self.min_price_minor, self.currency)

    @property
    def max_price(self) -> Money | None:
        """The highest price of its active variants, VAT included."""
        return None if self.max_price_minor is None else from_minor(self.max_price_minor, self.currency)

    @property
    def is_published(self) -> bool:
        """Whether shoppers see it now."""
        return (
            self.status == self.Status.ACTIVE
            and self.published_at is not None
            and self.published_at <= timezone.now()
        )


class ProductTranslation(VendorOwned):
    """A product's texts in one language: plain text, blank lines part paragraphs.

    Its column `words`, what the search finds it by, is kept by a trigger and unknown to Django: no page reads it.
    """

    product = VendorForeignKey(Product, models.CASCADE, related_name="translations")
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGE_CHOICES)
    title = models.CharField(_("title"), max_length=MAX_TITLE_LENGTH)
    description = models.TextField(_("description"), blank=True, max_length=MAX_DESCRIPTION_LENGTH)

    class Meta:
        verbose_name = _("product text")
        verbose_name_plural = _("product texts")
        constraints = (
            models.UniqueConstraint(
                fields=("vendor_id", "product", "language"), name="catalog_product_language_uq"
            ),
        )

    def __str__(self) -> str:
        return self.title


class SearchWord(VendorOwned):
    """A word of the shop's titles, kept by a trigger: what a misspelled search is corrected from.

    `plain` is the word without accents and capitals. No unique key stands on it: two writers of one word would wait
    for each other, and a word that is there twice does no harm.
    """

    word = models.CharField(_("word"), max_length=80)
    plain = models.CharField(_("plain word"), max_length=80)

    class Meta:
        verbose_name = _("search word")
        verbose_name_plural = _("search words")
        indexes = (models.Index("vendor_id", "plain", name="catalog_searchword_plain_ix"),)

    def __str__(self) -> str:
        return self.word


class Variant(VendorOwned):
    """What is put into a cart: one SKU with a price. `options` are its labels: `{"en": "Black, 64 GB"}`."""

    product = VendorForeignKey(Product, models.CASCADE, related_name="variants")
    sku = models.CharField("SKU", max_length=MAX_SKU_LENGTH, validators=[validate_sku])
    options = models.JSONField(_("options"), default=dict, blank=True)
    price_minor = models.BigIntegerField(_("price"), validators=[MinValueValidator(0)])
    currency = models.CharField(_("currency"), max_length=3)
    # With its packing, for shipping by weight; empty where nobody has weighed it.
    weight_grams = models.PositiveIntegerField(_("weight in grams"), null=True, blank=True)
    position = models.PositiveIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("on sale"), default=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        verbose_name = _("variant")
        verbose_name_plural = _("variants")
        ordering = ("position", "id")
        constraints = (
            # Checked at the end of a statement, so that two variants can swap their SKUs.
            models.UniqueConstraint(
                fields=("vendor_id", "sku"),
                name="catalog_variant_sku_uq",
                deferrable=models.Deferrable.IMMEDIATE,
            ),
            models.CheckConstraint(
                condition=Q(price_minor__gte=0, price_minor__lte=MAX_PRICE_MINOR),
                name="catalog_variant_price_range",
            ),
            models.CheckConstraint(
                condition=Q(weight_grams=None) | Q(weight_grams__lte=MAX_WEIGHT_GRAMS),
                name="catalog_variant_weight_range",
            ),
        )

    def __str__(self) -> str:
        return self.sku

    @property
    def price(self) -> Money:
        """VAT included."""
        return from_minor(self.price_minor, self.currency)


class ProductImage(VendorOwned):
    """A picture of a product. `file` is its largest rendition; the upload itself is not kept."""

    product = VendorForeignKey(Product, models.CASCADE, related_name="images")
    file = models.FileField(_("file"), max_length=200)
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))
    # [{"width": 320, "height": 320, "name": "lux/1/products/…-320.webp"}], smallest first; empty for an SVG.
    renditions = models.JSONField(_("renditions"), default=list, blank=True)
    alt = models.JSONField(_("alternative text"), default=dict, blank=True)
    position = models.PositiveIntegerField(_("position"), default=0)
    credit = models.CharField(_("credit"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("product image")
        verbose_name_plural = _("product images")
        ordering = ("position", "id")

    def __str__(self) -> str:
        return str(self.file.name)

    @property
    def file_names(self) -> list[str]:
        """The names of all its files in the storage."""
        return list(dict.fromkeys([str(self.file.name), *(item["name"] for item in self.renditions)]))


class ProductCategory(VendorOwned):
    """A product stands on a shelf."""

    product = VendorForeignKey(Product, models.CASCADE, related_name="category_links")
    category = VendorForeignKey(Category, models.CASCADE, related_name="product_links")
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("category of a product")
        verbose_name_plural = _("categories of products")
        ordering = ("position", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("vendor_id", "category", "product"), name="catalog_product_category_uq"
            ),
        )

    def __str__(self) -> str:
        return f"{self.category_id}: {self.product_id}"


class VatRate(models.Model):
    """A country's VAT rate for one category of goods, from day to day. The same for every vendor."""

    country = models.CharField(
        _("country"), max_length=2, validators=[RegexValidator(r"^[A-Z]{2}\Z", _("Two letters, as in LU."))]
    )
    tax_category = models.CharField(_("VAT category"), max_length=16, choices=TaxCategory)
    percent = models.DecimalField(
        _("per cent"), max_digits=7, decimal_places=4, validators=[MinValueValidator(0)]
    )
    valid_from = models.DateField(_("first day"))
    valid_to = models.DateField(
        _("last day"), null=True, blank=True, help_text=_("Empty: until further notice.")
    )
    source = models.CharField(_("source"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("VAT rate")
        verbose_name_plural = _("VAT rates")
        ordering = ("country", "tax_category", "-valid_from")
        constraints = (
            models.UniqueConstraint(
                fields=("country", "tax_category", "valid_from"), name="catalog_vatrate_start_uq"
            ),
            models.CheckConstraint(
                condition=Q(percent__gte=0, percent__lte=100), name="catalog_vatrate_percent_range"
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="catalog_vatrate_span"
            ),
        )

    def __str__(self) -> str:
        return f"{self.country} {self.tax_category} {self.percent.normalize():f} %"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.country = self.country.upper()
        super().save(*args, **kwargs)

    def clean(self) -> None:
        faults: dict[str, Any] = {}
        if self.percent is not None and self.percent > 100:
            faults["percent"] = _("A VAT rate is from 0 to 100 per cent.")
        if self.valid_from is not None and not FIRST_VAT_YEAR <= self.valid_from.year <= LAST_VAT_YEAR:
            faults["valid_from"] = _("Choose a day from the years %(first)s to %(last)s.") % {
                "first": FIRST_VAT_YEAR,
                "last": LAST_VAT_YEAR,
            }
        elif self.valid_from is not None and self.valid_to is not None and self.valid_to < self.valid_from:
            faults["valid_to"] = _("The last day is before the first one.")
        if faults:
            raise ValidationError(faults)

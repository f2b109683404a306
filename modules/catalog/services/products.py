"""Products with their texts, variants and categories."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NotRequired, TypedDict

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, Min
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from modules.catalog.exceptions import (
    CurrencyChanged,
    ProductIncomplete,
    SkuTaken,
    UnknownCategory,
    VersionConflict,
)
from modules.catalog.models import (
    MAX_PRICE_MINOR,
    MAX_SKU_LENGTH,
    MAX_WEIGHT_GRAMS,
    Category,
    Product,
    ProductCategory,
    ProductTranslation,
    TaxCategory,
    Variant,
    validate_sku,
)
from modules.catalog.services.texts import (
    TOO_LONG,
    Texts,
    check_slug,
    clean_labels,
    clean_texts,
    insert_named,
    invalid,
    naming_conflicts,
)
from modules.tenancy.selectors import currency_of_vendor, vendor_of_id
from platform_core.exceptions import TenancyError
from platform_core.languages import best_text
from platform_core.tenancy.context import current_context
from platform_core.tenancy.pagecache import content_changed

MAX_VARIANTS = 200
MAX_CATEGORIES = 50
VARIANT_FIELDS = ("sku", "price_minor", "options", "is_active")
# Far from where a calendar ends, so that a moment stands in every time zone.
FIRST_YEAR, LAST_YEAR = 1970, 2199


class VariantData(TypedDict):
    """One variant. An `id` names one the product has; without it the SKU does."""

    sku: str
    price_minor: int
    id: NotRequired[int | None]
    options: NotRequired[Mapping[str, str]]
    is_active: NotRequired[bool]
    weight_grams: NotRequired[int | None]


@transaction.atomic
def create_product(
    *,
    slug: str = "",
    translations: Texts,
    variants: Sequence[VariantData] = (),
    tax_category: str = TaxCategory.STANDARD,
    category_slugs: Iterable[str] = (),
    status: str = Product.Status.ACTIVE,
    published_at: datetime | None = None,
) -> Product:
    """A product with its texts (`{"en": {"title", "description"}}`) and variants, prices in minor units.

    Without a slug one is made from the title. An active product is published at once, or at `published_at`.
    Raises InvalidCatalogData, SlugTaken, SkuTaken, UnknownCategory, CurrencyChanged, and ProductIncomplete for
    an active product without a title or an active variant.
    """
    texts = {code: text for code, text in clean_texts(translations, "title").items() if text}
    rows = _clean_variants(variants)
    currency = _currency()
    default_language = _default_language()
    titles = {code: text["title"] for code, text in texts.items()}
    best = best_text(titles, default_language, default_language)
    product = Product(
        slug=check_slug(slug) if slug else "",
        status=_clean_status(status),
        tax_category=_clean_tax_category(tax_category),
        published_at=_clean_published_at(published_at)
        or (timezone.now() if status == Product.Status.ACTIVE else None),
        currency=currency,
    )
    prices = [row["price_minor"] for row in rows if row["is_active"]]
    if prices:
        product.min_price_minor, product.max_price_minor = min(prices), max(prices)
    _check_complete(product, has_title=bool(texts))
    insert_named(product, title=best[1] if best else "")
    with naming_conflicts(skus=[row["sku"] for row in rows]):
        ProductTranslation.objects.bulk_create(
            ProductTranslation(product=product, language=code, **text) for code, text in texts.items()
        )
        Variant.objects.bulk_create(
            Variant(product=product, currency=currency, position=position, **_fields(row))
            for position, row in enumerate(rows)
        )
    if rows:
        _check_currency(product)
    _set_categories(product, category_slugs, is_new=True)
    content_changed()
    return product


@transaction.atomic
def update_product(
    *,
    product: Product,
    expected_version: int | None = None,
    slug: str | None = None,
    translations: Texts | None = None,
    variants: Sequence[VariantData] | None = None,
    tax_category: str | None = None,
    category_slugs: Iterable[str] | None = None,
    status: str | None = None,
    published_at: datetime | None = None,
) -> Product:
    """Change what is given and leave the rest; returns the product with its next version.

    Languages that `translations` names are replaced, an empty one is taken away. `variants` is the whole
    list: a variant that it leaves out is taken off sale and kept, since orders and stock may refer to it.
    Raises VersionConflict when `expected_version` is stale, else what `create_product` raises.
    """
    product = _locked(product, expected_version)
    if slug is not None:
        product.slug = check_slug(slug)
    if tax_category is not None:
        product.tax_category = _clean_tax_category(tax_category)
    if status is not None:
        _change_status(product, status)
    if published_at is not None:
        product.published_at = _clean_published_at(published_at)
    if translations is not None:
        _set_texts(product, clean_texts(translations, "title"))
    rows = None if variants is None else _clean_variants(variants)
    with naming_conflicts(slug=product.slug, skus=_new_skus(product, rows or [])):
        if rows is not None:
            _set_variants(product, rows)
        if product.status == Product.Status.ACTIVE:
            _check_complete(product, has_title=product.translations.exists())
            product.published_at = product.published_at or timezone.now()
        _save(product)
    if category_slugs is not None:
        _set_categories(product, category_slugs)
    content_changed()
    return product


@transaction.atomic
def archive_product(*, product: Product, expected_version: int | None = None) -> Product:
    """Take a product out of the shop and out of the lists. Nothing is deleted; `restore_product` undoes it."""
    product = _locked(product, expected_version)
    if product.status != Product.Status.ARCHIVED:
        product.status = Product.Status.ARCHIVED
        _save(product)
        content_changed()
    return product


@transaction.atomic
def restore_product(*, product: Product, expected_version: int | None = None) -> Product:
    """Bring an archived product back as a draft, to be looked over before shoppers see it."""
    product = _locked(product, expected_version)
    if product.status == Product.Status.ARCHIVED:
        product.status = Product.Status.DRAFT
        _save(product)
        content_changed()
    return product


def locked_product(product: Product) -> Product:
    """The product as it is now, held until the transaction ends."""
    return _locked(product, None)


def touch_product(product: Product) -> None:
    """Count one more version after a change of what belongs to it."""
    _save(product)
    content_changed()


def _currency() -> str:
    context = current_context()
    if context.vendor is not None:
        return context.vendor.currency
    vendor = (
        vendor_of_id(context.platform.id, context.vendor_id)
        if context.platform and context.vendor_id
        else None
    )
    if vendor is None:
        raise TenancyError("A product belongs to a vendor: enter platform_context().")
    return vendor.currency


def _check_currency(product: Product) -> None:
    """Raises CurrencyChanged for prices in a currency that the shop has had until a moment ago.

    Asked once prices are written: from then on the rows' key to their vendor makes a change of it wait.
    """
    currency = currency_of_vendor(product.vendor_id)
    if currency != product.currency:
        raise CurrencyChanged(currency=currency)


def _default_language() -> str:
    vendor = current_context().vendor
    return vendor.default_language if vendor else "en"


def _locked(product: Product, expected_version: int | None) -> Product:
    product = Product.objects.select_for_update().get(pk=product.pk)
    if expected_version is not None and expected_version != product.version:
        raise VersionConflict(expected=expected_version, current=product.version)
    return product


def _save(product: Product) -> None:
    product.version += 1
    product.save()


def _clean_status(status: str) -> str:
    if status not in Product.Status.values:
        raise invalid("status", _("Choose one of: %(choices)s."), choices=", ".join(Product.Status.values))
    return status


def _clean_published_at(moment: datetime | None) -> datetime | None:
    if moment is not None and not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise invalid(
            "published_at",
            _("Choose a moment from the years %(first)s to %(last)s."),
            first=FIRST_YEAR,
            last=LAST_YEAR,
        )
    return moment


def _clean_tax_category(tax_category: str) -> str:
    if tax_category not in TaxCategory.values:
        raise invalid("tax_category", _("Choose one of: %(choices)s."), choices=", ".join(TaxCategory.values))
    return tax_category


def _change_status(product: Product, status: str) -> None:
    """Draft and active only: archiving is a right of its own."""
    archived = Product.Status.ARCHIVED
    if (_clean_status(status) == archived) != (product.status == archived):
        raise invalid("status", _("Archive and restore a product with the actions of that name."))
    product.status = status


def _check_complete(product: Product, *, has_title: bool) -> None:
    if product.status == Product.Status.ACTIVE and (not has_title or product.min_price_minor is None):
        raise ProductIncomplete(field="variants" if has_title else "translations")


def _clean_variants(variants: Sequence[VariantData]) -> list[dict[str, Any]]:
    if len(variants) > MAX_VARIANTS:
        raise invalid("variants", _("A product has at most %(limit)s variants."), limit=MAX_VARIANTS)
    rows: list[dict[str, Any]] = []
    seen: set[str] = set()
    for number, given in enumerate(variants):
        field = f"variants.{number}"
        sku = str(given.get("sku") or "").strip()
        try:
            validate_sku(sku)
        except ValidationError as error:
            raise invalid(f"{field}.sku", error.messages[0]) from None
        if len(sku) > MAX_SKU_LENGTH:
            raise invalid(f"{field}.sku", TOO_LONG, limit=MAX_SKU_LENGTH)
        if sku in seen:
            raise SkuTaken(sku=sku, field=f"{field}.sku")
        seen.add(sku)
        price = given.get("price_minor")
        if isinstance(price, bool) or not isinstance(price, int) or not 0 <= price <= MAX_PRICE_MINOR:
            raise invalid(f"{field}.price", _("Enter a price from 0 to 10 million."))
        rows.append(
            {
                "id": given.get("id"),
                "sku": sku,
                "price_minor": price,
                "options": clean_labels(given.get("options") or {}, f"{field}.options", 80),
                "is_active": bool(given.get("is_active", True)),
            }
        )
        # Left out, a weight that is known stays.
        if "weight_grams" in given:
            rows[-1]["weight_grams"] = _clean_weight(given["weight_grams"], f"{field}.weight_grams")
    return rows


def _clean_weight(weight_grams: Any, field: str) -> int | None:
    if weight_grams is None:
        return None
    is_whole = isinstance(weight_grams, int) and not isinstance(weight_grams, bool)
    if not is_whole or not 0 <= weight_grams <= MAX_WEIGHT_GRAMS:
        raise invalid(field, _("Enter a weight in whole grams, from 0 to 1,000,000, or none."))
    return int(weight_grams)


def _fields(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in (*VARIANT_FIELDS, "weight_grams") if name in row}


def _new_skus(product: Product, rows: list[dict[str, Any]]) -> Iterator[str]:
    """The SKUs that the product does not have yet; asked for after a conflict only."""
    have = set(Variant.objects.filter(product=product).values_list("sku", flat=True))
    yield from (row["sku"] for row in rows if row["sku"] not in have)


def _set_variants(product: Product, rows: list[dict[str, Any]]) -> None:
    have = list(Variant.objects.filter(product=product))
    if not have:
        # Without a price of it the shop's currency may have changed since.
        product.currency = _currency()
    by_id, by_sku = {v.pk: v for v in have}, {v.sku: v for v in have}
    changed: list[Variant] = []
    for position, row in enumerate(rows):
        variant = by_id.get(row["id"]) if row["id"] else by_sku.get(row["sku"])
        if row["id"] and variant is None:
            raise invalid(f"variants.{position}.id", _("This product has no variant %(id)s."), id=row["id"])
        variant = variant or Variant(product=product, currency=product.currency)
        for name, value in _fields(row).items():
            setattr(variant, name, value)
        variant.position = position
        changed.append(variant)
    kept = {variant.pk for variant in changed}
    if len(kept - {None}) != sum(1 for variant in changed if variant.pk):
        raise invalid("variants", _("One variant is named twice."))
    left_out = [variant.pk for variant in have if variant.pk not in kept]
    now = timezone.now()
    Variant.objects.filter(pk__in=left_out, is_active=True).update(is_active=False, updated_at=now)
    old = [variant for variant in changed if variant.pk]
    for variant in old:
        variant.updated_at = now
    # One statement, at whose end the SKUs are checked: two variants may swap theirs.
    fields = (*VARIANT_FIELDS, "weight_grams", "position", "updated_at")
    Variant.objects.bulk_update(old, fields)
    Variant.objects.bulk_create(variant for variant in changed if not variant.pk)
    if not have and rows:
        _check_currency(product)
    span = Variant.objects.filter(product=product, is_active=True).aggregate(
        low=Min("price_minor"), high=Max("price_minor")
    )
    product.min_price_minor, product.max_price_minor = span["low"], span["high"]


def _set_texts(product: Product, texts: Mapping[str, dict[str, str] | None]) -> None:
    gone = [code for code, text in texts.items() if text is None]
    if gone:
        ProductTranslation.objects.filter(product=product, language__in=gone).delete()
    ProductTranslation.objects.bulk_create(
        [
            ProductTranslation(product=product, language=code, **text)
            for code, text in texts.items()
            if text is not None
        ],
        update_conflicts=True,
        update_fields=["title", "description"],
        unique_fields=["vendor_id", "product", "language"],
    )


def _set_categories(product: Product, slugs: Iterable[str], *, is_new: bool = False) -> None:
    wanted = list(dict.fromkeys(slugs))
    if len(wanted) > MAX_CATEGORIES:
        raise invalid(
            "categories", _("A product stands in at most %(limit)s categories."), limit=MAX_CATEGORIES
        )
    found = dict(Category.objects.filter(slug__in=wanted).values_list("slug", "pk")) if wanted else {}
    for slug in wanted:
        if slug not in found:
            raise UnknownCategory(slug=slug, field="categories")
    if not is_new:
        ProductCategory.objects.filter(product=product).exclude(category__in=found.values()).delete()
    ProductCategory.objects.bulk_create(
        [
            ProductCategory(product=product, category_id=found[slug], position=position)
            for position, slug in enumerate(wanted)
        ],
        update_conflicts=True,
        update_fields=["position"],
        unique_fields=["vendor_id", "category", "product"],
    )

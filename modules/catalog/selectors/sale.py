"""What a cart and an order need to know of variants: what they are now, what they cost, and whether one may buy them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject
from django.utils import timezone
from moneyed import Money

from modules.catalog.extensions import variants_in_stock
from modules.catalog.models import Product, ProductTranslation, Variant
from modules.catalog.selectors.cards import Picture, picture_of
from platform_core.languages import best_text
from platform_core.money import from_minor


@dataclass(frozen=True, slots=True)
class SaleItem:
    """A variant as it is sold now. Prices are gross; `weight_grams` is None where nobody has weighed it."""

    variant_id: int
    sku: str
    slug: str
    title: str
    title_language: str
    label: str
    label_language: str
    price_minor: int
    currency: str
    tax_category: str
    weight_grams: int | None
    picture: Picture | None
    is_on_sale: bool
    is_available: bool

    @property
    def price(self) -> Money:
        return from_minor(self.price_minor, self.currency)


def sale_items(variant_ids: Iterable[int], *, language: str, default_language: str) -> dict[int, SaleItem]:
    """The variants of these ids that the shop has, whether they are on sale or not, by id. 1 query."""
    ids = sorted(set(variant_ids))
    return _items(Variant.objects.filter(pk__in=ids), language, default_language) if ids else {}


def sale_item_of(sku: str, *, language: str, default_language: str) -> SaleItem | None:
    """The shop's variant of this SKU, whether it is on sale or not; None where there is none. 1 query."""
    if "\0" in sku:
        return None
    found = _items(Variant.objects.filter(sku=sku), language, default_language)
    return next(iter(found.values()), None)


def _items(variants: QuerySet[Variant], language: str, default_language: str) -> dict[int, SaleItem]:
    texts = ProductTranslation.objects.filter(product=OuterRef("product_id"))
    named = ArraySubquery(texts.values(row=JSONObject(language="language", title="title")))
    rows = variants.annotate(titles=named).values(
        *("id", "sku", "options", "price_minor", "currency", "weight_grams", "is_active", "titles"),
        *("product__slug", "product__status", "product__published_at", "product__tax_category"),
        *("product__cover__file", "product__cover__width", "product__cover__height"),
        *("product__cover__renditions", "product__cover__alt"),
    )
    stock, now = variants_in_stock.first([row["id"] for row in rows]) or {}, timezone.now()
    found = {}
    for row in rows:
        titles = {text["language"]: text["title"] for text in row["titles"]}
        title = best_text(titles, language, default_language) or (default_language, row["product__slug"])
        label = best_text(row["options"] or {}, language, default_language) or (default_language, "")
        published_at = row["product__published_at"]
        found[row["id"]] = SaleItem(
            variant_id=row["id"],
            sku=row["sku"],
            slug=row["product__slug"],
            title=title[1],
            title_language=title[0],
            label=label[1],
            label_language=label[0],
            price_minor=row["price_minor"],
            currency=row["currency"],
            tax_category=row["product__tax_category"],
            weight_grams=row["weight_grams"],
            picture=picture_of(
                name=row["product__cover__file"],
                width=row["product__cover__width"],
                height=row["product__cover__height"],
                renditions=row["product__cover__renditions"],
                alt=row["product__cover__alt"],
                language=language,
                default_language=default_language,
                fallback_alt=title[1],
            ),
            is_on_sale=row["is_active"]
            and row["product__status"] == Product.Status.ACTIVE
            and published_at is not None
            and published_at <= now,
            is_available=stock.get(row["id"], True),
        )
    return found

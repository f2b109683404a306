"""Lists of products, and a product, as shoppers see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, QuerySet
from django.db.models.functions import JSONObject

from modules.catalog.extensions import variants_in_stock
from modules.catalog.models import (
    CategoryTranslation,
    Product,
    ProductCategory,
    ProductImage,
    ProductTranslation,
    Variant,
)
from modules.catalog.selectors.cards import (
    CategoryLink,
    ProductCard,
    ProductDetail,
    ProductPage,
    VariantDetail,
    picture_of,
)
from modules.catalog.selectors.published import COUNT_CAP, published_products, remembered, total_to_cap
from modules.catalog.selectors.shelves import in_category
from modules.catalog.selectors.vat import vat_percent
from platform_core.languages import best_text

Sort = Literal["newest", "price", "-price"]

SORTS: dict[str, tuple[str, ...]] = {
    "newest": ("-published_at", "-id"),
    "price": ("min_price_minor", "id"),
    "-price": ("-min_price_minor", "-id"),
}


def storefront_products(
    *,
    language: str,
    default_language: str,
    category_slug: str | None = None,
    sort: str = "newest",
    page: int = 1,
    page_size: int = 20,
) -> ProductPage:
    """One page of the shop's products, in 2 queries, 3 of a category; 1 when totals and shelves are remembered.

    `sort` is "newest", "price" or "-price", by the lowest price; anything else sorts by newest. A page past
    the end is the last one. An unknown or hidden category holds nothing.
    """
    rows = published_products()
    if category_slug is not None:
        rows = rows.filter(in_category(category_slug))
    total = remembered(f"total:{category_slug or ''}", lambda: total_to_cap(rows))
    is_capped = total > COUNT_CAP
    total = min(total, COUNT_CAP)
    page_count = max(1, -(-total // page_size))
    number = min(max(page, 1), page_count)
    start = (number - 1) * page_size
    order = SORTS.get(sort, SORTS["newest"])
    # The page is cut off the index before anything is joined: else the covers of all pages before it are looked up.
    here = rows.order_by(*order)[start : start + page_size].values("pk")
    products = Product.objects.filter(pk__in=here).order_by(*order)
    return ProductPage(
        items=product_cards(products, language=language, default_language=default_language),
        number=number,
        page_count=page_count,
        total=total,
        is_capped=is_capped,
    )


CARD_COLUMNS = ("id", "slug", "published_at", "min_price_minor", "max_price_minor", "currency")


def card_rows(products: QuerySet[Product]) -> QuerySet[Product, dict[str, Any]]:
    """The columns that cards are made of: values, since model instances cost more than tenancy does."""
    return products.values(
        *CARD_COLUMNS,
        file=F("cover__file"),
        width=F("cover__width"),
        height=F("cover__height"),
        renditions=F("cover__renditions"),
        alt=F("cover__alt"),
        texts=_json_rows(ProductTranslation, "language", "title"),
    )


def product_cards(
    products: QuerySet[Product], *, language: str, default_language: str
) -> tuple[ProductCard, ...]:
    """Cards of a bounded queryset of published products, in its order. 1 query."""
    return cards_of(list(card_rows(products)), language=language, default_language=default_language)


def cards_of(
    rows: Sequence[Mapping[str, Any]], *, language: str, default_language: str
) -> tuple[ProductCard, ...]:
    """Cards of rows that `card_rows` gave. No query."""
    cards = []
    for row in rows:
        titles = {text["language"]: text["title"] for text in row["texts"]}
        code, title = best_text(titles, language, default_language) or (default_language, row["slug"])
        cards.append(
            ProductCard(
                id=row["id"],
                slug=row["slug"],
                title=title,
                title_language=code,
                price_minor=row["min_price_minor"],
                price_is_from=row["max_price_minor"] > row["min_price_minor"],
                currency=row["currency"],
                image=picture_of(
                    name=row["file"],
                    width=row["width"],
                    height=row["height"],
                    renditions=row["renditions"],
                    alt=row["alt"],
                    language=language,
                    default_language=default_language,
                    fallback_alt=title,
                ),
            )
        )
    return tuple(cards)


def storefront_product(*, slug: str, language: str, default_language: str) -> ProductDetail | None:
    """A published product with all its page shows, or None. 2 queries."""
    row = (
        published_products()
        .filter(slug=slug)
        .annotate(
            texts=_json_rows(ProductTranslation, "language", "title", "description"),
            variant_rows=_json_rows(
                Variant, "id", "sku", "options", "price_minor", "currency", order="position", is_active=True
            ),
            image_rows=_json_rows(
                ProductImage,
                "file",
                "width",
                "height",
                "renditions",
                "alt",
                "credit",
                order="position",
            ),
            category_rows=ArraySubquery(
                ProductCategory.objects.filter(product=OuterRef("pk"), category__is_visible=True)
                .order_by("position", "id")
                .values(
                    row=JSONObject(
                        slug="category__slug",
                        names=ArraySubquery(
                            CategoryTranslation.objects.filter(category=OuterRef("category_id")).values(
                                row=JSONObject(language="language", name="name")
                            )
                        ),
                    )
                )
            ),
        )
        .values()
        .first()
    )
    return _detail(row, language, default_language) if row else None


def _json_rows(model: Any, *fields: str, order: str = "id", **conditions: Any) -> ArraySubquery:
    """The rows of a child table as JSON objects, so that a product and its parts are one query."""
    children = model.objects.filter(product=OuterRef("pk"), **conditions).order_by(order, "id")
    return ArraySubquery(children.values(row=JSONObject(**{name: name for name in fields})))


def _detail(row: Mapping[str, Any], language: str, default_language: str) -> ProductDetail:
    texts = {text["language"]: text for text in row["texts"]}
    titles = {code: text["title"] for code, text in texts.items()}
    title_language, title = best_text(titles, language, default_language) or (default_language, row["slug"])
    descriptions = {code: text["description"] for code, text in texts.items()}
    best = best_text(descriptions, language, default_language)
    description_language, description = best or (title_language, "")
    return ProductDetail(
        id=row["id"],
        slug=row["slug"],
        title=title,
        title_language=title_language,
        description=description,
        description_language=description_language,
        languages=tuple(texts),
        variants=_variants(row["variant_rows"], language, default_language),
        images=tuple(
            picture
            for image in row["image_rows"]
            if (
                picture := picture_of(
                    name=image["file"],
                    width=image["width"],
                    height=image["height"],
                    renditions=image["renditions"],
                    alt=image["alt"],
                    language=language,
                    default_language=default_language,
                    fallback_alt=title,
                    credit=image["credit"],
                )
            )
        ),
        categories=tuple(
            _link(item["slug"], item["names"], language, default_language) for item in row["category_rows"]
        ),
        tax_category=row["tax_category"],
        vat_percent=vat_percent(tax_category=row["tax_category"]),
        price_minor=row["min_price_minor"],
        max_price_minor=row["max_price_minor"],
        currency=row["currency"],
        published_at=row["published_at"],
        updated_at=row["updated_at"],
    )


def _variants(
    rows: Iterable[Mapping[str, Any]], language: str, default_language: str
) -> tuple[VariantDetail, ...]:
    rows = list(rows)
    stock = variants_in_stock.first([row["id"] for row in rows]) or {}
    found = []
    for row in rows:
        label = best_text(row["options"] or {}, language, default_language) or (default_language, "")
        found.append(
            VariantDetail(
                id=row["id"],
                sku=row["sku"],
                label=label[1],
                label_language=label[0],
                price_minor=row["price_minor"],
                currency=row["currency"],
                available=stock.get(row["id"], True),
            )
        )
    return tuple(found)


def _link(
    slug: str, names: Iterable[Mapping[str, str]], language: str, default_language: str
) -> CategoryLink:
    best = best_text({item["language"]: item["name"] for item in names}, language, default_language)
    return CategoryLink(
        slug=slug, name=best[1] if best else slug, name_language=best[0] if best else default_language
    )


def storefront_slugs() -> QuerySet[Product, tuple[str, datetime]]:
    """(slug, updated_at) of every published product, for a sitemap."""
    return published_products().order_by("id").values_list("slug", "updated_at")

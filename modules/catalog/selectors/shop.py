"""What shoppers see."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject
from django.utils import timezone

from modules.catalog.extensions import variants_in_stock
from modules.catalog.models import (
    Category,
    CategoryTranslation,
    Product,
    ProductCategory,
    ProductImage,
    ProductTranslation,
    Variant,
    VatRate,
)
from modules.catalog.selectors.cards import (
    CategoryLink,
    ProductCard,
    ProductDetail,
    ProductPage,
    VariantDetail,
    picture_of,
)
from platform_core.languages import best_text
from platform_core.tenancy.context import current_context
from platform_core.tenancy.pagecache import cached_value

Sort = Literal["newest", "price", "-price"]

Fact = TypeVar("Fact")

SORTS: dict[str, tuple[str, ...]] = {
    "newest": ("-published_at", "-id"),
    "price": ("min_price_minor", "id"),
    "-price": ("-min_price_minor", "-id"),
}
# Counting is what grows with the shop: lists count no further, and pages end there.
COUNT_CAP = 10_000


def published_products() -> QuerySet[Product]:
    """The products of the context's vendor that shoppers may see now."""
    return Product.objects.filter(status=Product.Status.ACTIVE, published_at__lte=timezone.now())


def in_category(slug: str) -> Exists:
    """Of a product: it stands in this category or in one below it, all of them visible.

    The shelves are named by their ids: only then does the planner know how many products stand on them. 1 query,
    none when they are remembered.
    """
    shelves = shelf_ids(slug, remembered("shelf-tree", shelf_tree))
    return Exists(ProductCategory.objects.filter(product=OuterRef("pk"), category__in=shelves))


def shelf_tree() -> list[tuple[int, str, int | None]]:
    """(id, slug, parent's id) of every visible category. 1 query."""
    return list(Category.objects.filter(is_visible=True).values_list("id", "slug", "parent_id"))


def shelf_ids(slug: str, shelves: Iterable[tuple[int, str, int | None]]) -> list[int]:
    """The ids of a category and of all below it. A hidden one hides what stands below it."""
    children: dict[int | None, list[int]] = {}
    slugs = {}
    for pk, name, parent_id in shelves:
        children.setdefault(parent_id, []).append(pk)
        slugs[pk] = name
    found: list[int] = []

    def walk(parent: int | None, *, is_inside: bool) -> None:
        for pk in children.get(parent, ()):
            if is_inside or slugs[pk] == slug:
                found.append(pk)
            walk(pk, is_inside=is_inside or slugs[pk] == slug)

    walk(None, is_inside=False)
    return found


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
    total = remembered(f"total:{category_slug or ''}", lambda: _total_to_cap(rows))
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


def _total_to_cap(products: QuerySet[Product]) -> int:
    """How many there are, counted no further than one above COUNT_CAP. 1 query."""
    return products.order_by()[: COUNT_CAP + 1].count()


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


def remembered(name: str, compute: Callable[[], Fact]) -> Fact:
    """A fact of the shop that changes with its content only.

    Inside a transaction it is computed each time: what the transaction wrote is in no version yet.
    """
    return compute() if connection.in_atomic_block else cached_value(f"catalog:{name}", compute)


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


def storefront_categories(language: str, default_language: str) -> list[CategoryLink]:
    """The shop's visible categories in tree order, with how many products stand in each or below.

    3 queries, 1 when the counts are remembered. A category below a hidden one is hidden.
    """
    rows = list(
        Category.objects.filter(is_visible=True)
        .annotate(
            texts=ArraySubquery(
                CategoryTranslation.objects.filter(category=OuterRef("pk")).values(
                    row=JSONObject(language="language", name="name", description="description")
                )
            )
        )
        .order_by("position", "id")
        .values("id", "slug", "parent_id", "texts")
    )
    counts = remembered("counts", _product_counts) if rows else {}
    children: dict[int | None, list[dict[str, Any]]] = {}
    for row in rows:
        children.setdefault(row["parent_id"], []).append(row)
    found: list[CategoryLink] = []

    def walk(parent_id: int | None, parent_slug: str, depth: int) -> None:
        for row in children.get(parent_id, ()):
            found.append(_tree_link(row, counts, language, default_language, parent_slug, depth))
            walk(row["id"], row["slug"], depth + 1)

    walk(None, "", 0)
    return found


def _tree_link(
    row: Mapping[str, Any],
    counts: Mapping[int, int | None],
    language: str,
    default_language: str,
    parent_slug: str,
    depth: int,
) -> CategoryLink:
    name = best_text({t["language"]: t["name"] for t in row["texts"]}, language, default_language)
    text = best_text({t["language"]: t["description"] for t in row["texts"]}, language, default_language)
    return CategoryLink(
        slug=row["slug"],
        name=name[1] if name else row["slug"],
        name_language=name[0] if name else default_language,
        product_count=counts.get(row["id"], 0),
        depth=depth,
        parent_slug=parent_slug,
        description=text[1] if text else "",
        description_language=text[0] if text else default_language,
    )


def storefront_category(*, slug: str, language: str, default_language: str) -> CategoryLink | None:
    """A visible category by its slug, with its text, or None. The queries of `storefront_categories`."""
    links = storefront_categories(language, default_language)
    return next((link for link in links if link.slug == slug), None)


_COUNTS = """
SELECT place.id, count(DISTINCT link.product_id)
  FROM catalog_productcategory link
  JOIN catalog_product product ON product.vendor_id = link.vendor_id AND product.id = link.product_id
  JOIN catalog_category shelf ON shelf.vendor_id = link.vendor_id AND shelf.id = link.category_id
  LEFT JOIN catalog_category parent ON parent.vendor_id = shelf.vendor_id AND parent.id = shelf.parent_id
 CROSS JOIN LATERAL (VALUES (shelf.id, shelf.is_visible),
                            (shelf.parent_id, shelf.is_visible AND parent.is_visible),
                            (parent.parent_id, shelf.is_visible AND parent.is_visible)) AS place (id, is_open)
 WHERE link.vendor_id = %s AND product.status = 'active' AND product.published_at <= %s
   AND place.id IS NOT NULL AND place.is_open
 GROUP BY place.id
"""


def _product_counts() -> dict[int, int | None]:
    """How many published products stand in each category or below it, each product counted once.

    Counting takes seconds where there are more than COUNT_CAP: None says that there are some. 2 queries, or 3.
    """
    if _total_to_cap(published_products()) > COUNT_CAP:
        return dict.fromkeys(_filled_shelves())
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, [current_context().vendor_id or 0, timezone.now()])
        return dict(cursor.fetchall())


def _filled_shelves() -> set[int]:
    """The visible categories in or below which a published product stands. 2 queries."""
    shelves = Category.objects.filter(is_visible=True)
    parents = dict(shelves.values_list("pk", "parent_id"))
    links = ProductCategory.objects.filter(category=OuterRef("pk"), product__in=published_products())
    found: set[int] = set()
    for pk in shelves.filter(Exists(links)).values_list("pk", flat=True):
        place: int | None = pk
        while place is not None and place in parents and place not in found:
            found.add(place)
            place = parents[place]
    return found


def storefront_slugs() -> QuerySet[Product, tuple[str, datetime]]:
    """(slug, updated_at) of every published product, for a sitemap."""
    return published_products().order_by("id").values_list("slug", "updated_at")


def vat_percent(*, tax_category: str, country: str | None = None, on: date | None = None) -> Decimal | None:
    """The rate in force for a kind of goods (17 is 17 %), in the vendor's country and today if not named.

    None where the platform knows no rate. 1 query.
    """
    vendor = current_context().vendor
    country = country or (vendor.country if vendor else "")
    day = on or timezone.localdate()
    rates = VatRate.objects.filter(country=country, tax_category=tax_category, valid_from__lte=day)
    rates = rates.filter(Q(valid_to=None) | Q(valid_to__gte=day)).order_by("-valid_from")
    percent = rates.values_list("percent", flat=True).first()
    return percent.normalize() if percent is not None else None

"""The shop's categories, and what stands in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import Exists, OuterRef
from django.db.models.functions import JSONObject
from django.utils import timezone

from modules.catalog.models import Category, CategoryTranslation, ProductCategory
from modules.catalog.selectors.cards import CategoryLink
from modules.catalog.selectors.published import COUNT_CAP, published_products, remembered, total_to_cap
from platform_core.languages import best_text
from platform_core.tenancy.context import current_context

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


def _product_counts() -> dict[int, int | None]:
    """How many published products stand in each category or below it, each product counted once.

    Counting takes seconds where there are more than COUNT_CAP: None says that there are some. 2 queries, or 3.
    """
    if total_to_cap(published_products()) > COUNT_CAP:
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

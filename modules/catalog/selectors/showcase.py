"""What a shop shows of itself around its lists: a photo for the shop and for each shelf, and related goods."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, F, OuterRef, Q, When

from modules.catalog.models import Category, Product, ProductCategory, ProductImage
from modules.catalog.selectors.cards import CategoryLink, Picture, ProductCard, ProductDetail, picture_of
from modules.catalog.selectors.published import published_products
from modules.catalog.selectors.shelves import in_category, storefront_categories
from modules.catalog.selectors.shop import product_cards
from platform_core.tenancy.pagecache import cached_value

# Wider than this, a photo fills the opening of a home page without losing its subject.
WIDE_RATIO = 1.3
# Products of a shelf, and of the shop, that its photo is chosen from.
PHOTO_CANDIDATES = 4
SHOP_PHOTO_CANDIDATES = 200

_COVER = {
    "name": F("cover__file"),
    "cover_width": F("cover__width"),
    "cover_height": F("cover__height"),
    "cover_renditions": F("cover__renditions"),
    "cover_alt": F("cover__alt"),
}


def shelves(language: str, default_language: str) -> list[CategoryLink]:
    """The shop's visible categories in tree order, remembered until something changes."""
    return cached_value("catalog:shelves", lambda: storefront_categories(language, default_language))


def shelf_path(slug: str, links: Iterable[CategoryLink]) -> list[CategoryLink]:
    """A category with all above it, the topmost first; empty when it is not among `links`."""
    by_slug = {link.slug: link for link in links}
    path: list[CategoryLink] = []
    while slug in by_slug and len(path) < len(by_slug):
        path.insert(0, by_slug[slug])
        slug = by_slug[slug].parent_slug
    return path


def _cover(row: dict[str, Any], language: str, default_language: str) -> Picture | None:
    return picture_of(
        name=row["name"],
        width=row["cover_width"],
        height=row["cover_height"],
        renditions=row["cover_renditions"],
        alt=row["cover_alt"],
        language=language,
        default_language=default_language,
    )


def shop_photo(language: str, default_language: str) -> Picture | None:
    """A photo that can stand for the shop: of the dearest of its newest products that has a wide one, else any.

    1 query.
    """
    newest = published_products().exclude(cover=None).order_by("-published_at", "-id")[:SHOP_PHOTO_CANDIDATES]
    covers = Product.objects.filter(pk__in=newest.values("pk")).annotate(
        is_wide=Case(When(cover__width__gte=F("cover__height") * WIDE_RATIO, then=True), default=False)
    )
    row = covers.order_by("-is_wide", "-min_price_minor", "id").values(**_COVER).first()
    return _cover(row, language, default_language) if row else None


def shelf_photos(language: str, default_language: str) -> dict[str, Picture]:
    """A photo for each topmost category by its slug: the cover of one of the last products in it or below.

    Two categories share a photo only where there are too few. 2 queries.
    """
    # By id, which the shelf's own index has in order: by day, every product of the shelf would be read.
    newest = (
        ProductCategory.objects.filter(
            category=OuterRef("pk"), product__in=published_products().exclude(cover=None)
        )
        .order_by("-product_id")
        .values("product_id")[:PHOTO_CANDIDATES]
    )
    rows = Category.objects.filter(is_visible=True).annotate(candidates=ArraySubquery(newest))
    shelves = {
        row["id"]: row
        for row in rows.order_by("position", "id").values("id", "slug", "parent_id", "candidates")
    }
    candidates: dict[str, list[int]] = {}
    for shelf in shelves.values():
        top = _top_of(shelf["id"], shelves)
        if top is not None:
            candidates.setdefault(shelves[top]["slug"], []).extend(shelf["candidates"])
    chosen: dict[str, int] = {}
    # The shelf with the fewest photos to choose from chooses first.
    for slug, products in sorted(candidates.items(), key=lambda item: len(item[1])):
        free = [pk for pk in products if pk not in chosen.values()]
        if products:
            chosen[slug] = (free or products)[0]
    covers = Product.objects.filter(pk__in=chosen.values()).values("id", **_COVER)
    pictures = {row["id"]: _cover(row, language, default_language) for row in covers}
    return {slug: picture for slug, pk in chosen.items() if (picture := pictures.get(pk))}


def _top_of(shelf_id: int, shelves: Mapping[int, Mapping[str, Any]]) -> int | None:
    """The topmost category above a visible one; None where one between them is hidden, or where they go in a circle."""
    here = shelves[shelf_id]
    for _step in shelves:
        if here["parent_id"] is None:
            return int(here["id"])
        if here["parent_id"] not in shelves:
            return None
        here = shelves[here["parent_id"]]
    return None


def related_products(
    product: ProductDetail, *, language: str, default_language: str, limit: int = 4
) -> tuple[ProductCard, ...]:
    """Other products of its categories, newest first. 2 queries, none for a product on no shelf."""
    if not product.categories:
        return ()
    nearby = Q()
    for category in product.categories:
        nearby |= Q(in_category(category.slug))
    rows = published_products().filter(nearby).exclude(pk=product.id).order_by("-published_at", "-id")
    return product_cards(rows[:limit], language=language, default_language=default_language)


def photo_credits() -> list[str]:
    """Who took the photos that shoppers see, each once, by name. 1 query."""
    shown = ProductImage.objects.exclude(credit="").filter(product__in=published_products())
    return list(shown.order_by("credit").values_list("credit", flat=True).distinct())

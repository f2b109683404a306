"""What the vendor's team and platform staff see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from modules.catalog.models import (
    Category,
    CategoryTranslation,
    Product,
    ProductCategory,
    ProductTranslation,
    Variant,
)
from modules.catalog.selectors.published import remembered
from modules.catalog.selectors.search import found_by_team
from platform_core.languages import fallback_chain
from platform_core.tenancy.context import PlatformRef, current_context, platform_context


def _default_language() -> str:
    vendor = current_context().vendor
    return vendor.default_language if vendor else "en"


def _best(texts: QuerySet[Any], value: str, language: str) -> Subquery:
    """`value` of the first language of the fallback chain that has a row."""
    chain = fallback_chain(language, _default_language())
    rank = Case(
        *(When(language=code, then=Value(place)) for place, code in enumerate(chain)),
        default=Value(len(chain)),
        output_field=IntegerField(),
    )
    return Subquery(texts.order_by(rank).values(value)[:1])


def vendor_products(
    *, query: str = "", status: str = "", lacks: str = "", language: str
) -> QuerySet[Product]:
    """The context's products, last changed first, each with `title`, `title_language`, `variant_count` and its cover.

    `query` are words of its texts, the beginning of a SKU, or the address. Without a status archived products are left out;
    "all" shows every one. `lacks` keeps those without a "picture", with a variant on sale without a "weight", or
    without texts in a language. In role staff the products of all vendors of the platform.
    """
    products = Product.objects.select_related("cover").order_by("-updated_at", "-id")
    if status == "":
        products = products.exclude(status=Product.Status.ARCHIVED)
    elif status != "all":
        products = products.filter(status=status)
    if lacks == "picture":
        products = products.filter(cover=None)
    elif lacks == "weight":
        products = products.filter(Exists(_unweighed().filter(product=OuterRef("pk"))))
    elif lacks:
        products = products.exclude(
            Exists(ProductTranslation.objects.filter(product=OuterRef("pk"), language=lacks))
        )
    products = products.filter(found_by_team(query))
    counted = (
        Variant.objects.filter(product=OuterRef("pk"), is_active=True)
        .order_by()
        .values("product")
        .annotate(n=Count("pk"))
        .values("n")
    )
    texts = ProductTranslation.objects.filter(product=OuterRef("pk"))
    return products.annotate(
        title=_best(texts, "title", language),
        title_language=Coalesce(_best(texts, "language", language), Value(language)),
        variant_count=Coalesce(Subquery(counted), 0),
    )


def _unweighed() -> QuerySet[Variant]:
    return Variant.objects.filter(is_active=True, weight_grams=None)


def has_unweighed_products() -> bool:
    """Whether a product of the context that is not archived has a variant on sale of which nobody knows the weight."""
    return _unweighed().exclude(product__status=Product.Status.ARCHIVED).exists()


def product_for_editing(*, slug: str | None = None, pk: int | None = None) -> Product | None:
    """One product of the context with its texts, variants, images and categories at hand, or None. 5 queries."""
    products = Product.objects.prefetch_related(
        "translations", "variants", "images", "category_links__category"
    )
    return products.filter(**({"pk": pk} if pk is not None else {"slug": slug})).first()


def vendor_categories(*, language: str) -> QuerySet[Category]:
    """The context's categories in their order, each with `name` and `parent_name`."""
    texts = CategoryTranslation.objects
    return Category.objects.annotate(  # type: ignore[return-value]
        name=_best(texts.filter(category=OuterRef("pk")), "name", language),
        parent_name=_best(texts.filter(category=OuterRef("parent_id")), "name", language),
    ).order_by("position", "id")


def counted_categories(*, language: str) -> QuerySet[Category]:
    """`vendor_categories`, each with `product_count`, archived products left out."""
    links = ProductCategory.objects.filter(category=OuterRef("pk"))
    # The links alone are counted off their index; only the archived products, which are few, are looked up.
    archived = links.filter(product__status=Product.Status.ARCHIVED)
    return vendor_categories(language=language).annotate(product_count=_count(links) - _count(archived))


def _count(links: QuerySet[ProductCategory]) -> Coalesce:
    counted = links.order_by().values("category").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


@dataclass(frozen=True, slots=True)
class CatalogOverview:
    """Figures of the dashboard's home. Archived products count under `archived` alone."""

    active: int
    draft: int
    archived: int
    without_image: int
    missing_texts: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        return self.active + self.draft

    @property
    def is_empty(self) -> bool:
        """Whether the shop has not had a product yet."""
        return not (self.total or self.archived)


def catalog_overview(*, languages: Iterable[str]) -> CatalogOverview:
    """Counts by status, products without a picture, and texts missing in each language. 2 queries.

    Counting reads every product of the shop, so the figures are remembered until something changes.
    """
    codes = tuple(languages)
    return remembered(f"overview:{','.join(codes)}", lambda: _overview(codes))


def _overview(languages: tuple[str, ...]) -> CatalogOverview:
    status = Product.Status
    live = ~Q(status=status.ARCHIVED)
    counts = Product.objects.aggregate(
        active=Count("pk", filter=Q(status=status.ACTIVE)),
        draft=Count("pk", filter=Q(status=status.DRAFT)),
        archived=Count("pk", filter=Q(status=status.ARCHIVED)),
        without_image=Count("pk", filter=live & Q(cover=None)),
    )
    total = counts["active"] + counts["draft"]
    written = dict(
        ProductTranslation.objects.exclude(product__status=status.ARCHIVED)
        .order_by()
        .values_list("language")
        .annotate(n=Count("pk"))
    )
    return CatalogOverview(
        **counts, missing_texts=tuple((code, total - written.get(code, 0)) for code in languages)
    )


def vendor_has_prices(platform: PlatformRef, vendor_id: int) -> bool:
    """Whether a vendor of the platform has variants, on sale or not. Asked from any context. 1 query."""
    with platform_context(platform, vendor_id):
        return Variant.objects.exists()

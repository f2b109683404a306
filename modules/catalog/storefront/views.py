"""The shop's goods: lists and product pages. The same for everybody, so they are kept for visitors."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from modules.catalog.extensions import product_actions
from modules.catalog.selectors import (
    CategoryLink,
    ProductCard,
    ProductDetail,
    VariantDetail,
    showcase,
    storefront_product,
    storefront_products,
)
from modules.catalog.storefront.structured import product_data
from platform_core.identity.policy import Audience, policy
from platform_core.modules.vendor_config import vendor_setting
from platform_core.storefront import SiteLink, addresses, breadcrumb_data, json_ld, page_meta
from platform_core.tenancy.links import canonical_origin, canonical_url, language_links
from platform_core.tenancy.pagecache import cached_page
from platform_core.tenancy.requests import VendorRequest

SORTS = ("newest", "price", "-price")
MAX_PAGE_DIGITS = 6


def cards(products: Iterable[ProductCard], language: str) -> list[dict[str, Any]]:
    """Products as the grid shows them."""
    address_of = addresses("storefront:catalog:product")
    return [
        {
            "title": product.title,
            "title_language": other_language(product.title_language, language),
            "url": address_of(product.slug),
            "image": product.image,
            "price": product.price,
            "starting": product.price_is_from,
        }
        for product in products
    ]


def other_language(language: str, shown: str) -> str:
    """A text's language where it is not the page's."""
    return "" if language == shown else language


def asked_page(request: VendorRequest) -> int:
    """The number of `?page=`. Raises Http404 for anything that is none."""
    text = request.GET.get("page", "1")
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_PAGE_DIGITS and int(text) > 0):
        raise Http404(_("There is no such page."))
    return int(text)


def products_per_page() -> int:
    """How many products this shop shows on a page."""
    return int(vendor_setting("catalog", "products_per_page"))


def shelf_link(link: CategoryLink, language: str) -> SiteLink:
    """A category as a link."""
    url = reverse("storefront:catalog:category", kwargs={"slug": link.slug})
    return SiteLink(link.name, url, other_language(link.name_language, language))


@policy(Audience.PUBLIC)
@require_safe
@cached_page
def product_list(request: VendorRequest) -> HttpResponse:
    return _list(request, request.GET.get("category") or None)


@policy(Audience.PUBLIC)
@require_safe
@cached_page
def category(request: VendorRequest, slug: str) -> HttpResponse:
    return _list(request, slug)


def _list(request: VendorRequest, slug: str | None) -> HttpResponse:
    language, default = request.LANGUAGE_CODE, request.vendor.default_language
    shelves = showcase.shelves(language, default)
    path = showcase.shelf_path(slug, shelves) if slug is not None else []
    if slug is not None and not path:
        raise Http404(_("The shop has no such category."))
    here = path[-1] if path else None
    sort = request.GET.get("sort", "")
    number = asked_page(request)
    page = storefront_products(
        language=language,
        default_language=default,
        category_slug=slug,
        sort=sort if sort in SORTS else "newest",
        page=number,
        page_size=products_per_page(),
    )
    if number > page.page_count:
        raise Http404(_("There is no such page."))
    home = SiteLink(_("Home"), reverse("storefront:core:home"))
    everything = SiteLink(_("All products"), reverse("storefront:catalog:list"))
    breadcrumbs = [home, everything, *(shelf_link(link, language) for link in path)]
    title = here.name if here else str(everything.label)
    # The same shelf under `?category=` and in another order is one page to a search engine.
    one_path = f"/categories/{slug}/" if slug is not None else None
    one_query = f"page={number}" if number > 1 else ""
    context = {
        "title": title,
        "title_language": other_language(here.name_language, language) if here else "",
        "here": here,
        "here_language": other_language(here.description_language, language) if here else "",
        "page": page,
        "products": cards(page.items, language),
        "has_shelves": bool(path) or any(link.has_products for link in shelves),
        # Called where the column is not kept.
        "shelves": lambda: _shelf_tree(shelves, path, language),
        "sort": sort if sort in SORTS else "newest",
        "breadcrumbs": breadcrumbs,
        "canonical_url": canonical_url(request, path=one_path, query=one_query),
        "language_links": language_links(request, path=one_path, query=one_query),
        "meta": page_meta(
            request, title, here.description if here else "", page.items[0].image if page.items else None
        ),
        "structured_data": json_ld(
            breadcrumb_data(canonical_origin(request), _canonical(request, breadcrumbs))
        ),
    }
    return render(request, "catalog/storefront/list.html", context)


def _shelf_tree(shelves: list[CategoryLink], path: list[CategoryLink], language: str) -> list[dict[str, Any]]:
    """The column of categories: the topmost, and below those on the way here their own."""
    opened = {link.slug for link in path}
    return [
        {
            "link": shelf_link(link, language),
            "count": link.product_count,
            "depth": link.depth,
            "is_current": bool(path) and link.slug == path[-1].slug,
        }
        for link in shelves
        if (link.depth == 0 or link.parent_slug in opened) and (link.has_products or link.slug in opened)
    ]


def _root(request: VendorRequest) -> str:
    """What path mode puts before an address; nothing on a shop's own host."""
    return f"/vendors/{request.vendor.code}/shop" if request.path_mode else ""


def _canonical(request: VendorRequest, links: Iterable[SiteLink]) -> list[SiteLink]:
    return [SiteLink(link.label, link.url.removeprefix(_root(request))) for link in links]


@policy(Audience.PUBLIC)
@require_safe
@cached_page
def product(request: VendorRequest, slug: str) -> HttpResponse:
    language, default = request.LANGUAGE_CODE, request.vendor.default_language
    found = storefront_product(slug=slug, language=language, default_language=default)
    if found is None:
        raise Http404(_("The shop has no such product."))
    shelves = showcase.shelves(language, default)
    path = showcase.shelf_path(found.categories[0].slug, shelves) if found.categories else []
    breadcrumbs = [
        SiteLink(_("Home"), reverse("storefront:core:home")),
        SiteLink(_("All products"), reverse("storefront:catalog:list")),
        *(shelf_link(link, language) for link in path),
        SiteLink(found.title, "", other_language(found.title_language, language)),
    ]
    variant = _chosen_variant(found, request.GET.get("variant", ""))
    origin = canonical_origin(request)
    related = showcase.related_products(found, language=language, default_language=default)
    context = {
        "product": found,
        "title_language": other_language(found.title_language, language),
        "description_language": other_language(found.description_language, language),
        "variant": variant,
        "variants": _variant_rows(request, found, variant),
        "actions": [answer(variant) for answer in product_actions.all()] if variant is not None else [],
        "shelf": shelf_link(path[-1], language) if path else None,
        "breadcrumbs": breadcrumbs,
        "related": cards(related, language),
        "meta": page_meta(request, found.title, found.description, found.image, kind="product"),
        "structured_data": json_ld(
            product_data(found, origin=origin, url=canonical_url(request)),
            breadcrumb_data(origin, _canonical(request, breadcrumbs)),
        ),
    }
    return render(request, "catalog/storefront/product.html", context)


def _chosen_variant(found: ProductDetail, sku: str) -> VariantDetail | None:
    """The variant that the address names, or the first one: a SKU that is gone must not break old links."""
    by_sku = {variant.sku: variant for variant in found.variants}
    return by_sku.get(sku) or next(iter(found.variants), None)


def _variant_rows(
    request: VendorRequest, found: ProductDetail, chosen: VariantDetail | None
) -> list[dict[str, Any]]:
    """The variants as links with their own prices; nothing to choose where there is one."""
    if len(found.variants) < 2:
        return []
    return [
        {
            "label": variant.label or variant.sku,
            "language": other_language(variant.label_language, request.LANGUAGE_CODE)
            if variant.label
            else "",
            "price": variant.price,
            "url": f"{request.path}?variant={quote(variant.sku)}",
            "is_current": variant is chosen,
            "is_available": variant.available,
        }
        for variant in found.variants
    ]


@policy(Audience.PUBLIC)
@require_safe
@cached_page
def photo_credits(request: VendorRequest) -> HttpResponse:
    """Who took the photos."""
    context = {"credits": showcase.photo_credits()}
    return render(request, "catalog/storefront/credits.html", context)

"""What the catalogue adds to every page of a shop: links, bands of the home page, the shop's photo, the sitemap."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from modules.catalog.selectors import CategoryLink, Picture, showcase, storefront_products, storefront_slugs
from modules.catalog.storefront.views import cards, shelf_link
from platform_core.storefront import (
    HomeSection,
    SiteLink,
    SitemapEntry,
    SiteMenu,
    footer_menus,
    header_links,
    home_sections,
    shop_picture,
    sitemap_entries,
)
from platform_core.tenancy.context import VendorRef
from platform_core.tenancy.pagecache import cached_value
from platform_core.ui.themes import preset_of

HEADER_SHELVES = 5
# A split header has half the width for its links.
SPLIT_HEADER_SHELVES = 3
HOME_ROWS = 2


def _language() -> str:
    return translation.get_language() or "en"


def _top_shelves(vendor: VendorRef) -> list[CategoryLink]:
    links = showcase.shelves(_language(), vendor.default_language)
    return [link for link in links if link.depth == 0 and link.has_products]


def _all_products() -> SiteLink:
    return SiteLink(gettext("All products"), reverse("storefront:catalog:list"))


@header_links.register
def goods_in_header(vendor: VendorRef) -> list[SiteLink]:
    """All products and the first shelves."""
    is_split = preset_of(vendor.theme).header == "split"
    shelves = _top_shelves(vendor)[: SPLIT_HEADER_SHELVES if is_split else HEADER_SHELVES]
    return [_all_products(), *(shelf_link(link, _language()) for link in shelves)]


@footer_menus.register
def goods_in_footer(vendor: VendorRef) -> list[SiteMenu]:
    """Every topmost shelf; and, where photos need it, their credits."""
    links = [_all_products(), *(shelf_link(link, _language()) for link in _top_shelves(vendor))]
    menus = [SiteMenu(gettext("Shop"), tuple(links), order=10)]
    if showcase.photo_credits():
        credits = SiteLink(gettext("Photo credits"), reverse("storefront:catalog:credits"))
        menus.append(SiteMenu(gettext("Legal"), (credits,), order=51))
    return menus


@home_sections.register
def shelves_on_home(vendor: VendorRef) -> list[HomeSection]:
    """The topmost categories, each with a photo."""
    photos = cached_value(
        "catalog:shelf_photos", lambda: showcase.shelf_photos(_language(), vendor.default_language)
    )
    tiles = [
        {"link": shelf_link(link, _language()), "count": link.product_count, "image": photos.get(link.slug)}
        for link in _top_shelves(vendor)
    ]
    if len(tiles) < 2:
        return []
    return [HomeSection("catalog/storefront/_home_shelves.html", {"tiles": tiles}, order=20)]


@home_sections.register
def newest_on_home(vendor: VendorRef) -> list[HomeSection]:
    """The products published last."""
    language = _language()
    page = storefront_products(
        language=language, default_language=vendor.default_language, page_size=_home_products(vendor)
    )
    context = {
        "products": cards(page.items, language),
        "url": reverse("storefront:catalog:list"),
        "total": page.total,
    }
    return [HomeSection("catalog/storefront/_home_newest.html", context, order=30)]


def _home_products(vendor: VendorRef) -> int:
    """Whole rows of the theme's grid, at least six products."""
    columns = int(preset_of(vendor.theme).variables.get("--cols-desk", "4"))
    rows = HOME_ROWS if columns > 2 else 2 * HOME_ROWS
    return columns * rows


@shop_picture.register
def photo_of_shop(vendor: VendorRef) -> Picture | None:
    """The photo at the top of the home page and beside the shop's name elsewhere."""
    return cached_value(
        "catalog:shop_photo", lambda: showcase.shop_photo(_language(), vendor.default_language)
    )


@sitemap_entries.register
def goods_in_sitemap() -> Iterator[SitemapEntry]:
    """The list, every shelf that holds something, and every product."""
    yield SitemapEntry("/products/")
    for link in showcase.shelves(_language(), _language()):
        if link.has_products:
            yield SitemapEntry(f"/categories/{link.slug}/")
    for slug, updated_at in storefront_slugs().iterator(chunk_size=2000):
        yield SitemapEntry(f"/products/{slug}/", updated_at)

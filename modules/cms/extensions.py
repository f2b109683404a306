"""What content pages add to every page of a shop: the footer's columns, the home page's last band, the sitemap."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from modules.cms import selectors
from modules.cms.models import PageKind
from platform_core.storefront import (
    HomeSection,
    SiteLink,
    SitemapEntry,
    SiteMenu,
    footer_menus,
    home_sections,
    sitemap_entries,
)
from platform_core.tenancy.context import VendorRef
from platform_core.tenancy.pagecache import cached_value

# The page that tells who the shop is, if it has one.
ABOUT_SLUG = "about"
# Legal pages that the home page leads to, in this order.
HOME_KINDS = (PageKind.RETURNS, PageKind.TERMS, PageKind.IMPRINT)
KIND_ICONS: dict[str, str] = {
    PageKind.RETURNS: "undo-2",
    PageKind.TERMS: "scroll-text",
    PageKind.IMPRINT: "building-2",
}


def _address(slug: str) -> str:
    return reverse("storefront:cms:page", kwargs={"slug": slug})


def _language() -> str:
    return translation.get_language() or "en"


@footer_menus.register
def footer_columns(vendor: VendorRef) -> list[SiteMenu]:
    """Pages with information and, in a column of their own, the legal ones."""
    pages = selectors.footer_pages(_language(), vendor.default_language)
    links = [
        (
            page.is_legal,
            SiteLink(page.title, _address(page.slug), "" if page.language == _language() else page.language),
        )
        for page in pages
    ]
    return [
        SiteMenu(gettext("Information"), tuple(link for is_legal, link in links if not is_legal), order=40),
        SiteMenu(gettext("Legal"), tuple(link for is_legal, link in links if is_legal), order=50),
    ]


@home_sections.register
def good_to_know(vendor: VendorRef) -> list[HomeSection]:
    """Who the shop is and what holds when one buys there, each in a sentence with a link to its page."""
    return cached_value("good_to_know", lambda: _good_to_know(vendor))


def _good_to_know(vendor: VendorRef) -> list[HomeSection]:
    pages = selectors.published_pages(_language(), vendor.default_language)
    wanted = [page for page in pages if page.slug == ABOUT_SLUG]
    wanted += [page for kind in HOME_KINDS for page in pages if page.kind == kind]
    if not wanted:
        return []
    items = [
        {
            "title": page.title,
            "language": "" if page.language == _language() else page.language,
            "url": _address(page.slug),
            "icon": KIND_ICONS.get(page.kind, "store"),
            "text": selectors.first_words(page.slug, _language(), vendor.default_language),
        }
        for page in wanted
    ]
    return [HomeSection("cms/storefront/_home_pages.html", {"items": items}, order=90)]


@sitemap_entries.register
def content_pages() -> Iterator[SitemapEntry]:
    """Every published page."""
    for page in selectors.published_pages(_language()):
        yield SitemapEntry(f"/pages/{page.slug}/", page.updated_at)

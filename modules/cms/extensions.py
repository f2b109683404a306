"""What content pages add to every page of a shop: the footer's columns, the home page's last band, the sitemap."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape

from django.urls import reverse
from django.utils import translation
from django.utils.html import strip_tags
from django.utils.text import Truncator
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

# The page that tells who the shop is; without one, its imprint does.
ABOUT_SLUG = "about"
EXCERPT_LENGTH = 280


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
def about_section(vendor: VendorRef) -> list[HomeSection]:
    """Who the shop is, in a few lines, with a link to the page."""
    return cached_value("about_section", lambda: _about_section(vendor))


def _about_section(vendor: VendorRef) -> list[HomeSection]:
    pages = selectors.published_pages(_language(), vendor.default_language)
    slugs = [page.slug for page in pages if page.slug == ABOUT_SLUG]
    slugs += [page.slug for page in pages if page.kind == PageKind.IMPRINT]
    page = selectors.page_for(slugs[0], _language(), vendor.default_language) if slugs else None
    if page is None:
        return []
    # A space for each tag, so that the words of two paragraphs stay apart.
    words = " ".join(strip_tags(page.body_html.replace("<", " <")).split())
    context = {
        "title": page.title,
        "text": Truncator(unescape(words)).chars(EXCERPT_LENGTH),
        "url": _address(page.slug),
        "language": "" if page.language == _language() else page.language,
    }
    return [HomeSection("cms/storefront/about.html", context, order=90)]


@sitemap_entries.register
def content_pages() -> Iterator[SitemapEntry]:
    """Every published page."""
    for page in selectors.published_pages(_language()):
        yield SitemapEntry(f"/pages/{page.slug}/", page.updated_at)

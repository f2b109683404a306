"""What modules add to a shop's pages: links of the header and footer, sections of its home page, its sitemap.

Each is a question that modules answer, so that the shell of a storefront knows none of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import translation
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator

from platform_core.extensions import ExtensionPoint
from platform_core.languages import best_text
from platform_core.modules.menus import shop_menu
from platform_core.tenancy.context import VendorRef
from platform_core.tenancy.cookies import session_cookie_name
from platform_core.tenancy.links import canonical_origin
from platform_core.tenancy.pagecache import cached_value
from platform_core.tenancy.requests import SiteRequest, VendorRequest

DESCRIPTION_LENGTH = 160


@dataclass(frozen=True, slots=True)
class SiteLink:
    """A link of the shell. `language` is set where the label stands in another language than the page."""

    label: str
    url: str
    language: str = ""
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class SiteMenu:
    """A column of the footer."""

    label: str
    items: tuple[SiteLink, ...]
    order: int = 100


@dataclass(frozen=True, slots=True)
class HomeSection:
    """A band of the home page: a template with its context. Lower orders stand further up."""

    template: str
    context: dict[str, Any] = field(default_factory=dict)
    order: int = 100


@dataclass(frozen=True, slots=True)
class SitemapEntry:
    """A page for search engines: its path below the shop's root, without a language."""

    path: str
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class HeaderTool:
    """A button of the header for this visitor alone. `label` says all of it, the count too."""

    label: str
    url: str
    icon: str
    count: int = 0


# Answers: buttons of the header for who is asking, or None. Asked on every page that is shown, and never for one that
# is kept for everybody: a visitor without a session is given none.
header_tools: ExtensionPoint[[SiteRequest], HeaderTool | None] = ExtensionPoint("header_tools")
# Answers: the links of the shop's header, in their order, in the active language.
header_links: ExtensionPoint[[VendorRef], Sequence[SiteLink]] = ExtensionPoint("header_links")
# Answers: columns of the footer.
footer_menus: ExtensionPoint[[VendorRef], Sequence[SiteMenu]] = ExtensionPoint("footer_menus")
# Answers: bands of the home page below its opening.
home_sections: ExtensionPoint[[VendorRef], Sequence[HomeSection]] = ExtensionPoint("home_sections")
# Answers: the photo that stands for a shop, as the picture tag takes it, or None.
shop_picture: ExtensionPoint[[VendorRef], Any] = ExtensionPoint("shop_picture")
# Answers: paths below the shop's root, without a language, that a search engine shall leave alone.
private_paths: ExtensionPoint[[], Iterable[str]] = ExtensionPoint("private_paths")
# Answers: the pages a search engine may know.
sitemap_entries: ExtensionPoint[[], Iterable[SitemapEntry]] = ExtensionPoint("sitemap_entries")


def tagline_of(vendor: VendorRef) -> tuple[str, str]:
    """(language, tagline) of a shop for the active language; both empty when it has none."""
    found = best_text(dict(vendor.taglines), translation.get_language() or "", vendor.default_language)
    return found or ("", "")


def _header_links(vendor: VendorRef) -> list[SiteLink]:
    """What modules answer, then the items of their menus that stand in no section."""
    answered = [link for answer in header_links.all() for link in answer(vendor)]
    return answered + [SiteLink(str(item.label), url) for item, url in shop_menu() if not item.section]


def _footer_menus(vendor: VendorRef) -> list[SiteMenu]:
    """The columns in their order, with menu items in those of their sections; of one name there is one."""
    columns: dict[str, SiteMenu] = {}
    answers = [menu for answer in footer_menus.all() for menu in answer(vendor) if menu.items]
    answers += [
        SiteMenu(str(item.section), (SiteLink(str(item.label), url),), item.order)
        for item, url in shop_menu()
        if item.section
    ]
    for menu in sorted(answers, key=lambda menu: menu.order):
        first = columns.get(menu.label)
        columns[menu.label] = replace(first, items=(*first.items, *menu.items)) if first else menu
    return list(columns.values())


def addresses(view_name: str, parameter: str = "slug") -> Callable[[str], str]:
    """`reverse` for many values of one parameter that are slugs: asked once, it costs a list of cards nothing."""
    place = "a-slug-that-nobody-has"
    before, after = reverse(view_name, kwargs={parameter: place}).split(place)
    return lambda slug: f"{before}{slug}{after}"


def _header_tools(request: SiteRequest) -> list[HeaderTool]:
    """Nothing without a session: such a visitor's page may be kept for everybody."""
    if not hasattr(request, "session"):
        return []
    if session_cookie_name(request) not in request.COOKIES and not request.session.modified:
        return []
    tools = (answer(request) for answer in header_tools.all())
    return [tool for tool in tools if tool is not None]


def _with_current(links: Sequence[SiteLink], path: str) -> list[SiteLink]:
    return [SiteLink(link.label, link.url, link.language, path == link.url) for link in links]


def shell(request: SiteRequest) -> dict[str, Any]:
    """shop_menu, footer_menus and shop_tagline for pages of a storefront: looked up where a page shows them."""
    vendor = getattr(request, "vendor", None)
    if vendor is None or request.site_kind != "storefront":
        return {}
    shop = vendor
    tagline_language, tagline = tagline_of(shop)
    return {
        "shop_menu": SimpleLazyObject(
            lambda: _with_current(cached_value("header_links", lambda: _header_links(shop)), request.path)
        ),
        "header_tools": SimpleLazyObject(lambda: _header_tools(request)),
        "footer_menus": SimpleLazyObject(lambda: cached_value("footer_menus", lambda: _footer_menus(shop))),
        "shop_tagline": tagline,
        "shop_tagline_language": tagline_language,
    }


@dataclass(frozen=True, slots=True)
class PageMeta:
    """What a page says of itself to search engines and where its link is shared. Needs no escaping here."""

    title: str
    description: str = ""
    image_url: str = ""
    image_alt: str = ""
    kind: str = "website"


def page_meta(
    request: VendorRequest, title: str, text: str = "", picture: Any = None, kind: str = "website"
) -> PageMeta:
    """The meta of a page: `text` becomes a description of one line, `picture` (with url and alt) absolute."""
    image_url = f"{canonical_origin(request)}{picture.url}" if picture else ""
    description = Truncator(" ".join(text.split())).chars(DESCRIPTION_LENGTH)
    return PageMeta(title, description, image_url, picture.alt if picture else "", kind)


_JSON_ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


def json_ld(*things: dict[str, Any]) -> SafeString:
    """schema.org data as a `<script type="application/ld+json">`.

    Browsers never run a script of that type, so the content security policy has nothing to allow.
    """
    graph = {"@context": "https://schema.org", "@graph": list(things)}
    text = json.dumps(graph, ensure_ascii=False, separators=(",", ":")).translate(_JSON_ESCAPES)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')


def breadcrumb_data(origin: str, items: Sequence[SiteLink]) -> dict[str, Any]:
    """A schema.org BreadcrumbList of a page's breadcrumbs; `origin` is scheme and host."""
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {
                "@type": "ListItem",
                "position": number,
                "name": item.label,
                **({"item": f"{origin}{item.url}"} if item.url else {}),
            }
            for number, item in enumerate(items, start=1)
        ],
    }

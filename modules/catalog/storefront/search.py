"""The shop's search: a page for each query, the same for everybody, so it is kept for visitors as lists are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from modules.catalog.selectors import CategoryLink, search_products, showcase
from modules.catalog.selectors.search import MAX_QUERY_LENGTH, SEARCH_SORTS, shelves_named
from modules.catalog.storefront.views import (
    asked_page,
    cards,
    other_language,
    products_per_page,
    shelf_link,
)
from platform_core.identity.policy import Audience, policy
from platform_core.storefront import SiteLink
from platform_core.tenancy.links import canonical_url, language_links
from platform_core.tenancy.pagecache import cached_page
from platform_core.tenancy.requests import VendorRequest

# Shelves that are offered where nothing was found, or by their name.
OFFERED_SHELVES = 8
OFFERED_WORDS = 5


@policy(Audience.PUBLIC)
@require_safe
@cached_page
def search(request: VendorRequest) -> HttpResponse:
    """What was found; without words, the field alone."""
    language, default = request.LANGUAGE_CODE, request.vendor.default_language
    shelves = showcase.shelves(language, default)
    path = showcase.shelf_path(request.GET.get("category", ""), shelves)
    sort = request.GET.get("sort", "")
    sort = sort if sort in SEARCH_SORTS else "relevance"
    number = asked_page(request)
    result = search_products(
        query=request.GET.get("q", ""),
        language=language,
        default_language=default,
        category_slug=path[-1].slug if path else None,
        sort=sort,
        page=number,
        page_size=products_per_page(),
    )
    if number > result.page.page_count:
        raise Http404(_("There is no such page."))
    named = shelves_named(result.asked, shelves) if number == 1 and not path else []
    offered = named or (
        [] if result.total else [link for link in shelves if link.depth == 0 and link.has_products]
    )
    asked = {"q": result.asked, **({"sort": sort} if sort != "relevance" else {})}
    query = urlencode({"q": result.asked, **({"page": number} if number > 1 else {})}) if result.asked else ""
    context = {
        "result": result,
        "page": result.page,
        "products": cards(result.page.items, language),
        "search_query": result.asked,
        "search_url": _address(),
        "everything_url": _address(**asked),
        "max_length": MAX_QUERY_LENGTH,
        "suggestion_url": _address(q=result.suggestion),
        "words": [] if result.total else _single_words(result.asked),
        "offered": [shelf_link(link, language) for link in offered[:OFFERED_SHELVES]],
        "shelves": _found_shelves(shelves, path, result.counts, asked, language),
        "here": path[-1] if path else None,
        "sort": sort,
        "breadcrumbs": [
            SiteLink(_("Home"), reverse("storefront:core:home")),
            SiteLink(_("Search"), _address()),
        ],
        "canonical_url": canonical_url(request, query=query),
        "language_links": language_links(request, query=query),
    }
    return render(request, "catalog/storefront/search.html", context)


def _address(**query: str) -> str:
    address = reverse("storefront:catalog:search")
    return f"{address}?{urlencode(query)}" if query else address


def _single_words(asked: str) -> list[SiteLink]:
    """Each of several words alone: no product has all of them."""
    words = asked.split()
    return [SiteLink(word, _address(q=word)) for word in words] if 1 < len(words) <= OFFERED_WORDS else []


def _found_shelves(
    shelves: list[CategoryLink],
    path: list[CategoryLink],
    counts: Mapping[str, int],
    asked: Mapping[str, str],
    language: str,
) -> list[dict[str, Any]]:
    """The shelves that hold something of what was found: the topmost, and below those on the way here their own."""
    opened = {link.slug for link in path}
    return [
        {
            "link": SiteLink(
                link.name,
                _address(**asked, category=link.slug),
                other_language(link.name_language, language),
            ),
            "count": counts.get(link.slug, 0),
            "depth": link.depth,
            "is_current": bool(path) and link.slug == path[-1].slug,
        }
        for link in shelves
        if (link.depth == 0 or link.parent_slug in opened) and (counts.get(link.slug) or link.slug in opened)
    ]

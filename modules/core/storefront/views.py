"""A shop's home page, and what it tells search engines."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from platform_core.identity.policy import Audience, policy
from platform_core.storefront import (
    SitemapEntry,
    home_sections,
    json_ld,
    page_meta,
    private_paths,
    shop_picture,
    sitemap_entries,
    tagline_of,
)
from platform_core.tenancy.links import canonical_origin
from platform_core.tenancy.pagecache import cached_page
from platform_core.tenancy.requests import VendorRequest

# The protocol allows 50,000 addresses; with four languages and their cross-references a part stays near 5 MB.
ENTRIES_PER_SITEMAP = 2_000


@policy(Audience.PUBLIC)
@require_safe
@cached_page
def home(request: VendorRequest) -> HttpResponse:
    vendor = request.vendor
    tagline_language, tagline = tagline_of(vendor)
    picture = shop_picture.first(vendor)
    sections = [section for answer in home_sections.all() for section in answer(vendor)]
    context = {
        "tagline": tagline,
        "tagline_language": "" if tagline_language == request.LANGUAGE_CODE else tagline_language,
        "picture": picture,
        "sections": sorted(sections, key=lambda section: section.order),
        "meta": page_meta(request, tagline or vendor.name, tagline, picture),
        "structured_data": json_ld(
            {"@type": "OnlineStore", "name": vendor.name, "url": f"{canonical_origin(request)}/"}
        ),
    }
    return render(request, "core/storefront/home.html", context)


@policy(Audience.PUBLIC)
@require_safe
@cached_page
def robots(request: VendorRequest) -> HttpResponse:
    vendor = request.vendor
    prefixes = ["" if code == vendor.default_language else f"/{code}" for code in vendor.languages]
    private = [path for answer in private_paths.all() for path in answer()]
    lines = [
        "User-agent: *",
        *(f"Disallow: {prefix}{path}" for path in private for prefix in prefixes),
        "Disallow: /api/",
        f"Sitemap: {canonical_origin(request)}/sitemap.xml",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@policy(Audience.PUBLIC)
@require_safe
def sitemap(request: VendorRequest) -> HttpResponse:
    """The addresses of every page in every language; past ENTRIES_PER_SITEMAP pages, an index of parts."""
    entries = [SitemapEntry("/"), *(entry for answer in sitemap_entries.all() for entry in answer())]
    parts = -(-len(entries) // ENTRIES_PER_SITEMAP)
    asked = request.GET.get("part")
    origin = canonical_origin(request)
    if asked is None and parts > 1:
        addresses = [f"{origin}/sitemap.xml?part={number}" for number in range(1, parts + 1)]
        return render(
            request,
            "core/storefront/sitemap_index.xml",
            {"parts": addresses},
            content_type="application/xml",
        )
    number = _part_number(asked, parts)
    vendor = request.vendor
    prefixes = [
        (code, origin + ("" if code == vendor.default_language else f"/{code}")) for code in vendor.languages
    ]
    context = {
        "entries": entries[(number - 1) * ENTRIES_PER_SITEMAP : number * ENTRIES_PER_SITEMAP],
        "prefixes": prefixes,
        "origin": origin,
    }
    return render(request, "core/storefront/sitemap.xml", context, content_type="application/xml")


def _part_number(asked: str | None, parts: int) -> int:
    """The part of the sitemap that is asked for. Raises Http404 where there is none of that number."""
    for number in range(1, parts + 1):
        if asked is None or asked == str(number):
            return number
    raise Http404(_("There is no such part of the sitemap."))

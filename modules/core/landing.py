"""Home pages of a platform and of the installation: who is here, and the way in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe

from modules.tenancy.selectors import open_vendors
from platform_core.identity.policy import Audience, policy
from platform_core.languages import LANGUAGE_CODES, LANGUAGES
from platform_core.storefront import shop_picture, tagline_of
from platform_core.tenancy.context import VendorRef, platform_context
from platform_core.tenancy.links import LanguageLink, origin_of
from platform_core.tenancy.models import Platform
from platform_core.tenancy.pagecache import cached_value
from platform_core.tenancy.requests import SiteRequest

SHOPS_PER_PAGE = 24

View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class ShopTile:
    name: str
    url: str
    tagline: str
    tagline_language: str
    picture: Any


@dataclass(frozen=True, slots=True)
class PlatformTile:
    name: str
    url: str


def in_chosen_language(view: View) -> View:
    """These pages have one address for all languages: `?language=fr`, else what the browser asks for."""

    @wraps(view)
    def wrapped(request: SiteRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        chosen = request.GET.get("language", "")
        if chosen not in LANGUAGE_CODES:
            chosen = translation.get_language() or "en"
        with translation.override(chosen):
            response = view(request, *args, **kwargs)
        response["Content-Language"] = chosen
        response["Vary"] = "Accept-Language"
        return response

    return wrapped


def language_links(request: SiteRequest) -> list[LanguageLink]:
    """This page in every language of the interface; other parameters stay."""
    current = translation.get_language()
    query = request.GET.copy()
    links = []
    for code, name in LANGUAGES:
        query["language"] = code
        links.append(LanguageLink(code, name, f"{request.path}?{query.urlencode()}", "", code == current))
    return links


def _shop_tile(request: SiteRequest, vendor: VendorRef) -> ShopTile:
    # The photo is a row of the shop's: only its own context may read it.
    with platform_context(request.platform, vendor):
        picture = cached_value("shop_picture", lambda: shop_picture.first(vendor))
    language, tagline = tagline_of(vendor)
    asked = translation.get_language()
    path = "/" if asked == vendor.default_language or asked not in vendor.languages else f"/{asked}/"
    return ShopTile(
        name=vendor.name,
        url=origin_of(request, vendor.canonical_host) + path,
        tagline=tagline,
        tagline_language="" if language == asked else language,
        picture=picture,
    )


@policy(Audience.PUBLIC)
@require_safe
@in_chosen_language
def platform(request: SiteRequest) -> HttpResponse:
    """The shops of a platform. The admin's host shows its admin instead."""
    if request.site_kind == "admin":
        return HttpResponseRedirect("/admin/")
    place = request.platform
    assert place is not None
    with platform_context(place, role="gatekeeper"):
        page = Paginator(open_vendors(place.id), SHOPS_PER_PAGE).get_page(request.GET.get("page"))
        vendors = [vendor.ref for vendor in page.object_list]
    context = {
        "page": page,
        "shops": [_shop_tile(request, vendor) for vendor in vendors],
        "language_links": language_links(request),
    }
    return render(request, "core/hub/platform.html", context)


@policy(Audience.PUBLIC)
@require_safe
@in_chosen_language
def hub(request: SiteRequest) -> HttpResponse:
    """What this installation is, and its platforms."""
    with platform_context(role="gatekeeper"):
        found = (
            Platform.objects.filter(status=Platform.Status.ACTIVE)
            .prefetch_related("domains")
            .order_by("name")
        )
        tiles = [
            PlatformTile(entry.name, origin_of(request, entry.primary_host) + "/")
            for entry in found
            if entry.primary_host
        ]
    return render(
        request, "core/hub/landing.html", {"platforms": tiles, "language_links": language_links(request)}
    )


@policy(Audience.PUBLIC)
@require_safe
def robots(request: SiteRequest) -> HttpResponse:
    """Consoles and path mode are not for search engines."""
    lines = (
        "User-agent: *",
        "Disallow: /admin/",
        "Disallow: /vendor/",
        "Disallow: /vendors/",
        "Disallow: /api/",
    )
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")

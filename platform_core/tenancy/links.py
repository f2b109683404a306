"""Addresses of the page a storefront request is for: canonical, and in each language of the shop."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.urls import get_script_prefix, reverse
from django.utils import translation

from platform_core.languages import LANGUAGES
from platform_core.tenancy.context import VendorRef
from platform_core.tenancy.hosts import SiteKind
from platform_core.tenancy.middleware import URLCONFS
from platform_core.tenancy.requests import VendorRequest


@dataclass(frozen=True, slots=True)
class LanguageLink:
    code: str
    label: str
    url: str
    canonical_url: str
    is_current: bool


def _language_part(vendor: VendorRef, language: str) -> str:
    return "" if language == vendor.default_language else f"/{language}"


def _root(request: VendorRequest) -> str:
    """What stands before the language: "" on a host, `/vendors/<code>/shop` in path mode."""
    prefix = get_script_prefix().rstrip("/")
    return prefix.removesuffix(_language_part(request.vendor, translation.get_language() or ""))


def origin_of(request: HttpRequest, host: str) -> str:
    """Scheme, `host` and the port the request came by."""
    _name, colon, port = request.get_host().rpartition(":")
    return f"{request.scheme}://{host}{f':{port}' if colon and port.isdigit() else ''}"


def public_origin(host: str) -> str:
    """Scheme, `host` and port as visitors type them, for links that are made outside a request."""
    port = settings.PUBLIC_PORT
    return f"{settings.PUBLIC_SCHEME}://{host}{f':{port}' if port else ''}"


def public_address(kind: SiteKind, host: str, view_name: str, *args: object) -> str:
    """The address of a page of a site, for links that are made outside a request."""
    return f"{public_origin(host)}{reverse(view_name, args=args, urlconf=URLCONFS[kind])}"


def shop_address(vendor: VendorRef, language: str, view_name: str, *args: object) -> str:
    """The address of a page of a shop in one of its languages, for links that are made outside a request."""
    part = _language_part(vendor, language) if language in vendor.languages else ""
    path = reverse(view_name, args=args, urlconf=URLCONFS["storefront"])
    return f"{public_origin(vendor.canonical_host)}{part}{path}"


def canonical_origin(request: VendorRequest) -> str:
    """The origin of the shop's canonical host."""
    return origin_of(request, request.vendor.canonical_host)


def canonical_url(
    request: VendorRequest, language: str | None = None, *, path: str | None = None, query: str = ""
) -> str:
    """The one address of this page, whichever of the shop's hosts it was asked on.

    A page that has several addresses names the one that counts: `path` below the language, and `query`.
    """
    code = language or translation.get_language() or ""
    address = f"{canonical_origin(request)}{_language_part(request.vendor, code)}{path or request.path_info}"
    return f"{address}?{query}" if query else address


def language_links(request: VendorRequest, *, path: str | None = None, query: str = "") -> list[LanguageLink]:
    """This page in every language of the shop; filters and sort stay. `path` and `query` as in `canonical_url`."""
    asked = request.META.get("QUERY_STRING", "")
    current = translation.get_language()
    names = dict(LANGUAGES)
    return [
        LanguageLink(
            code=code,
            label=names[code],
            url=f"{_root(request)}{_language_part(request.vendor, code)}{request.path_info}"
            + (f"?{asked}" if asked else ""),
            canonical_url=canonical_url(request, code, path=path, query=query),
            is_current=code == current,
        )
        for code in request.vendor.languages
    ]

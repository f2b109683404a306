"""From the host to the tenant: which platform and vendor a request is for, and in which language."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpResponse, HttpResponsePermanentRedirect
from django.urls import get_script_prefix, set_script_prefix, set_urlconf
from django.utils import translation
from django.utils.encoding import escape_uri_path

from platform_core.exceptions import TenancyError
from platform_core.tenancy.context import NO_CONTEXT, VendorRef, current_context, platform_context
from platform_core.tenancy.hosts import Site, host_directory
from platform_core.tenancy.requests import SiteRequest
from platform_core.trouble import (
    error_response,
    is_database_trouble,
    plain_response,
    shop_closed,
    unavailable,
    wants_problem,
)

GetResponse = Callable[[SiteRequest], HttpResponse]

URLCONFS = {
    "hub": "config.urls.public",
    "platform": "config.urls.platform",
    "admin": "config.urls.admin",
    "storefront": "config.urls.storefront",
}
OPERATIONS_URLCONF = "config.urls.operations"
# Answered on every host, for probes and scrapers that know no tenant.
OPERATIONS_PATHS = ("/health/", "/metrics/", "/internal/")
# A page repeats its address in each language: a longer one would be sent back many times over.
MAX_PATH_LENGTH = 2_000
# Paths of a storefront that never carry a language.
NEUTRAL_PREFIXES = ("/api/", "/static/", "/media/")


def valid_host(request: SiteRequest) -> str:
    """The Host header. Raises DisallowedHost for a malformed one, which includes a port that cannot be."""
    host = request.get_host()
    _name, colon, port = host.rpartition(":")
    if colon and port.isdigit() and not 0 < int(port) < 65536:
        raise DisallowedHost(f"No port has the number {port}.")
    return host


class TenancyMiddleware:
    """Finds the site, enters its context and cuts what only it understands off the path.

    Sets `request.host`, `.site_kind`, `.platform`, `.vendor` and `.urlconf`. In path mode `/vendors/<code>/shop`, and
    on storefronts the language (`/fr`), move from `path_info` to the script prefix, so that views and
    `reverse` never see them.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: SiteRequest) -> HttpResponse:
        if current_context() != NO_CONTEXT:
            raise TenancyError("A tenant context is left over from before this request.")
        request.platform = request.vendor = request.principal = None
        request.path_mode = False
        # With or without a slash at the end; a shop may have a page called /healthcare/.
        if f"{request.path_info}/".startswith(OPERATIONS_PATHS):
            request.site_kind = "operations"
            request.urlconf = OPERATIONS_URLCONF
            return self.get_response(request)
        try:
            request.host = valid_host(request)
            site = host_directory.find(request.host)
        except DisallowedHost:
            return plain_response(request, 400)
        except Exception as error:
            if is_database_trouble(error):
                return unavailable(request)
            raise
        if site is None:
            return plain_response(request, 404)
        prefix = get_script_prefix()
        language = translation.get_language()
        try:
            return self._serve(request, site)
        finally:
            set_script_prefix(prefix)
            set_urlconf(None)
            translation.activate(language or settings.LANGUAGE_CODE)

    def _serve(self, request: SiteRequest, site: Site) -> HttpResponse:
        if site.kind == "platform" and settings.PATH_MODE and request.path_info.startswith("/vendors/"):
            shop = self._shop_of_path(request, site)
            if shop is not None:
                site = shop
        request.site_kind = site.kind
        request.platform, request.vendor = site.platform, site.vendor
        request.urlconf = URLCONFS[site.kind]
        # Django does this when it resolves the path; error pages of the middleware link to the site's too.
        set_urlconf(request.urlconf)
        with platform_context(site.platform, site.vendor):
            if site.vendor is None:
                translation.activate(translation.get_language_from_request(request))
            else:
                redirect = self._take_language(request, site.vendor)
                if redirect is not None:
                    return redirect
                if site.vendor.status != "active":
                    request.LANGUAGE_CODE = translation.get_language()
                    return shop_closed(request)
            request.LANGUAGE_CODE = translation.get_language() or settings.LANGUAGE_CODE
            if "\0" in request.path_info or "\0" in unquote(request.META.get("QUERY_STRING", "")):
                return error_response(request, 400)
            if len(request.path_info) > MAX_PATH_LENGTH:
                if not wants_problem(request):
                    # The page's links to the other languages lead home.
                    request.path_info = "/"
                return error_response(request, 404)
            return self.get_response(request)

    def _shop_of_path(self, request: SiteRequest, site: Site) -> Site | None:
        """The storefront of `/vendors/<code>/shop/…`, its part of the path cut off."""
        assert site.platform is not None
        _empty, _vendors, code, *rest = request.path_info.split("/", 3)
        tail = f"/{rest[0]}" if rest else ""
        if tail != "/shop" and not tail.startswith("/shop/"):
            return None
        shop = host_directory.find_shop(site.platform, code)
        if shop is not None:
            self._cut(request, f"/vendors/{code}/shop")
            request.path_mode = True
        return shop

    def _take_language(self, request: SiteRequest, vendor: VendorRef) -> HttpResponse | None:
        """Activate the language of the path; redirect a prefix that the default language does not carry."""
        if request.path_info.startswith(NEUTRAL_PREFIXES):
            wanted = translation.get_language_from_request(request)
            asked = bool(request.META.get("HTTP_ACCEPT_LANGUAGE"))
            translation.activate(wanted if asked and wanted in vendor.languages else vendor.default_language)
            return None
        first = request.path_info.split("/", 2)[1] if request.path_info.startswith("/") else ""
        # What speaks no language of its own has no address in one.
        is_neutral = request.path_info.removeprefix(f"/{first}").startswith(NEUTRAL_PREFIXES)
        if first not in vendor.languages or is_neutral:
            translation.activate(vendor.default_language)
            return None
        if first == vendor.default_language or request.path_info == f"/{first}":
            rest = request.path_info.removeprefix(f"/{first}") or "/"
            keep = "" if first == vendor.default_language else f"/{first}"
            query = request.META.get("QUERY_STRING", "")
            target = f"{get_script_prefix().rstrip('/')}{keep}/{rest.lstrip('/')}"
            return HttpResponsePermanentRedirect(escape_uri_path(target) + (f"?{query}" if query else ""))
        self._cut(request, f"/{first}")
        translation.activate(first)
        return None

    @staticmethod
    def _cut(request: SiteRequest, part: str) -> None:
        request.path_info = request.path_info[len(part) :] or "/"
        set_script_prefix(f"{get_script_prefix().rstrip('/')}{part}/")

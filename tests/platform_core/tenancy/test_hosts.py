"""Which platform, vendor and language a request is for, by host and path."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import get_script_prefix
from django.utils import translation

from modules.tenancy.models import Vendor
from modules.tenancy.services import activate_domain, add_domain, remove_domain, suspend_vendor
from platform_core.exceptions import TenancyError
from platform_core.tenancy.context import current_context, platform_context
from platform_core.tenancy.hosts import normalise_host
from platform_core.tenancy.links import canonical_url, language_links
from platform_core.tenancy.middleware import TenancyMiddleware

pytestmark = pytest.mark.django_db


def visit(host: str, path: str = "/", **headers: str) -> SimpleNamespace:
    """What a view behind the tenancy middleware sees, and the response."""
    seen = SimpleNamespace(request=None)

    def view(request: HttpRequest) -> HttpResponse:
        seen.request = request
        seen.context = current_context()
        seen.prefix = get_script_prefix()
        seen.language = translation.get_language()
        seen.links = language_links(request) if request.vendor else []
        seen.canonical = canonical_url(request) if request.vendor else ""
        return HttpResponse("page")

    request = RequestFactory().get(path, headers={"host": host, **headers})
    seen.response = TenancyMiddleware(view)(request)
    return seen


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("Lux.LOCALHOST:8000", "lux.localhost"),
        ("lux.localhost.", "lux.localhost"),
        ("lux.localhost.:80", "lux.localhost"),
        ("[::1]:8000", "[::1]"),
    ],
)
def test_a_host_is_compared_without_case_port_and_trailing_dot(host: str, name: str):
    assert normalise_host(host) == name


def test_the_three_kinds_of_host_of_one_shop(lux, objektiv: Vendor):
    with platform_context(role="operator"):
        activate_domain(domain=add_domain(vendor=objektiv, host="objektiv.localhost"))
    for host, path in [
        ("objektiv.lux.localhost:8000", "/products/"),
        ("objektiv.localhost:8000", "/products/"),
        ("lux.localhost:8000", "/vendors/objektiv/shop/products/"),
    ]:
        seen = visit(host, path)
        assert seen.request.site_kind == "storefront"
        assert seen.request.vendor.id == objektiv.pk
        assert seen.request.path_info == "/products/"
        assert seen.context.vendor_id == objektiv.pk
        assert seen.canonical == "http://objektiv.localhost:8000/products/"
    assert current_context().platform is None


@pytest.mark.parametrize("path", ["/healthcare/", "/health-food", "/metricsx/", "/internals/"])
def test_a_shop_has_pages_that_begin_like_those_of_operations(objektiv, path):
    assert visit("objektiv.lux.localhost", path).request.site_kind == "storefront"


@pytest.mark.parametrize("path", ["/health", "/health/", "/health/live", "/metrics", "/internal/tls-ask"])
def test_operations_are_asked_on_every_host(objektiv, path):
    assert visit("objektiv.lux.localhost", path).request.site_kind == "operations"


def test_hub_platform_and_admin_hosts(lux):
    assert visit("localhost:8000").request.site_kind == "hub"
    assert visit("lux.localhost:8000").request.site_kind == "platform"
    assert visit("admin.lux.localhost:8000").request.site_kind == "admin"


@pytest.mark.parametrize(
    "host",
    [
        "nobody.lux.localhost",
        "www.lux.localhost",
        "objektiv.mosel.localhost",
        "example.com",
        "127.0.0.1",
        "objektiv.lux.localhost.evil.com",
        "admin.objektiv.lux.localhost",
    ],
)
def test_an_unknown_host_is_nobodys(objektiv, mosel, host: str):
    seen = visit(host)
    assert seen.request is None
    assert seen.response.status_code == 404
    assert "objektiv" not in seen.response.content.decode().lower()


@pytest.mark.parametrize("host", ["lux.localhost/evil", "lux.localhost:99999", "lux.localhost:0"])
def test_a_malformed_host_is_refused(lux, host: str):
    assert visit(host).response.status_code == 400


def test_a_host_with_two_trailing_dots_is_nobodys(lux):
    assert visit("lux.localhost..").response.status_code in {400, 404}


def test_an_endless_path_is_not_repeated_back(objektiv, client_for):
    page = client_for("objektiv.lux.localhost").get("/" + "a" * 9_000)
    assert (page.status_code, b"aaaaaaaaaa" in page.content) == (404, False)
    assert "data-theme" in page.content.decode()


def test_a_claimed_domain_serves_only_after_proof(objektiv: Vendor, django_capture_on_commit_callbacks):
    with platform_context(role="operator"):
        domain = add_domain(vendor=objektiv, host="shop.example.lu")
    assert visit("shop.example.lu").response.status_code == 404
    with django_capture_on_commit_callbacks(execute=True), platform_context(role="operator"):
        activate_domain(domain=domain)
    assert visit("shop.example.lu").request.vendor.id == objektiv.pk
    with django_capture_on_commit_callbacks(execute=True), platform_context(role="operator"):
        remove_domain(domain=domain)
    assert visit("shop.example.lu").response.status_code == 404


def test_the_language_of_the_path_is_active_and_cut_off(make_vendor: Callable[..., Vendor], lux):
    make_vendor(lux, "stull", default_language="de")
    seen = visit("stull.lux.localhost", "/fr/products/?sort=price")
    assert (seen.language, seen.request.path_info, seen.prefix) == ("fr", "/products/", "/fr/")
    assert seen.canonical == "http://stull.lux.localhost/fr/products/"
    assert {link.code: link.url for link in seen.links} == {
        "en": "/en/products/?sort=price",
        "fr": "/fr/products/?sort=price",
        "de": "/products/?sort=price",
        "lb": "/lb/products/?sort=price",
    }
    assert visit("stull.lux.localhost", "/products/").language == "de"


def test_in_path_mode_the_language_follows_the_shop(lux, objektiv):
    seen = visit("lux.localhost", "/vendors/objektiv/shop/fr/products/")
    assert seen.prefix == "/vendors/objektiv/shop/fr/"
    assert {link.code: link.url for link in seen.links}["en"] == "/vendors/objektiv/shop/products/"


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/en/products/?page=2", "/products/?page=2"),
        ("/en", "/"),
        ("/fr", "/fr/"),
        # A path that starts with two slashes would lead to another host.
        ("/en//evil.example/", "/evil.example/"),
        # What was quoted stays so.
        ("/en/products/a%3Fb/", "/products/a%3Fb/"),
    ],
)
def test_each_page_has_one_address_per_language(objektiv, path: str, target: str):
    response = visit("objektiv.lux.localhost", path).response
    assert (response.status_code, response["Location"]) == (301, target)


@pytest.mark.parametrize("path", ["/fr/api/v1/storefront/products/", "/fr/api/schema/"])
def test_what_speaks_no_language_of_its_own_has_no_address_in_one(objektiv, client_for, path):
    assert client_for("objektiv.lux.localhost").get(path).status_code == 404
    assert client_for("objektiv.lux.localhost").get("/api/v1/storefront/products/").status_code == 200


def test_a_language_the_shop_does_not_speak_is_a_path(make_vendor, lux):
    make_vendor(lux, "stull", default_language="de", languages=["de", "fr"])
    assert visit("stull.lux.localhost", "/lb/products/").request.path_info == "/lb/products/"


def test_path_mode_can_be_off(lux, objektiv, settings):
    settings.PATH_MODE = False
    assert visit("lux.localhost", "/vendors/objektiv/shop/").request.site_kind == "platform"


def test_a_suspended_vendor_serves_nothing(objektiv: Vendor, django_capture_on_commit_callbacks):
    assert visit("objektiv.lux.localhost").request.vendor.status == "active"
    with django_capture_on_commit_callbacks(execute=True), platform_context(role="operator"):
        suspend_vendor(vendor=objektiv)
    seen = visit("objektiv.lux.localhost")
    assert (seen.request, seen.response.status_code) == (None, 404)


def test_a_warm_request_costs_no_query(objektiv, django_assert_num_queries):
    visit("objektiv.lux.localhost")
    with django_assert_num_queries(0):
        visit("objektiv.lux.localhost")
        visit("OBJEKTIV.lux.localhost:8000")


def test_a_context_left_over_stops_the_next_request(lux):
    with platform_context(lux), pytest.raises(TenancyError, match="left over"):
        visit("lux.localhost")


def test_nul_bytes_are_refused_in_the_shops_look(objektiv, client_for):
    page = client_for("objektiv.lux.localhost").get("/products/%00/")
    assert (page.status_code, "Objektiv" in page.content.decode()) == (400, True)
    assert visit("objektiv.lux.localhost", "/products/%00/").response.status_code == 400
    assert visit("objektiv.lux.localhost", "/search/?q=a%00b").response.status_code == 400

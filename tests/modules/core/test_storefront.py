"""A shop's home page on its three kinds of host, and the pages for trouble in its look."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import OperationalError

from modules.cms import services as cms
from modules.core.storefront import views
from modules.tenancy.services import activate_domain, add_domain, suspend_vendor
from platform_core.modules.definition import FrontendType, MenuItem
from platform_core.modules.state import override_modules
from platform_core.storefront import HeaderTool, SitemapEntry, header_tools, json_ld, sitemap_entries
from platform_core.tenancy.context import platform_context
from platform_core.testing.walks import as_optional
from tests.sample_modules import beside_the_installed, module

pytestmark = pytest.mark.django_db

HOST = "objektiv.lux.localhost"


@pytest.fixture
def shop(lux, make_vendor):
    return make_vendor(
        lux,
        "objektiv",
        name="Objektiv & Co",
        taglines={"en": "Cameras tried by hand", "fr": "Appareils essayés à la main"},
        theme="cellar",
    )


@pytest.fixture
def own_domain(shop):
    with platform_context(role="operator"):
        activate_domain(domain=add_domain(vendor=shop, host="objektiv.localhost", is_primary=True))


def test_the_home_page_on_subdomain_own_domain_and_path(shop, own_domain, client_for):
    pages = [
        client_for(HOST).get("/"),
        client_for("objektiv.localhost").get("/"),
        client_for("lux.localhost").get("/vendors/objektiv/shop/"),
    ]
    for page in pages:
        assert page.status_code == 200
        html = page.content.decode()
        assert "Cameras tried by hand" in html
        assert "Objektiv &amp; Co" in html
        assert '<link rel="canonical" href="http://objektiv.localhost/">' in html
        assert 'data-theme="cellar"' in html


@pytest.mark.parametrize(
    ("path", "language", "words"),
    [
        ("/", "en", "Cameras tried by hand"),
        ("/fr/", "fr", "Appareils essayés"),
        ("/lb/", "lb", "Appareils essayés"),
    ],
)
def test_the_path_says_the_language(shop, client_for, path, language, words):
    html = client_for(HOST).get(path).content.decode()
    assert f'<html lang="{language}"' in html
    assert words in html
    for code in ("fr", "de", "lb"):
        assert f'hreflang="{code}" href="http://{HOST}/{code}/"' in html
    assert f'hreflang="x-default" href="http://{HOST}/"' in html


def test_a_tagline_in_another_language_says_so(shop, client_for):
    html = client_for(HOST).get("/lb/").content.decode()
    assert re.search(r'<h1[^>]* lang="fr"', html)
    assert not re.search(r"<h1[^>]* lang=", client_for(HOST).get("/fr/").content.decode())


def test_an_unknown_host_is_never_a_vendor(shop, client_for):
    for host in (
        "nobody.lux.localhost",
        "objektiv.example.com",
        "objektiv.mosel.localhost",
        "lux.localhost.evil",
    ):
        answer = client_for(host).get("/")
        assert answer.status_code == 404
        assert "Objektiv" not in answer.content.decode()


def test_a_page_that_is_not_there_wears_the_shops_look(shop, client_for):
    for path in ("/nothing/", "/fr/nothing/", "/pages/missing/", "/pages/%F0%9F%98%80/", "/pages/..%2F/"):
        answer = client_for(HOST).get(path)
        assert answer.status_code == 404
        html = answer.content.decode()
        assert 'data-theme="cellar"' in html
        assert "Objektiv &amp; Co" in html


def test_a_suspended_shop_says_so_at_every_address(shop, client_for, django_capture_on_commit_callbacks):
    client = client_for(HOST)
    assert client.get("/").status_code == 200
    with platform_context(role="operator"), django_capture_on_commit_callbacks(execute=True):
        suspend_vendor(vendor=shop)
    # The kept page of an open shop is not shown either.
    for path in ("/", "/pages/imprint/", "/account/", "/nothing/"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "This shop is closed at the moment" in answer.content.decode()
        assert 'data-theme="cellar"' in answer.content.decode()
        assert answer["Cache-Control"] == "no-store"
    assert client.post("/account/sign-in/").status_code == 404
    problem = client.get("/api/v1/storefront/products/")
    assert (problem.status_code, problem.json()["code"]) == (404, "shop_closed")


@pytest.mark.parametrize(("error", "status"), [(OperationalError("gone"), 503), (ValueError("bug"), 500)])
def test_trouble_wears_the_shops_look_and_asks_no_database(
    shop, client_for, monkeypatch, django_assert_num_queries, error, status
):
    client = client_for(HOST, raise_request_exception=False)
    client.get("/pages/missing/")

    def fail(*_args, **_kwargs):
        raise error

    monkeypatch.setattr(views, "tagline_of", fail)
    with django_assert_num_queries(0):
        answer = client.get("/")
    assert answer.status_code == status
    html = answer.content.decode()
    assert 'data-theme="cellar"' in html
    assert "gone" not in html and "bug" not in html
    assert ("Retry-After" in answer) == (status == 503)


def test_robots_keeps_accounts_out_and_names_the_sitemap(shop, own_domain, client_for):
    text = client_for(HOST).get("/robots.txt").content.decode()
    assert "Disallow: /account/\nDisallow: /fr/account/\n" in text
    assert "Sitemap: http://objektiv.localhost/sitemap.xml" in text


def test_robots_names_no_account_where_there_is_none(lux, shop, client_for):
    with as_optional("customers"):
        assert "/account/" in client_for(HOST).get("/robots.txt").content.decode()
        with override_modules(lux, off=("customers",)):
            text = client_for(HOST).get("/robots.txt").content.decode()
    assert "/account/" not in text
    assert "Disallow: /api/" in text


def test_the_menu_items_of_modules_stand_in_header_and_footer_where_the_module_is_on(lux, shop, client_for):
    def item(item_id: str, url_name: str = "storefront:catalog:list", **facts: Any) -> MenuItem:
        return MenuItem(item_id, f"{item_id} & co", url_name=url_name, **facts)

    items = (
        item("vouchers", order=30),
        item("returns", section="Help", order=5),
        item("first", order=1),
        item("staff", permission="catalog.view_product"),
        item("nowhere", url_name="storefront:vouchers:list"),
    )
    sample = module("vouchers", menu_items={FrontendType.SHOP: items})

    def shown(path: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """The links of the items in the header, and those in the footer's column “Help”: address and label."""
        html = client_for(HOST).get(path).content.decode()
        header, _body, footer = html.partition("<footer")
        column = footer.partition('aria-label="Help"')[2].partition("</nav>")[0]
        link = re.compile(r'<a href="([^"]*)"[^>]*>(\w+) &amp; co</a>')
        assert len(link.findall(html)) == len(link.findall(header)) + len(link.findall(column))
        return link.findall(header), link.findall(column)

    with beside_the_installed(sample):
        assert shown("/") == ([], [])
        with override_modules(lux, on=("vouchers",)):
            header, footer = shown("/")
            assert header == [("/products/", "first"), ("/products/", "vouchers")]
            assert footer == [("/products/", "returns")]
            assert shown("/fr/")[0][0] == ("/fr/products/", "first")


def test_the_sitemap_names_every_page_in_every_language(lux, shop, client_for):
    with platform_context(lux, shop):
        cms.save_page(
            slug="about", translations={"en": {"title": "About", "body_html": "<p>Us</p>"}}, is_published=True
        )
        cms.save_page(slug="draft", translations={"en": {"title": "Draft", "body_html": "<p>Us</p>"}})
    answer = client_for(HOST).get("/sitemap.xml")
    assert answer["Content-Type"].startswith("application/xml")
    text = answer.content.decode()
    assert f"<loc>http://{HOST}/fr/pages/about/</loc><lastmod>" in text
    assert f'hreflang="x-default" href="http://{HOST}/pages/about/"/>' in text
    assert "draft" not in text


def test_a_large_sitemap_comes_in_parts(shop, client_for, monkeypatch):
    monkeypatch.setattr(views, "ENTRIES_PER_SITEMAP", 2)

    def many():
        return [SitemapEntry(f"/more/{number}/") for number in range(4)]

    sitemap_entries.register(many)
    try:
        client = client_for(HOST)
        index = client.get("/sitemap.xml").content.decode()
        assert index.count("<sitemap>") == 3
        # The home page, the product list and the four: two addresses a part, each in four languages.
        assert client.get("/sitemap.xml?part=3").content.decode().count("<url>") == 8
        for wrong in ("0", "4", "x", "-1", "01", "9" * 30, "²"):
            assert client.get("/sitemap.xml", {"part": wrong}).status_code == 404
    finally:
        sitemap_entries.unregister(many)


def test_structured_data_cannot_end_its_element():
    html = json_ld({"name": "</script><script>alert(1)</script>&"})
    assert html.count("<script") == 1
    assert html.count("</script") == 1
    assert "\\u003C/script" in html


def test_a_visitor_gets_no_cookie(shop, client_for):
    answer = client_for(HOST).get("/")
    assert not answer.cookies
    assert "ETag" in answer


def test_the_header_shows_what_modules_have_for_this_visitor(shop, client_for, monkeypatch):
    tool = HeaderTool("Wishes, 2", "/wishes/", "star", 2)
    monkeypatch.setattr(header_tools, "_answers", [lambda request: tool, lambda request: None])
    client = client_for(HOST)
    client.cookies["wz_shop"] = "0" * 32
    html = client.get("/").content.decode()
    assert '<a class="btn btn-icon btn-quiet site-tool" href="/wishes/" aria-label="Wishes, 2">' in html
    assert '<span class="site-count">2</span>' in html


def test_a_visitor_without_a_session_is_asked_nothing(shop, client_for, monkeypatch):
    asked = []
    monkeypatch.setattr(header_tools, "_answers", [asked.append])
    client_for(HOST).get("/")
    assert asked == []

"""A product's page."""

from __future__ import annotations

import json
import re

import pytest

from modules.catalog.extensions import ProductAction, product_actions
from modules.catalog.services import create_product
from platform_core.tenancy.context import platform_context
from tests.modules.catalog.storefront.conftest import HOST

pytestmark = pytest.mark.django_db


def text_of(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


def structured(html: str) -> list[dict]:
    return json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', html)[1])["@graph"]


def test_the_page_shows_the_product_with_its_price_and_vat(goods, client_for):
    html = text_of(client_for(HOST).get("/products/lens/"))
    assert "<title>Lens &lt;50 mm&gt; · Objektiv</title>" in html
    assert '<h1 data-words="9">Lens &lt;50 mm&gt;</h1>' in html
    assert "€249.00" in html and "€279.00" in html
    assert "Incl. 17% VAT" in html
    assert "<p>Sharp &amp; light.</p>" in html
    assert 'alt="A lens"' in html
    assert f'<link rel="canonical" href="http://{HOST}/products/lens/">' in html
    assert '<meta name="description" content="Sharp &amp; light. Made in Japan.">' in html
    assert '<meta property="og:type" content="product">' in html
    assert re.search(
        rf'<meta property="og:image" content="http://{re.escape(HOST)}/media/lux/\d+/[^"]+\.webp">', html
    )


@pytest.mark.parametrize(
    ("path", "title", "price", "vat"),
    [
        ("/fr/products/lens/", '<h1 data-words="9">Objectif 50 mm</h1>', "249,00\xa0€", "17\xa0%"),
        ("/lb/products/lens/", '<h1 data-words="9" lang="fr">Objectif 50 mm</h1>', "249,00\xa0€", "17\xa0%"),
        (
            "/de/products/lens/",
            '<h1 data-words="9" lang="en">Lens &lt;50 mm&gt;</h1>',
            "249,00\xa0€",
            "17\xa0%",
        ),
        ("/products/book/", '<h1 data-words="9" lang="fr">Carnet</h1>', "€19.99", "3%"),
    ],
)
def test_four_languages_with_fallback(goods, client_for, path, title, price, vat):
    html = text_of(client_for(HOST).get(path))
    assert title in html
    assert price in html
    assert vat in re.sub("\u202f", "\xa0", html)


def test_the_address_says_which_variant_is_shown(goods, client_for):
    client = client_for(HOST)
    html = text_of(client.get("/products/lens/?variant=LENS-S"))
    block = html[html.index('class="price-block"') :][:300]
    assert "€279.00" in block
    assert '<a href="/products/lens/?variant=LENS-S" aria-current="true"><span>Silver</span>' in html
    assert f'<link rel="canonical" href="http://{HOST}/products/lens/">' in html
    # A SKU that is gone shows the first variant.
    for odd in ("GONE", "<script>", "x" * 3000, "²"):
        html = text_of(client.get("/products/lens/", {"variant": odd}))
        assert "€249.00" in html[html.index('class="price-block"') :][:300]
        assert "<script>" not in html


def test_a_variant_label_in_another_language_says_so(goods, client_for):
    html = text_of(client_for(HOST).get("/fr/products/lens/"))
    assert "<span>Noir</span>" in html
    assert '<span lang="en">Silver</span>' in html


def test_search_engines_get_the_product_its_offers_and_the_way_there(goods, client_for):
    product, crumbs = structured(
        text_of(client_for("lux.localhost").get("/vendors/objektiv/shop/fr/products/lens/"))
    )
    assert product["@type"] == "Product"
    assert product["name"] == "Objectif 50 mm"
    assert product["url"] == f"http://{HOST}/fr/products/lens/"
    assert product["image"][0].startswith(f"http://{HOST}/media/")
    assert [(offer["sku"], offer["price"], offer["priceCurrency"]) for offer in product["offers"]] == [
        ("LENS-B", "249.00", "EUR"),
        ("LENS-S", "279.00", "EUR"),
    ]
    names = [item["name"] for item in crumbs["itemListElement"]]
    assert names[2:] == ["Optics", "Objectifs", "Objectif 50 mm"]
    assert crumbs["itemListElement"][2]["item"] == f"http://{HOST}/fr/categories/optics/"


def test_markup_in_texts_stays_text(inside, client_for):
    evil = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
    with inside():
        create_product(
            slug="evil",
            translations={"en": {"title": evil, "description": f"{evil}\n\njavascript:alert(3)"}},
            variants=[
                {"sku": "EVIL", "options": {"en": evil}, "price_minor": 100},
                {"sku": "EVIL-2", "options": {"en": "two"}, "price_minor": 100},
            ],
        )
    client = client_for(HOST)
    for path in ("/products/evil/", "/products/", "/"):
        html = text_of(client.get(path))
        assert "<script>alert" not in html
        assert "<img src=x" not in html
    graph = structured(text_of(client.get("/products/evil/")))
    assert graph[0]["name"] == evil


def test_related_products_are_of_its_shelves(goods, inside, make_product, client_for):
    with inside():
        make_product("tube", category_slugs=("lenses",))
    html = text_of(client_for(HOST).get("/products/lens/"))
    related = html[html.index("More like this") :]
    assert "/products/tube/" in related
    assert "/products/bag/" not in related
    assert "More like this" not in text_of(client_for(HOST).get("/products/bag/"))


@pytest.mark.parametrize(
    "path",
    [
        "/products/nothing/",
        "/products/Lens/",
        "/products/%C3%A9/",
        "/products/" + "a" * 4000 + "/",
        "/products/../etc/",
    ],
)
def test_an_unknown_product_gets_a_page_of_the_shop(goods, client_for, path):
    answer = client_for(HOST).get(path)
    assert answer.status_code == 404
    html = answer.content.decode()
    assert "data-theme=" in html
    assert 'href="/products/"' in html


def test_only_reading_is_answered(goods, client_for):
    client = client_for(HOST)
    for path in ("/", "/products/", "/products/lens/", "/categories/lenses/"):
        assert client.post(path).status_code == 405
        assert client.head(path).status_code == 200


def test_who_took_the_photos_is_said(goods, voltwerk, client_for):
    html = text_of(client_for(HOST).get("/products/"))
    assert 'href="/credits/"' in html
    assert "<li>Ann Ot</li>" in text_of(client_for(HOST).get("/credits/"))
    neighbour = client_for("voltwerk.lux.localhost")
    assert "Ann Ot" not in text_of(neighbour.get("/credits/"))
    assert 'href="/credits/"' not in text_of(neighbour.get("/products/"))


def test_the_sitemap_names_goods_and_shelves(goods, client_for):
    text = text_of(client_for(HOST).get("/sitemap.xml"))
    assert f"<loc>http://{HOST}/de/products/lens/</loc><lastmod>" in text
    assert f"<loc>http://{HOST}/categories/lenses/</loc>" in text


@pytest.mark.django_db(transaction=True)
def test_a_warm_page_takes_six_queries_however_much_it_shows(
    goods, inside, make_product, client_for, django_assert_max_num_queries
):
    client = client_for(HOST)
    with inside():
        make_product("more", category_slugs=("lenses",))
    client.get("/products/lens/")
    with django_assert_max_num_queries(6) as before:
        client.get("/products/lens/?x=1")
    with inside():
        for number in range(6):
            make_product(f"more-{number}", category_slugs=("lenses",))
    client.get("/products/lens/")
    with django_assert_max_num_queries(6) as after:
        client.get("/products/lens/?x=2")
    assert len(after) <= len(before)


def test_without_a_rate_the_page_says_vat_and_no_figure(lux, make_vendor, make_product, client_for):
    shop = make_vendor(lux, "abroad", country="JP")
    with platform_context(lux, shop):
        make_product("thing")
    html = text_of(client_for("abroad.lux.localhost").get("/products/thing/"))
    assert "Incl. VAT" in html
    assert "VAT in the price" not in html


def test_other_modules_say_what_one_may_do_with_the_variant_that_is_shown(goods, client_for, monkeypatch):
    asked = []

    def answer(variant) -> ProductAction:
        asked.append(variant.sku)
        return ProductAction("shell/_messages.html", {"sku": variant.sku})

    monkeypatch.setattr(product_actions, "_answers", [answer])
    for address in ("/products/lens/", "/products/lens/?variant=LENS-S"):
        text_of(client_for(HOST).get(address))
    assert asked == ["LENS-B", "LENS-S"]

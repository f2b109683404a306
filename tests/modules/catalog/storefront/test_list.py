"""Lists of products as shoppers see them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from modules.catalog.selectors import showcase
from modules.catalog.services import archive_product, update_category
from modules.catalog.storefront import views
from modules.core.services import change_vendor_settings
from modules.tenancy.services import activate_domain, add_domain
from platform_core.tenancy.context import platform_context
from tests.modules.catalog.storefront.conftest import HOST

pytestmark = pytest.mark.django_db


def text_of(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


def titles(html: str) -> list[str]:
    return re.findall(r'<a class="stretched" href="[^"]*products/[^"]*"[^>]*>([^<]*)</a>', html)


def test_the_list_shows_the_shops_products_with_their_prices(goods, client_for):
    html = text_of(client_for(HOST).get("/products/"))
    assert titles(html) == ["Lens &lt;50 mm&gt;", "Carnet", "Bag"]
    assert '<span class="price-from">from</span> <span class="price-now">€249.00</span>' in html
    assert "3 products" in html
    assert f'<link rel="canonical" href="http://{HOST}/products/">' in html
    assert "<title>All products · Objektiv</title>" in html


def test_a_title_in_another_language_says_so(goods, client_for):
    html = text_of(client_for(HOST).get("/products/"))
    assert '<a class="stretched" href="/products/book/" lang="fr">Carnet</a>' in html
    assert '<a class="stretched" href="/products/lens/">' in html


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ("", ["lens", "book", "bag"]),
        ("?sort=newest", ["lens", "book", "bag"]),
        ("?sort=price", ["book", "bag", "lens"]),
        ("?sort=-price", ["lens", "bag", "book"]),
        ("?sort=evil'--", ["lens", "book", "bag"]),
        ("?sort=" + "x" * 5000, ["lens", "book", "bag"]),
    ],
)
def test_the_address_says_the_order(goods, client_for, query, order):
    html = text_of(client_for(HOST).get(f"/products/{query}"))
    assert re.findall(r'class="stretched" href="/products/(\w+)/"', html) == order
    # However sorted, it is one page to a search engine.
    assert f'<link rel="canonical" href="http://{HOST}/products/">' in html
    chosen = re.search(r'<option value="([^"]+)" selected>', html)[1]
    assert chosen == (query.removeprefix("?sort=") if query in {"?sort=price", "?sort=-price"} else "newest")


def test_a_category_holds_what_is_below_it(goods, client_for):
    client = client_for(HOST)
    for path in ("/categories/optics/", "/categories/lenses/", "/products/?category=lenses"):
        html = text_of(client.get(path))
        assert titles(html) == ["Lens &lt;50 mm&gt;"]
    assert f'<link rel="canonical" href="http://{HOST}/categories/lenses/">' in html
    assert f'hreflang="fr" href="http://{HOST}/fr/categories/lenses/"' in html
    optics = text_of(client.get("/categories/optics/"))
    assert "Glass of all kinds" in optics
    assert '<a href="/categories/lenses/">Lenses<span class="facet-count">1</span></a>' in optics


def test_a_category_in_french_falls_back_by_text(goods, client_for):
    html = text_of(client_for(HOST).get("/fr/categories/lenses/"))
    assert "<h1>Objectifs</h1>" in html
    assert '<a href="/fr/categories/optics/" lang="en">Optics</a>' in html


@pytest.mark.parametrize(
    "path",
    [
        "/categories/nothing/",
        "/categories/LENSES/",
        "/categories/%00/",
        "/categories/" + "a" * 4000 + "/",
        "/categories/é\u202e/",
        "/products/?category=nothing",
        "/products/?page=abc",
        "/products/?page=0",
        "/products/?page=-1",
        "/products/?page=2",
        "/products/?page=99999",
        "/products/?page=" + "9" * 400,
        "/products/?page=²",
        "/products/?page=1.5",
        "/products/?page=%00",
        "/products/?page=",
    ],
)
def test_what_is_not_there_gets_a_clear_answer(goods, client_for, path):
    answer = client_for(HOST).get(path)
    assert answer.status_code == (400 if "%00" in path else 404)
    if answer.status_code == 404:
        assert "data-theme=" in answer.content.decode()


def test_pages_are_numbered_and_keep_the_order(goods, client_for, monkeypatch):
    monkeypatch.setattr(views, "products_per_page", lambda: 1)
    client = client_for(HOST)
    first = text_of(client.get("/products/?sort=price"))
    assert 'href="?sort=price&amp;page=2"' in first
    second = text_of(client.get("/products/?sort=price&page=2"))
    assert titles(second) == ["Bag"]
    assert f'<link rel="canonical" href="http://{HOST}/products/?page=2">' in second
    assert f'hreflang="de" href="http://{HOST}/de/products/?page=2"' in second
    assert "<title>All products · page 2 · Objektiv</title>" in second


def test_hidden_archived_and_future_goods_are_not_shown(goods, inside, make_product, client_for):
    with inside():
        make_product("tomorrow", published_at=timezone.now() + timedelta(days=1))
        archive_product(product=goods["bag"])
        update_category(category=goods["book"].category_links.get().category, is_visible=False)
    client = client_for(HOST)
    assert titles(text_of(client.get("/products/"))) == ["Lens &lt;50 mm&gt;", "Carnet"]
    assert client.get("/categories/books/").status_code == 404
    assert client.get("/products/bag/").status_code == 404
    assert client.get("/products/tomorrow/").status_code == 404


def test_an_empty_shop_says_so(objektiv, client_for):
    client = client_for(HOST)
    assert "No products yet." in text_of(client.get("/products/"))
    assert "No products yet." in text_of(client.get("/"))


def test_the_same_list_on_three_kinds_of_host(lux, objektiv, goods, client_for):
    with platform_context(role="operator"):
        activate_domain(domain=add_domain(vendor=objektiv, host="objektiv.localhost", is_primary=True))
    for host, root in ((HOST, ""), ("objektiv.localhost", ""), ("lux.localhost", "/vendors/objektiv/shop")):
        html = text_of(client_for(host).get(f"{root}/fr/products/"))
        assert f'<a class="stretched" href="{root}/fr/products/lens/">Objectif 50 mm</a>' in html
        assert '<link rel="canonical" href="http://objektiv.localhost/fr/products/">' in html
        assert '"item":"http://objektiv.localhost/fr/products/"' in html


def test_a_neighbours_goods_are_never_shown(lux, voltwerk, goods, client_for):
    client = client_for("voltwerk.lux.localhost")
    assert titles(text_of(client.get("/products/"))) == []
    assert client.get("/products/lens/").status_code == 404
    assert client.get("/categories/lenses/").status_code == 404


def test_nothing_offers_to_buy(goods, client_for):
    client = client_for(HOST)
    for path in ("/", "/products/", "/products/lens/", "/categories/lenses/"):
        html = text_of(client.get(path)).lower()
        assert "cart" not in re.sub(r"<script.*?</script>|carton", "", html, flags=re.S)
        assert "checkout" not in html
        assert 'href="#"' not in html


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["/products/", "/products/?sort=price", "/categories/optics/", "/"])
def test_a_warm_list_takes_six_queries_however_many_products(
    goods, inside, make_product, client_for, django_assert_max_num_queries, path
):
    client = client_for(HOST)
    client.get(path)
    other = f"{path}{'&' if '?' in path else '?'}x="
    with django_assert_max_num_queries(6) as before:
        client.get(f"{other}1")
    with inside():
        for number in range(20):
            make_product(f"more-{number}")
    client.get(path)
    with django_assert_max_num_queries(6) as after:
        client.get(f"{other}2")
    assert len(after) <= len(before)


@pytest.mark.django_db(transaction=True)
def test_a_kept_page_costs_no_query_and_a_change_shows_at_once(
    goods, inside, client_for, django_assert_num_queries
):
    client = client_for(HOST)
    client.get("/products/")
    with django_assert_num_queries(0):
        assert "Bag" in text_of(client.get("/products/"))
    with inside():
        archive_product(product=goods["bag"])
    assert "Bag" not in text_of(client.get("/products/"))


def test_the_shelves_photo_and_the_shops_photo_are_its_products(goods, inside):
    with inside():
        photos = showcase.shelf_photos("en", "en")
        assert set(photos) == {"optics"}
        assert photos["optics"].alt == "A lens"
        assert showcase.shop_photo("fr", "en").alt == "Un objectif"
        assert showcase.photo_credits() == ["Ann Ot"]


def test_a_shop_says_how_many_goods_stand_on_a_page(goods, client_for, objektiv, inside, make_product):
    with inside():
        for number in range(8):
            make_product(f"extra-{number}")
    client = client_for(HOST)
    assert "page=2" not in text_of(client.get("/products/"))
    with platform_context(objektiv.platform, objektiv):
        change_vendor_settings(code="catalog", wanted={"products_per_page": 6})
    client = client_for(HOST)
    assert len(titles(text_of(client.get("/products/?sort=price")))) == 6

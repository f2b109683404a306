"""The search as shoppers see it, without scripts."""

from __future__ import annotations

import gzip
import re
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from modules.catalog.services import archive_product, update_product
from modules.catalog.storefront import search
from tests.modules.catalog.storefront.conftest import HOST
from tests.modules.catalog.storefront.test_list import text_of, titles
from tests.modules.catalog.test_search import HOSTILE

pytestmark = pytest.mark.django_db


def found(client, query, root="", **more):
    return text_of(client.get(f"{root}/search/?{urlencode({'q': query, **more})}"))


def test_every_page_has_the_field_that_leads_there(goods, client_for):
    client = client_for(HOST)
    for path in ("/", "/products/", "/products/lens/", "/search/"):
        html = text_of(client.get(path))
        assert '<form class="search-box site-search" role="search" action="/search/" method="get">' in html
    assert 'action="/fr/search/"' in text_of(client.get("/fr/"))


def test_what_is_found_looks_as_in_the_list(goods, client_for):
    html = found(client_for(HOST), "lenses")
    assert titles(html) == ["Lens &lt;50 mm&gt;"]
    assert "<title>Search for “lenses” · Objektiv</title>" in html
    assert '<meta name="robots" content="noindex">' in html
    assert f'<link rel="canonical" href="http://{HOST}/search/?q=lenses">' in html
    assert html.count('value="lenses"') >= 2
    assert "1 product" in html
    assert '<option value="relevance" selected>' in html
    assert '<a class="chip" href="/categories/lenses/">Lenses</a>' in html


def test_categories_are_counted_and_chosen_by_links(goods, client_for):
    client = client_for(HOST)
    html = found(client, "lens", sort="price")
    assert (
        '<a href="/search/?q=lens&amp;sort=price&amp;category=optics">Optics<span class="facet-count">1</span></a>'
        in html
    )
    assert "category=books" not in html
    assert titles(found(client, "lens", category="optics")) == ["Lens &lt;50 mm&gt;"]
    html = found(client, "lens", category="books")
    assert "Nothing in this category" in html
    assert 'href="/search/?q=lens"' in html
    assert titles(found(client, "lens", category="unknown")) == ["Lens &lt;50 mm&gt;"]


def test_a_misspelled_word_is_corrected_and_said_so(goods, client_for):
    html = found(client_for(HOST), "carnte", root="/fr")
    assert titles(html) == ["Carnet"]
    assert "Rien ne correspond à « carnte »" in html
    assert '<html lang="fr"' in html


def test_where_nothing_is_found_there_is_a_way_on(goods, client_for):
    html = found(client_for(HOST), "zebra lens")
    assert titles(html) == []
    assert "No product matches “zebra lens”" in html
    for address in ("/products/", "/search/?q=lens", "/search/?q=zebra", "/categories/optics/"):
        assert f'href="{address}"' in html


def test_without_words_the_page_asks_for_some(goods, client_for):
    html = text_of(client_for(HOST).get("/search/"))
    assert "Type what you are looking for" in html
    assert "<title>Search · Objektiv</title>" in html
    assert '<a class="chip" href="/categories/optics/">Optics</a>' in html


def test_pages_keep_the_words(goods, client_for, monkeypatch):
    monkeypatch.setattr(search, "products_per_page", lambda: 1)
    client = client_for(HOST)
    html = found(client, "lens carnet bag"[:4], category="optics")
    assert titles(html) == ["Lens &lt;50 mm&gt;"]
    for number in ("0", "x", "99", "9" * 30):
        assert client.get(f"/search/?q=lens&page={number}").status_code == 404


@pytest.mark.parametrize("query", HOSTILE, ids=lambda query: ascii(query)[:24])
def test_whatever_is_typed_is_answered(goods, client_for, query):
    client = client_for(HOST)
    for root in ("", "/fr", "/lb"):
        path = f"{root}/search/?{urlencode({'q': query, 'sort': query, 'category': query}, errors='surrogatepass')}"
        response = client.get(path)
        assert response.status_code == (400 if "\0" in query else 200)
        assert b"<script>alert" not in response.content


def test_what_is_not_published_is_not_found(goods, inside, client_for, django_capture_on_commit_callbacks):
    client = client_for(HOST)
    assert titles(found(client, "bag")) == ["Bag"]
    with django_capture_on_commit_callbacks(execute=True), inside():
        archive_product(product=goods["bag"])
    assert titles(found(client, "bag")) == []


def test_a_page_costs_few_queries_and_bytes_and_is_kept_until_something_changes(
    goods, inside, client_for, django_capture_on_commit_callbacks
):
    client = client_for(HOST)
    with CaptureQueriesContext(connection) as context:
        html = found(client, "lens")
    assert sum("catalog_hits" in query["sql"] for query in context.captured_queries) == 1
    assert len(gzip.compress(html.encode())) <= 14 * 1024
    with CaptureQueriesContext(connection) as context:
        assert found(client, "lens") == html
        assert not context.captured_queries
        assert titles(found(client, "bag")) == ["Bag"]
    with django_capture_on_commit_callbacks(execute=True), inside():
        update_product(product=goods["bag"], translations={"en": {"title": "Lens bag", "description": ""}})
    assert sorted(titles(found(client, "lens"))) == ["Lens &lt;50 mm&gt;", "Lens bag"]


def test_the_field_vanishes_with_the_catalogue(goods, client_for, monkeypatch):
    monkeypatch.setattr(
        "platform_core.templatetags.modules.is_label_hidden", lambda label: label == "catalog"
    )
    html = text_of(client_for(HOST).get("/account/sign-in/"))
    assert "site-search" not in html


def test_only_reading_is_answered(goods, client_for):
    assert client_for(HOST).post("/search/", {"q": "lens"}).status_code in {403, 405}


def test_words_are_shown_as_text(goods, client_for):
    html = found(client_for(HOST), '<b onclick="x">&amp;')
    assert "<b onclick" not in html
    assert re.search(r"<h1[^>]*>Search for “&lt;b onclick=&quot;x&quot;&gt;&amp;amp;”</h1>", html)

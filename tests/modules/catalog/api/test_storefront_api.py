"""A shop's goods as JSON, for everybody."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from modules.catalog.models import Variant
from modules.catalog.services import add_image, create_category
from platform_core.tenancy.context import platform_context
from tests.api_client import Api

pytestmark = pytest.mark.django_db


@pytest.fixture
def inside(lux, objektiv):
    return lambda: platform_context(lux, objektiv)


@pytest.fixture
def shop(objektiv) -> Api:
    return Api("objektiv.lux.localhost")


def test_the_list_and_a_product_have_the_published_form(shop, inside, make_product, picture):
    with inside():
        create_category(slug="cups", translations={"en": {"name": "Cups"}, "fr": {"name": "Tasses"}})
        mug = make_product(
            "mug",
            translations={"en": {"title": "Mug", "description": "Holds coffee."}, "fr": {"title": "Tasse"}},
            variants=[
                {"sku": "S", "options": {"en": "Small", "fr": "Petite"}, "price_minor": 1000},
                {"sku": "L", "options": {"en": "Large"}, "price_minor": 1500},
                {"sku": "OFF", "options": {}, "price_minor": 1, "is_active": False},
            ],
            category_slugs=["cups"],
        )
        add_image(product=mug, file=picture(700, 500), alt={"en": "A mug"})
    listed = shop.get("storefront/products/").json()
    assert set(listed) == {"data", "page"}
    item = listed["data"][0]
    assert item["slug"] == "mug" and item["title"] == "Mug" and item["price_is_from"] is True
    assert item["price"] == {"amount": "10.00", "currency": "EUR"}
    assert [r["width"] for r in item["image"]["renditions"]] == [320, 640, 700]
    assert shop.client.get(item["image"]["url"]).status_code == 200
    product = shop.client.get("/api/v1/storefront/products/mug/", headers={"accept-language": "fr"}).json()
    assert (product["title"], product["title_language"]) == ("Tasse", "fr")
    assert (product["description"], product["description_language"]) == ("Holds coffee.", "en")
    assert [(v["sku"], v["label"], v["available"]) for v in product["variants"]] == [
        ("S", "Petite", True),
        ("L", "Large", True),
    ]
    assert product["variants"][0]["price"] == {"amount": "10.00", "currency": "EUR"}
    assert Decimal(product["vat_percent"]) == 17
    assert product["categories"] == [{"slug": "cups", "name": "Tasses"}]


def test_only_what_is_on_sale_is_there(shop, inside, lux, voltwerk, make_product):
    with inside():
        make_product("draft", status="draft")
        make_product("tomorrow", published_at=timezone.now() + timedelta(days=1))
    with platform_context(lux, voltwerk):
        make_product("theirs")
    assert shop.get("storefront/products/").json()["data"] == []
    for slug in ("draft", "tomorrow", "theirs", "nothing"):
        response = shop.get(f"storefront/products/{slug}/")
        assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_the_list_is_filtered_sorted_and_paged_by_cursor(shop, inside, make_product):
    with inside():
        create_category(slug="cups", translations={"en": {"name": "Cups"}})
        now = timezone.now()
        for number in range(5):
            make_product(
                f"p{number}",
                100 * (number % 3 + 1),
                published_at=now - timedelta(days=number + 1),
                category_slugs=["cups"] if number < 2 else [],
            )

    def slugs(query=""):
        found, path = [], f"storefront/products/{query}"
        while path:
            answer = shop.get(path).json()
            found += [item["slug"] for item in answer["data"]]
            following = answer["page"]["next"]
            path = following.partition("/api/v1/")[2] if following else ""
        return found

    assert slugs() == slugs("?limit=2") == ["p0", "p1", "p2", "p3", "p4"]
    assert slugs("?sort=price&limit=2") == ["p0", "p3", "p1", "p4", "p2"]
    assert slugs("?sort=-price&limit=1")[0] == "p2"
    assert slugs("?category=cups") == ["p0", "p1"]
    assert shop.get("storefront/products/?colour=blue").status_code == 400


def test_categories_come_as_a_tree_in_order(shop, inside, make_product):
    with inside():
        top = create_category(slug="cameras", translations={"en": {"name": "Cameras"}})
        create_category(slug="film", translations={"en": {"name": "Film"}}, parent=top)
        make_product("camera", category_slugs=["film"])
    answer = shop.get("storefront/categories/").json()
    assert answer["data"] == [
        {"slug": "cameras", "name": "Cameras", "parent": None, "product_count": 1},
        {"slug": "film", "name": "Film", "parent": "cameras", "product_count": 1},
    ]
    assert answer["page"] == {"next": None, "prev": None, "limit": 2}


def test_the_queries_do_not_grow_with_rows(shop, inside, make_product, django_assert_max_num_queries):
    with inside():
        for number in range(10):
            make_product(f"p{number}")
    shop.get("storefront/products/")
    with django_assert_max_num_queries(2):
        assert len(shop.get("storefront/products/").json()["data"]) == 10
    with django_assert_max_num_queries(2):
        shop.get("storefront/products/p1/")


def test_a_product_that_has_not_changed_is_not_sent_again(shop, inside, make_product):
    with inside():
        make_product("mug", variants=[{"sku": "S", "options": {}, "price_minor": 1000}])

    def ask(**headers: str):
        return shop.client.get("/api/v1/storefront/products/mug/", headers=headers)

    etag = ask()["ETag"]
    unchanged = ask(**{"if-none-match": etag})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    with inside():
        Variant.objects.update(price_minor=1100)
    assert ask(**{"if-none-match": etag}).status_code == 200


def test_a_platforms_host_has_no_storefront_api(lux, objektiv):
    assert Api("lux.localhost").get("storefront/products/").status_code == 404
    assert Api("lux.localhost", "/vendors/objektiv/shop").get("storefront/products/").status_code == 200


def test_products_are_searched_for_the_best_first(inside, make_product, shop):
    def text(title, description=""):
        return {"title": title, "description": description}

    with inside():
        make_product("said", translations={"en": text("Bowl", "Nicer than a lamp.")}, price=100)
        make_product("lamp", translations={"en": text("Lamps")}, price=300)
        make_product("lampe", translations={"fr": text("Lampe de café")}, price=200)
        make_product("draft", translations={"en": text("Lamp")}, status="draft")

    def slugs(query):
        answer = shop.get(f"storefront/products/?{query}")
        assert answer.status_code == 200, answer.content
        return [item["slug"] for item in answer.json()["data"]]

    assert slugs("q=lamp") == ["lamp", "lampe", "said"]
    assert slugs("q=lamp&sort=price") == ["said", "lampe", "lamp"]
    assert slugs("q=CAFE") == ["lampe"]
    assert slugs("q=zzz") == []
    page = shop.get("storefront/products/?q=lamp&limit=2").json()
    assert [item["slug"] for item in page["data"]] == ["lamp", "lampe"]
    rest = shop.get(page["page"]["next"].partition("/api/v1/")[2]).json()
    assert [item["slug"] for item in rest["data"]] == ["said"]
    assert shop.get("storefront/products/?q=" + "x" * 101).status_code == 400
    for hostile in ("%27%22", "%26%7C!()", "%F0%9F%98%80", "%E2%80%AE", "the", "%5C", "x" * 100):
        slugs(f"q={hostile}")

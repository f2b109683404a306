"""Products, variants and categories for a team's scripts."""

from __future__ import annotations

from typing import Any

import pytest

from modules.catalog.api import vendor_views
from modules.catalog.models import Product
from modules.catalog.services import archive_product, create_category, update_product
from platform_core.tenancy.context import platform_context
from tests.api_client import Api

pytestmark = pytest.mark.django_db


def signed_in(email: str) -> Api:
    script = Api("lux.localhost")
    assert script.sign_in(email).status_code == 200
    return script


@pytest.fixture
def owner(lux: Any, objektiv_owner: Any) -> Api:
    return signed_in(objektiv_owner.email)


@pytest.fixture
def clerk(lux: Any, objektiv_clerk: Any) -> Api:
    return signed_in(objektiv_clerk.email)


@pytest.fixture
def inside(lux, objektiv):
    return lambda: platform_context(lux, objektiv)


@pytest.fixture
def mug(inside, make_product) -> Product:
    with inside():
        return make_product("mug", 1250)


def patch(script: Api, path: str, body: Any, etag: str | None = None) -> Any:
    headers = {"authorization": f"Bearer {script.access}"}
    if etag:
        headers["if-match"] = etag
    return script.client.patch(f"/api/v1/{path}", body, content_type="application/json", headers=headers)


def euros(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


class TestProducts:
    @pytest.mark.parametrize(
        "moment",
        ["9999-12-31T23:59:59Z", "2200-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "0001-01-02T00:00:00Z"],
    )
    def test_a_moment_far_off_is_refused(self, owner, mug, moment):
        address = f"vendor/products/{mug.pk}/"
        etag = owner.get(address)["ETag"]
        facts = {"slug": "cup", "translations": {"en": {"title": "Cup"}}, "status": "draft"}
        for answer in (
            owner.post("vendor/products/", {**facts, "published_at": moment}),
            patch(owner, address, {"published_at": moment}, etag),
        ):
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), answer.content
            assert "from the years 1970 to 2199" in answer.json()["detail"]
        good = {**facts, "published_at": "2199-12-31T23:59:59Z"}
        assert owner.post("vendor/products/", good).status_code == 201

    def test_a_product_is_created_with_all_that_belongs_to_it(self, owner, inside):
        with inside():
            create_category(slug="cups", translations={"en": {"name": "Cups"}})
        made = owner.post(
            "vendor/products/",
            {
                "status": "active",
                "translations": {"en": {"title": "Blue mug", "description": "Holds coffee."}},
                "variants": [{"sku": "MUG-1", "price": euros("12.50"), "options": {"en": "Blue"}}],
                "categories": ["cups"],
                "tax_category": "reduced",
            },
        )
        assert made.status_code == 201, made.content
        product = made.json()
        assert made["Location"].endswith(f"/api/v1/vendor/products/{product['id']}/")
        assert (product["slug"], product["price"], product["version"]) == ("blue-mug", euros("12.50"), 1)
        assert product["variants"][0]["options"] == {"en": "Blue"}
        assert product["categories"] == ["cups"]
        read = owner.get(f"vendor/products/{product['id']}/")
        assert read.json() == product
        assert read["ETag"] == made["ETag"] == f'"{product["id"]}-1"'
        listed = owner.get("vendor/products/").json()["data"]
        assert [(p["slug"], p["title"], p["variant_count"]) for p in listed] == [("blue-mug", "Blue mug", 1)]

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            ({"translations": {}, "colour": "blue"}, 400, "validation_failed"),
            ({"translations": {"en": {"title": "x", "html": "<b>"}}}, 400, "validation_failed"),
            ({"translations": {"en": {"title": "x"}}, "id": 7}, 400, "validation_failed"),
            ({"translations": {"en": {"title": "x"}}, "status": "archived"}, 400, "validation_failed"),
            (
                {"translations": {"en": {"title": "x"}}, "variants": [{"sku": "A", "price": 12.5}]},
                400,
                "validation_failed",
            ),
            (
                {"translations": {}, "variants": [{"sku": "A", "price": {"amount": "1", "currency": "USD"}}]},
                400,
                "validation_failed",
            ),
            ({"translations": {"es": {"title": "x"}}}, 422, "invalid"),
            ({"translations": {"en": {"title": "x"}}, "slug": "Not A Slug"}, 422, "invalid"),
            ({"translations": {"en": {"title": "x"}}, "status": "active"}, 422, "product_incomplete"),
            ({"translations": {"en": {"title": "x"}}, "categories": ["nowhere"]}, 422, "unknown_category"),
            ({"translations": {"en": {"title": "x"}}, "slug": "mug"}, 409, "slug_taken"),
        ],
    )
    def test_what_cannot_be_is_refused_by_code(self, owner, mug, inside, body, status, code):
        response = owner.post("vendor/products/", body)
        assert (response.status_code, response.json()["code"]) == (status, code)
        assert response["Content-Type"] == "application/problem+json"
        with inside():
            assert Product.objects.count() == 1

    def test_a_weight_is_written_read_kept_and_taken_away(self, owner):
        body = {
            "translations": {"en": {"title": "Mug"}},
            "variants": [{"sku": "MUG-1", "price": euros("12.50"), "weight_grams": 420}],
        }
        product = owner.post("vendor/products/", body).json()
        (variant,) = product["variants"]
        assert variant["weight_grams"] == 420
        path = f"vendor/variants/{variant['id']}/"
        etag = owner.get(path)["ETag"]
        # A change of something else leaves it alone.
        changed = patch(owner, path, {"price": euros("13.00")}, etag)
        assert changed.json()["weight_grams"] == 420
        assert patch(owner, path, {"weight_grams": None}).json()["weight_grams"] is None
        for wrong in (-1, 1_000_001, 1.5, "heavy"):
            refused = patch(owner, path, {"weight_grams": wrong})
            assert (refused.status_code, refused.json()["code"]) == (400, "validation_failed"), wrong

    def test_a_change_needs_the_state_that_was_read(self, owner, mug, inside):
        path = f"vendor/products/{mug.pk}/"
        etag = owner.get(path)["ETag"]
        body = {"translations": {"en": {"title": "Big mug"}}}
        changed = patch(owner, path, body, etag)
        assert changed.status_code == 200
        assert (changed.json()["translations"]["en"]["title"], changed["ETag"]) == (
            "Big mug",
            f'"{mug.pk}-2"',
        )
        stale = patch(owner, path, body, etag)
        assert stale.status_code == 412
        prices = {"variants": [{"sku": "MUG", "price": euros("9.00")}]}
        assert patch(owner, path, prices).status_code == 428
        assert patch(owner, path, prices, changed["ETag"]).json()["price"] == euros("9.00")
        assert patch(owner, path, {"tax_category": "reduced"}).status_code == 200

    def test_a_change_between_reading_and_writing_is_noticed_by_the_service(
        self, owner, mug, inside, monkeypatch
    ):
        path = f"vendor/products/{mug.pk}/"
        etag = owner.get(path)["ETag"]

        def meanwhile(*args: Any, **kwargs: Any) -> None:
            update_product(product=mug, slug="theirs")

        monkeypatch.setattr(vendor_views, "require_match", meanwhile)
        response = patch(owner, path, {"slug": "mine"}, etag)
        assert (response.status_code, response.json()["code"]) == (412, "version_conflict")
        assert response.json()["params"] == {"expected": 1, "current": 2}

    def test_a_variant_in_a_change_must_be_whole(self, owner, mug):
        path = f"vendor/products/{mug.pk}/"
        response = patch(owner, path, {"variants": [{"sku": "MUG"}]}, owner.get(path)["ETag"])
        assert (response.status_code, response.json()["params"]["field"]) == (422, "variants.0.price")

    def test_an_unchanged_product_is_not_sent_again(self, owner, mug):
        path = f"vendor/products/{mug.pk}/"
        etag = owner.get(path)["ETag"]
        headers = {"authorization": f"Bearer {owner.access}", "if-none-match": etag}
        response = owner.client.get(f"/api/v1/{path}", headers=headers)
        assert (response.status_code, response.content) == (304, b"")

    def test_archiving_is_an_address_of_its_own_and_an_owners_right(self, owner, clerk, mug):
        path = f"vendor/products/{mug.pk}/"
        for action in ("archive", "restore"):
            refused = clerk.post(f"{path}{action}/")
            assert (refused.status_code, refused.json()["permission"]) == (403, "catalog.archive_product")
        assert clerk.get(path).json()["status"] == "active"
        # The control: an owner may.
        assert owner.post(f"{path}archive/").json()["status"] == "archived"
        refused = patch(owner, path, {"status": "active"})
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
        assert owner.post(f"{path}restore/").json()["status"] == "draft"

    def test_the_list_is_filtered_sorted_and_paged(self, owner, inside, make_product):
        with inside():
            create_category(slug="cups", translations={"en": {"name": "Cups"}})
            for number in range(5):
                make_product(
                    f"p{number}", status="draft" if number == 0 else "active", category_slugs=["cups"]
                )
            archive_product(product=make_product("gone"))

        def slugs(query=""):
            response = owner.get(f"vendor/products/{query}")
            assert response.status_code == 200, response.content
            return [p["slug"] for p in response.json()["data"]]

        assert slugs() == ["gone", "p4", "p3", "p2", "p1", "p0"]
        assert slugs("?status=draft") == ["p0"]
        assert slugs("?category=cups&sort=slug&limit=2") == ["p0", "p1"]
        assert slugs("?q=gone") == ["gone"]
        first = owner.get("vendor/products/?limit=4&sort=-slug").json()
        assert [p["slug"] for p in first["data"]] == ["p4", "p3", "p2", "p1"]
        rest = owner.get(first["page"]["next"].partition("/api/v1/")[2]).json()
        assert [p["slug"] for p in rest["data"]] == ["p0", "gone"]
        for query in ("?colour=blue", "?sort=price", "?status=sold", "?limit=0"):
            assert owner.get(f"vendor/products/{query}").status_code == 400

    def test_nothing_of_a_neighbour_is_there(self, owner, lux, voltwerk, make_product):
        with platform_context(lux, voltwerk):
            theirs = make_product("theirs")
            variant = theirs.variants.get()
            shelf = create_category(slug="theirs", translations={"en": {"name": "Theirs"}})
        assert owner.get("vendor/products/").json()["data"] == []
        for path in (
            f"vendor/products/{theirs.pk}/",
            f"vendor/variants/{variant.pk}/",
            f"vendor/categories/{shelf.pk}/",
        ):
            unknown = path.replace(str(theirs.pk), "999999")
            assert owner.get(path).status_code == owner.get(unknown).status_code == 404
            assert patch(owner, path, {}).status_code == 404
        assert owner.post(f"vendor/products/{theirs.pk}/archive/").status_code == 404
        made = owner.post("vendor/variants/", {"product": theirs.pk, "sku": "X", "price": euros("1.00")})
        assert made.status_code == 404
        with platform_context(lux, voltwerk):
            theirs.refresh_from_db()
            assert (theirs.status, theirs.version) == ("active", 1)

    def test_the_list_costs_the_same_however_many_rows(
        self, owner, inside, make_product, django_assert_max_num_queries
    ):
        with inside():
            for number in range(10):
                make_product(f"p{number}")
        owner.get("vendor/products/")
        with django_assert_max_num_queries(8):
            assert len(owner.get("vendor/products/").json()["data"]) == 10
        with django_assert_max_num_queries(8):
            owner.get("vendor/variants/")

    def test_nobody_enters_without_a_token(self, lux, objektiv):
        for path in ("products", "variants", "categories"):
            assert Api("lux.localhost").get(f"vendor/{path}/").status_code == 401


class TestVariants:
    def test_a_variant_is_added_and_changed_with_its_products_price(self, owner, mug, inside):
        made = owner.post(
            "vendor/variants/",
            {"product": mug.pk, "sku": "MUG-L", "price": euros("20.00"), "options": {"en": "L"}},
        )
        assert made.status_code == 201, made.content
        path = f"vendor/variants/{made.json()['id']}/"
        assert patch(owner, path, {"price": euros("5.00")}).status_code == 428
        changed = patch(owner, path, {"price": euros("5.00")}, made["ETag"])
        assert (changed.status_code, changed.json()["price"]) == (200, euros("5.00"))
        assert patch(owner, path, {"price": euros("6.00")}, made["ETag"]).status_code == 412
        assert patch(owner, path, {"is_active": False}).json()["is_active"] is False
        with inside():
            mug.refresh_from_db()
            assert (mug.min_price_minor, mug.version) == (1250, 4)
        listed = owner.get(f"vendor/variants/?product={mug.pk}&sort=sku").json()["data"]
        assert [row["sku"] for row in listed] == ["MUG", "MUG-L"]
        assert [r["sku"] for r in owner.get("vendor/variants/?is_active=false").json()["data"]] == ["MUG-L"]

    def test_a_taken_sku_and_a_negative_price_are_refused(self, owner, mug):
        body = {"product": mug.pk, "sku": "MUG", "price": euros("1.00")}
        taken = owner.post("vendor/variants/", body)
        assert (taken.status_code, taken.json()["code"]) == (409, "sku_taken")
        negative = owner.post("vendor/variants/", {**body, "sku": "N", "price": euros("-1.00")})
        assert negative.status_code == 400

    def test_the_last_variant_of_an_active_product_stays_on_sale(self, owner, mug):
        variant = owner.get("vendor/variants/").json()["data"][0]
        response = patch(owner, f"vendor/variants/{variant['id']}/", {"is_active": False})
        assert (response.status_code, response.json()["code"]) == (422, "product_incomplete")


class TestCategories:
    def test_categories_are_made_and_moved(self, owner, clerk):
        top = owner.post("vendor/categories/", {"translations": {"en": {"name": "Cameras"}}})
        assert top.status_code == 201, top.content
        film = owner.post(
            "vendor/categories/",
            {"translations": {"en": {"name": "Film"}}, "parent": "cameras", "position": 4},
        ).json()
        assert (film["slug"], film["parent"], film["position"]) == ("film", "cameras", 4)
        path = f"vendor/categories/{film['id']}/"
        assert patch(owner, path, {"parent": None, "is_visible": False}).json()["parent"] is None
        assert patch(owner, path, {"parent": "nowhere"}).json()["code"] == "unknown_category"
        assert patch(owner, path, {"parent": "film"}).json()["code"] == "category_too_deep"
        listed = clerk.get("vendor/categories/").json()["data"]
        assert [row["slug"] for row in listed] == ["cameras", "film"]
        assert clerk.post("vendor/categories/", {"translations": {"en": {"name": "X"}}}).status_code == 403
        assert patch(clerk, path, {"position": 1}).status_code == 403

"""The team's pages of products, as owner and as clerk."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from modules.catalog.models import Product, ProductImage, ProductTranslation, Variant
from modules.catalog.services import add_image, archive_product, create_category, update_product
from platform_core.tenancy.context import platform_context
from tests.forms import fields_of

pytestmark = pytest.mark.django_db

LIST = "/vendor/products/"
NEW = "/vendor/products/new/"


@pytest.fixture
def inside(lux, objektiv):
    """`with inside():` the shop's context, for what a browser's request has left behind."""
    return lambda: platform_context(lux, objektiv)


@pytest.fixture
def mug(inside, make_product) -> Product:
    with inside():
        return make_product("mug", 1250)


def address(product: Product, page: str = "") -> str:
    return f"{LIST}{product.pk}/{page}"


def send(client: Client, url: str, html: str | None = None, **changes: Any):
    data = fields_of(html if html is not None else client.get(url).content.decode())
    data.update({name.replace("__", "-"): value for name, value in changes.items()})
    return client.post(url, {k: v for k, v in data.items() if v is not None})


def test_a_new_product_with_texts_variant_category_and_pictures(owner, inside, picture):
    with inside():
        create_category(slug="cups", translations={"en": {"name": "Cups"}})
    response = send(
        owner,
        NEW,
        **{
            "text-en-title": "Blue mug",
            "text-en-description": "Holds coffee.",
            "text-fr-title": "Tasse bleue",
            "variant-0-sku": "MUG-1",
            "variant-0-price": "12.50",
            "variant-0-label_fr": "Bleue",
            "status": "active",
            "categories": ["cups"],
            "tax_category": "reduced",
            "pictures": [picture(700, 500), picture(300, 300, "PNG")],
        },
    )
    assert response.status_code == 302, response.context["editor"].main.errors
    with inside():
        product = Product.objects.get()
        assert response["Location"] == address(product)
        assert (product.slug, product.status, product.tax_category) == ("blue-mug", "active", "reduced")
        assert product.min_price_minor == 1250
        assert Variant.objects.get().options == {"fr": "Bleue"}
        assert ProductImage.objects.count() == 2 and product.cover is not None
        assert product.category_links.count() == 1
    page = owner.get(response["Location"]).content.decode()
    assert "“Blue mug” is saved." in page
    assert 'href="http://objektiv.lux.localhost/products/blue-mug/"' in page


def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(owner, inside, picture):
    response = send(
        owner,
        NEW,
        **{
            "text-en-description": "Only a description",
            "text-de-description": "Nur ein Text",
            "variant-0-sku": "MUG 1",
            "variant-0-price": "12,5,0",
            "slug": "Blue Mug",
            "pictures": [picture(400, 300)],
        },
    )
    html = response.content.decode()
    assert response.status_code == 422
    assert "<title>Error: New product" in html
    for anchor, words in (
        ("id_text-en-title", "Enter the product title. It is what shoppers see first."),
        ("id_text-de-title", "This language has a description. Enter its title too."),
        ("id_variant-0-price", "Enter a price like 12.50. You typed “12,5,0”."),
        ("id_variant-0-sku", "Use letters, digits"),
        ("id_slug", "Use lower-case letters"),
    ):
        assert re.search(rf'<a href="#{anchor}">[^<]*{re.escape(words)}', html), anchor
    assert 'value="12,5,0"' in html and "Nur ein Text" in html
    # The uploaded picture is kept and comes along with the corrected form.
    assert "1 picture is kept" in html
    response = send(
        owner,
        NEW,
        html,
        **{
            "text-en-title": "Blue mug",
            "text-de-title": "Tasse",
            "slug": "blue-mug",
            "variant-0-sku": "MUG-1",
            "variant-0-price": "12,50",
        },
    )
    assert response.status_code == 302
    with inside():
        assert ProductImage.objects.get().width == 400


def test_kept_pictures_of_another_shop_are_not_taken(owner, lux, voltwerk, inside, media_root):
    from modules.catalog.dashboard.fields import KeptPicturesField  # noqa: PLC0415
    from modules.catalog.images import StoredImage  # noqa: PLC0415

    with platform_context(lux, voltwerk):
        token = KeptPicturesField.sign([StoredImage(f"lux/{voltwerk.pk}/products/x.webp", 10, 10, ())])
    facts = {"text-en-title": "Mug", "variant-0-sku": "M", "variant-0-price": "1"}
    for stolen in (token, token[:-2], "nonsense"):
        response = send(owner, NEW, kept=stolen, **{**facts, "variant-0-sku": f"M{len(stolen)}"})
        assert response.status_code == 302
    with inside():
        assert Product.objects.count() == 3
        assert not ProductImage.objects.exists()


def test_a_refused_picture_says_why(owner, picture):
    svg = picture(10, 10)
    svg.name = "logo.svg"
    svg.seek(0)
    svg.truncate()
    svg.write(b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')
    svg.seek(0)
    facts = {"text-en-title": "Mug", "variant-0-sku": "M", "variant-0-price": "1"}
    response = send(owner, NEW, pictures=[svg, picture(200, 200)], **facts)
    html = response.content.decode()
    assert response.status_code == 422
    assert "“logo.svg” is an SVG drawing" in html
    assert "1 picture is kept" in html


def test_prices_are_read_and_shown_in_the_persons_language(owner, mug, inside):
    owner.post("/vendor/profile/", {"language": "fr", "time_zone": "Europe/Paris", "mode": ""})
    page = owner.get(address(mug)).content.decode()
    assert 'value="12,50"' in page
    assert send(owner, address(mug), **{"variant-0-price": "1 234,5"}).status_code == 302
    with inside():
        assert Variant.objects.get().price_minor == 123450
    response = send(owner, address(mug), **{"variant-0-price": "1.234"})
    assert response.status_code == 422


def test_another_row_is_added_by_a_plain_submit_and_nothing_is_judged(owner, mug, inside, picture):
    html = owner.get(address(mug)).content.decode()
    data = {**fields_of(html), "add_variant": "1", "text-en-title": "", "pictures": [picture(100, 100)]}
    response = owner.post(address(mug), data)
    html = response.content.decode()
    assert response.status_code == 200
    assert 'name="variant-1-sku"' in html and "error-summary" not in html
    assert "1 picture is kept" in html
    changes = {
        "text-en-title": "Mug",
        "variant-1-sku": "MUG-L",
        "variant-1-price": "15",
        "variant-1-is_active": "on",
    }
    assert send(owner, address(mug), html, **changes).status_code == 302
    with inside():
        assert list(Variant.objects.order_by("position").values_list("sku", "price_minor")) == [
            ("MUG", 1250),
            ("MUG-L", 1500),
        ]
        assert ProductImage.objects.count() == 1


def test_an_empty_row_is_no_variant(owner, mug, inside):
    html = owner.post(
        address(mug), {**fields_of(owner.get(address(mug)).content.decode()), "add_variant": "1"}
    )
    assert send(owner, address(mug), html.content.decode()).status_code == 302
    with inside():
        assert Variant.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "anchor", "words"),
    [
        ({"variant-0-sku": "CUP"}, "id_variant-0-sku", "is used by another variant"),
        ({"slug": "cup"}, "id_slug", "is used already"),
        ({"variant-0-is_active": None}, None, "at least one active variant"),
    ],
)
def test_what_the_services_refuse_is_said_in_the_form(
    owner, mug, inside, make_product, changes, anchor, words
):
    with inside():
        make_product("cup")
    response = send(owner, address(mug), **changes)
    html = response.content.decode()
    assert response.status_code == 422
    assert words in html
    if anchor:
        assert f'<a href="#{anchor}">' in html
    with inside():
        mug.refresh_from_db()
        assert (mug.slug, mug.version) == ("mug", 1)


def test_pictures_get_texts_places_and_go(owner, mug, inside, picture):
    with inside():
        first, second = (add_image(product=mug, file=picture(300, 300)) for _number in range(2))
    response = send(
        owner,
        address(mug),
        **{"image-0-position": "2", "image-1-position": "1", "image-1-alt_en": "A blue mug"},
    )
    assert response.status_code == 302
    with inside():
        mug.refresh_from_db()
        second.refresh_from_db()
        assert (mug.cover_id, second.alt) == (second.pk, {"en": "A blue mug"})
    assert send(owner, address(mug), **{"image-0-remove": "on"}).status_code == 302
    with inside():
        assert ProductImage.objects.get() == first


def test_two_people_at_once_see_both_values_and_choose(owner, mug, inside):
    html = owner.get(address(mug)).content.decode()
    with inside():
        update_product(
            product=mug,
            translations={"en": {"title": "Their mug", "description": "Theirs."}},
            variants=[
                {"sku": "MUG", "price_minor": 9900},
                {"sku": "MUG-NEW", "price_minor": 100},
            ],
            tax_category="reduced",
        )
    mine = {"text-en-title": "My mug", "text-en-description": "Mine.", "variant-0-price": "20"}
    response = send(owner, address(mug), html, **mine)
    html = response.content.decode()
    assert response.status_code == 409
    assert "Somebody else has saved this product" in html
    for value in ("My mug", "Their mug", "Mine.", "Theirs.", "99.00", "Reduced"):
        assert value in html
    with inside():
        assert ProductTranslation.objects.get(language="en").title == "Their mug"
    response = send(
        owner,
        address(mug),
        html,
        **{
            "choose:text-en-title": "theirs",
            "choose:variant-0-price": "yours",
            "choose:tax_category": "theirs",
        },
    )
    assert response.status_code == 302
    with inside():
        text = ProductTranslation.objects.get(language="en")
        assert (text.title, text.description) == ("Their mug", "Mine.")
        mug.refresh_from_db()
        assert mug.tax_category == "reduced"
        # The variant that somebody else has added stays on sale.
        assert sorted(Variant.objects.filter(is_active=True).values_list("sku", "price_minor")) == [
            ("MUG", 2000),
            ("MUG-NEW", 100),
        ]


def test_archiving_asks_first_and_restoring_makes_a_draft(owner, mug, inside):
    page = owner.get(address(mug, "archive/")).content.decode()
    assert "Archive “Mug”?" in page
    with inside():
        mug.refresh_from_db()
        assert mug.status == "active"
    assert owner.post(address(mug, "archive/"))["Location"] == LIST
    assert "mug" not in [item["product"].slug for item in owner.get(LIST).context["items"]]
    page = owner.get(address(mug)).content.decode()
    assert address(mug, "restore/") in page and 'name="status"' not in page
    assert send(owner, address(mug), **{"text-en-title": "Old mug"}).status_code == 302
    assert owner.post(address(mug, "restore/"))["Location"] == address(mug)
    with inside():
        mug.refresh_from_db()
        assert mug.status == "draft"


def test_a_clerk_changes_products_but_archives_none(clerk, owner, mug, inside):
    page = clerk.get(address(mug)).content.decode()
    assert "archive/" not in page
    assert send(clerk, address(mug), **{"text-en-title": "Clerk's mug"}).status_code == 302
    for url in (address(mug, "archive/"), address(mug, "restore/")):
        assert clerk.get(url).status_code == 403
        assert clerk.post(url).status_code == 403
    with inside():
        mug.refresh_from_db()
        assert mug.status == "active"
    # The control: the same requests of an owner are served.
    assert "archive/" in owner.get(address(mug)).content.decode()
    assert owner.post(address(mug, "archive/")).status_code == 302


def test_a_clerk_sees_categories_and_changes_none(clerk, owner, inside):
    with inside():
        category = create_category(slug="cups", translations={"en": {"name": "Cups"}})
    page = clerk.get("/vendor/categories/").content.decode()
    assert "Cups" in page and "place-" not in page and "/new/" not in page
    assert clerk.get("/vendor/categories/new/").status_code == 403
    assert clerk.post("/vendor/categories/", {f"place-{category.pk}": "5"}).status_code == 403
    page = clerk.get(f"/vendor/categories/{category.pk}/")
    assert page.status_code == 200
    assert clerk.post(f"/vendor/categories/{category.pk}/", {"text-en-name": "X"}).status_code == 403
    assert "place-" in owner.get("/vendor/categories/").content.decode()


def test_nothing_of_a_neighbour_is_reachable(owner, lux, voltwerk, make_product):
    with platform_context(lux, voltwerk):
        theirs = make_product("theirs")
        category = create_category(slug="theirs", translations={"en": {"name": "Theirs"}})
    for url in (address(theirs), address(theirs, "archive/"), f"/vendor/categories/{category.pk}/"):
        for response in (owner.get(url), owner.post(url)):
            assert response.status_code == 404
            assert "theirs" not in response.content.decode().lower().replace(url, "")
    assert owner.get(address(theirs).replace(str(theirs.pk), "9" * 30)).status_code == 404


def test_the_list_keeps_its_state_in_the_address(owner, inside, make_product):
    with inside():
        for number in range(30):
            make_product(f"item-{number:02}", 100 + number, status="draft" if number % 3 == 0 else "active")
        archive_product(product=make_product("gone"))
    page = owner.get(LIST)
    assert (page.context["page"].paginator.count, len(page.context["items"])) == (30, 25)
    assert owner.get(f"{LIST}?size=50").context["page"].paginator.num_pages == 1
    page = owner.get(f"{LIST}?status=active&sort=-price&q=item&size=25")
    prices = [item["product"].min_price_minor for item in page.context["items"]]
    assert prices == sorted(prices, reverse=True) and len(prices) == 20
    html = page.content.decode()
    assert 'aria-sort="descending"' in html
    assert 'name="status" value="active"' in html and 'name="sort" value="-price"' in html
    assert [i["product"].slug for i in owner.get(f"{LIST}?status=archived").context["items"]] == ["gone"]
    titles = [i["product"].title for i in owner.get(f"{LIST}?sort=title").context["items"]]
    assert titles == sorted(titles)
    assert owner.get(f"{LIST}?page=99&sort=nonsense&status=x&size=7&lacks=%27").status_code == 200


def test_what_is_missing_can_be_listed(owner, inside, make_product, picture):
    with inside():
        add_image(product=make_product("with"), file=picture(50, 50))
        make_product("without", translations={"en": {"title": "W"}, "fr": {"title": "Sans"}})

    def slugs(query):
        return [item["product"].slug for item in owner.get(f"{LIST}?{query}").context["items"]]

    assert slugs("lacks=picture") == ["without"]
    assert slugs("lacks=fr") == ["with"]


def test_empty_lists_say_what_to_do(owner, clerk, inside, make_product):
    html = owner.get(LIST).content.decode()
    assert "No products yet" in html and NEW in html
    with inside():
        make_product("mug")
    assert "No product matches “zzz”" in owner.get(f"{LIST}?q=zzz").content.decode()
    assert "No products with this status" in owner.get(f"{LIST}?status=draft").content.decode()


def test_the_pages_cost_the_same_however_many_rows(
    owner, inside, make_product, picture, django_assert_max_num_queries
):
    with inside():
        create_category(slug="all", translations={"en": {"name": "All"}})
        for number in range(12):
            product = make_product(f"item-{number}", category_slugs=["all"])
        for _number in range(3):
            add_image(product=product, file=picture(60, 60))
    for url in ("/vendor/", LIST, address(product), NEW, "/vendor/categories/"):
        owner.get(url)
        with django_assert_max_num_queries(15):
            owner.get(url)


def test_home_counts_and_leads_to_the_lists_behind(owner, inside, make_product):
    assert "Create the first product" in owner.get("/vendor/").content.decode()
    with inside():
        make_product("mug")
        make_product("cup", status="draft")
    html = owner.get("/vendor/").content.decode()
    assert "?status=draft" in html and "?lacks=picture" in html and "?lacks=lb" in html
    assert "Mug" in html


def test_categories_are_made_changed_and_placed(owner, inside):
    new = "/vendor/categories/new/"
    assert send(owner, new, **{"text-en-name": "Cameras", "text-fr-name": "Appareils"}).status_code == 302
    assert send(owner, new, **{"text-en-name": "Film", "parent": "cameras"}).status_code == 302
    page = owner.get("/vendor/categories/")
    assert [(row["category"].slug, row["depth"]) for row in page.context["rows"]] == [
        ("cameras", 0),
        ("film", 1),
    ]
    film = page.context["rows"][1]["category"]
    url = f"/vendor/categories/{film.pk}/"
    response = send(owner, url, **{"text-en-name": ""})
    assert response.status_code == 422 and "Enter the name of the category." in response.content.decode()
    response = send(owner, url, slug="cameras")
    assert response.status_code == 422 and "is used already" in response.content.decode()
    assert send(owner, url, parent="", is_visible=None, position="3").status_code == 302
    with inside():
        film.refresh_from_db()
        assert (film.parent_id, film.is_visible, film.position) == (None, False, 3)
    cameras = page.context["rows"][0]["category"]
    response = owner.post(
        "/vendor/categories/",
        {f"place-{cameras.pk}": "7", f"place-{film.pk}": "x", "place-": "1"},
        follow=True,
    )
    assert "1 category has a new place." in response.content.decode()
    with inside():
        cameras.refresh_from_db()
        assert cameras.position == 7

"""The team's pages of products, as owner and as clerk."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client

from modules.catalog.models import Category, Product, ProductImage, ProductTranslation, Variant
from modules.catalog.services import (
    add_image,
    archive_product,
    create_category,
    order_categories,
    remove_image,
    update_category,
    update_product,
)
from modules.tenancy.models import Vendor
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


def test_a_text_in_one_of_the_shops_languages_is_enough(owner, inside, cups):
    facts = {"text-fr-title": "Album", "variant-0-sku": "A", "variant-0-price": "1", "status": "active"}
    response = send(owner, NEW, **facts)
    assert response.status_code == 302
    url = response["Location"]
    assert send(owner, url, **{"text-fr-description": "Des photos."}).status_code == 302
    with inside():
        product = Product.objects.get()
        assert (product.slug, product.translations.get().description) == ("album", "Des photos.")
    # Control: without any text it is asked for, in the shop's own language.
    response = send(owner, url, **{"text-fr-title": " ", "text-fr-description": ""})
    assert response.status_code == 422
    assert "#id_text-en-title" in response.content.decode()
    url = f"/vendor/categories/{cups.pk}/"
    assert send(owner, url, **{"text-en-name": "", "text-de-name": "Tassen"}).status_code == 302
    with inside():
        assert cups.translations.get().name == "Tassen"


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


@pytest.fixture
def kept_form(owner, picture) -> str:
    """The page that keeps a picture, since its title is missing."""
    facts = {"variant-0-sku": "M", "variant-0-price": "1", "pictures": [picture(700, 300)]}
    html = send(owner, NEW, **facts).content.decode()
    assert "1 picture is kept" in html
    return html


def exists(image: ProductImage) -> list[bool]:
    return [default_storage.exists(name) for name in image.file_names]


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_form_with_kept_pictures_that_is_sent_twice_makes_pictures_of_their_own(owner, inside, kept_form):
    for sku in ("M1", "M2"):
        facts = {"text-en-title": "Mug", "variant-0-sku": sku, "slug": sku.lower()}
        assert send(owner, NEW, kept_form, **facts).status_code == 302
    with inside():
        first, second = ProductImage.objects.order_by("pk")
        assert first.product_id != second.product_id
        assert not set(first.file_names) & set(second.file_names)
        remove_image(image=first)
        assert exists(second) == [True, True, True]
        assert exists(first) == [False, False, False]


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_one_product_that_gets_a_kept_picture_twice_can_lose_one(owner, mug, inside, picture):
    html = owner.get(address(mug)).content.decode()
    html = send(
        owner, address(mug), html, **{"text-en-title": "", "pictures": [picture(200, 200)]}
    ).content.decode()
    for _number in range(2):
        with inside():
            mug.refresh_from_db()
        assert (
            send(owner, address(mug), html, **{"text-en-title": "Mug", "version": mug.version}).status_code
            == 302
        )
    with inside():
        first, second = mug.images.all()
        remove_image(image=second)
        assert (exists(first), exists(second)) == ([True], [False])


def test_a_kept_picture_that_is_gone_is_asked_for_again(owner, inside, kept_form, media_root):
    shutil.rmtree(media_root)
    facts = {"text-en-title": "Mug"}
    response = send(owner, NEW, kept_form, **facts)
    html = response.content.decode()
    assert response.status_code == 422 and "is not there any more. Choose it again." in html
    assert send(owner, NEW, html, **facts).status_code == 302
    with inside():
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


def test_a_price_in_another_currency_is_refused_and_stays_typed(owner, mug, inside):
    response = send(owner, address(mug), **{"variant-0-price": "$ 12"})
    html = response.content.decode()
    assert response.status_code == 422
    assert "Prices of this shop are in EUR. “$” is another currency" in html
    assert fields_of(html)["variant-0-price"] == "$ 12"
    assert send(owner, address(mug), **{"variant-0-price": "€ 12"}).status_code == 302
    with inside():
        assert Variant.objects.get().price_minor == 1200


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


def test_texts_in_a_language_that_the_shop_has_given_up_stay(owner, objektiv, mug, inside, picture):
    with inside():
        image = add_image(product=mug, file=picture(50, 50), alt={"en": "A mug", "de": "Eine Tasse"})
        facts = {"sku": "MUG", "price_minor": 1250, "options": {"en": "Blue", "de": "Blau"}}
        update_product(
            product=mug, variants=[facts], translations={"de": {"title": "Krug", "description": ""}}
        )
    with platform_context(role="operator"):
        Vendor.objects.filter(pk=objektiv.pk).update(languages=["en", "fr"])
    assert "label_de" not in owner.get(address(mug)).content.decode()
    assert (
        send(owner, address(mug), **{"variant-0-label_en": "", "image-0-alt_fr": "Tasse"}).status_code == 302
    )
    with inside():
        image.refresh_from_db()
        assert image.alt == {"en": "A mug", "fr": "Tasse", "de": "Eine Tasse"}
        assert Variant.objects.get().options == {"de": "Blau"}
        assert mug.translations.get(language="de").title == "Krug"


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
    for value in ("My mug", "Their mug", "Mine.", "Theirs.", "99.00"):
        assert value in html
    # What only the other person has changed is not asked about.
    assert "choose:tax_category" not in html and "taken over: VAT category" in html
    with inside():
        assert ProductTranslation.objects.get(language="en").title == "Their mug"
    response = send(
        owner,
        address(mug),
        html,
        **{
            "choose:text-en-title": "theirs",
            "choose:variant-0-price": "yours",
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


@pytest.mark.parametrize(
    ("places", "removed", "order"),
    [
        (("1", "2", "1"), (), [2, 0, 1]),
        (("1", "1", "3"), (), [1, 0, 2]),
        (("2", "2", "3"), (), [1, 0, 2]),
        (("3", "2", "1"), (), [2, 1, 0]),
        (("9999", "2", "3"), (), [1, 2, 0]),
        (("1", "2", "2"), (0,), [2, 1]),
    ],
)
def test_a_picture_goes_to_the_place_it_is_given(owner, mug, inside, picture, places, removed, order):
    with inside():
        images = [add_image(product=mug, file=picture(50, 50)) for _number in range(3)]
    changes = {f"image-{number}-position": place for number, place in enumerate(places)}
    changes |= {f"image-{number}-remove": "on" for number in removed}
    assert send(owner, address(mug), **changes).status_code == 302
    with inside():
        assert [image.pk for image in mug.images.all()] == [images[number].pk for number in order]
        mug.refresh_from_db()
        assert mug.cover == images[order[0]]


def conflicts(html: str) -> list[str]:
    """The fields that the page asks to choose for."""
    return sorted(set(re.findall(r'name="choose:([^"]+)"', html)))


def test_what_only_one_of_two_has_changed_is_that_ones(owner, mug, inside):
    with inside():
        update_product(product=mug, translations={"en": {"title": "Mug", "description": "Old."}})
    html = owner.get(address(mug)).content.decode()
    with inside():
        update_product(
            product=mug,
            slug="jug",
            translations={"en": {"title": "Jug", "description": "New."}, "fr": {"title": "Cruche"}},
            variants=[{"sku": "MUG", "price_minor": 9900, "is_active": True}],
        )
    response = send(owner, address(mug), html, **{"text-en-title": "Jug", "tax_category": "reduced"})
    html = response.content.decode()
    assert response.status_code == 409
    assert conflicts(html) == []
    assert "put together: look it over, then save" in html and "English: Description" in html
    assert send(owner, address(mug), html).status_code == 302
    with inside():
        mug.refresh_from_db()
        texts = dict(mug.translations.values_list("language", "title"))
        assert texts == {"en": "Jug", "fr": "Cruche"}
        assert mug.translations.get(language="en").description == "New."
        assert (mug.slug, mug.tax_category, mug.min_price_minor) == ("jug", "reduced", 9900)


def test_weights_are_typed_in_whole_grams_and_taken_away_again(owner, mug, inside):
    for typed, stored in (("1200", 1200), (" 0 ", 0), ("1000000", 1_000_000), ("", None)):
        assert send(owner, address(mug), **{"variant-0-weight_grams": typed}).status_code == 302
        with inside():
            assert Variant.objects.get().weight_grams == stored
    for wrong in ("1.000", "1.5", "1,2", "-1", "1000001", "2 kg", "9" * 40):
        response = send(owner, address(mug), **{"variant-0-weight_grams": wrong})
        html = response.content.decode()
        assert response.status_code == 422
        assert re.search(r'href="#id_variant-0-weight_grams">[^<]*Enter a weight in whole grams', html), wrong
        assert f'value="{wrong}"' in html


def test_two_people_who_weigh_a_variant_see_both_weights(owner, mug, inside):
    html = owner.get(address(mug)).content.decode()
    with inside():
        update_product(product=mug, variants=[{"sku": "MUG", "price_minor": 1250, "weight_grams": 400}])
    # The other one's weight alone is taken over, and the same weight otherwise typed is no conflict.
    for typed in ({"text-en-title": "Cup"}, {"variant-0-weight_grams": "0400"}):
        response = send(owner, address(mug), html, **typed)
        assert (response.status_code, conflicts(response.content.decode())) == (409, [])
    mine = send(owner, address(mug), html, **{"variant-0-weight_grams": "450"}).content.decode()
    assert conflicts(mine) == ["variant-0-weight_grams"]
    chosen = send(owner, address(mug), mine, **{"choose:variant-0-weight_grams": "theirs"})
    assert chosen.status_code == 302
    with inside():
        assert Variant.objects.get().weight_grams == 400


def test_products_without_a_weight_can_be_listed(owner, inside, make_product):
    with inside():
        make_product("known", variants=[{"sku": "K", "price_minor": 1, "weight_grams": 5}])
        make_product("unknown", variants=[{"sku": "U", "price_minor": 1}])
        off_sale = [{"sku": "O", "price_minor": 1, "is_active": False}]
        make_product("off-sale", status="draft", variants=off_sale)
    page = owner.get(f"{LIST}?lacks=weight")
    assert [item["product"].slug for item in page.context["items"]] == ["unknown"]
    assert "Without a weight" in page.content.decode()


def test_a_form_that_does_not_say_what_it_began_with_asks_for_every_difference(owner, mug, inside):
    html = owner.get(address(mug)).content.decode()
    with inside():
        update_product(product=mug, tax_category="reduced", slug="jug")
    for opened in ("", "nonsense", fields_of(html)["opened"][:-3]):
        page = send(owner, address(mug), html, opened=opened).content.decode()
        assert conflicts(page) == ["slug", "tax_category"]
    # Control: with it, nothing is left to ask.
    assert conflicts(send(owner, address(mug), html).content.decode()) == []
    # Nor is one without its version let through.
    assert send(owner, address(mug), html, version="").status_code == 409


def test_a_picture_that_somebody_else_has_removed_or_added_does_not_stand_in_the_way(
    owner, mug, inside, picture
):
    with inside():
        first, second = (add_image(product=mug, file=picture(50, 50)) for _number in range(2))
    html = owner.get(address(mug)).content.decode()
    with inside():
        remove_image(image=first)
        third = add_image(product=mug, file=picture(60, 60), alt={"en": "The third"})
    mine = {"text-en-title": "Mine", "image-0-alt_en": "Gone", "image-1-alt_en": "A mug"}
    response = send(owner, address(mug), html, **mine)
    html = response.content.decode()
    assert response.status_code == 409 and conflicts(html) == []
    assert "The third" in html and "Gone" not in html
    assert send(owner, address(mug), html).status_code == 302
    with inside():
        assert [image.pk for image in mug.images.all()] == [second.pk, third.pk]
        assert [image.alt for image in mug.images.all()] == [{"en": "A mug"}, {"en": "The third"}]


def test_a_product_that_was_archived_meanwhile_keeps_what_was_typed(owner, mug, inside):
    html = owner.get(address(mug)).content.decode()
    with inside():
        archive_product(product=mug)
    response = send(owner, address(mug), html, **{"text-en-title": "Mine"})
    html = response.content.decode()
    assert response.status_code == 409 and 'value="Mine"' in html
    assert send(owner, address(mug), html).status_code == 302
    with inside():
        mug.refresh_from_db()
        assert (mug.status, mug.translations.get().title) == ("archived", "Mine")


@pytest.mark.parametrize("odd", ["²", "٣x", "9" * 5000])
@pytest.mark.parametrize(
    "name", ["image-0-id", "image-TOTAL_FORMS", "variant-0-id", "variant-TOTAL_FORMS", "version"]
)
@pytest.mark.parametrize("more", [{}, {"add_variant": "1"}, {"choose:slug": "theirs"}])
def test_a_malformed_form_is_refused_and_changes_nothing(owner, mug, inside, picture, name, odd, more):
    with inside():
        add_image(product=mug, file=picture(50, 50))
    sent = {**fields_of(owner.get(address(mug)).content.decode()), "text-en-title": "Jug", **more, name: odd}
    response = owner.post(address(mug), sent)
    # Another row is given without judging the rest; where the rows cannot be counted there is none to give.
    assert response.status_code == (200 if more.get("add_variant") and name != "variant-TOTAL_FORMS" else 422)
    assert 'value="Jug"' in response.content.decode()
    with inside():
        assert mug.translations.get().title == "Mug" and mug.images.count() == 1


@pytest.mark.parametrize("price", ["9" * 30, "9" * 5000])
def test_a_price_of_more_digits_than_there_is_money_is_refused(owner, mug, price):
    response = send(owner, address(mug), **{"variant-0-price": price})
    assert response.status_code == 422
    assert "Enter a price like 12.50." in response.content.decode()


def test_a_product_that_is_published_later_says_when(owner, mug, inside):
    with inside():
        update_product(product=mug, published_at=datetime(2031, 5, 4, 12, tzinfo=UTC))
    for url in (LIST, address(mug), "/vendor/"):
        html = owner.get(url).content.decode()
        assert re.search(r"Scheduled\s*(</[a-z]+>\s*)*<time[^>]*>4 May 2031", html), url
    assert "Scheduled: shoppers see it from <time" in owner.get(address(mug)).content.decode()
    with inside():
        update_product(product=mug, published_at=datetime(2021, 5, 4, 12, tzinfo=UTC))
    assert "Scheduled" not in owner.get(address(mug)).content.decode()


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
    response = send(owner, "/vendor/categories/", **{f"place-{cameras.pk}": "7"})
    assert "1 category has a new place." in owner.get(response["Location"]).content.decode()
    with inside():
        cameras.refresh_from_db()
        assert cameras.position == 7


@pytest.fixture
def cups(inside) -> Category:
    with inside():
        return create_category(slug="cups", translations={"en": {"name": "Cups"}})


@pytest.mark.parametrize("place", ["", "x", "²", "-1", "10000", "9" * 5000])
def test_a_place_that_is_no_place_is_said_beside_it(owner, cups, inside, place):
    response = send(owner, "/vendor/categories/", **{f"place-{cups.pk}": place})
    html = response.content.decode()
    assert response.status_code == 422
    assert re.search(rf'<a href="#id_place-{cups.pk}">Place of Cups: Enter a whole number', html)
    assert fields_of(html)[f"place-{cups.pk}"] == place


@pytest.mark.parametrize("number", ["²", "x", "", "9" * 30, "9" * 500])
def test_a_place_of_no_category_is_passed_over(owner, cups, inside, number):
    assert send(owner, "/vendor/categories/", **{f"place-{number}": "4"}).status_code == 302
    with inside():
        cups.refresh_from_db()
        assert (cups.position, cups.version) == (0, 1)


def test_two_people_who_place_categories_do_not_undo_each_other(owner, cups, inside):
    with inside():
        pots = create_category(slug="pots", translations={"en": {"name": "Pots"}})
    html = owner.get("/vendor/categories/").content.decode()
    with inside():
        order_categories(positions={cups.pk: 5})
    # What this page has left alone stays as the other person has set it.
    assert send(owner, "/vendor/categories/", html, **{f"place-{pots.pk}": "3"}).status_code == 302
    with inside():
        assert dict(Category.objects.values_list("slug", "position")) == {"cups": 5, "pots": 3}
    response = send(owner, "/vendor/categories/", html, **{f"place-{cups.pk}": "8"})
    html = response.content.decode()
    assert response.status_code == 409
    assert "Somebody else has just set 5 here" in html and 'value="8"' in html
    assert send(owner, "/vendor/categories/", html).status_code == 302
    with inside():
        cups.refresh_from_db()
        assert cups.position == 8


def test_two_people_who_change_a_category_see_what_both_have_changed(owner, cups, inside):
    url = f"/vendor/categories/{cups.pk}/"
    html = owner.get(url).content.decode()
    with inside():
        update_category(
            category=cups, translations={"en": {"name": "Theirs", "description": "New."}}, is_visible=False
        )
    response = send(owner, url, html, **{"text-en-name": "Mine", "position": "3"})
    html = response.content.decode()
    assert response.status_code == 409
    assert "Somebody else has saved this category" in html
    assert conflicts(html) == ["text-en-name"]
    assert (
        "English: Description, Visible in the shop" in html
        or "Visible in the shop, English: Description" in html
    )
    with inside():
        cups.refresh_from_db()
        assert (cups.position, cups.translations.get().name) == (0, "Theirs")
    assert send(owner, url, html, **{"choose:text-en-name": "yours"}).status_code == 302
    with inside():
        cups.refresh_from_db()
        text = cups.translations.get()
        assert (text.name, text.description, cups.position, cups.is_visible) == ("Mine", "New.", 3, False)
    # Nor is a form without its version let through.
    assert send(owner, url, version="", position="4").status_code == 409


def test_the_others_value_of_a_category_is_taken_where_it_is_chosen(owner, cups, inside):
    url = f"/vendor/categories/{cups.pk}/"
    html = owner.get(url).content.decode()
    with inside():
        update_category(category=cups, translations={"en": {"name": "Theirs"}})
    html = send(owner, url, html, **{"text-en-name": "Mine"}).content.decode()
    assert send(owner, url, html, **{"choose:text-en-name": "theirs"}).status_code == 302
    with inside():
        assert cups.translations.get().name == "Theirs"

"""What shoppers and the team see, and what it costs."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.utils import timezone

from modules.catalog.models import Product
from modules.catalog.selectors import (
    catalog_overview,
    counted_categories,
    shelves,
    storefront_categories,
    storefront_category,
    storefront_product,
    storefront_products,
    vat_percent,
    vendor_products,
)
from modules.catalog.services import (
    add_image,
    archive_product,
    create_category,
    set_vat_rate,
    update_category,
)
from platform_core.tenancy.context import platform_context

pytestmark = pytest.mark.django_db

EN = {"language": "en", "default_language": "en"}


def slugs(**options):
    return [card.slug for card in storefront_products(**{**EN, **options}).items]


def test_the_list_shows_active_published_products_newest_first(in_objektiv, make_product):
    now = timezone.now()
    make_product("old", published_at=now - timedelta(days=2))
    make_product("new", published_at=now - timedelta(days=1))
    make_product("tomorrow", published_at=now + timedelta(days=1))
    make_product("draft", status="draft")
    archive_product(product=make_product("gone"))
    assert slugs() == ["new", "old"]


def test_the_list_sorts_by_lowest_price_in_both_directions(in_objektiv, make_product):
    make_product("middle", 2000)
    make_product("cheap", 500)
    make_product(
        "dear-from-1000",
        variants=[{"sku": "A", "price_minor": 9000}, {"sku": "B", "price_minor": 1000}],
    )
    assert slugs(sort="price") == ["cheap", "dear-from-1000", "middle"]
    assert slugs(sort="-price") == ["middle", "dear-from-1000", "cheap"]
    card = storefront_products(**EN, sort="price").items[1]
    assert (card.price_minor, card.price_is_from, card.currency) == (1000, True, "EUR")


def test_a_neighbours_products_are_never_in_the_list(lux, objektiv, voltwerk, make_product):
    with platform_context(lux, voltwerk):
        make_product("theirs")
    with platform_context(lux, objektiv):
        make_product("ours")
        assert slugs() == ["ours"]
        assert storefront_product(slug="theirs", **EN) is None


@pytest.mark.parametrize(
    ("language", "texts", "shown"),
    [
        ("lb", {"de": "Kaffi (de)", "en": "Coffee"}, ("de", "Kaffi (de)")),
        ("lb", {"fr": "Café", "de": "Kaffee"}, ("fr", "Café")),
        ("fr", {"de": "Kaffee", "en": "Coffee"}, ("de", "Kaffee")),
        ("fr", {"en": "Coffee", "lb": "Kaffi"}, ("en", "Coffee")),
        ("en", {"lb": "Kaffi"}, ("lb", "Kaffi")),
    ],
)
def test_a_missing_text_is_replaced_along_the_chain(lux, make_vendor, make_product, language, texts, shown):
    shop = make_vendor(lux, "kaffi", default_language="de")
    with platform_context(lux, shop):
        make_product("coffee", translations={code: {"title": title} for code, title in texts.items()})
        card = storefront_products(language=language, default_language="de").items[0]
        detail = storefront_product(slug="coffee", language=language, default_language="de")
    assert (card.title_language, card.title) == shown
    assert (detail.title_language, detail.title) == shown


def test_a_page_past_the_end_is_the_last_one(in_objektiv, make_product):
    for number in range(5):
        make_product(f"p{number}")
    page = storefront_products(**EN, page=9, page_size=2)
    assert (page.number, page.page_count, page.total, len(page.items)) == (3, 3, 5, 1)
    assert storefront_products(**EN, page=-1, page_size=2).number == 1


def test_the_queries_of_a_list_do_not_grow_with_its_rows(
    in_objektiv, make_product, picture, django_assert_num_queries
):
    create_category(slug="all", translations={"en": {"name": "All"}})
    photo = picture(400, 300).getvalue()
    for number in range(3):
        product = make_product(f"p{number}", category_slugs=["all"])
        add_image(product=product, file=BytesIO(photo), alt={"en": "A thing"})
    with django_assert_num_queries(2):
        storefront_products(**EN)
    for number in range(3, 12):
        product = make_product(f"p{number}", category_slugs=["all"])
        add_image(product=product, file=BytesIO(photo))
    with django_assert_num_queries(3):
        page = storefront_products(**EN, category_slug="all", sort="price")
    assert len(page.items) == 12
    with django_assert_num_queries(2):
        detail = storefront_product(slug="p3", **EN)
    assert detail.images[0].alt == "P3"
    with django_assert_num_queries(3):
        storefront_categories("en", "en")


def test_a_product_page_has_everything_it_shows(in_objektiv, make_product, picture):
    create_category(slug="cameras", translations={"en": {"name": "Cameras"}, "fr": {"name": "Appareils"}})
    product = make_product(
        "field-camera",
        translations={
            "en": {"title": "Field camera", "description": "Light.\n\nSturdy."},
            "fr": {"title": "Appareil de terrain"},
        },
        variants=[
            {"sku": "FC-B", "options": {"en": "Black", "fr": "Noir"}, "price_minor": 129900},
            {"sku": "FC-S", "options": {"en": "Silver"}, "price_minor": 134900},
        ],
        category_slugs=["cameras"],
        tax_category="reduced",
    )
    add_image(product=product, file=picture(1600, 900), alt={"fr": "Un appareil"}, credit="A. Person")
    detail = storefront_product(slug="field-camera", language="fr", default_language="en")
    assert detail.title == "Appareil de terrain"
    assert (detail.description_language, detail.description) == ("en", "Light.\n\nSturdy.")
    assert [(v.sku, v.label, v.label_language) for v in detail.variants] == [
        ("FC-B", "Noir", "fr"),
        ("FC-S", "Silver", "en"),
    ]
    assert all(variant.available for variant in detail.variants)
    assert [link.name for link in detail.categories] == ["Appareils"]
    assert (detail.vat_percent, detail.price_minor, detail.price_is_from) == (Decimal(8), 129900, True)
    image = detail.image
    assert [width for _url, width in image.srcset] == [320, 640, 1200]
    assert (image.width, image.height, image.alt, image.credit) == (1200, 675, "Un appareil", "A. Person")


def test_a_category_holds_what_stands_below_it_and_counts_each_product_once(in_objektiv, make_product):
    cameras = create_category(slug="cameras", translations={"en": {"name": "Cameras"}})
    create_category(slug="film", translations={"en": {"name": "Film"}}, parent=cameras, position=2)
    digital = create_category(slug="digital", translations={"en": {"name": "Digital"}}, parent=cameras)
    make_product("both", category_slugs=["film", "digital"])
    make_product("filmic", category_slugs=["film"])
    make_product("draft", category_slugs=["film"], status="draft")
    make_product("elsewhere")
    assert set(slugs(category_slug="cameras")) == {"both", "filmic"}
    assert slugs(category_slug="unknown") == []
    tree = [(link.slug, link.depth, link.product_count) for link in storefront_categories("en", "en")]
    assert tree == [("cameras", 0, 2), ("digital", 1, 1), ("film", 1, 2)]
    update_category(category=digital, is_visible=False)
    assert storefront_category(slug="digital", **EN) is None
    assert slugs(category_slug="digital") == []


def test_a_shop_with_too_many_products_to_count_says_where_there_are_some(
    in_objektiv, make_product, monkeypatch
):
    cameras = create_category(slug="cameras", translations={"en": {"name": "Cameras"}})
    create_category(slug="film", translations={"en": {"name": "Film"}}, parent=cameras, position=2)
    create_category(slug="empty", translations={"en": {"name": "Empty"}}, parent=cameras, position=3)
    make_product("filmic", category_slugs=["film"])
    make_product("draft", category_slugs=["empty"], status="draft")
    monkeypatch.setattr(shelves, "COUNT_CAP", 0)
    tree = [(link.slug, link.product_count, link.has_products) for link in storefront_categories("en", "en")]
    assert tree == [("cameras", None, True), ("film", None, True), ("empty", 0, False)]


def test_the_dashboard_counts_all_but_archived_products(in_objektiv, make_product):
    create_category(slug="cameras", translations={"en": {"name": "Cameras"}})
    make_product("shown", category_slugs=["cameras"])
    make_product("draft", category_slugs=["cameras"], status="draft")
    archive_product(product=make_product("gone", category_slugs=["cameras"]))
    assert [category.product_count for category in counted_categories(language="en")] == [2]


def test_what_stands_below_a_hidden_category_is_hidden(in_objektiv, make_product):
    top = create_category(slug="top", translations={"en": {"name": "Top"}}, is_visible=False)
    create_category(slug="below", translations={"en": {"name": "Below"}}, parent=top)
    make_product("thing", category_slugs=["below"])
    assert storefront_categories("en", "en") == []


def test_the_dashboard_finds_by_title_address_and_sku(in_objektiv, make_product):
    make_product("blue-mug", translations={"en": {"title": "Blue mug"}, "fr": {"title": "Tasse bleue"}})
    make_product("red-mug", variants=[{"sku": "RM-77", "price_minor": 900}], status="draft")
    archive_product(product=make_product("old-mug"))

    def found(**options):
        return {p.slug for p in vendor_products(language="en", **options)}

    assert found(query="tasse") == {"blue-mug"}
    assert found(query="rm-77") == {"red-mug"}
    assert found() == {"blue-mug", "red-mug"}
    assert found(status="archived") == {"old-mug"}
    assert found(status="all", query="mug") == {"blue-mug", "red-mug", "old-mug"}
    assert found(query="%") == set()
    assert vendor_products(language="fr", query="blue-mug")[0].title == "Tasse bleue"


def test_staff_see_the_products_of_every_vendor_of_their_platform(
    lux, mosel, objektiv, voltwerk, kellerei, make_product
):
    for platform, vendor in ((lux, objektiv), (lux, voltwerk), (mosel, kellerei)):
        with platform_context(platform, vendor):
            make_product(f"of-{vendor.code}")
    with platform_context(lux, role="staff"):
        assert {p.slug for p in vendor_products(language="en")} == {"of-objektiv", "of-voltwerk"}


def test_the_overview_counts_what_is_there(in_objektiv, make_product, picture, django_assert_num_queries):
    product = make_product("one", translations={"en": {"title": "One"}, "fr": {"title": "Un"}})
    add_image(product=product, file=picture(100, 100))
    make_product("two", status="draft")
    archive_product(product=make_product("three"))
    with django_assert_num_queries(2):
        overview = catalog_overview(languages=("en", "fr"))
    assert (overview.active, overview.draft, overview.archived) == (1, 1, 1)
    assert (overview.without_image, overview.missing_texts) == (1, (("en", 0), ("fr", 1)))


def test_vat_follows_country_kind_and_day(in_objektiv):
    assert vat_percent(tax_category="standard") == 17
    assert vat_percent(tax_category="super_reduced") == 3
    assert vat_percent(tax_category="intermediate", country="FR") == 10
    assert vat_percent(tax_category="super_reduced", country="FR") == Decimal("2.1")
    assert vat_percent(tax_category="reduced", country="DE") == 7
    assert vat_percent(tax_category="intermediate", country="BE") == 12
    assert vat_percent(tax_category="standard", on=date(2023, 6, 1)) == 16
    assert vat_percent(tax_category="standard", country="US") is None


def test_a_new_rate_ends_the_one_before(lux):
    with platform_context(lux, role="staff"):
        set_vat_rate(
            country="lu",
            tax_category="standard",
            percent=Decimal(18),
            valid_from=date(2030, 1, 1),
            source="test",
        )
        assert vat_percent(tax_category="standard", country="LU", on=date(2029, 12, 31)) == 17
        assert vat_percent(tax_category="standard", country="LU", on=date(2030, 1, 1)) == 18


def test_prices_of_a_card_are_kept_in_step_with_variants(in_objektiv, make_product):
    product = make_product("thing", 100)
    assert Product.objects.get(pk=product.pk).min_price.amount == Decimal("1.00")

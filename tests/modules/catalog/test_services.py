"""What the catalogue's commands change and refuse."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from modules.catalog.exceptions import (
    CategoryTooDeep,
    InvalidCatalogData,
    ProductIncomplete,
    SkuTaken,
    SlugTaken,
    UnknownCategory,
    VersionConflict,
)
from modules.catalog.models import Category, Product, ProductTranslation, Variant
from modules.catalog.services import (
    archive_product,
    create_category,
    create_product,
    order_categories,
    restore_product,
    texts,
    update_category,
    update_product,
)
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.pagecache import cached_value

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_objektiv")]

MUG = {"en": {"title": "Mug", "description": "Holds coffee."}}


def variant(sku: str, price_minor: int = 1000, **facts):
    return {"sku": sku, "options": {}, "price_minor": price_minor, **facts}


def price_span(product: Product) -> tuple[int | None, int | None]:
    product.refresh_from_db()
    return product.min_price_minor, product.max_price_minor


def test_an_active_product_is_published_at_once_in_the_shops_currency():
    before = timezone.now()
    product = create_product(slug="mug", translations=MUG, variants=[variant("M", 1250)])
    assert before <= product.published_at <= timezone.now()
    assert (product.currency, str(product.min_price)) == ("EUR", "€\xa012.50")
    assert product.is_published


def test_without_a_slug_one_is_made_from_the_title_and_is_free():
    titles = {"en": {"title": "Grüne Tasse_1 & more"}}
    made = [create_product(translations=titles, status="draft").slug for _number in range(3)]
    assert made == ["grune-tasse-1-more", "grune-tasse-1-more-2", "grune-tasse-1-more-3"]
    assert create_product(translations={"en": {"title": "咖啡"}}, status="draft").slug == "item"


def test_an_active_product_needs_a_title_and_a_variant_on_sale():
    with pytest.raises(ProductIncomplete):
        create_product(slug="mug", translations=MUG, variants=[])
    with pytest.raises(ProductIncomplete):
        create_product(slug="mug", translations={}, variants=[variant("M")])
    product = create_product(slug="mug", translations=MUG, variants=[variant("M")])
    with pytest.raises(ProductIncomplete):
        update_product(product=product, variants=[variant("M", is_active=False)])
    with pytest.raises(ProductIncomplete):
        update_product(product=product, translations={"en": None})
    assert create_product(slug="draft", translations={}, status="draft").published_at is None


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"slug": "Not A Slug"}, "slug"),
        ({"slug": "a--b"}, "slug"),
        ({"slug": "a" * 81}, "slug"),
        ({"translations": {"es": {"title": "Taza"}}}, "translations"),
        ({"translations": {"en": {"title": "", "description": "Text"}}}, "translations.en.title"),
        ({"translations": {"en": {"title": "x" * 201}}}, "translations.en.title"),
        (
            {"translations": {"en": {"title": "x", "description": "x" * 20_001}}},
            "translations.en.description",
        ),
        ({"variants": [variant("")]}, "variants.0.sku"),
        ({"variants": [variant("A"), variant("B C")]}, "variants.1.sku"),
        ({"variants": [variant("A", -1)]}, "variants.0.price"),
        ({"variants": [variant("A", 1_000_000_001)]}, "variants.0.price"),
        ({"variants": [variant("A", True)]}, "variants.0.price"),
        ({"variants": [variant("A", options={"xx": "Blue"})]}, "variants.0.options"),
        ({"tax_category": "none"}, "tax_category"),
        ({"status": "sold"}, "status"),
    ],
)
def test_a_malformed_value_is_refused_by_its_field(facts, field):
    with pytest.raises(InvalidCatalogData) as caught:
        create_product(**{"slug": "mug", "translations": MUG, "variants": [variant("M")], **facts})
    assert caught.value.params["field"] == field
    assert caught.value.message
    assert not Product.objects.exists()


def test_texts_are_stored_plain_without_control_characters():
    product = create_product(
        slug="mug",
        status="draft",
        translations={"en": {"title": " A\x00 <b>mug</b>\n", "description": "One.\r\n\r\nTwo.\x07 "}},
    )
    text = ProductTranslation.objects.get(product=product)
    assert (text.title, text.description) == ("A <b>mug</b>", "One.\n\nTwo.")


def test_a_slug_or_a_sku_of_the_same_shop_is_taken(lux, voltwerk):
    create_product(slug="mug", translations=MUG, variants=[variant("MUG-1")])
    with pytest.raises(SlugTaken, match="mug"):
        create_product(slug="mug", translations=MUG, variants=[variant("MUG-2")])
    with pytest.raises(SkuTaken) as caught:
        create_product(slug="cup", translations=MUG, variants=[variant("MUG-1")])
    assert "MUG-1" in caught.value.message
    with pytest.raises(SkuTaken):
        create_product(slug="cup", translations=MUG, variants=[variant("C"), variant("C")])
    with platform_context(lux, voltwerk):
        create_product(slug="mug", translations=MUG, variants=[variant("MUG-1")])


def test_a_change_counts_a_version_and_a_stale_one_is_refused():
    product = create_product(slug="mug", translations=MUG, variants=[variant("M")])
    changed = update_product(product=product, expected_version=1, slug="cup")
    assert (changed.version, changed.slug) == (2, "cup")
    with pytest.raises(VersionConflict) as caught:
        update_product(product=product, expected_version=1, slug="glass")
    assert caught.value.params == {"expected": 1, "current": 2}
    assert "1" in caught.value.message and "2" in caught.value.message
    product.refresh_from_db()
    assert product.slug == "cup"


def test_an_update_leaves_alone_what_it_does_not_name():
    create_category(slug="cups", translations={"en": {"name": "Cups"}})
    product = create_product(
        slug="mug",
        translations={**MUG, "fr": {"title": "Tasse"}},
        variants=[variant("M")],
        category_slugs=["cups"],
        tax_category="reduced",
    )
    update_product(product=product, translations={"fr": {"title": "Une tasse"}, "de": {"title": "Tasse"}})
    texts = dict(ProductTranslation.objects.filter(product=product).values_list("language", "title"))
    assert texts == {"en": "Mug", "fr": "Une tasse", "de": "Tasse"}
    update_product(product=product, translations={"fr": {"title": "", "description": ""}})
    assert set(product.translations.values_list("language", flat=True)) == {"en", "de"}
    product.refresh_from_db()
    assert (product.tax_category, product.category_links.count(), product.variants.count()) == (
        "reduced",
        1,
        1,
    )


def test_variants_are_matched_by_id_or_sku_and_those_left_out_go_off_sale():
    product = create_product(
        slug="mug", translations=MUG, variants=[variant("S", 500), variant("M", 700), variant("L", 900)]
    )
    assert price_span(product) == (500, 900)
    small = Variant.objects.get(sku="S")
    update_product(
        product=product, variants=[variant("XS", 400, id=small.pk), variant("M", 750), variant("XL", 1100)]
    )
    rows = list(Variant.objects.order_by("position", "id").values_list("sku", "price_minor", "is_active"))
    assert sorted(rows) == [("L", 900, False), ("M", 750, True), ("XL", 1100, True), ("XS", 400, True)]
    assert Variant.objects.get(sku="XS").pk == small.pk
    assert price_span(product) == (400, 1100)


def test_two_variants_may_swap_their_skus():
    product = create_product(slug="mug", translations=MUG, variants=[variant("A", 1), variant("B", 2)])
    first, second = Variant.objects.order_by("position")
    update_product(product=product, variants=[variant("B", 1, id=first.pk), variant("A", 2, id=second.pk)])
    assert list(Variant.objects.order_by("position").values_list("sku", flat=True)) == ["B", "A"]


def test_a_variant_of_another_product_cannot_be_taken_over():
    other = create_product(slug="cup", translations=MUG, variants=[variant("C")])
    product = create_product(slug="mug", translations=MUG, variants=[variant("M")])
    theirs = other.variants.get()
    with pytest.raises(InvalidCatalogData):
        update_product(product=product, variants=[variant("M", id=theirs.pk)])
    with pytest.raises(SkuTaken, match="C"):
        update_product(product=product, variants=[variant("M"), variant("C")])
    theirs.refresh_from_db()
    assert theirs.product_id == other.pk


def test_archiving_keeps_everything_and_restoring_makes_a_draft():
    product = create_product(slug="mug", translations=MUG, variants=[variant("M")])
    assert archive_product(product=product).status == "archived"
    with pytest.raises(InvalidCatalogData):
        update_product(product=product, status="active")
    assert restore_product(product=product).status == "draft"
    assert Variant.objects.get().is_active
    with pytest.raises(InvalidCatalogData):
        update_product(product=product, status="archived")
    assert update_product(product=product, status="active").is_published


def test_categories_are_set_in_order_and_unknown_ones_refused():
    for slug in ("a", "b", "c"):
        create_category(slug=slug, translations={"en": {"name": slug}})
    product = create_product(slug="mug", translations=MUG, variants=[variant("M")], category_slugs=["a", "b"])
    update_product(product=product, category_slugs=["c", "a"])
    links = product.category_links.order_by("position").values_list("category__slug", flat=True)
    assert list(links) == ["c", "a"]
    with pytest.raises(UnknownCategory):
        update_product(product=product, category_slugs=["nowhere"])


def test_categories_are_three_levels_deep_at_most_and_never_circular():
    def make(name, parent=None):
        return create_category(slug=name, translations={"en": {"name": name}}, parent=parent)

    one = make("one")
    two = make("two", one)
    three = make("three", two)
    with pytest.raises(CategoryTooDeep):
        make("four", three)
    with pytest.raises(CategoryTooDeep):
        update_category(category=one, parent=three)
    with pytest.raises(CategoryTooDeep):
        update_category(category=one, parent=one)
    top = make("top")
    with pytest.raises(CategoryTooDeep):
        update_category(category=one, parent=top)
    update_category(category=two, moves_to_top=True)
    update_category(category=two, parent=top)
    assert Category.objects.get(slug="three").parent.parent == top


def test_a_category_is_placed_by_where_the_others_stand_now_not_where_they_stood_when_they_were_read():
    one = create_category(slug="one", translations={"en": {"name": "One"}})
    two = create_category(slug="two", translations={"en": {"name": "Two"}})
    as_read_before = Category.objects.get(pk=one.pk)
    update_category(category=one, parent=two)
    with pytest.raises(CategoryTooDeep):
        update_category(category=two, parent=as_read_before)


def test_moving_a_category_waits_for_whoever_moves_another():
    """Each alone may be right and both together a circle: all of the shop's are locked first."""
    one = create_category(slug="one", translations={"en": {"name": "One"}})
    two = create_category(slug="two", translations={"en": {"name": "Two"}})
    with CaptureQueriesContext(connection) as queries:
        update_category(category=one, parent=two)
    first = next(query["sql"] for query in queries if "catalog_category" in query["sql"])
    assert "FOR UPDATE" in first
    assert f'"id" = {one.pk}' not in first


def test_categories_take_their_places():
    made = [create_category(translations={"en": {"name": name}}) for name in ("A", "B", "C")]
    assert order_categories(positions={made[0].pk: 2, made[1].pk: 0, made[2].pk: 1, 10**9: 5}) == 2
    assert list(Category.objects.values_list("slug", flat=True)) == ["b", "c", "a"]
    with pytest.raises(InvalidCatalogData):
        create_category(translations={})
    with pytest.raises(SlugTaken):
        create_category(slug="a", translations={"en": {"name": "Again"}})


def test_a_write_makes_what_was_remembered_of_the_shop_stale(django_capture_on_commit_callbacks):
    assert cached_value("count", Product.objects.count) == 0
    with django_capture_on_commit_callbacks(execute=True):
        create_product(slug="mug", translations=MUG, variants=[variant("M")])
    assert cached_value("count", Product.objects.count) == 1


@pytest.mark.parametrize("make", [create_product, create_category])
def test_a_name_that_somebody_else_takes_first_gets_the_next_suffix(in_objektiv, monkeypatch, make):
    heading = "title" if make is create_product else "name"
    status = {"status": "draft"} if make is create_product else {}
    facts = {"translations": {"en": {heading: "Blue mug", "description": ""}}, **status}
    free = texts.slug_from

    def overtaken(title, is_taken):
        """Between the look for a free slug and the insertion somebody inserts it; twice."""
        slug = free(title, is_taken)
        if slug != "blue-mug-3":
            make(slug=slug, **facts)
        return slug

    monkeypatch.setattr(texts, "slug_from", overtaken)
    assert make(**facts).slug == "blue-mug-3"
    # A slug that was chosen is nobody's to change.
    with pytest.raises(SlugTaken):
        make(slug="blue-mug", **facts)

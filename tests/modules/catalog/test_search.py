"""What a search finds, and in which order."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from modules.catalog.models import Product, ProductTranslation, SearchWord
from modules.catalog.selectors import search as searching
from modules.catalog.selectors import search_products, vendor_products
from modules.catalog.selectors.search import clean_query, letters_apart
from modules.catalog.services import archive_product, create_category, update_product
from platform_core.tenancy.context import platform_context

pytestmark = pytest.mark.django_db

HOSTILE = (
    "'",
    '"',
    "\"unclosed 'quotes",
    "a & | ! <-> (b :* ) \\ ' :",
    "\0mug\0",
    "x" * 10_000,
    "mug " * 3_000,
    "😀🧿",
    "‮גדר מوב",
    "%_%",
    "\ud800",
    "-- ; DROP TABLE catalog_product",
    "\t\n  ",
    "<script>alert(1)</script>",
    "the of and",
    "ß",
    "…",
    "’",
    ":*",
)


def find(query, language="en", **options):
    return search_products(query=query, language=language, default_language="en", **options)


def slugs(query, language="en", **options):
    return [card.slug for card in find(query, language, **options).page.items]


def text(title, description=""):
    return {"title": title, "description": description}


@pytest.fixture
def cups(in_objektiv, make_product):
    make_product(
        "mug",
        translations={
            "en": text("Blue mugs", "For running and tea."),
            "fr": text("Tasses bleues", "Pour l’été, à la crème brûlée."),
        },
        variants=[{"sku": "MUG-77/B", "price_minor": 900}],
    )
    make_product("tea", translations={"en": text("Tea", "Goes well with a mug.")}, price=400)
    make_product("pot", translations={"de": text("Küchentöpfe", "Aus Gußeisen.")}, price=5000)
    make_product("glas", translations={"lb": text("Wäiglas", "Fir de Perléwäin.")}, price=1200)


@pytest.mark.parametrize(
    ("query", "language", "found"),
    [
        ("mug", "en", ["mug", "tea"]),
        ("MUGS", "en", ["mug", "tea"]),
        ("run", "en", ["mug"]),
        ("tasse bleue", "fr", ["mug"]),
        ("ete", "fr", ["mug"]),
        ("l'été", "fr", ["mug"]),
        ("creme BRULEE", "fr", ["mug"]),
        ("crème", "en", ["mug"]),
        ("Küchentopf", "de", ["pot"]),
        ("kuchentopfe", "de", ["pot"]),
        ("kuechentoepfe", "en", ["pot"]),
        ("gusseisen", "de", ["pot"]),
        ("waiglas", "lb", ["glas"]),
        ("perlewain", "fr", ["glas"]),
        ("küchen", "lb", ["pot"]),
        ("blu", "en", ["mug"]),
        ("tea mug", "en", ["tea", "mug"]),
        ("mug zzz", "en", []),
    ],
)
def test_words_are_found_by_their_endings_accents_and_beginnings_in_every_language(
    cups, query, language, found
):
    assert sorted(slugs(query, language)) == sorted(found)


def test_a_title_counts_more_than_a_description_and_the_pages_language_more_than_others(
    in_objektiv, make_product
):
    make_product("said", translations={"en": text("Bowl", "Nicer than a lamp.")})
    make_product("named", translations={"en": text("Lamp", "")}, published_at=timezone.now() - timedelta(9))
    make_product("foreign", translations={"fr": text("Lamp", "")})
    assert slugs("lamp") == ["named", "foreign", "said"]
    assert slugs("lamp", "fr") == ["foreign", "named", "said"]


def test_a_sku_that_is_typed_comes_first_in_whatever_case(cups, make_product):
    make_product("other", translations={"en": text("MUG-77/B is a SKU", "MUG-77/B mug 77 b")})
    for query in ("MUG-77/B", "mug-77/b", " mug-77/b "):
        assert slugs(query)[0] == "mug"
    assert "mug" in slugs("mug-7")


def test_a_misspelled_word_is_corrected_from_the_shops_titles(cups):
    for typed in ("mgus", "muggs", "mugz"):
        assert slugs(typed) == ["mug", "tea"], typed
    result = find("bleu mgus")
    assert (result.asked, result.shown, result.page.total) == ("bleu mgus", "blue mugs", 1)
    assert find("Kuchentopfn", "de").shown == "küchentöpfe"
    assert find("qqqqqqqq").shown == "qqqqqqqq"


def test_where_little_is_found_another_spelling_is_offered(in_objektiv, make_product):
    make_product("one", translations={"en": text("Camara bag", "")})
    for number in range(3):
        make_product(f"camera-{number}", translations={"en": text("Camera", "")})
    assert find("camera").suggestion == ""
    SearchWord.objects.filter(plain="camara").delete()
    result = find("camara")
    assert (result.page.total, result.suggestion) == (1, "camera")


def test_the_words_of_what_nobody_may_see_are_not_suggested(in_objektiv, make_product):
    make_product("secret", translations={"en": text("Photonix", "")}, status="draft")
    result = find("photonx")
    assert (result.shown, result.suggestion, result.page.total) == ("photonx", "", 0)


def test_drafts_archived_products_and_those_of_tomorrow_are_not_found(in_objektiv, make_product):
    make_product("draft", translations={"en": text("Lamp", "")}, status="draft")
    archive_product(product=make_product("archived", translations={"en": text("Lamp", "")}))
    tomorrow = timezone.now() + timedelta(days=1)
    make_product("tomorrow", translations={"en": text("Lamp", "")}, published_at=tomorrow)
    off = [{"sku": "ON", "price_minor": 1}, {"sku": "OFF-SALE", "price_minor": 1, "is_active": False}]
    make_product("shown", translations={"en": text("Shade", "")}, variants=off)
    assert slugs("lamp") == []
    assert slugs("off-sale") == []
    assert {p.slug for p in vendor_products(language="en", query="lamp", status="all")} == {
        "draft",
        "archived",
        "tomorrow",
    }


def test_another_shops_products_and_words_are_never_found(lux, objektiv, voltwerk, make_product):
    with platform_context(lux, voltwerk):
        make_product("theirs", translations={"en": text("Telescope", "")})
        assert slugs("telescope") == ["theirs"]
    with platform_context(lux, objektiv):
        make_product("ours", translations={"en": text("Tripod", "")})
        for query in ("telescope", "telescop", "telescpoe", "THEIRS"):
            assert (slugs(query), find(query).shown) == ([], query)
        assert not vendor_products(language="en", query="telescope", status="all").exists()
        # What the functions give is the context's, whatever is asked of them.
        with connection.cursor() as cursor:
            cursor.execute("SELECT product_id FROM catalog_hits('telescope', '{en}', true, 100)")
            assert cursor.fetchall() == []
            cursor.execute("SELECT word FROM catalog_similar_words('telescope') WHERE word IS NOT NULL")
            assert cursor.fetchall() == []
    with platform_context(lux, role="staff"):
        assert {p.slug for p in vendor_products(language="en", query="telescope")} == {"theirs"}
        assert {p.slug for p in vendor_products(language="en", query="their")} == {"theirs"}
    with platform_context(lux), connection.cursor() as cursor:
        cursor.execute("SELECT product_id FROM catalog_hits('telescope', '{en}', true, 100)")
        assert cursor.fetchall() == []


@pytest.mark.parametrize("query", HOSTILE, ids=lambda query: ascii(query)[:24])
def test_whatever_is_typed_is_answered(cups, query):
    for language in ("en", "fr", "de", "lb"):
        assert find(query, language).page.number == 1
    list(vendor_products(language="en", query=query))
    assert len(clean_query(query)) <= searching.MAX_QUERY_LENGTH


def test_nothing_typed_asks_nothing(cups, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert find(" \t ").page.total == 0


def test_a_search_takes_two_queries_and_a_correction_two_more(cups, django_assert_num_queries):
    with django_assert_num_queries(4):
        assert find("mgus").page.total == 2
    with django_assert_num_queries(3):
        assert find("mugs").page.total == 2


def test_pages_follow_one_another_in_a_stable_order(in_objektiv, make_product):
    for number in range(7):
        make_product(f"lamp-{number}", price=100 * number, translations={"en": text("Lamp", "")})
    pages = [slugs("lamp", page=page, page_size=3) for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [3, 3, 1]
    assert len({slug for page in pages for slug in page}) == 7
    assert pages == [slugs("lamp", page=page, page_size=3) for page in (1, 2, 3)]
    assert find("lamp", page_size=3).page.page_count == 3


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("relevance", ["new", "old"]),
        ("newest", ["new", "old"]),
        ("price", ["old", "new"]),
        ("-price", ["new", "old"]),
        ("evil'--", ["new", "old"]),
    ],
)
def test_the_order_can_be_chosen(in_objektiv, make_product, sort, order):
    ago = timezone.now() - timedelta(days=3)
    make_product("old", price=100, translations={"en": text("Lamp", "")}, published_at=ago)
    make_product("new", price=200, translations={"en": text("Lamp", "")})
    assert slugs("lamp", sort=sort) == order


def test_what_is_found_is_counted_by_category_each_product_once(in_objektiv, make_product):
    lights = create_category(slug="lights", translations={"en": {"name": "Lights"}})
    create_category(slug="floor", translations={"en": {"name": "Floor"}}, parent=lights)
    create_category(slug="attic", translations={"en": {"name": "Attic"}}, is_visible=False)
    lamp = {"en": text("Lamp", "")}
    make_product("both", translations=lamp, category_slugs=["lights", "floor", "attic"])
    make_product("below", translations=lamp, category_slugs=["floor"])
    make_product("loose", translations=lamp)
    make_product("bulb", translations={"en": text("Bulb", "")}, category_slugs=["lights"])
    assert find("lamp").counts == {"lights": 2, "floor": 2}
    here = find("lamp", category_slug="floor")
    assert (here.total, here.page.total) == (3, 2)
    assert {card.slug for card in here.page.items} == {"both", "below"}
    assert find("lamp", category_slug="attic").page.total == 0


def test_more_than_the_cap_are_not_counted(in_objektiv, make_product, monkeypatch):
    monkeypatch.setattr(searching, "COUNT_CAP", 2)
    for number in range(4):
        make_product(f"lamp-{number}", translations={"en": text("Lamp", "")})
    page = find("lamp").page
    assert (page.total, page.is_capped, len(page.items)) == (2, True, 3)


def test_changed_texts_are_found_as_they_are_now(cups):
    mug = Product.objects.get(slug="mug")
    update_product(product=mug, translations={"en": text("Green beaker", "")})
    assert slugs("beakers") == ["mug"]
    assert slugs("mugs") == ["tea"]
    update_product(product=mug, translations={"fr": None})
    assert slugs("tasses", "fr") == []


def test_rows_that_are_written_by_sql_are_found_as_well(in_objektiv, make_product):
    product = make_product("plain", translations={"en": text("Plain", "")})
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalog_producttranslation (vendor_id, product_id, language, title, description)"
            " VALUES (%s, %s, 'de', 'Stehlampen', repeat('Licht ', 100000))",
            [in_objektiv.pk, product.pk],
        )
    assert slugs("stehlampe") == ["plain"]
    assert slugs("stehlmapen") == ["plain"]
    ProductTranslation.objects.filter(language="de").update(title="Leuchte")
    assert slugs("leuchten") == ["plain"]


def test_a_word_of_the_titles_is_kept_once_without_its_accents(cups, make_product):
    make_product("again", translations={"en": text("MUGS, café & Café 500D", "")})
    words = dict(SearchWord.objects.values_list("plain", "word"))
    assert words["kuchentopfe"] == "küchentöpfe"
    assert SearchWord.objects.filter(plain="mugs").count() == 1
    assert (words["cafe"], "500d" in words) == ("café", False)


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [("", "", 0), ("abc", "abc", 0), ("abc", "acb", 1), ("abc", "ab", 1), ("abc", "xbcd", 2), ("", "ab", 2)],
)
def test_letters_apart(one, other, apart):
    assert letters_apart(one, other) == letters_apart(other, one) == apart


def test_the_indexes_are_used_as_role_vendor(cups):
    """Asked directly, PostgreSQL may not use them under row-level security; the function may."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT id FROM catalog_producttranslation WHERE words @@ catalog_query('mug')"
        )
        direct = "\n".join(row[0] for row in cursor.fetchall())
        assert "catalog_text_words_ix" not in direct
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("vendor",)
        cursor.execute(
            "SELECT prosecdef, proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace"
            " AND prosecdef ORDER BY proname"
        )
        assert cursor.fetchall() == [(True, "catalog_hits"), (True, "catalog_similar_words")]
        cursor.execute(
            "SELECT has_function_privilege('app', 'catalog_hits(text, text[], boolean, integer)', 'EXECUTE')"
        )
        assert cursor.fetchone() == (False,)

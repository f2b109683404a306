"""The demo shops' data files: complete, honest about their pictures, and safe to show."""

from collections import Counter
from xml.etree import ElementTree

import pytest
import yaml
from pydantic import ValidationError

from modules.catalog.demo import draw_bottles
from modules.catalog.demo.schema import FOLDER, LANGUAGES, DemoProduct, DemoShop, load_shops, photographers

SHOPS = load_shops()
PRODUCTS = [(shop, product) for shop in SHOPS for product in shop.products]
IMAGES = [(product, image) for _, product in PRODUCTS for image in product.images]
DRAWINGS = sorted(FOLDER.glob("*/*.svg"))
INCOMPLETE = {"moselle-photo-book": {"fr"}, "hard-disk": {"en", "de"}}


def ids(pair: tuple[DemoShop, DemoProduct]) -> str:
    return f"{pair[0].vendor.code}-{pair[1].key}"


def test_the_six_shops_of_the_design_are_there():
    assert {(shop.vendor.platform, shop.vendor.code) for shop in SHOPS} == {
        ("lux", "objektiv"),
        ("lux", "voltwerk"),
        ("lux", "gaardenhaus"),
        ("lux", "stull"),
        ("lux", "stadion"),
        ("mosel", "kellerei"),
    }


def test_there_are_enough_products_and_each_shop_has_at_least_ten():
    assert len(PRODUCTS) >= 66
    assert all(len(shop.products) >= 10 for shop in SHOPS)


def test_the_default_languages_of_the_shops_differ():
    assert {shop.vendor.default_language for shop in SHOPS} == set(LANGUAGES)


@pytest.mark.parametrize("pair", PRODUCTS, ids=ids)
def test_a_product_is_in_all_four_languages_unless_it_is_listed(pair):
    _, product = pair
    expected = INCOMPLETE.get(product.key, set(LANGUAGES))
    assert set(product.title) == set(product.description) == expected
    assert all(set(image.alt) == expected for image in product.images)


@pytest.mark.parametrize("pair", PRODUCTS, ids=ids)
def test_a_description_has_two_to_five_sentences(pair):
    _, product = pair
    for language, text in product.description.items():
        sentences = text.replace("w.e.g.", "").split(". ")
        assert 2 <= len(sentences) <= 5, (language, text)
        assert text.endswith("."), (language, text)


def test_keys_slugs_and_skus_are_unique():
    assert len({product.key for _, product in PRODUCTS}) == len(PRODUCTS)
    assert len({product.slug for _, product in PRODUCTS}) == len(PRODUCTS)
    skus = [variant.sku for _, product in PRODUCTS for variant in product.variants]
    assert len(set(skus)) == len(skus)


def test_the_skus_of_a_shop_share_one_mark_of_its_own():
    marks = [{variant.sku[:3] for product in shop.products for variant in product.variants} for shop in SHOPS]
    assert all(len(mark) == 1 for mark in marks)
    assert len(set.union(*marks)) == len(SHOPS)


@pytest.mark.parametrize("shop", SHOPS, ids=lambda shop: shop.vendor.code)
def test_every_category_and_option_of_a_shop_is_in_use(shop):
    used = {key for product in shop.products for key in product.categories}
    assert {category.key for category in shop.categories} == used
    assert len({category.slug for category in shop.categories}) == len(shop.categories)
    assert set(shop.options) == {option for product in shop.products for option in product.options}
    for key, option in shop.options.items():
        values = {variant.options.get(key) for product in shop.products for variant in product.variants}
        assert set(option.values) == values - {None}


def test_companies_are_told_apart_by_their_numbers():
    assert len({shop.company.rcs_number for shop in SHOPS}) == len(SHOPS)
    assert len({shop.company.vat_id for shop in SHOPS}) == len(SHOPS)


def test_every_product_has_a_picture():
    assert [product.key for _, product in PRODUCTS if not product.images] == []


def test_every_picture_exists_and_serves_one_product():
    files = [image.file for _, image in IMAGES]
    assert all(image.path.is_file() for _, image in IMAGES)
    assert [file for file, count in Counter(files).items() if count > 1] == []


def test_no_picture_lies_about_unused():
    used = {image.file for _, image in IMAGES}
    there = {f"photos/{path.name}" for path in (FOLDER / "photos").glob("*.jpg")}
    there |= {str(path.relative_to(FOLDER)) for path in DRAWINGS}
    assert there == used


def test_every_photo_is_credited():
    assert {image.file for _, image in IMAGES if image.file.startswith("photos/")} == set(photographers())


def test_super_reduced_and_intermediate_rates_occur_where_the_law_has_them():
    rates = {(shop.vendor.code, product.tax) for shop, product in PRODUCTS}
    assert ("objektiv", "super_reduced") in rates
    assert ("gaardenhaus", "reduced") in rates
    assert ("kellerei", "intermediate") in rates


def test_wine_says_its_strength_its_volume_and_its_sulphites():
    words = {"en": "sulphites", "fr": "sulfites", "de": "Sulfite", "lb": "Sulfitten"}
    for shop, product in PRODUCTS:
        if shop.vendor.code == "kellerei" and product.key != "grape-juice":
            for language, text in product.description.items():
                assert words[language] in text
                assert "% vol" in text.replace("\u00a0", " ")


@pytest.mark.parametrize("bottle", draw_bottles.BOTTLES, ids=lambda bottle: bottle.name)
def test_a_bottle_is_as_its_script_draws_it(bottle):
    path = FOLDER / "bottles" / f"{bottle.name}.svg"
    assert path.read_text(encoding="utf-8") == draw_bottles.drawing(bottle)


@pytest.mark.parametrize("path", DRAWINGS, ids=lambda path: path.stem)
def test_a_drawing_is_small_and_harmless(path):
    allowed = {"svg", "defs", "linearGradient", "radialGradient", "stop", "clipPath", "pattern", "path"}
    allowed |= {"rect", "ellipse", "circle", "text", "g"}
    assert path.stat().st_size <= 8 * 1024
    for element in ElementTree.parse(path).iter():
        assert element.tag.rpartition("}")[2] in allowed
        assert not [name for name in element.attrib if name.startswith("on") or name.endswith("href")]


def test_a_variant_is_labelled_by_what_it_differs_in():
    stadion = next(shop for shop in SHOPS if shop.vendor.code == "stadion")
    shoe = next(product for product in stadion.products if product.key == "canvas-high-tops")
    assert stadion.labels_of(shoe, shoe.variants[0])["fr"] == "Pointure (UE)\u00a0: 37"
    tent = next(product for product in stadion.products if product.key == "dome-tent")
    assert stadion.labels_of(tent, tent.variants[0])["en"] == "2 people"
    board = next(product for product in stadion.products if product.key == "cruiser-board")
    assert stadion.labels_of(board, board.variants[0]) == {}


def test_no_label_is_longer_than_a_variant_may_carry():
    for shop, product in PRODUCTS:
        for variant in product.variants:
            assert all(len(text) <= 80 for text in shop.labels_of(product, variant).values())


def changed(change) -> dict:
    data = yaml.safe_load((FOLDER / "stull.yaml").read_text(encoding="utf-8"))
    change(data)
    return data


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data["products"][0]["title"].pop("lb"),
        lambda data: data["products"][0]["description"].update(en="  "),
        lambda data: data["products"][0]["variants"][0].update(price=0),
        lambda data: data["products"][0]["variants"][0].update(options={"colour": "plaid"}),
        lambda data: data["products"][0]["variants"][1].update(options={"colour": "black"}),
        lambda data: data["products"][0].update(tax="none"),
        lambda data: data["products"][0].update(categories=["cars"]),
        lambda data: data["products"][0]["images"][0].update(file="../../settings.py"),
        lambda data: data["vendor"].update(default_language="nl"),
        lambda data: data.update(surprise=True),
    ],
)
def test_a_mistake_in_a_file_is_refused(change):
    DemoShop.model_validate(changed(lambda data: None))
    with pytest.raises(ValidationError):
        DemoShop.model_validate(changed(change))

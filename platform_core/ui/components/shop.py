"""Components of storefronts."""

from __future__ import annotations

from platform_core.ui.components.registry import CLASS, LEVEL, Component, Example, choice, flag, text, value

_SIZES = text("sizes", "Widths of the picture, as in HTML")
_LEVEL_3 = text("level", "Level of the heading", "3")
_STOREFRONT = ("storefront",)

COMPONENTS = (
    Component(
        "product-card",
        "shop",
        "A product in a grid; the whole card is one link.",
        (
            value(
                "product", "Product", "title, url, price and maybe image, was_price, badge, kicker, note, sku"
            ),
            _LEVEL_3,
            _SIZES,
            choice("loading", "Eager for what is seen first", "lazy", "eager"),
        ),
        (
            Example("Plain", '<c-product-card :product="products.0" />'),
            Example("Reduced", '<c-product-card :product="products.1" />'),
            Example("Sold by measure, no photo, long title", '<c-product-card :product="products.2" />'),
        ),
        sheets=_STOREFRONT,
    ),
    Component(
        "product-grid",
        "shop",
        "Product cards in the theme's columns.",
        (
            value("products", "list", "See product-card"),
            _LEVEL_3,
            value("eager", "number", "How many photos load at once, 4 unless told"),
            text("label", "Names the list"),
            _SIZES,
        ),
        (Example("Three", '<c-product-grid :products="products" label="New this week" />'),),
        slot="More li",
        sheets=_STOREFRONT,
    ),
    Component(
        "category-tile",
        "shop",
        'A category as a photo with its name, in ul class="category-grid" > li.',
        (
            text("title", "The category"),
            text("url", "Where it leads"),
            value("image", "Image", "See the picture tag"),
            value("count", "number", "Products in it"),
            _LEVEL_3,
            _SIZES,
        ),
        (
            Example(
                "Two",
                '<ul class="category-grid"><li><c-category-tile title="Chairs" url="#" :image="image" :count="8" />'
                '</li><li><c-category-tile title="Wohnzimmereinrichtungen" url="#" :image="image" :count="1" /></li></ul>',
            ),
        ),
        sheets=_STOREFRONT,
    ),
    Component(
        "price-block",
        "shop",
        "The price on a product page, with what the law wants beside it.",
        (
            value("price", "Money", "What it costs, VAT included"),
            value("was", "Money", "The lowest price of the last 30 days"),
            flag("starting", "From: the lowest price of several variants"),
            value("unit_price", "Money", "Price of one unit of measure"),
            text("unit", "The unit: l, kg, m"),
            text("shipping_url", "The page on shipping costs"),
            flag("is_tax_free", "Sold without VAT"),
            value("vat_percent", "number", "The rate in the price: 17 is 17 %"),
        ),
        (
            Example("Plain", '<c-price-block :price="price" shipping_url="#" />'),
            Example("Reduced", '<c-price-block :price="price" :was="old_price" shipping_url="#" />'),
            Example("By measure", '<c-price-block :price="price" :unit_price="unit_price" unit="l" />'),
            Example("From", '<c-price-block :price="price" starting is_tax_free shipping_url="#" />'),
        ),
        sheets=_STOREFRONT,
    ),
    Component(
        "gallery",
        "shop",
        "A product's photos; thumbnails choose one without scripts.",
        (
            value("images", "list", "See the picture tag"),
            text("name", "Unique on the page", "gallery"),
            _SIZES,
        ),
        (
            Example("Three", '<c-gallery :images="images" name="gallery-three" />'),
            Example("One", '<c-gallery :images="one_image" name="gallery-one" />'),
            Example("None", '<c-gallery name="gallery-none" />'),
        ),
        sheets=_STOREFRONT,
    ),
    Component(
        "variant-picker",
        "shop",
        "The variants of a product as links, so that the address says which one is shown.",
        (
            text("label", "What differs: Size, Colour"),
            value("options", "list", "Dicts with label, url, is_current, is_available"),
        ),
        (Example("Sizes", '<c-variant-picker label="Size" :options="options" />'),),
        sheets=_STOREFRONT,
    ),
    Component(
        "section",
        "shop",
        "A band of a page, with its own width.",
        (
            text("title", "Heading"),
            LEVEL,
            text("kicker", "A few words above the heading"),
            text("link_url", "Where the link beside the heading leads"),
            text("link_label", "Its words"),
            choice("tone", "Ground", "plain", "sunken", "accent"),
            choice("width", "Width of the content", "wide", "text", "narrow"),
            CLASS,
        ),
        (
            Example(
                "Plain",
                '<c-section title="New this week" link_url="#" link_label="See all products"><p>Content</p></c-section>',
            ),
            Example(
                "Sunken", '<c-section title="About us" tone="sunken" width="text"><p>Content</p></c-section>'
            ),
            Example("Accent", '<c-section title="Ask us" tone="accent"><p>Content</p></c-section>'),
        ),
        slot="The content",
        slots=("intro",),
        sheets=_STOREFRONT,
    ),
    Component(
        "hero",
        "shop",
        "The opening of a home page.",
        (
            text("title", "Heading"),
            text("title_language", "Language of the title, where it is not the page's"),
            text("kicker", "A few words above it"),
            text("level", "Level of the heading", "1"),
            value("image", "Image", "See the picture tag"),
            choice("form", "Photo beside, behind or none", "split", "full", "plain"),
            CLASS,
        ),
        (
            Example(
                "Split",
                '<c-hero title="Furniture that stays" level="2" kicker="Autumn" :image="image">Made to be mended.'
                '<c-slot name="actions"><c-link-button href="#" kind="primary">See all</c-link-button></c-slot></c-hero>',
            ),
            Example(
                "Full",
                '<c-hero title="Run the night" level="2" form="full" :image="image">On Friday.</c-hero>',
            ),
            Example(
                "Plain", '<c-hero title="Welcome" level="2" form="plain">Five shops, one address.</c-hero>'
            ),
        ),
        slot="One sentence",
        slots=("actions",),
        sheets=_STOREFRONT,
    ),
)

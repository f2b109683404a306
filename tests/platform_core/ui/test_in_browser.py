"""Every shell and component in Chromium: axe finds nothing, nothing scrolls sideways, nothing is blocked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.http import HttpResponse
from playwright.sync_api import Browser

from platform_core.ui.presets import PRESETS
from tests.platform_core.ui.browser import chromium, library, render_page, shown

pytestmark = pytest.mark.browser

MODES = ["light", "dark"]
# The two presets that shops use first are tried in each run, the others in the long proof.
THEMES = [
    code if code in {"atelier", "signal"} else pytest.param(code, marks=pytest.mark.proof) for code in PRESETS
]
# Shells in each run wear each of the two in the mode it was made for.
LOOKS = [
    (code, mode)
    if (code, mode) in {("atelier", "light"), ("signal", "dark")}
    else pytest.param(code, mode, marks=pytest.mark.proof)
    for code in PRESETS
    for mode in MODES
]
STOREFRONT = '{% extends "storefront/base.html" %}{% block title %}Page{% endblock %}'
DASHBOARD = '{% extends "dashboard/base.html" %}{% block title %}Page{% endblock %}'
SHELLS = {
    "home": STOREFRONT
    + '{% block page_head %}{% endblock %}{% block content %}<c-hero title="Made to be mended" :image="image">Chairs.'
    '<c-slot name="actions"><c-link-button href="#" kind="primary">See all</c-link-button></c-slot></c-hero>'
    '<c-section title="New" link_url="#" link_label="See all"><c-product-grid :products="products" /></c-section>'
    "{% endblock %}",
    "product": STOREFRONT
    + '{% block page_head %}{% endblock %}{% block content %}<div class="wrap"><c-breadcrumbs :items="crumbs" />'
    '<div class="product"><c-gallery :images="images" /><div class="product-info"><h1>Armchair</h1>'
    '<c-price-block :price="price" :was="old_price" shipping_url="#" /><c-variant-picker label="Size" :options="options" />'
    '<form class="buy"><c-quantity /><c-button kind="primary">Add to cart</c-button></form></div></div></div>'
    "{% endblock %}",
    "list": STOREFRONT
    + '{% load ui %}{% block page_title %}Products{% endblock %}{% block content %}<div class="wrap"><div class="list-layout">'
    '<nav class="facet facet-links" aria-label="Categories"><h2 class="facet-title">Categories</h2><ul>'
    + "".join(
        f'<li><a href="#">{word}<span class="facet-count">12</span></a></li>'
        for word in ("Filmkameras", "Digitalkameras", "Sofortbildkameras", "Objektive", "Zubehör", "Bücher")
    )
    + "</ul></nav>"
    '<div><div class="list-toolbar"><p class="list-count">24 products</p><nav class="sort-links" aria-label="Sort">'
    '<a href="#" aria-current="true">Newest</a><a href="#">Price, low first</a></nav></div>'
    '<c-product-grid :products="products" level="2" /><c-pagination :page="page" /></div></div></div>{% endblock %}',
    "storefront error": '{% extends "storefront/error.html" %}',
    "dashboard list": DASHBOARD
    + '{% load ui %}{% block breadcrumbs %}<c-breadcrumbs :items="crumbs" />{% endblock %}{% block page_title %}Products'
    '{% endblock %}{% block page_actions %}<c-link-button href="#" kind="primary">New product</c-link-button>'
    '{% endblock %}{% block content %}<c-card is_flush><c-table caption="Products"><thead><tr>'
    '<c-sort-header key="title" label="Product" current="title" /><th scope="col" class="num">Price</th></tr></thead>'
    '<tbody>{% for product in products %}<tr><td class="table-main"><a href="#">{{ product.title }}</a></td>'
    '<td class="num" data-label="Price">{% money product.price %}</td></tr>{% endfor %}</tbody></c-table></c-card>'
    '<c-pagination :page="page" />{% endblock %}',
    "dashboard form": DASHBOARD
    + '{% block page_title %}Product{% endblock %}{% block content %}<form class="record" novalidate><div class="stack">'
    '<c-error-summary :form="bad_form" /><c-card title="Text">{% for field in bad_form %}<c-field :field="field" />'
    '{% endfor %}</c-card></div></form>{% endblock %}{% block save_bar %}<div class="save-bar"><c-button kind="primary">'
    "Save</c-button></div>{% endblock %}",
    "dashboard error": '{% extends "dashboard/error.html" %}',
    "hub": '{% extends "hub/base.html" %}{% block title %}Home{% endblock %}{% block page_title %}Five shops{% endblock %}'
    '{% block content %}<div class="hub-wrap"><ul class="tile-grid"><li class="tile"><h2><a class="stretched" href="#">'
    "Stull</a></h2><p>Furniture</p></li></ul></div>{% endblock %}",
    "hub error": '{% extends "hub/error.html" %}',
    "sign-in": '{% extends "layouts/sign_in.html" %}{% block intro %}To the dashboard{% endblock %}{% block content %}'
    '<form><c-field :field="form.title" /><c-button kind="primary" is_block>Sign in</c-button></form>{% endblock %}',
    "error": '{% extends "error.html" %}',
    "500": '{% extends "500.html" %}',
}
SHOP_SHELLS = [name for name, source in SHELLS.items() if "storefront/" in source]
CONSOLE_SHELLS = [name for name in SHELLS if name not in SHOP_SHELLS]


@pytest.fixture(scope="module")
def browser_here() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def _page_of(name: str, mode: str, theme: str = "atelier") -> HttpResponse:
    kind = "storefront" if name in SHOP_SHELLS else "platform"
    return render_page(SHELLS[name], theme=theme, mode=mode, site_kind=kind)


@pytest.mark.parametrize(("theme", "mode"), LOOKS)
@pytest.mark.parametrize("name", SHOP_SHELLS)
def test_a_storefront_shell_in_every_theme(browser_here: Browser, name: str, theme: str, mode: str) -> None:
    with shown(browser_here, _page_of(name, mode, theme)) as page:
        assert page.faults_at(1280, 320) == []


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", CONSOLE_SHELLS)
def test_a_console_shell(browser_here: Browser, name: str, mode: str) -> None:
    with shown(browser_here, _page_of(name, mode), dark=mode == "dark") as page:
        assert page.faults_at(1280, 320) == []


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("theme", THEMES)
def test_every_component_in_every_theme(browser_here: Browser, theme: str, mode: str) -> None:
    source = (
        STOREFRONT
        + '{% block page_title %}Components{% endblock %}{% block content %}<div class="wrap">{% verbatim %}'
        + library("storefront")
        + "{% endverbatim %}</div>{% endblock %}"
    )
    with shown(browser_here, render_page(source, theme=theme, mode=mode)) as page:
        assert page.faults_at(1280, 320) == []


@pytest.mark.parametrize("mode", MODES)
def test_every_component_in_the_console(browser_here: Browser, mode: str) -> None:
    source = (
        DASHBOARD
        + "{% block page_title %}Components{% endblock %}{% block content %}{% verbatim %}"
        + library("console")
        + "{% endverbatim %}{% endblock %}"
    )
    response = render_page(source, mode=mode, site_kind="platform")
    with shown(browser_here, response) as page:
        assert page.faults_at(1280, 320) == []


def test_a_policy_without_the_themes_hash_leaves_the_theme_out(browser_here: Browser) -> None:
    response = render_page(SHELLS["home"], theme="signal")
    response["Content-Security-Policy"] = "default-src 'self'; style-src 'self'"
    with shown(browser_here, response) as page:
        assert any("inline style" in complaint for complaint in page.complaints)


def test_axe_sees_a_faint_text(browser_here: Browser) -> None:
    response = render_page(
        STOREFRONT + '{% block content %}<p class="text-paper-3 bg-paper">Faint</p>'
        '<img src="/static/brand/sample.svg">{% endblock %}'
    )
    with shown(browser_here, response) as page:
        assert any("image-alt" in violation for violation in page.violations())


def test_the_menu_drawer_opens_and_closes_without_scripts(browser_here: Browser) -> None:
    with shown(browser_here, _page_of("home", "light"), width=360) as shown_page:
        page = shown_page.page
        assert not page.locator("#site-menu").is_visible()
        page.get_by_role("button", name="Menu", exact=True).click()
        assert page.get_by_role("link", name="Sofas").is_visible()
        assert shown_page.violations() == []
        page.keyboard.press("Escape")
        assert not page.locator("#site-menu").is_visible()


def test_a_thumbnail_chooses_its_photo_without_scripts(browser_here: Browser) -> None:
    with shown(browser_here, _page_of("product", "light")) as shown_page:
        page = shown_page.page
        photos = page.locator(".gallery-photo")
        assert [photos.nth(index).is_visible() for index in range(3)] == [True, False, False]
        page.locator(".gallery-thumbs label").nth(1).click()
        assert [photos.nth(index).is_visible() for index in range(3)] == [False, True, False]
        page.keyboard.press("ArrowRight")
        assert photos.nth(2).is_visible()


def test_the_skip_link_is_first_and_leads_to_the_content(browser_here: Browser) -> None:
    for name in ("home", "dashboard list", "hub", "sign-in"):
        with shown(browser_here, _page_of(name, "light")) as shown_page:
            shown_page.page.keyboard.press("Tab")
            assert shown_page.page.evaluate("document.activeElement.getAttribute('href')") == "#main"


def test_a_row_of_a_product_has_its_price_below_its_title_on_phones(browser_here: Browser) -> None:
    with shown(browser_here, _page_of("list", "light", "depot"), width=360) as shown_page:
        rows = shown_page.page.evaluate(
            """() => [...document.querySelectorAll(".product-card-text")].map(text => {
                const title = text.querySelector(".product-card-title").getBoundingClientRect();
                return title.width >= 200 && text.querySelector(".price").getBoundingClientRect().top >= title.bottom;
            })"""
        )
        assert rows and all(rows)

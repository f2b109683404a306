"""A shopper without scripts goes from the home page to a product, changes the language and opens an account."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from playwright.sync_api import Page, Route

from tests.journeys.goods import create_goods
from tests.platform_core.ui.browser import AXE, chromium, follow

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

HOST = "objektiv.lux.localhost"
ORIGIN = f"http://{HOST}"


@pytest.fixture
def goods(objektiv: Any) -> None:
    create_goods(objektiv)


def _serve(client: Client, route: Route) -> None:
    """Answer the browser from the application itself; the test client keeps the cookies."""
    request = route.request
    parts = urlsplit(request.url)
    if parts.path.startswith("/static/"):
        route.fulfill(status=200, content_type="text/css", body="")
        return
    body = request.post_data or ""
    address = parts.path + (f"?{parts.query}" if parts.query else "")
    answer = client.generic(
        request.method, address, body, content_type=request.headers.get("content-type", "text/html")
    )
    if answer.status_code in {301, 302}:
        # Playwright cannot fulfil a request with a redirect: the page behind it is given at once.
        answer = client.get(answer["Location"])
    route.fulfill(status=answer.status_code, headers=dict(answer.items()), body=answer.content)


@pytest.fixture
def open_page(client_for: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    # Playwright keeps an event loop in this thread; every query of this test still runs one after another.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    client = client_for(HOST)
    with chromium() as browser:

        def make(**options: Any) -> Page:
            page = browser.new_context(viewport={"width": 360, "height": 780}, **options).new_page()
            page.route("**/*", lambda route: _serve(client, route))
            return page

        yield make


def test_a_shopper_without_scripts_searches_with_a_wrong_letter(goods: None, open_page: Any) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(f"{ORIGIN}/fr/")
    follow(page.locator("header a.site-search-link"))
    page.locator("#shop-search").fill("objcetif")
    page.locator("#shop-search").press("Enter")
    page.wait_for_url("**/fr/search/?q=objcetif")
    assert page.locator("h2.product-card-title").all_inner_texts() == ["Objectif 50 mm"]
    assert "objcetif" in page.locator("main .list-intro").inner_text()
    follow(page.get_by_role("link", name="Objectif 50 mm"))
    assert page.locator("h1").inner_text() == "Objectif 50 mm"


def test_a_shopper_without_scripts_finds_a_product_and_opens_an_account(goods: None, open_page: Any) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(f"{ORIGIN}/")
    follow(page.get_by_role("link", name="See all products").first)
    page.get_by_label("Sort by").select_option("price")
    follow(page.get_by_role("button", name="Sort"))
    assert "sort=price" in page.url
    assert page.locator("h2.product-card-title").all_inner_texts() == ["Bag", "Lens 50 mm"]
    follow(page.get_by_role("link", name="Lens 50 mm"))
    follow(page.get_by_role("link", name="Silver"))
    assert "€279.00" in page.locator(".price-block").inner_text()
    follow(page.locator("footer").get_by_role("link", name="Français"))
    assert page.locator("html").get_attribute("lang") == "fr"
    assert page.locator("h1").inner_text() == "Objectif 50 mm"
    page.goto(f"{ORIGIN}/account/register/")
    page.get_by_label("Name").fill("Anna Weber")
    page.get_by_label("E-mail address").fill("anna@example.test")
    page.get_by_label("Password").fill("correct-horse-battery")
    follow(page.get_by_role("button", name="Create an account"))
    assert "Anna Weber" in page.locator("main").inner_text()


def test_axe_finds_nothing_in_two_languages_and_both_modes(goods: None, open_page: Any) -> None:
    for mode in ("light", "dark"):
        page = open_page(color_scheme=mode, bypass_csp=True)
        for path in ("/", "/fr/products/", "/products/lens/", "/account/sign-in/", "/nothing/"):
            page.goto(f"{ORIGIN}{path}")
            page.evaluate(AXE)
            found = page.evaluate("axe.run().then(result => result.violations.map(each => each.id))")
            # The style sheet is left out here; colours and sizes are tested with the components.
            assert set(found) <= {"color-contrast", "target-size"}, (mode, path, found)

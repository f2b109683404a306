"""What scripts add for a shopper: nothing is loaded anew, and everything is said and shown as without them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from modules.orders.models import CartLine
from modules.orders.storefront import carts
from platform_core.tenancy.context import platform_context
from tests.journeys.test_shopper_buys import ORIGIN, open_page, orders_on, shop
from tests.platform_core.ui.browser import Shown

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

__all__ = ["open_page", "orders_on", "shop"]


@pytest.fixture
def page(shop: Any, open_page: Callable[..., Page]) -> Iterator[Page]:
    """A product's page; whatever the browser complains about fails the test."""
    page = open_page(viewport={"width": 1280, "height": 900})
    page.complaints = []
    page.on("console", lambda message: page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.goto(f"{ORIGIN}/products/lens/")
    yield page
    # Chromium itself reports answers of 4xx and 5xx, and a focus that `autofocus` does not take.
    usual = ("Failed to load resource", "Autofocus processing", "htmx: htmx:error: Failed to fetch")
    assert [text for text in page.complaints if not text.startswith(usual)] == []


def _quantities(shop: Any) -> list[int]:
    with platform_context(shop.platform, shop):
        return list(CartLine.objects.values_list("quantity", flat=True))


def _put_in(page: Page) -> None:
    page.get_by_role("button", name="Add to cart").click()
    expect(page.locator(".toast")).to_have_count(1)


def test_what_is_put_in_is_said_and_counted_and_the_page_stays(page: Page, shop: Any) -> None:
    page.get_by_role("button", name="One more").click()
    _put_in(page)
    expect(page.get_by_role("status")).to_contain_text(["“Lens 50 mm, Black” is in your cart."])
    expect(page.get_by_role("link", name="Cart, 2 articles")).to_be_visible()
    expect(page.get_by_role("button", name="Add to cart")).to_be_focused()
    assert page.url == f"{ORIGIN}/products/lens/"
    assert _quantities(shop) == [2]
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        assert Shown(page).sideways() == []
    page.locator(".toast").get_by_role("button", name="Close").click()
    expect(page.locator(".toast")).to_have_count(0)


def test_a_double_click_buys_one(page: Page, shop: Any) -> None:
    page.get_by_role("button", name="Add to cart").dblclick()
    expect(page.locator(".toast")).to_have_count(1)
    page.wait_for_timeout(300)
    assert _quantities(shop) == [1]


def test_a_page_that_was_open_too_long_is_loaded_anew(page: Page) -> None:
    page.route("**/cart/add/", lambda route: route.fulfill(status=403, body="Too long"))
    page.get_by_role("button", name="Add to cart").click()
    expect(page.locator("#trouble")).to_be_visible()
    page.evaluate("window.stayed = true")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#trouble")).to_be_hidden()
    assert not page.evaluate("window.stayed")
    page.unroute("**/cart/add/")
    _put_in(page)


def test_a_notice_leaves_by_itself_but_not_from_under_the_focus(page: Page) -> None:
    page.clock.install()
    _put_in(page)
    page.locator(".toast a").focus()
    page.clock.run_for(10_000)
    expect(page.locator(".toast")).to_have_count(1)
    page.locator("#quantity").focus()
    page.clock.run_for(10_000)
    expect(page.locator(".toast")).to_have_count(0)


def test_a_quantity_that_cannot_be_is_said_at_its_field_with_what_was_typed(page: Page, shop: Any) -> None:
    page.locator("#quantity").fill("0")
    page.get_by_role("button", name="Add to cart").click()
    expect(page.locator("#live")).to_have_text("Enter a whole number from 1 to 999.")
    expect(page.locator("#quantity")).to_be_focused()
    expect(page.locator("#quantity")).to_have_value("0")
    assert page.locator("#quantity").get_attribute("aria-invalid") == "true"
    assert _quantities(shop) == []


def test_the_cart_counts_anew_while_one_stays_at_the_button(page: Page, shop: Any) -> None:
    _put_in(page)
    page.get_by_role("link", name="See your cart").click()
    page.wait_for_url("**/cart/")
    page.get_by_role("button", name="One more").click()
    expect(page.locator(".cart-total")).to_have_text("€498.00")
    expect(page.locator(".site-count")).to_have_text("2")
    expect(page.locator("#live")).to_have_text("Your cart is changed.")
    expect(page.get_by_role("button", name="One more")).to_be_focused()
    page.get_by_role("spinbutton", name="Quantity of Lens 50 mm").fill("0")
    page.get_by_role("spinbutton", name="Quantity of Lens 50 mm").blur()
    expect(page.locator(".field-error")).to_have_text("Enter a whole number from 1 to 999.")
    page.get_by_role("button", name="Remove Lens 50 mm").click()
    expect(page.get_by_text("Your cart is empty")).to_be_visible()
    expect(page.locator(".site-tool")).to_have_count(0)
    expect(page.locator("#main")).to_be_focused()
    assert _quantities(shop) == []


def test_the_ways_of_delivery_follow_the_country_and_what_is_typed_stays(page: Page, shop: Any) -> None:
    _put_in(page)
    page.goto(f"{ORIGIN}/checkout/contact/")
    page.get_by_label("E-mail address").fill("anna@example.test")
    page.get_by_role("button", name="Continue to delivery").click()
    page.wait_for_url("**/checkout/delivery/")
    expect(page.get_by_role("radio", name="At the counter")).to_have_count(1)
    page.get_by_label("Street and number").first.fill("5, rue du Fossé")
    page.locator("#id_country").focus()
    page.locator("#id_country").select_option("FR")
    expect(page.get_by_role("group", name="How the shop delivers: France")).to_be_visible()
    expect(page.get_by_role("radio", name="At the counter")).to_have_count(0)
    expect(page.get_by_role("radio", name="Home delivery")).to_have_count(1)
    expect(page.get_by_label("Street and number").first).to_have_value("5, rue du Fossé")
    expect(page.locator("#id_country")).to_be_focused()

    page.route("**/checkout/delivery/?*", lambda route: route.fulfill(status=500, body="Broken"))
    page.locator("#id_country").select_option("LU")
    expect(page.locator("#trouble")).to_be_visible()
    expect(page.get_by_label("Street and number").first).to_have_value("5, rue du Fossé")
    page.unroute("**/checkout/delivery/?*")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("group", name="How the shop delivers: Luxembourg")).to_be_visible()
    expect(page.get_by_role("radio", name="At the counter")).to_have_count(1)


def test_an_answer_that_does_not_come_keeps_the_page_and_can_be_tried_again(page: Page, shop: Any) -> None:
    page.locator("#quantity").fill("3")
    page.route("**/cart/add/", lambda route: route.abort())
    page.get_by_role("button", name="Add to cart").click()
    expect(page.get_by_role("alert")).to_contain_text("The shop does not answer")
    expect(page.locator("#quantity")).to_have_value("3")
    page.unroute("**/cart/add/")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".toast")).to_have_count(1)
    expect(page.locator("#trouble")).to_be_hidden()
    assert _quantities(shop) == [3]


def test_a_fault_of_ours_is_no_part_of_the_page(page: Page) -> None:
    page.route("**/cart/add/", lambda route: route.fulfill(status=500, body="<h1>Broken</h1>"))
    page.get_by_role("button", name="Add to cart").click()
    expect(page.locator("#trouble")).to_be_visible()
    expect(page.get_by_text("Broken")).to_have_count(0)
    expect(page.get_by_role("button", name="Add to cart")).to_be_visible()


def test_a_list_is_sorted_without_being_loaded_anew(page: Page) -> None:
    page.goto(f"{ORIGIN}/products/")
    page.evaluate("window.stayed = true")
    page.locator("#sort").select_option("price")
    page.get_by_role("button", name="Sort", exact=True).click()
    page.wait_for_url("**/products/?sort=price")
    expect(page.locator("#live")).to_have_text("All products · Objektiv")
    expect(page.locator("#sort")).to_have_value("price")
    assert page.evaluate("window.stayed")
    page.go_back()
    expect(page.locator("#sort")).to_have_value("newest")
    assert page.url == f"{ORIGIN}/products/"


def test_a_form_of_another_site_is_refused_from_scripts_too(
    client_for: Any, shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_for("objektiv.lux.localhost")
    sent = {"sku": "LENS-BLACK", "quantity": "1"}
    foreign = {"origin": "https://elsewhere.test", "hx-request": "true"}
    assert client.post("/cart/add/", sent, headers=foreign).status_code == 403
    monkeypatch.setattr(carts, "refuse_other_sites", lambda _request: None)
    assert client.post("/cart/add/", sent, headers=foreign).status_code != 403

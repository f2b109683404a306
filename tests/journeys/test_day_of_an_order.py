"""A clerk's day in a browser: an order comes in, is paid and leaves in two parcels; axe looks along."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from modules.orders.models import Order
from tests.conftest import PASSWORD
from tests.journeys.goods import begin_to_sell, create_goods, place_order
from tests.platform_core.ui.browser import Shown, chromium, follow, serve

# Real commits: what a switch changes is told to the processes only then.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

HOST = "lux.localhost"
PHONE, DESK = 360, 1280


@pytest.fixture
def order(objektiv: Any) -> Order:
    """A lens for 249 euros and a bag for 99, delivered for 5 and to be paid by transfer."""
    create_goods(objektiv)
    begin_to_sell(objektiv)
    return place_order(objektiv, "LENS-B", "BAG")


@pytest.fixture
def browser_here(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    # Playwright keeps an event loop in this thread; every query of this test still runs one after another.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with chromium() as browser:
        yield browser


def window(browser: Browser, client: Any) -> Shown:
    page = browser.new_context(reduced_motion="reduce", bypass_csp=True).new_page()
    page.route("**/*", lambda route: serve(client, route))
    return Shown(page)


def text_of(page: Page) -> str:
    return page.locator("main").inner_text()


def press(page: Page, name: str) -> None:
    follow(page.get_by_role("button", name=name))


def test_an_order_is_paid_sent_and_completed(
    order: Order, objektiv_clerk: Any, client_for: Any, browser_here: Browser
) -> None:
    clerk = client_for(HOST)
    clerk.post("/vendor/sign-in/", {"email": objektiv_clerk.email, "password": PASSWORD})
    shown = window(browser_here, clerk)
    page = shown.page

    # In the morning the home says what waits, and leads there.
    page.goto(f"http://{HOST}/vendor/")
    assert "€353.00" in text_of(page)
    assert shown.faults_at(DESK, PHONE) == []
    follow(page.get_by_role("link", name="1 payment expected"))
    assert "1 order" in text_of(page)
    assert shown.faults_at(DESK, PHONE) == []

    follow(page.get_by_role("link", name=str(order.number)))
    assert "Awaiting payment" in text_of(page)
    assert shown.faults_at(DESK, PHONE) == []

    # An amount that is none comes back with what was typed beside it.
    page.get_by_label("Amount received").fill("353,0,0")
    page.locator("#payment_note").fill("Statement 12")
    press(page, "Record the payment")
    assert "You typed “353,0,0”" in text_of(page)
    assert page.get_by_label("Amount received").input_value() == "353,0,0"
    assert shown.faults_at(DESK, PHONE) == []
    page.get_by_label("Amount received").fill("353.00")
    press(page, "Record the payment")
    assert "The payment of order" in text_of(page) and "Confirmed" in text_of(page)
    assert "Statement 12" in text_of(page)
    assert shown.faults_at(DESK, PHONE) == []

    # The slip for the parcel, then the lens leaves alone.
    follow(page.get_by_role("link", name="Packing slip"))
    assert "Home delivery" in text_of(page) and "€" not in text_of(page)
    assert shown.faults_at(DESK, PHONE) == []
    page.go_back()
    page.get_by_label("Send of “Bag”").fill("0")
    page.get_by_label("Carrier").fill("POST")
    page.get_by_label("Tracking number").fill("T-1")
    press(page, "Record as sent")
    assert "1 piece of order" in text_of(page) and "Partly sent" in text_of(page)
    assert shown.faults_at(DESK, PHONE) == []

    # The rest is prefilled; with it the order is completed.
    assert page.get_by_label("Send of “Bag”").input_value() == "1"
    press(page, "Record as sent")
    assert "Completed" in text_of(page)
    assert page.get_by_role("button", name="Record as sent").count() == 0
    assert page.get_by_role("link", name="Cancel order").count() == 0
    assert shown.faults_at(DESK, PHONE) == []

    page.goto(f"http://{HOST}/vendor/")
    for words in ("No order to confirm", "No order to send", "No payment expected"):
        assert words in text_of(page)
    page.emulate_media(color_scheme="dark")
    assert shown.faults_at(DESK, PHONE) == []

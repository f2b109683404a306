"""An admin switches a module off and on again in a browser, and looks at the shop meanwhile; axe looks along."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser
from pydantic import BaseModel, Field, SecretStr

from platform_core.modules.service import module_service
from platform_core.modules.state import module_states
from platform_core.tenancy.context import platform_context
from platform_core.testing.walks import as_one_with, as_optional
from tests.conftest import PASSWORD
from tests.journeys.goods import begin_to_sell, create_goods, place_order
from tests.platform_core.ui.browser import Shown, chromium, follow, serve
from tests.sample_modules import beside_the_installed, module

# Real commits: what a switch changes is told to the processes only then.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

ADMIN, SHOP = "admin.lux.localhost", "objektiv.lux.localhost"
PHONE, DESK = 360, 1280


@pytest.fixture
def optional_catalogue() -> Iterator[None]:
    with as_optional("catalog"):
        module_states.forget()
        yield
    module_states.forget()


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


def test_a_module_goes_off_and_comes_back(
    optional_catalogue: None, objektiv: Any, lux_admin: Any, client_for: Any, browser_here: Browser
) -> None:
    create_goods(objektiv)
    staff = client_for(ADMIN)
    staff.post("/admin/login/", {"email": "admin@lux.test", "password": PASSWORD})
    admin, shop = window(browser_here, staff), window(browser_here, client_for(SHOP))

    shop.page.goto(f"http://{SHOP}/")
    assert shop.page.get_by_role("link", name="See all products").first.is_visible()

    admin.page.goto(f"http://{ADMIN}/admin/modules/")
    assert admin.faults_at(DESK, PHONE) == []
    follow(admin.page.get_by_role("table").get_by_role("link", name="Catalogue"))
    assert "No data and no settings are deleted" in admin.page.locator("main").inner_text()
    admin.page.get_by_label("Reason").fill("Stocktaking")
    assert admin.faults_at(DESK, PHONE) == []
    follow(admin.page.get_by_role("button", name="Switch off"))
    assert "Switched off: Catalogue." in admin.page.locator("body").inner_text()
    assert "Stocktaking" in admin.page.locator("main").inner_text()
    assert admin.faults_at(DESK, PHONE) == []

    # The shop knows of no products any more, and the admin says why and leads back to the switch.
    for address, status in (("/", 200), ("/products/", 404)):
        answer = shop.page.goto(f"http://{SHOP}{address}")
        assert answer is not None
        assert answer.status == status
        # The address that was asked for, in other languages, is no link to the module.
        assert shop.page.locator("a[href*='/products/']:not([hreflang])").count() == 0
        assert shop.faults_at(DESK, PHONE) == []
    admin.page.goto(f"http://{ADMIN}/admin/catalog/product/")
    assert "The module “Catalogue” is off on this platform." in admin.page.locator("main").inner_text()
    assert admin.faults_at(DESK, PHONE) == []
    follow(admin.page.get_by_role("link", name="See the module"))
    follow(admin.page.get_by_role("button", name="Switch on"))
    assert "Switched on: Catalogue." in admin.page.locator("body").inner_text()

    shop.page.goto(f"http://{SHOP}/products/")
    assert shop.page.get_by_role("link", name="Lens 50 mm").is_visible()


def test_what_stands_against_it_is_read_and_passed_over_with_a_reason(
    objektiv: Any, lux_admin: Any, client_for: Any, browser_here: Browser
) -> None:
    begin_to_sell(objektiv)
    create_goods(objektiv)
    place_order(objektiv, "BAG")
    staff = client_for(ADMIN)
    staff.post("/admin/login/", {"email": "admin@lux.test", "password": PASSWORD})
    admin = window(browser_here, staff)
    admin.page.goto(f"http://{ADMIN}/admin/modules/payments/")
    main = admin.page.locator("main")
    for text in ("1 order is not sent", "1 payment is open", "Objektiv: 1001."):
        assert text in main.inner_text()
    assert admin.faults_at(DESK, PHONE) == []
    # Both are asked for: the browser keeps the form here.
    admin.page.get_by_role("button", name="Switch off").click()
    assert "1 order is not sent" in main.inner_text()
    admin.page.get_by_label("Reason").fill("The bank is closed")
    admin.page.get_by_label("switch it off all the same").check()
    assert admin.faults_at(DESK, PHONE) == []
    follow(admin.page.get_by_role("button", name="Switch off"))
    assert "Switched off: Orders, Payments." in admin.page.locator("body").inner_text()
    assert "Against it stood: 1 payment is open" in main.inner_text()
    assert admin.faults_at(DESK, PHONE) == []


class Gateway(BaseModel):
    account: str = Field("", title="Account")
    api_key: SecretStr | None = Field(None, title="Key")


def not_yet(_platform_id: int) -> list[str]:
    return ["No card is printed yet."]


@pytest.fixture
def modules_to_walk() -> Iterator[None]:
    installed = [
        as_one_with("payments", config_schema=Gateway),
        beside_the_installed(module("gift-cards", can_enable=not_yet)),
    ]
    with ExitStack() as stack:
        for kind in installed:
            stack.enter_context(kind)
        module_states.forget()
        yield
    module_states.forget()


def test_the_modules_page_is_walked(
    modules_to_walk: None, lux: Any, lux_admin: Any, client_for: Any, browser_here: Browser
) -> None:
    staff = client_for(ADMIN)
    staff.post("/admin/login/", {"email": "admin@lux.test", "password": PASSWORD})
    admin = window(browser_here, staff)
    page = admin.page

    def said() -> str:
        return " ".join(page.locator("main").inner_text().split())

    def open_module(name: str) -> None:
        page.goto(f"http://{ADMIN}/admin/modules/")
        follow(page.get_by_role("table").get_by_role("link", name=name, exact=True))
        assert admin.faults_at(DESK, PHONE) == []

    # On, with what it requires, seen before it is done.
    open_module("Orders")
    assert "These come on with it: Payments (Payments: 0)" in said()
    follow(page.get_by_role("button", name="Switch on"))
    assert "Switched on: Payments, Orders." in page.locator("body").inner_text()
    # Off, with what requires it.
    open_module("Payments")
    assert "These require it and go off with it: Orders (Orders: 0, Carts: 0)" in said()
    follow(page.get_by_role("button", name="Switch off"))
    assert "Switched off: Orders, Payments." in page.locator("body").inner_text()
    # A core module has nothing to switch, and what is blocked says why.
    open_module("Catalogue")
    assert "A core module is on everywhere and always" in said()
    assert page.get_by_role("button", name="Switch off").count() == 0
    open_module("Gift-Cards")
    assert "No card is printed yet." in said()
    assert page.get_by_role("button", name="Switch on").count() == 0
    # Settings: a secret goes in and never comes out, and leaving it blank keeps it.
    open_module("Payments")
    follow(page.get_by_role("link", name="See and change"))
    page.get_by_label("Account").fill("wizamart")
    page.get_by_label("Key").fill("sk_live_secret")
    assert admin.faults_at(DESK, PHONE) == []
    follow(page.get_by_role("button", name="Save"))
    page.goto(f"http://{ADMIN}/admin/modules/payments/settings/")
    assert "sk_live_secret" not in page.content()
    page.get_by_label("Account").fill("another")
    follow(page.get_by_role("button", name="Save"))
    with platform_context(role="operator"):
        config = module_service.get_module_config(lux, "payments")
    assert (config["account"], config["api_key"].get_secret_value()) == ("another", "sk_live_secret")
    open_module("Payments")
    assert "before wizamart after another" in said()
    assert "a secret, not told" in said()
    assert "sk_live_secret" not in page.content()

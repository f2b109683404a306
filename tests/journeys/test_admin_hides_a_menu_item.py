"""An admin hides an item of the dashboard's menu in a browser, without scripts, on a phone; axe looks along."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from platform_core.modules.definition import FeatureSpec, FrontendType, MenuItem
from platform_core.modules.features import PlanAnswer, plan_answers
from platform_core.modules.menu_service import MenuSetting, set_menu
from platform_core.modules.state import module_states
from platform_core.tenancy.context import platform_context
from tests.conftest import PASSWORD
from tests.platform_core.ui.browser import Shown, chromium, follow, serve
from tests.sample_modules import beside_the_installed, module

# Real commits: other requests learn of a change only then.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

ADMIN, DASHBOARD = "admin.lux.localhost", "lux.localhost"
PHONE, DESK = 360, 1280


@pytest.fixture
def browser_here(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    # Playwright keeps an event loop in this thread; every query of this test still runs one after another.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with chromium() as browser:
        yield browser


def window(browser: Browser, client: Any, *, scripts: bool = True, dark: bool = False) -> Shown:
    context = browser.new_context(
        reduced_motion="reduce",
        bypass_csp=True,
        java_script_enabled=scripts,
        color_scheme="dark" if dark else "light",
        viewport={"width": PHONE, "height": 900},
    )
    page = context.new_page()
    page.route("**/*", lambda route: serve(client, route))
    return Shown(page)


def entries(page: Page) -> list[str]:
    return page.locator("nav.sidebar .sidebar-link").all_inner_texts()


def test_an_item_is_hidden_for_everybody_without_scripts(
    lux: Any, lux_admin: Any, objektiv_owner: Any, client_for: Any, browser_here: Browser
) -> None:
    staff, team = client_for(ADMIN), client_for(DASHBOARD)
    staff.post("/admin/login/", {"email": lux_admin.email, "password": PASSWORD})
    team.post("/vendor/sign-in/", {"email": objektiv_owner.email, "password": PASSWORD})
    admin, shop = window(browser_here, staff, scripts=False), window(browser_here, team)
    shop.page.set_viewport_size({"width": DESK, "height": 900})
    shop.page.goto(f"http://{DASHBOARD}/vendor/")
    assert "Products" in entries(shop.page)

    admin.page.goto(f"http://{ADMIN}/admin/menus/")
    assert admin.page.get_by_label("Show Home").is_disabled()
    admin.page.get_by_label("Show Products").uncheck()
    admin.page.get_by_label("Place of Categories").fill("1")
    follow(admin.page.get_by_role("button", name="Save"))
    assert "The menu is saved." in admin.page.locator("body").inner_text()
    assert not admin.page.get_by_label("Show Products").is_checked()

    shop.page.goto(f"http://{DASHBOARD}/vendor/")
    assert "Products" not in entries(shop.page)
    answer = shop.page.goto(f"http://{DASHBOARD}/vendor/products/")
    assert answer is not None
    assert answer.status == 200
    assert shop.faults_at(DESK, PHONE) == []

    follow(admin.page.get_by_role("button", name="Back to how the modules have it"))
    shop.page.goto(f"http://{DASHBOARD}/vendor/")
    assert "Products" in entries(shop.page)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_who_saves_on_an_old_picture_sees_what_they_chose(
    lux: Any, lux_admin: Any, client_for: Any, browser_here: Browser, dark: bool
) -> None:
    staff = client_for(ADMIN)
    staff.post("/admin/login/", {"email": lux_admin.email, "password": PASSWORD})
    admin = window(browser_here, staff, dark=dark)
    admin.page.goto(f"http://{ADMIN}/admin/menus/?menu=vendor&role=vendor_clerk")
    assert admin.faults_at(DESK, PHONE) == []
    admin.page.get_by_label("Show Products").uncheck()
    admin.page.get_by_label("Place of Customers").fill("-3")
    with platform_context(lux, role="staff"):
        set_menu(lux, FrontendType.VENDOR, {"categories": MenuSetting(is_visible=False)})
    follow(admin.page.get_by_role("button", name="Save"))
    for text in ("were changed meanwhile", "Give 0 or more."):
        assert text in admin.page.locator("main").inner_text()
    assert not admin.page.get_by_label("Show Products").is_checked()
    assert admin.page.get_by_label("Show Categories").is_disabled()
    assert admin.faults_at(DESK, PHONE) == []
    admin.page.get_by_label("Place of Customers").fill("3")
    follow(admin.page.get_by_role("button", name="Save"))
    assert "The menu is saved." in admin.page.locator("body").inner_text()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_persons_own_menu(lux_admin: Any, client_for: Any, browser_here: Browser, dark: bool) -> None:
    staff = client_for(ADMIN)
    staff.post("/admin/login/", {"email": lux_admin.email, "password": PASSWORD})
    admin = window(browser_here, staff, dark=dark)
    admin.page.goto(f"http://{ADMIN}/admin/profile/menu/")
    assert admin.faults_at(DESK, PHONE) == []
    admin.page.get_by_label("Show Modules").uncheck()
    follow(admin.page.get_by_role("button", name="Save"))
    assert "Your menu is saved." in admin.page.locator("body").inner_text()
    assert "Modules" not in admin.page.locator("#nav-sidebar-apps").inner_text()
    assert admin.faults_at(DESK, PHONE) == []


@pytest.fixture
def gifts() -> Iterator[None]:
    """A module whose items have a badge, a lock and items below them."""

    def plan(_subject: Any, spec: FeatureSpec) -> PlanAnswer:
        return PlanAnswer(is_included=spec.code != "stamps", upgrade_url="/vendor/profile/")

    def items(first: str, second: str) -> tuple[MenuItem, ...]:
        below = (
            MenuItem("cards", "Cards", url_name=second, icon="gift", badge=lambda _request: 3),
            MenuItem("stamps", "Stamps", url_name=first, icon="stamp", feature="stamps"),
        )
        return (MenuItem("gifts", "Gifts", url_name=first, icon="gift", section="Gifts", children=below),)

    menus = {
        FrontendType.ADMIN: items("admin:modules", "admin:profile"),
        FrontendType.VENDOR: items("dashboard:catalog:list", "dashboard:core:profile"),
    }
    plan_answers.register(plan)
    with beside_the_installed(module("gifts", default_enabled=True, features=("stamps",), menu_items=menus)):
        module_states.forget()
        yield
    plan_answers.unregister(plan)
    module_states.forget()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_both_sidebars_show_badges_locks_and_what_stands_below(
    gifts: None, lux_admin: Any, objektiv_owner: Any, client_for: Any, browser_here: Browser, dark: bool
) -> None:
    staff, team = client_for(ADMIN), client_for(DASHBOARD)
    staff.post("/admin/login/", {"email": lux_admin.email, "password": PASSWORD})
    team.post("/vendor/sign-in/", {"email": objektiv_owner.email, "password": PASSWORD})
    for client, address, sidebar, is_locked in (
        # Platform staff go on to the page, which tells them.
        (staff, f"http://{ADMIN}/admin/profile/", "#nav-sidebar-apps", False),
        (team, f"http://{DASHBOARD}/vendor/profile/", "#sidebar", True),
    ):
        window_here = window(browser_here, client, dark=dark)
        window_here.page.set_viewport_size({"width": DESK, "height": 900})
        window_here.page.goto(address)
        menu = window_here.page.locator(sidebar)
        below = menu.locator("li li")
        assert below.all_inner_texts() == ["Cards\n3", "Stamps"]
        # The page that is open is the one below; a lock leads to where the plan is changed.
        assert menu.locator("[aria-current=page]").inner_text() == "Cards\n3"
        assert below.last.get_by_role("img", name="not in your plan").count() == is_locked
        leads_to = below.last.get_by_role("link").get_attribute("href")
        assert leads_to == ("/vendor/profile/" if is_locked else "/admin/modules/")
        assert window_here.faults_at(DESK, PHONE) == []

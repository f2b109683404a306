"""Hiding and moving items of menus: who decides what for whom, what each sees of it, and what a warm page costs."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client, RequestFactory

from platform_core.identity.audience import Audience
from platform_core.identity.principals import Principal
from platform_core.modules.definition import FrontendType, MenuItem
from platform_core.modules.exceptions import (
    MandatoryMenuItem,
    MenuOrderOutOfRange,
    StaleVersion,
    UnknownMenuItem,
)
from platform_core.modules.menu_service import (
    MenuSetting,
    menu_settings,
    offered_items,
    set_menu,
    set_own_menu,
)
from platform_core.modules.menus import dashboard_menu, shop_menu
from platform_core.modules.models import MenuVisibility, ModuleChange
from platform_core.modules.state import module_states, override_modules, read_state
from platform_core.roles import PLATFORM_ADMIN, VENDOR_CLERK, VENDOR_OWNER
from platform_core.tenancy.context import platform_context
from tests.conftest import PASSWORD
from tests.sample_modules import beside_the_installed, module

pytestmark = pytest.mark.django_db
VENDOR, ADMIN, SHOP = FrontendType.VENDOR, FrontendType.ADMIN, FrontendType.SHOP
SALES = ("payments", "orders")
HIDDEN, SHOWN = MenuSetting(is_visible=False), MenuSetting()


@pytest.fixture
def decide(lux: Any, lux_admin: Any):
    """Lux's admin decides about items: `decide(products=HIDDEN)`; another frontend or a role by name."""

    def set_items(
        role: str = "", frontend: FrontendType = VENDOR, **settings: MenuSetting
    ) -> tuple[str, ...]:
        with platform_context(lux, role="staff"):
            return set_menu(lux, frontend, settings, role=role, user=lux_admin, source="admin")

    return set_items


@pytest.fixture
def menu(lux: Any, objektiv: Any):
    """The ids of the dashboard's menu, in order, as somebody of that role."""
    platform, vendor = lux.ref, objektiv.ref

    def ask(user: Any = None, role: str = VENDOR_OWNER) -> list[str]:
        request: Any = RequestFactory().get("/vendor/")
        request.urlconf = "config.urls.platform"
        request.principal = Principal(
            Audience.VENDOR, user, "session", platform=platform, vendor=vendor, role=role
        )
        with platform_context(platform, vendor):
            return [item.id for section in dashboard_menu(request) for item in section.items]

    return ask


def hide_for_oneself(lux: Any, user: Any, *items: str, **settings: MenuSetting) -> tuple[str, ...]:
    with platform_context(lux, role="vendor"):
        return set_own_menu(lux, VENDOR, {**dict.fromkeys(items, HIDDEN), **settings}, user=user)


# Shown = the platform shows, and the role, and the person.


def test_what_the_platform_hides_nobody_is_shown(menu, decide, objektiv_owner):
    assert "products" in menu(objektiv_owner)
    assert decide(products=HIDDEN) == ("products",)
    assert "products" not in menu(objektiv_owner)
    assert "products" not in menu(objektiv_owner, VENDOR_CLERK)
    assert decide(products=SHOWN) == ("products",)
    assert "products" in menu(objektiv_owner)


def test_what_is_hidden_for_a_role_the_others_are_shown(menu, decide, objektiv_owner):
    decide(VENDOR_CLERK, products=HIDDEN)
    assert "products" not in menu(objektiv_owner, VENDOR_CLERK)
    assert "products" in menu(objektiv_owner)


def test_what_somebody_hides_for_themselves_others_are_shown(
    menu, lux, objektiv_owner, objektiv_clerk, mosel
):
    assert hide_for_oneself(lux, objektiv_owner, "products") == ("products",)
    assert "products" not in menu(objektiv_owner)
    assert "products" in menu(objektiv_clerk)
    assert [row.platform_id for row in _rows()] == [lux.pk]


def test_a_person_reveals_nothing(menu, lux, decide, objektiv_owner):
    decide(products=HIDDEN)
    decide(VENDOR_OWNER, categories=HIDDEN)
    hide_for_oneself(lux, objektiv_owner, products=MenuSetting(order=1), categories=SHOWN)
    assert not {"products", "categories"} & set(menu(objektiv_owner))
    decide(products=SHOWN)
    decide(VENDOR_OWNER, categories=SHOWN)
    assert {"products", "categories"} <= set(menu(objektiv_owner))


def test_the_nearest_place_counts(menu, lux, decide, objektiv_owner):
    before = menu(objektiv_owner)
    decide(products=MenuSetting(order=1))
    assert menu(objektiv_owner).index("products") < before.index("products")
    decide(VENDOR_OWNER, products=MenuSetting(order=9999))
    section = [one for one in before if one in {"products", "categories"}]
    assert [one for one in menu(objektiv_owner) if one in section] == ["categories", "products"]
    assert menu(objektiv_owner, VENDOR_CLERK).index("products") < before.index("products")
    hide_for_oneself(lux, objektiv_owner, products=MenuSetting(order=0))
    assert [one for one in menu(objektiv_owner) if one in section] == ["products", "categories"]


def test_what_stands_below_an_item_is_hidden_with_it_or_alone(menu, decide):
    children = tuple(MenuItem(code, code, url_name="dashboard:core:home") for code in ("cards", "letters"))
    items = (MenuItem("gifts", "Gifts", url_name="dashboard:core:home", children=children),)
    with beside_the_installed(module("gifts", default_enabled=True, menu_items={VENDOR: items})):
        decide(cards=HIDDEN)
        assert "gifts" in menu()
        with_cards = {item.item.id for item in offered_items(1, VENDOR)}
        assert "cards" not in with_cards
        decide(gifts=HIDDEN)
        assert "gifts" not in menu()


# What cannot be decided.


def test_what_is_mandatory_stays(menu, decide, lux, objektiv_owner):
    must = MenuItem("must", "Must", url_name="dashboard:core:home", mandatory=True)
    parent = MenuItem("parent", "Parent", url_name="dashboard:core:home", children=(must,))
    may = MenuItem("may", "May", url_name="dashboard:core:home")
    with beside_the_installed(module("gifts", default_enabled=True, menu_items={VENDOR: (parent, may)})):
        for item in ("must", "parent"):
            with pytest.raises(MandatoryMenuItem):
                decide(**{item: HIDDEN})
            with pytest.raises(MandatoryMenuItem):
                hide_for_oneself(lux, objektiv_owner, item)
        assert _rows() == []
        decide(may=HIDDEN, parent=MenuSetting(order=3))
        assert [one for one in menu() if one in {"parent", "may"}] == ["parent"]


def test_what_became_mandatory_is_shown_whatever_was_decided_before(menu, decide):
    def gifts(*, mandatory: bool) -> Any:
        item = MenuItem("gifts", "Gifts", url_name="dashboard:core:home", mandatory=mandatory)
        return beside_the_installed(module("gifts", default_enabled=True, menu_items={VENDOR: (item,)}))

    with gifts(mandatory=False):
        decide(gifts=HIDDEN)
        assert "gifts" not in menu()
    with gifts(mandatory=True):
        assert "gifts" in menu()


def test_an_item_that_the_menu_has_not_is_refused_and_one_of_a_module_that_is_off(decide, lux):
    with pytest.raises(UnknownMenuItem):
        decide(nonsense=HIDDEN)
    with pytest.raises(UnknownMenuItem):
        decide(frontend=SHOP, products=HIDDEN)
    with override_modules(lux, on=SALES):
        decide(orders=HIDDEN)
    with pytest.raises(UnknownMenuItem):
        decide(orders=SHOWN)
    # The row of the module that was off is still there.
    assert [row.item_id for row in _rows()] == ["orders"]


def test_a_place_out_of_range_and_a_role_of_another_menu_are_refused(decide):
    for order in (-1, 10_000):
        with pytest.raises(MenuOrderOutOfRange):
            decide(products=MenuSetting(order=order))
    for frontend, role in ((VENDOR, PLATFORM_ADMIN), (SHOP, VENDOR_OWNER)):
        with pytest.raises(ValueError, match="has no role"):
            decide(role, frontend)
    assert decide(products=MenuSetting(order=9999)) == ("products",)


def test_who_decides_on_an_old_picture_is_told(lux, decide):
    with platform_context(lux, role="staff"):
        version = read_state(lux.pk).version
        set_menu(lux, VENDOR, {"products": HIDDEN}, expected_version=version)
        with pytest.raises(StaleVersion):
            set_menu(lux, VENDOR, {"categories": HIDDEN}, expected_version=version)
        assert set(menu_settings(lux, VENDOR)) == {"products"}
        set_menu(lux, VENDOR, {"categories": HIDDEN}, expected_version=version + 1)


# What is left behind.


def test_each_module_has_a_row_in_its_history_and_nothing_done_leaves_none(lux, decide, lux_admin):
    assert decide(products=SHOWN) == ()
    decide(VENDOR_CLERK, products=HIDDEN, categories=MenuSetting(order=5), team=HIDDEN)
    with platform_context(lux, role="staff"):
        rows = {row.module_code: row for row in ModuleChange.objects.filter(action="configured")}
    assert set(rows) == {"catalog", "tenancy"}
    name = "menu.vendor.vendor_clerk.products"
    assert set(rows["catalog"].details["changed"]) == {name, "menu.vendor.vendor_clerk.categories"}
    assert rows["catalog"].details["before"][name] == {"is_visible": True, "order": None}
    assert rows["catalog"].details["after"][name] == {"is_visible": False, "order": None}
    assert {(row.user_id, row.source) for row in rows.values()} == {(lux_admin.pk, "admin")}


def test_back_to_how_it_comes_leaves_no_row(lux, decide, objektiv_owner):
    decide(products=HIDDEN)
    hide_for_oneself(lux, objektiv_owner, "products")
    assert len(_rows()) == 2
    decide(products=SHOWN)
    hide_for_oneself(lux, objektiv_owner, products=SHOWN)
    assert _rows() == []


def test_the_database_keeps_shops_away_and_platforms_apart(lux, mosel, objektiv, decide):
    decide(products=HIDDEN)
    with platform_context(lux, objektiv), pytest.raises(DatabaseError), transaction.atomic():
        MenuVisibility.objects.count()
    with platform_context(mosel, role="staff"):
        assert MenuVisibility.objects.count() == 0
        with pytest.raises(DatabaseError), transaction.atomic():
            MenuVisibility.objects.create(platform=lux, frontend=VENDOR, item_id="orders")
    with platform_context(lux, role="staff"):
        assert MenuVisibility.objects.count() == 1


def test_a_row_is_of_a_role_or_of_a_person(lux, objektiv_owner):
    facts = {"platform": lux, "frontend": VENDOR, "item_id": "orders"}
    with platform_context(role="operator"):
        with pytest.raises(IntegrityError), transaction.atomic():
            MenuVisibility.objects.create(**facts, role=VENDOR_OWNER, user=objektiv_owner)
        MenuVisibility.objects.create(**facts)
        with pytest.raises(IntegrityError), transaction.atomic():
            MenuVisibility.objects.create(**facts)


# On pages.


@pytest.fixture
def owner(objektiv_owner: Any, client_for: Any) -> Client:
    client: Client = client_for("lux.localhost")
    credentials = {"email": objektiv_owner.email, "password": PASSWORD}
    assert client.post("/vendor/sign-in/", credentials).status_code == 302
    return client


def _sidebar(client: Client) -> str:
    return client.get("/vendor/profile/").content.decode().split("<main")[0]


def test_hidden_is_not_forbidden_and_off_is_unknown(owner, lux, decide):
    with override_modules(lux, on=SALES):
        assert 'href="/vendor/orders/"' in _sidebar(owner)
        decide(orders=HIDDEN)
        assert 'href="/vendor/orders/"' not in _sidebar(owner)
        assert owner.get("/vendor/orders/").status_code == 200
    assert owner.get("/vendor/orders/").status_code == 404


def test_a_warm_menu_costs_no_query(
    menu, decide, lux, objektiv_owner, django_assert_num_queries, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        decide(products=HIDDEN)
        hide_for_oneself(lux, objektiv_owner, "categories")
    menu(objektiv_owner)
    with django_assert_num_queries(0):
        assert not {"products", "categories"} & set(menu(objektiv_owner))
    with django_capture_on_commit_callbacks(execute=True):
        decide(products=SHOWN)
    assert "products" in menu(objektiv_owner)
    with django_capture_on_commit_callbacks(execute=True):
        hide_for_oneself(lux, objektiv_owner, categories=SHOWN)
    assert "categories" in menu(objektiv_owner)


def test_another_process_looks_again_once_the_version_tells(
    menu, decide, lux, django_capture_on_commit_callbacks
):
    assert "products" in menu()
    with django_capture_on_commit_callbacks():
        decide(products=HIDDEN)
    connection.run_on_commit = []
    # As long as this process believes the old version, it goes by what it remembers.
    assert "products" in menu()
    module_states.forget()
    assert "products" not in menu()


def test_a_shops_menu_leaves_out_what_the_platform_hides(lux, objektiv, decide, settings):
    settings.ROOT_URLCONF = "config.urls.storefront"
    items = tuple(MenuItem(code, code, url_name="storefront:core:home") for code in ("gifts", "letters"))
    with (
        beside_the_installed(module("gifts", default_enabled=True, menu_items={SHOP: items})),
        platform_context(lux, objektiv),
    ):
        assert {"gifts", "letters"} <= {item.id for item, _url in shop_menu()}
        decide(frontend=SHOP, gifts=HIDDEN)
        assert {"gifts", "letters"} & {item.id for item, _url in shop_menu()} == {"letters"}


def _rows() -> list[MenuVisibility]:
    with platform_context(role="operator"):
        return list(MenuVisibility.objects.order_by("pk"))

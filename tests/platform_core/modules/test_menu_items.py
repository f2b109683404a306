"""What an item of a menu says of itself: predicate, badge, feature and the items below it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory

from platform_core.identity.audience import Audience
from platform_core.identity.principals import Principal
from platform_core.modules.definition import FeatureSpec, FrontendType, MenuItem, Permission
from platform_core.modules.features import PlanAnswer, plan_answers
from platform_core.modules.menus import MenuLink, dashboard_menu, locked, shop_menu
from platform_core.roles import VENDOR_CLERK, VENDOR_OWNER
from platform_core.tenancy.context import platform_context
from tests.sample_modules import beside_the_installed, module

pytestmark = pytest.mark.django_db
HOME, PROFILE, UPGRADE = "dashboard:core:home", "dashboard:core:profile", "/vendor/plan/"


def item(item_id: str = "gifts", **facts: Any) -> MenuItem:
    return MenuItem(item_id, item_id.title(), **{"url_name": PROFILE, "section": "Gifts", **facts})


@contextmanager
def menu_of(*items: MenuItem, frontend: FrontendType = FrontendType.VENDOR) -> Iterator[None]:
    """A module that is on, with this menu."""
    see = Permission("gifts.view_card", "See cards")
    facts: dict[str, Any] = {
        "permissions": (see,),
        "features": ("cards", "letters"),
        "menu_items": {frontend: items},
    }
    with beside_the_installed(module("gifts", default_enabled=True, **facts)):
        yield


@pytest.fixture
def shown(lux: Any, objektiv: Any):
    """The links of the module's section, as somebody of that role on a page."""

    def ask(path: str = "/vendor/", role: str = VENDOR_OWNER) -> tuple[MenuLink, ...] | None:
        request: Any = RequestFactory().get(path)
        request.urlconf = "config.urls.platform"
        request.principal = Principal(
            Audience.VENDOR, None, "session", platform=lux, vendor=objektiv, role=role
        )
        with platform_context(lux, objektiv):
            sections = {section.label: section.items for section in dashboard_menu(request)}
        return sections.get("Gifts")

    return ask


def test_a_predicate_is_asked_on_each_request(shown):
    with menu_of(item(is_visible=lambda request: request.path == "/vendor/"), item("cards")):
        assert [link.id for link in shown()] == ["cards", "gifts"]
        assert [link.id for link in shown("/vendor/products/")] == ["cards"]


def test_a_section_without_items_vanishes(shown):
    with menu_of(item(is_visible=lambda _request: False)):
        assert shown() is None
    with menu_of(item(is_visible=lambda _request: True)):
        assert len(shown()) == 1


def test_a_predicate_that_fails_hides_and_is_logged(shown, caplog):
    with menu_of(item(is_visible=lambda _request: 1 / 0)), caplog.at_level(logging.ERROR):
        assert shown() is None
    assert [record.message for record in caplog.records] == ["menu_hook_failed"]


@pytest.mark.parametrize(("said", "badge"), [(3, "3"), ("new", "new"), (0, "0"), (None, "")])
def test_a_badge_stands_beside_the_label(shown, said, badge):
    with menu_of(item(badge=lambda _request: said)):
        assert [link.badge for link in shown()] == [badge]


def test_a_badge_that_fails_is_none_and_is_logged(shown, caplog):
    with menu_of(item(badge=lambda _request: 1 / 0)), caplog.at_level(logging.ERROR):
        assert [link.badge for link in shown()] == [""]
    assert [record.message for record in caplog.records] == ["menu_hook_failed"]


def test_a_badge_is_asked_for_what_is_shown_alone(shown):
    asked: list[str] = []

    def count(_request: Any) -> int:
        asked.append("asked")
        return 1

    with menu_of(item(badge=count, is_visible=lambda _request: False)):
        shown()
    assert asked == []
    with menu_of(item(badge=count, permission="gifts.view_card")):
        shown(role=VENDOR_CLERK)
        assert asked == []
        shown()
    assert asked == ["asked"]


@pytest.fixture
def without_cards() -> Iterator[None]:
    """A plan in which the feature `cards` is not."""

    def answer(_subject: Any, spec: FeatureSpec) -> PlanAnswer:
        return PlanAnswer(is_included=spec.code != "cards", upgrade_url=UPGRADE)

    plan_answers.register(answer)
    yield
    plan_answers.unregister(answer)


def test_what_the_plan_lacks_is_locked_and_leads_to_the_upgrade(shown, without_cards):
    with menu_of(item(feature="cards", badge=lambda _request: 3), item("letters", feature="letters")):
        locks = {link.id: (link.lock_url, link.badge) for link in shown()}
    assert locks == {"gifts": (UPGRADE, ""), "letters": ("", "")}


def test_a_locked_item_is_not_the_page_that_is_open(shown, without_cards):
    with menu_of(item(feature="cards"), item("letters", feature="letters")):
        assert {link.id: link.is_active for link in shown("/vendor/profile/")} == {
            "gifts": False,
            "letters": True,
        }


def test_without_anybody_who_knows_of_plans_nothing_is_locked(shown):
    with menu_of(item(feature="cards", badge=lambda _request: 3)):
        assert [(link.lock_url, link.badge) for link in shown()] == [("", "3")]


def test_platform_staff_go_on_to_the_page(lux, without_cards):
    facts = {"url_name": "admin:modules"}
    with menu_of(item(feature="cards", **facts), frontend=FrontendType.ADMIN):
        with platform_context(lux):
            assert locked(item(feature="cards", **facts)) == UPGRADE
        with platform_context(lux, role="staff"):
            assert locked(item(feature="cards", **facts)) == ""


def test_a_setting_leaves_out_what_the_plan_lacks(shown, without_cards, settings):
    settings.MENUS_SHOW_LOCKED = False
    with menu_of(item(feature="cards"), item("letters", feature="letters")):
        assert [link.id for link in shown()] == ["letters"]


def test_a_shops_menu_tells_nothing_of_what_its_plan_lacks(lux, objektiv, without_cards, settings):
    settings.ROOT_URLCONF = "config.urls.storefront"
    facts = {"url_name": "storefront:core:home", "section": ""}
    items = (item(feature="cards", **facts), item("letters", feature="letters", **facts))
    with menu_of(*items, frontend=FrontendType.SHOP), platform_context(lux, objektiv):
        assert {"gifts", "letters"} & {one.id for one, _url in shop_menu()} == {"letters"}


def test_children_stand_below_and_are_cut_like_the_rest(shown):
    children = (
        item("cards", permission="gifts.view_card"),
        item("letters", badge=lambda _request: 2),
        item("stamps", is_visible=lambda _request: False),
    )
    with menu_of(item(children=children)):
        assert [(link.id, link.badge) for link in shown()[0].children] == [("cards", ""), ("letters", "2")]
        assert [link.id for link in shown(role=VENDOR_CLERK)[0].children] == ["letters"]


def test_what_is_not_shown_takes_its_children_along(shown):
    with menu_of(item(children=(item("cards"),), permission="gifts.view_card")):
        assert shown(role=VENDOR_CLERK) is None
        assert [link.id for link in shown()[0].children] == ["cards"]


def test_of_an_item_and_one_below_it_the_nearer_one_is_open(shown):
    with menu_of(item(url_name="dashboard:catalog:list", children=(item("new", url_name=PROFILE),))):
        (parent,) = shown("/vendor/profile/")
        assert (parent.is_active, parent.children[0].is_active) == (False, True)
        (parent,) = shown("/vendor/products/")
        assert (parent.is_active, parent.children[0].is_active) == (True, False)


def test_the_sidebar_shows_badges_locks_and_what_stands_below(shown, without_cards):
    below = (item("letters", badge=lambda _request: 2), item("stamps", feature="cards"))
    with menu_of(item(children=below)):
        html = render_to_string("dashboard/_sidebar.html", {"menu": [{"label": "", "items": shown()}]})
    assert '<span class="sidebar-badge">2</span>' in html
    assert f'href="{UPGRADE}"' in html
    assert 'aria-label="not in your plan"' in html
    assert html.index("Gifts") < html.index("sidebar-below") < html.index("Letters")

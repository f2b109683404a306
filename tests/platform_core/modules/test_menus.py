"""The dashboard's menu: what a person may open, in their language, at the addresses of where they are."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory
from django.urls import set_script_prefix
from django.utils import translation

from platform_core.identity.audience import Audience
from platform_core.identity.principals import Principal
from platform_core.modules.menus import dashboard_menu
from platform_core.modules.state import override_modules
from platform_core.roles import VENDOR_CLERK, VENDOR_OWNER
from platform_core.tenancy.context import platform_context
from platform_core.testing.walks import as_optional

pytestmark = pytest.mark.django_db


@pytest.fixture
def menu(lux: Any, objektiv: Any):
    """Asks for the menu of an owner or a clerk on a page: {id: (label, url, is_active)}."""

    def ask(path: str = "/vendor/", role: str = VENDOR_OWNER) -> dict[str, tuple[str, str, bool]]:
        request: Any = RequestFactory().get(path)
        request.urlconf = "config.urls.platform"
        request.principal = Principal(
            Audience.VENDOR, None, "session", platform=lux, vendor=objektiv, role=role
        )
        with platform_context(lux, objektiv):
            return {
                item.id: (item.label, item.url, item.is_active)
                for section in dashboard_menu(request)
                for item in section.items
            }

    return ask


def test_the_menu_speaks_the_language_in_force(menu):
    with translation.override("en"):
        assert menu()["home"][0] == "Home"
    with translation.override("fr"):
        assert menu()["home"][0] == "Accueil"
    with translation.override("en"):
        assert menu()["home"][0] == "Home"


def test_the_menu_leads_to_where_the_site_is_mounted(menu):
    assert menu()["products"][1] == "/vendor/products/"
    try:
        set_script_prefix("/vendors/objektiv/")
        assert menu()["products"][1] == "/vendors/objektiv/vendor/products/"
    finally:
        set_script_prefix("/")
    assert menu()["products"][1] == "/vendor/products/"


def test_the_menu_marks_the_page_that_is_open(menu):
    def open_on(path: str) -> list[str]:
        return [item_id for item_id, (_label, _url, is_active) in menu(path).items() if is_active]

    assert open_on("/vendor/") == ["home"]
    assert open_on("/vendor/products/12/") == ["products"]


def test_the_menu_holds_what_the_role_may_open(menu):
    assert set(menu(role="")) < set(menu(role=VENDOR_CLERK)) <= set(menu())


def test_the_menu_follows_a_switch(menu, lux):
    with as_optional("catalog"):
        assert "products" in menu()
        with override_modules(lux, off=("catalog",)):
            assert "products" not in menu()
        assert "products" in menu()


def test_the_menu_is_empty_for_nobody(rf):
    request = rf.get("/vendor/")
    request.principal = None
    assert dashboard_menu(request) == []

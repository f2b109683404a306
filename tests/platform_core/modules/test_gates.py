"""Where a module is off its routes are no routes: the answer is that of an unknown address, whoever asks how."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path, reverse

from platform_core.identity.policy import Audience, policy
from platform_core.identity.principals import Principal
from platform_core.modules.definition import FrontendType, MenuItem, Permission
from platform_core.modules.events import ModuleEvent, ModuleEventData, module_event_bus
from platform_core.modules.exceptions import ModuleOff
from platform_core.modules.gates import GatedResolver, is_label_hidden, module_of_view, refuse_where_off
from platform_core.modules.menus import menu_items
from platform_core.modules.models import PlatformModule
from platform_core.modules.registry import isolated_registry, registry
from platform_core.modules.state import (
    enabled_here,
    is_module_enabled_here,
    module_states,
    override_modules,
)
from platform_core.tenancy import middleware
from platform_core.tenancy.context import platform_context
from platform_core.urls_common import error_handlers
from tests.api_client import Api
from tests.platform_core.modules import tasks
from tests.sample_modules import beside_the_installed, module, point_answered_in

pytestmark = pytest.mark.django_db


@policy(Audience.PUBLIC)
def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("what the module shows")


@pytest.fixture
def gift_cards(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A module with a page, an API and a webhook, mounted on every shop beside what the shops have."""
    routes = [
        path("gift-cards/", page, name="list"),
        path("api/v1/storefront/gift-cards/", page, name="api-list"),
        path("gift-cards/webhook/", page, name="webhook"),
    ]
    gated = GatedResolver(routes, "gift-cards", "gift_cards", "gift_cards")
    urlconf: Any = ModuleType("tests.gift_cards_urls")
    urlconf.urlpatterns = [gated, path("", include("config.urls.storefront"))]
    urlconf.handler400, urlconf.handler403, urlconf.handler404, urlconf.handler500 = error_handlers
    monkeypatch.setitem(sys.modules, urlconf.__name__, urlconf)
    monkeypatch.setitem(middleware.URLCONFS, "storefront", urlconf.__name__)
    installed = registry().configs
    item = MenuItem("gift-cards", "Gift cards", url_name="storefront:core:home")
    with isolated_registry(
        *installed,
        module("gift-cards", always_on_urls=("webhook",), menu_items={FrontendType.SHOP: (item,)}),
    ):
        yield


def told(response: Any) -> tuple[int, str]:
    """Status and body, without what differs from request to request."""
    body = response.content.decode().replace("gift-cards", "ADDRESS").replace("no-such-thing", "ADDRESS")
    return response.status_code, re.sub(r"[0-9a-f]{32}|csrfmiddlewaretoken.*?>", "", body)


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "options", "head"])
@pytest.mark.parametrize("address", ["/{}/", "/{}", "/{}/anything/", "/fr/{}/", "/api/v1/storefront/{}/"])
def test_off_equals_unknown(
    gift_cards, objektiv, client_for: Callable[..., Client], method: str, address: str
):
    ask = getattr(client_for("objektiv.lux.localhost"), method)
    off, unknown = told(ask(address.format("gift-cards"))), told(ask(address.format("no-such-thing")))
    assert off == unknown
    assert "gift" not in off[1].lower()


def test_on_shows_what_it_has_and_only_there(gift_cards, lux, mosel, objektiv, kellerei, client_for):
    with override_modules(lux, on=("gift-cards",)):
        assert client_for("objektiv.lux.localhost").get("/gift-cards/").content == b"what the module shows"
        assert client_for("objektiv.lux.localhost").get("/gift-cards").status_code == 301
        assert client_for("kellerei.mosel.localhost").get("/gift-cards/").status_code == 404
    assert client_for("objektiv.lux.localhost").get("/gift-cards/").status_code == 404


def test_what_was_begun_elsewhere_comes_to_its_end(gift_cards, objektiv, client_for):
    assert client_for("objektiv.lux.localhost").get("/gift-cards/webhook/").status_code == 200


def test_a_link_to_a_module_that_is_off_never_raises(gift_cards):
    assert reverse("gift_cards:list", urlconf="tests.gift_cards_urls") == "/gift-cards/"


def test_an_internal_module_is_there_for_the_house_alone(lux, objektiv):
    point = point_answered_in("made_up.dev_tools.extensions")
    item = MenuItem("dev-tools", "Tools", url_name="storefront:core:home")
    tools = module("dev-tools", is_internal=True, menu_items={FrontendType.ADMIN: (item,)})
    with beside_the_installed(tools), override_modules(lux, on=("dev-tools",)):
        for context, is_there in (
            (platform_context(lux, objektiv), False),
            (platform_context(lux), False),
            (platform_context(lux, role="staff"), True),
            (platform_context(lux, role="operator"), True),
        ):
            with context:
                assert is_module_enabled_here("dev-tools") is is_there
                assert ("dev-tools" in enabled_here()) is is_there
                assert (point.first() is not None) is is_there
                assert ("dev-tools" in {one.id for one in menu_items(FrontendType.ADMIN)}) is is_there
        with platform_context(role="operator"):
            assert not is_module_enabled_here("dev-tools")


def test_whoever_asks_what_they_may_do_is_told_of_no_module_that_is_off(lux, objektiv_owner, lux_admin):
    def told(email: str) -> set[str]:
        script = Api("lux.localhost")
        assert script.sign_in(email).status_code == 200
        return {code for code in script.get("auth/me/").json()["permissions"] if code.startswith("made_up")}

    samples = [
        module(
            code,
            is_internal=is_internal,
            permissions=(Permission(f"made_up.view_{code}", code, roles=roles),),
        )
        for code, is_internal in (("cards", False), ("tools", True))
        for roles in [("vendor_owner",)]
    ]
    with beside_the_installed(*samples):
        assert told(objektiv_owner.email) == told(lux_admin.email) == set()
        with override_modules(lux, on=("cards", "tools")):
            assert told(objektiv_owner.email) == {"made_up.view_cards"}
            assert told(lux_admin.email) == {"made_up.view_cards", "made_up.view_tools"}


def test_a_route_that_is_always_on_asks_for_a_permission_as_if_its_module_were_on(lux, objektiv):
    held = Permission("gift_cards.view_voucher", "See vouchers", roles=("vendor_owner",))
    with beside_the_installed(module("gift-cards", permissions=(held,))):
        owner = Principal(
            Audience.VENDOR, None, "session", platform=lux.ref, vendor=objektiv.ref, role="vendor_owner"
        )
        assert owner.may("gift_cards.view_voucher")
        assert "gift_cards.view_voucher" not in owner.permissions


def test_the_second_lock_holds_without_the_first(gift_cards, lux, objektiv):
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("unguarded")

    view.__module__ = "made_up.gift_cards.storefront.views"
    screen = SimpleNamespace(model_admin=SimpleNamespace(opts=SimpleNamespace(app_label="gift_cards")))
    with platform_context(lux, objektiv):
        for unguarded in (view, screen):
            assert module_of_view(unguarded) == "gift-cards"
            with pytest.raises(Http404):
                refuse_where_off(unguarded, None)
            with override_modules(lux, on=("gift-cards",)):
                refuse_where_off(unguarded, None)
        refuse_where_off(page, None)


def test_the_view_is_asked_for_its_module_before_anything_else(
    gift_cards, lux, objektiv, client_for, monkeypatch
):
    """Control and guard in one: the same page, found without its gate, is held by the second lock."""
    urlconf: Any = sys.modules["tests.gift_cards_urls"]
    monkeypatch.setattr(page, "__module__", "made_up.gift_cards.storefront.views")
    bare: Any = ModuleType("tests.bare_urls")
    bare.urlpatterns = [path("gift-cards/", page), path("", include("config.urls.storefront"))]
    bare.handler404 = urlconf.handler404
    monkeypatch.setitem(sys.modules, bare.__name__, bare)
    monkeypatch.setitem(middleware.URLCONFS, "storefront", bare.__name__)
    assert client_for("objektiv.lux.localhost").get("/gift-cards/").status_code == 404
    with override_modules(lux, on=("gift-cards",)):
        assert client_for("objektiv.lux.localhost").get("/gift-cards/").status_code == 200
    monkeypatch.setattr("platform_core.identity.middleware.refuse_where_off", lambda *_: None)
    assert client_for("objektiv.lux.localhost").get("/gift-cards/").status_code == 200


def test_menus_and_answers_of_a_module_that_is_off_are_left_out(gift_cards, lux, objektiv):
    point = point_answered_in("made_up.gift_cards.extensions", "gift cards")
    with platform_context(lux, objektiv):
        assert point.all() == ()
        assert point.first() is None
        assert "gift-cards" not in [item.id for item in menu_items(FrontendType.SHOP)]
        with override_modules(lux, on=("gift-cards",)):
            assert point.first() == "gift cards"
            assert "gift-cards" in [item.id for item in menu_items(FrontendType.SHOP)]


def test_a_module_hears_of_events_where_it_is_on_and_of_its_own_end(gift_cards, lux, objektiv):
    def handler(data: ModuleEventData) -> None:
        told.append(data.module_code)

    told: list[str] = []
    handler.__module__ = "made_up.gift_cards.handlers"
    events = (ModuleEvent.ENABLED, ModuleEvent.DISABLED)
    for event in events:
        module_event_bus.subscribe(event)(handler)
    try:
        with platform_context(lux, objektiv):
            for event in events:
                module_event_bus.emit(event, ModuleEventData(module_code="catalog"))
            assert told == []
            module_event_bus.emit(ModuleEvent.DISABLED, ModuleEventData(module_code="gift-cards"))
            assert told == ["gift-cards"]
            with override_modules(lux, on=("gift-cards",)):
                for event in events:
                    module_event_bus.emit(event, ModuleEventData(module_code="catalog"))
            assert told == ["gift-cards", "catalog", "catalog"]
    finally:
        for event in events:
            module_event_bus.unsubscribe(event, handler)


@pytest.mark.parametrize("is_broken", [True, False])
def test_a_broken_module_is_off_whatever_a_platform_says(lux, objektiv, is_broken):
    """What the registry leaves out is not the ground floor's. Without its fault the same module is on (control)."""

    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("unguarded")

    def handler(data: ModuleEventData) -> None:
        told.append(data.module_code)

    told: list[str] = []
    view.__module__ = handler.__module__ = "made_up.gift_cards.anything"
    point = point_answered_in("made_up.gift_cards.extensions")
    tasks.ran.clear()
    with platform_context(role="operator"):
        PlatformModule.objects.create(platform=lux, module_code="gift-cards", is_enabled=True)
    fault = {"requires": ("nothing",)} if is_broken else {}
    events = (ModuleEvent.STARTUP, ModuleEvent.ENABLED, ModuleEvent.DISABLED)
    for event in events:
        module_event_bus.subscribe(event)(handler)
    try:
        with beside_the_installed(module("gift-cards", **fault)), platform_context(lux, objektiv):
            module_states.forget()
            with pytest.raises(Http404) if is_broken else nullcontext():
                refuse_where_off(view, None)
            assert is_label_hidden("gift_cards") is is_broken
            assert point.first() == (None if is_broken else "said")
            with pytest.raises(ModuleOff) if is_broken else nullcontext():
                tasks.send_cards.delay()
            for event in events:
                module_event_bus.emit(event, ModuleEventData(module_code="gift-cards"))
    finally:
        module_states.forget()
        for event in events:
            module_event_bus.unsubscribe(event, handler)
    assert told == ([] if is_broken else ["gift-cards"] * 3)
    assert tasks.ran == ([] if is_broken else ["send_cards"])

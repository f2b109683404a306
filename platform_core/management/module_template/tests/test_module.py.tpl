"""${name}: the team writes and publishes, shoppers read, and nobody else's shop is concerned."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from ${package}.hooks import data_summary, health, on_purge
from ${package}.models import ${model_class}
from ${package}.selectors import published_${models}
from ${package}.services import publish_${model}, write_${model}
from platform_core.modules import module_service
from platform_core.modules.state import override_modules
from platform_core.tenancy.context import platform_context
from tests.api_client import Api
from tests.conftest import PASSWORD
from tests.forms import TeamBrowser

pytestmark = pytest.mark.django_db

SHOP, PLATFORM = "objektiv.lux.localhost", "lux.localhost"


@pytest.fixture(autouse=True)
def switched_on(lux: Any) -> Iterator[None]:
    with override_modules(lux, on=("${code}",)):
        yield


@pytest.fixture
def sign_in(objektiv: Any) -> Callable[[Any], TeamBrowser]:
    def browser(user: Any) -> TeamBrowser:
        team = TeamBrowser(PLATFORM, objektiv.code)
        team.post("/vendor/sign-in/", {"email": user.email, "password": PASSWORD})
        return team

    return browser


def shown(shop: Client) -> str:
    return shop.get("/${code}/").content.decode()


def test_what_the_team_writes_and_publishes_shoppers_see(sign_in, objektiv_owner, client_for, lux, objektiv):
    team = sign_in(objektiv_owner)
    assert team.post("/vendor/${code}/", {"title": "Hello"}).status_code == 302
    assert "Hello" in team.get("/vendor/${code}/").content.decode()
    with platform_context(lux, objektiv):
        pk = ${model_class}.objects.get().pk
        assert not published_${models}().exists()
    team.post(f"/vendor/${code}/{pk}/publish/")
    assert "Hello" in shown(client_for(SHOP))
    team.post(f"/vendor/${code}/{pk}/publish/")
    with platform_context(lux, objektiv):
        assert not published_${models}().exists()


def test_what_is_hidden_shoppers_do_not_see(lux, objektiv, client_for):
    with platform_context(lux, objektiv):
        write_${model}(title="Hello")
    assert "Hello" not in shown(client_for(SHOP))


def test_what_is_missing_is_said_in_the_form(sign_in, objektiv_owner):
    assert sign_in(objektiv_owner).post("/vendor/${code}/", {"title": ""}).status_code == 422


def test_who_may_only_look_writes_nothing(sign_in, objektiv_clerk):
    team = sign_in(objektiv_clerk)
    assert team.get("/vendor/${code}/").status_code == 200
    assert team.post("/vendor/${code}/", {"title": "Hello"}).status_code == 403
    assert team.post("/vendor/${code}/1/publish/").status_code == 403


def test_another_shop_has_its_own(lux, objektiv, voltwerk, client_for):
    with platform_context(lux, objektiv):
        write_${model}(title="Hello", is_published=True)
    assert "Hello" not in shown(client_for("voltwerk.lux.localhost"))


def test_a_page_shows_as_many_as_the_platform_has_set(lux, objektiv, client_for):
    with platform_context(lux, objektiv):
        for title in ("Older", "Newer"):
            write_${model}(title=title, is_published=True)
    with platform_context(role="operator"):
        module_service.set_module_config(lux, "${code}", {"page_size": 1})
    page = shown(client_for(SHOP))
    assert "Newer" in page
    assert "Older" not in page


def test_scripts_write_and_read(lux, objektiv_owner, client_for):
    api = Api(PLATFORM)
    api.sign_in(objektiv_owner.email)
    made = api.post("vendor/${code}/", {"title": "Hello", "is_published": True})
    assert made.status_code == 201
    pk = made.json()["id"]
    public = client_for(SHOP).get("/api/v1/storefront/${code}/")
    assert [row["title"] for row in public.json()["data"]] == ["Hello"]
    assert api.get(f"vendor/${code}/{pk}/").json()["title"] == "Hello"
    assert api.request("DELETE", f"vendor/${code}/{pk}/").status_code == 204
    assert api.get("vendor/${code}/").json()["data"] == []


def test_it_says_what_it_keeps_and_deletes_it_when_asked_to(lux, objektiv):
    with platform_context(lux, objektiv):
        publish_${model}(${model}=write_${model}(title="Hello"))
    with platform_context(lux, role="staff"):
        assert [count for _what, count in data_summary(lux.pk)] == [1]
        on_purge(lux.pk)
        assert [count for _what, count in data_summary(lux.pk)] == [0]


def test_its_health_is_asked_where_it_is_on(lux, objektiv):
    with platform_context(role="operator"):
        module_service.enable_module(lux, "${code}")
    with platform_context(lux, objektiv):
        write_${model}(title="Hello")
    assert health() == {"entries": 1}

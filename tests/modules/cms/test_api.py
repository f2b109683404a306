"""Content pages for scripts: a team writes its own, shoppers read what is published, nobody reaches a neighbour's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from modules.cms.models import Page
from modules.cms.services import save_default_page, save_page
from platform_core.tenancy.context import platform_context
from tests.api_client import Api

pytestmark = pytest.mark.django_db

SHOP, PLATFORM = "objektiv.lux.localhost", "lux.localhost"
HELLO = {"en": {"title": "About us", "body_html": "<p>We sell cameras.</p>"}}


def signed_in(user: Any) -> Api:
    api = Api(PLATFORM)
    assert api.sign_in(user.email).status_code == 200
    return api


@pytest.fixture
def owner(objektiv_owner: Any) -> Api:
    return signed_in(objektiv_owner)


@pytest.fixture
def shop(objektiv: Any, client_for: Callable[..., Client]) -> Client:
    return client_for(SHOP)


def test_a_page_is_written_published_and_read(owner, shop):
    made = owner.post("vendor/pages/", {"slug": "about", "translations": HELLO})
    assert made.status_code == 201
    assert made.json()["translations"] == HELLO
    assert made.json()["is_published"] is False
    assert shop.get("/api/v1/storefront/pages/about/").status_code == 404
    changed = owner.request("PATCH", f"vendor/pages/{made.json()['id']}/", {"is_published": True})
    assert (changed.status_code, changed.json()["translations"]) == (200, HELLO)
    shown = shop.get("/api/v1/storefront/pages/about/").json()
    assert (shown["title"], shown["body_html"]) == ("About us", "<p>We sell cameras.</p>")
    assert [page["slug"] for page in shop.get("/api/v1/storefront/pages/").json()["data"]] == ["about"]
    assert [page["slug"] for page in owner.get("vendor/pages/").json()["data"]] == ["about"]


def test_what_is_no_text_of_a_page_is_taken_out(owner):
    texts = {"en": {"title": "About", "body_html": "<p>Yes</p><script>alert(1)</script>"}}
    made = owner.post("vendor/pages/", {"slug": "about", "translations": texts})
    assert made.json()["translations"]["en"]["body_html"] == "<p>Yes</p>"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"slug": "About Us", "translations": HELLO}, "invalid"),
        ({"slug": "about", "translations": {}, "is_published": True}, "page_is_empty"),
        ({"slug": "about", "translations": {"en": {"title": "", "body_html": "<p>x</p>"}}}, "title_missing"),
        ({"slug": "about", "translations": HELLO, "version": 3}, "unknown_field"),
    ],
)
def test_what_cannot_be_is_refused(owner, lux, objektiv, body, code):
    answer = owner.post("vendor/pages/", body)
    assert answer.status_code in {400, 422}, answer.json()
    assert code in answer.content.decode()
    with platform_context(lux, objektiv):
        assert not Page.objects.exists()


def test_an_address_is_taken_once(owner):
    owner.post("vendor/pages/", {"slug": "about", "translations": HELLO})
    again = owner.post("vendor/pages/", {"slug": "about", "translations": HELLO})
    assert (again.status_code, again.json()["code"]) == (409, "page_exists")


def test_who_acts_on_an_old_picture_is_refused(owner):
    made = owner.post("vendor/pages/", {"slug": "about", "translations": HELLO})
    path, tag = f"/api/v1/vendor/pages/{made.json()['id']}/", made["ETag"]

    def move(position: int) -> Any:
        headers = {"authorization": f"Bearer {owner.access}", "if-match": tag}
        return owner.client.patch(
            path, {"position": position}, content_type="application/json", headers=headers
        )

    assert move(3).status_code == 200
    assert move(4).status_code == 412
    assert owner.get(path.removeprefix("/api/v1/")).json()["position"] == 3


def test_the_platforms_page_stands_behind_the_shops(owner, shop, lux):
    with platform_context(lux, role="staff"):
        texts = {"en": {"title": "Terms", "body_html": "<p>The platform's.</p>"}}
        save_default_page(slug="terms", translations=texts, is_published=True)
    assert shop.get("/api/v1/storefront/pages/terms/").json()["body_html"] == "<p>The platform's.</p>"
    assert owner.get("vendor/pages/").json()["data"] == []
    own = owner.post("vendor/pages/", {"slug": "terms", "translations": HELLO, "is_published": True})
    assert shop.get("/api/v1/storefront/pages/terms/").json()["title"] == "About us"
    assert owner.request("DELETE", f"vendor/pages/{own.json()['id']}/").status_code == 204
    assert shop.get("/api/v1/storefront/pages/terms/").json()["title"] == "Terms"


def test_who_may_only_look_changes_nothing(owner, objektiv_clerk):
    made = owner.post("vendor/pages/", {"slug": "about", "translations": HELLO}).json()
    clerk = signed_in(objektiv_clerk)
    assert clerk.get(f"vendor/pages/{made['id']}/").status_code == 200
    assert clerk.post("vendor/pages/", {"slug": "more", "translations": HELLO}).status_code == 403
    assert clerk.request("PATCH", f"vendor/pages/{made['id']}/", {"position": 1}).status_code == 403
    assert clerk.request("DELETE", f"vendor/pages/{made['id']}/").status_code == 403


def test_a_neighbours_page_is_an_unknown_one(owner, lux, voltwerk):
    with platform_context(lux, voltwerk):
        page = save_page(slug="about", translations=HELLO).page
    assert owner.get(f"vendor/pages/{page.pk}/").status_code == 404
    assert owner.request("PATCH", f"vendor/pages/{page.pk}/", {"position": 1}).status_code == 404
    assert owner.request("DELETE", f"vendor/pages/{page.pk}/").status_code == 404
    with platform_context(lux, voltwerk):
        assert Page.objects.filter(pk=page.pk).exists()

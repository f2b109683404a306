"""Somebody of two shops sends a form that was opened in the other one: nothing is written, nothing is lost."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pytest
from django.urls import URLPattern

from config.urls import platform as platform_urls
from modules.catalog.models import Product
from modules.cms.models import Page
from modules.tenancy.services import add_team_member, remove_team_member
from platform_core.identity import middleware
from platform_core.identity.audience import Audience
from platform_core.identity.checks import routes_of
from platform_core.identity.policy import policy_of
from platform_core.modules.service import module_service
from platform_core.roles import VendorRole
from platform_core.tenancy.context import platform_context
from tests.conftest import PASSWORD
from tests.forms import TeamBrowser, fields_of

pytestmark = pytest.mark.django_db

HOST = "lux.localhost"
# Where somebody signs in or out, chooses the shop, or comes by a mail's link: no form of one shop.
DOORS = {
    *("vendor/sign-in/", "vendor/sign-out/", "vendor/shops/"),
    *("vendor/forgotten/", "vendor/forgotten/<str:token>/", "vendor/invitation/<str:token>/"),
}
NEW_PAGE = "/vendor/pages/new/"
PAGE = {
    "slug": "about",
    "kind": "other",
    "position": "10",
    "en-title": "About us",
    "en-body_html": "<p>Line one\nand “two”</p>",
}


@pytest.fixture
def both(lux, objektiv, voltwerk, objektiv_owner):
    """An owner of two shops, where everything is on that has forms."""
    with platform_context(role="operator"):
        module_service.enable_module(lux, "orders")
        add_team_member(vendor=voltwerk, user=objektiv_owner, role=VendorRole.OWNER)
    return objektiv_owner


@pytest.fixture
def person(both) -> TeamBrowser:
    """Signed in to Voltwerk; its pages were opened in Objektiv."""
    client = TeamBrowser(HOST, "objektiv")
    client.post("/vendor/sign-in/", {"email": both.email, "password": PASSWORD})
    client.post("/vendor/shops/", {"shop": "voltwerk"})
    return client


def routes_that_write() -> Iterator[tuple[str, URLPattern]]:
    for text, pattern in routes_of(platform_urls.urlpatterns):
        stated = policy_of(pattern.callback, "POST")
        if text.startswith("vendor/") and stated is not None and text not in DOORS:
            yield text, pattern


def test_every_form_of_another_shop_is_refused(person, monkeypatch):
    texts = [text for text, _pattern in routes_that_write()]
    assert {"vendor/products/new/", "vendor/pages/<str:slug>/publish/", "vendor/profile/password/"} <= set(
        texts
    )

    def answers() -> dict[str, tuple[int, int]]:
        found = {}
        for text in texts:
            path = "/" + re.sub(r"<(\w+):\w+>", lambda kind: "987654" if kind[1] == "int" else "about", text)
            other, unnamed = person.post(path), person.post(path, {"form_shop": ""})
            found[text] = (other.status_code, unnamed.status_code)
        return found

    assert set(answers().values()) == {(409, 409)}
    # Control: it is the gate that refuses them.
    monkeypatch.setattr(middleware, "refuse_form_of_other_shop", lambda *_args: None)
    wrong = {key: statuses for key, statuses in answers().items() if 409 in statuses}
    assert wrong == {}


def test_only_the_doors_are_open_to_a_form_of_no_shop():
    public = {
        text
        for text, pattern in routes_of(platform_urls.urlpatterns)
        if text.startswith("vendor/")
        and (stated := policy_of(pattern.callback, "POST"))
        and stated.audience is not Audience.VENDOR
    }
    assert public == DOORS


def test_every_form_of_the_dashboard_names_its_shop(person):
    for path in ("/vendor/profile/", "/vendor/products/new/", NEW_PAGE, "/vendor/categories/new/"):
        html = person.get(path).content.decode()
        main = html[html.index("<main") :]
        assert main.count('name="form_shop" value="voltwerk"') == main.count('method="post"') > 0, path


def test_what_was_typed_goes_on_in_the_shop_it_was_typed_in(person, lux, objektiv, voltwerk):
    refusal = person.post(NEW_PAGE, PAGE)
    html = refusal.content.decode()
    assert (refusal.status_code, refusal["Cache-Control"]) == (409, "no-store")
    assert "You opened it in Objektiv" in html and "you have gone to Voltwerk" in html
    assert "Continue in Objektiv" in html and 'class="sidebar-link"' in html
    answer = person.post(NEW_PAGE, {**fields_of(html), "form_switch": "1"}, follow=True)
    assert answer.redirect_chain == [(NEW_PAGE, 307), ("/vendor/pages/about/edit/", 302)]
    assert answer.context["shop"].code == "objektiv"
    with platform_context(lux, objektiv):
        text = Page.objects.get(slug="about").translations.get()
        assert (text.title, text.body_html) == ("About us", "<p>Line one\nand “two”</p>")
    with platform_context(lux, voltwerk):
        assert not Page.objects.exists()


def test_a_form_that_names_no_shop_goes_on_once_somebody_says_so(person, lux, voltwerk):
    refusal = person.post(NEW_PAGE, {**PAGE, "form_shop": ""})
    html = refusal.content.decode()
    assert refusal.status_code == 409
    assert "This form names no shop" in html and "Continue in Voltwerk" in html
    assert person.post(NEW_PAGE, fields_of(html)).status_code == 302
    with platform_context(lux, voltwerk):
        assert Page.objects.get().slug == "about"


def test_a_removed_member_is_not_moved_to_another_shop(person, both, lux, objektiv, voltwerk, make_user):
    person.post("/vendor/shops/", {"shop": "objektiv"})
    assert person.get(NEW_PAGE).status_code == 200
    with platform_context(role="operator"):
        add_team_member(vendor=objektiv, user=make_user("next@objektiv.test"), role=VendorRole.OWNER)
        remove_team_member(vendor=objektiv, user=both)
    refusal = person.post(NEW_PAGE, PAGE)
    html = refusal.content.decode()
    assert refusal.status_code == 409
    assert "You do not work for its shop any more" in html and "and “two”" in html
    assert "Continue in" not in html
    assert person.post(NEW_PAGE, {**PAGE, "form_switch": "1"}).status_code == 409
    # Nor by looking: the next page asks which shop.
    assert person.get("/vendor/", follow=True).redirect_chain[-1][0].startswith("/vendor/shops/")
    for shop in (objektiv, voltwerk):
        with platform_context(lux, shop):
            assert not Page.objects.exists()


def test_a_shop_that_one_does_not_work_for_is_not_switched_to(lux, objektiv_owner, voltwerk):
    client = TeamBrowser(HOST, "voltwerk")
    client.post("/vendor/sign-in/", {"email": objektiv_owner.email, "password": PASSWORD})
    assert client.post(NEW_PAGE, {**PAGE, "form_switch": "1"}).status_code == 409
    assert client.get("/vendor/").context["shop"].code == "objektiv"


def test_files_are_named_as_what_must_be_chosen_again(person, lux, voltwerk):
    files = {"pictures": io.BytesIO(b"a"), "text-en-title": "Mug"}
    html = person.post("/vendor/products/new/", files).content.decode()
    assert "The files you chose cannot be kept" in html and 'name="text-en-title" value="Mug"' in html
    assert "The files you chose" not in person.post("/vendor/products/new/", {"x": "Mug"}).content.decode()
    with platform_context(lux, voltwerk):
        assert not Product.objects.exists()


def test_passwords_are_not_sent_back(person):
    typed = {"current_password": PASSWORD, "new_password": "another-long-password-9"}
    html = person.post("/vendor/profile/password/", typed).content.decode()
    assert "Continue in Objektiv" in html
    assert PASSWORD not in html and "another-long" not in html

"""Sign-in, the choice of a shop, home and profile of the dashboard."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from modules.tenancy.models import Vendor
from modules.tenancy.services import add_team_member, remove_team_member
from platform_core.identity.models import User
from platform_core.identity.throttle import ATTEMPTS
from platform_core.modules import FrontendType
from platform_core.modules.menu_service import MenuSetting, own_settings, set_menu
from platform_core.roles import VendorRole
from platform_core.tenancy.context import platform_context
from tests.conftest import PASSWORD
from tests.forms import TeamBrowser

pytestmark = pytest.mark.django_db

URLS = "config.urls.platform"
HOST = "lux.localhost"


def url(name: str) -> str:
    return reverse(f"dashboard:core:{name}", urlconf=URLS)


def sign_in(client, email: str, password: str = PASSWORD, **data):
    return client.post(url("sign-in"), {"email": email, "password": password, **data})


@pytest.fixture
def visitor(lux):
    return TeamBrowser(HOST, "objektiv")


@pytest.fixture
def in_two_shops(objektiv_owner: User, voltwerk: Vendor) -> User:
    with platform_context(role="operator"):
        add_team_member(vendor=voltwerk, user=objektiv_owner, role=VendorRole.CLERK)
    return objektiv_owner


def test_the_dashboard_asks_to_sign_in_and_comes_back(visitor, objektiv_owner):
    wanted = url("profile")
    response = visitor.get(wanted)
    assert response.status_code == 302
    assert response["Location"] == f"{url('sign-in')}?next=%2Fvendor%2Fprofile%2F"
    page = visitor.get(response["Location"])
    assert 'name="next" value="/vendor/profile/"' in page.content.decode()
    response = sign_in(visitor, "OWNER@objektiv.test", next=wanted)
    assert (response.status_code, response["Location"]) == (302, wanted)
    page = visitor.get(wanted)
    assert page.status_code == 200
    assert "Objektiv" in page.content.decode()


@pytest.mark.parametrize(
    "evil",
    [
        "https://evil.test/vendor/",
        "//evil.test/vendor/",
        "/vendor/\\evil",
        "javascript:alert(1)",
        "/admin/",
        "/vendor/sign-out/",
        "/vendor/sign-in/",
    ],
)
def test_signing_in_leads_nowhere_else(visitor, objektiv_owner, evil):
    response = sign_in(visitor, "owner@objektiv.test", next=evil)
    assert response["Location"] in {"/vendor/", "/vendor/%5Cevil"}


def test_a_wrong_password_says_so_and_keeps_the_address(visitor, objektiv_owner):
    response = sign_in(visitor, "owner@objektiv.test", "wrong")
    text = response.content.decode()
    assert response.status_code == 422
    assert "E-mail address or password is wrong" in text
    assert 'value="owner@objektiv.test"' in text
    assert "<title>Error:" in text
    assert "wrong" not in re.findall(r'name="password"[^>]*', text)[0]
    unknown = sign_in(visitor, "nobody@objektiv.test", "wrong")
    assert unknown.status_code == 422
    assert visitor.get("/vendor/").status_code == 302


def test_the_eleventh_wrong_password_is_not_even_looked_at(visitor, objektiv_owner):
    for _number in range(ATTEMPTS):
        assert sign_in(visitor, "owner@objektiv.test", "wrong").status_code == 422
    response = sign_in(visitor, "owner@objektiv.test")
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert "Too many wrong passwords" in response.content.decode()


def test_somebody_without_a_shop_here_is_told_so(visitor, make_user, lux_admin):
    make_user("nobody@lux.test")
    for email in ("nobody@lux.test", "admin@lux.test"):
        response = sign_in(visitor, email)
        assert response.status_code == 422
        assert "belongs to no shop on Lux" in response.content.decode()
        assert visitor.get("/vendor/").status_code == 302


def test_a_sign_in_of_one_platform_is_none_on_another(client_for, visitor, objektiv_owner, mosel):
    sign_in(visitor, "owner@objektiv.test")
    assert visitor.get("/vendor/").status_code == 200
    elsewhere = client_for("mosel.localhost")
    elsewhere.cookies = visitor.cookies
    assert elsewhere.get("/vendor/").status_code == 302


def test_signing_out_is_a_post_and_ends_the_session(visitor, objektiv_owner):
    sign_in(visitor, "owner@objektiv.test")
    assert visitor.get(url("sign-out")).status_code == 405
    assert visitor.get("/vendor/").status_code == 200
    assert visitor.post(url("sign-out"))["Location"] == url("sign-in")
    assert visitor.get("/vendor/").status_code == 302


def test_signing_in_needs_the_forms_token(client_for, lux, objektiv_owner):
    visitor = client_for(HOST, enforce_csrf_checks=True)
    assert sign_in(visitor, "owner@objektiv.test").status_code == 403


def test_somebody_of_two_shops_chooses_and_switches(visitor, in_two_shops, objektiv, voltwerk):
    response = sign_in(visitor, in_two_shops.email, next="/vendor/profile/")
    assert response["Location"] == f"{url('shops')}?next=%2Fvendor%2Fprofile%2F"
    assert visitor.get("/vendor/")["Location"].startswith(url("sign-in"))
    assert visitor.get(f"{url('sign-in')}?next=/vendor/profile/")["Location"].startswith(url("shops"))
    page = visitor.get(response["Location"]).content.decode()
    assert "Objektiv" in page and "Voltwerk" in page
    response = visitor.post(url("shops"), {"shop": "voltwerk", "next": "/vendor/profile/"})
    assert response["Location"] == "/vendor/profile/"
    home = visitor.get("/vendor/")
    assert home.context["shop"].code == "voltwerk"
    assert 'name="shop" value="objektiv"' in home.content.decode()
    visitor.post(url("shops"), {"shop": "objektiv"})
    assert visitor.get("/vendor/").context["shop"].code == "objektiv"


def test_a_shop_one_does_not_work_for_is_not_chosen(visitor, objektiv_owner, voltwerk):
    sign_in(visitor, "owner@objektiv.test")
    response = visitor.post(url("shops"), {"shop": "voltwerk"})
    assert response.status_code == 200
    assert "You do not work for this shop" in response.content.decode()
    assert visitor.get("/vendor/").context["shop"].code == "objektiv"


def test_nobody_chooses_without_signing_in(visitor, objektiv):
    assert visitor.post(url("shops"), {"shop": "objektiv"})["Location"] == url("sign-in")
    assert visitor.get("/vendor/").status_code == 302


def test_a_removed_member_is_out_at_once(visitor, objektiv, objektiv_clerk):
    sign_in(visitor, "staff@objektiv.test")
    assert visitor.get("/vendor/").status_code == 200
    with platform_context(role="operator"):
        remove_team_member(vendor=objektiv, user=objektiv_clerk)
    assert visitor.get("/vendor/").status_code == 302


def test_home_shows_what_is_there(visitor, objektiv_owner):
    sign_in(visitor, "owner@objektiv.test")
    response = visitor.get("/vendor/")
    assert response.status_code == 200
    assert "http://objektiv.lux.localhost/" in response.content.decode()


def test_the_profile_changes_language_time_zone_and_appearance(visitor, objektiv_owner):
    sign_in(visitor, "owner@objektiv.test")
    facts = {"full_name": " Olga Owner ", "language": "fr", "time_zone": "Europe/Paris", "mode": "dark"}
    response = visitor.post(url("profile"), facts)
    assert response.status_code == 302
    assert response.cookies["wz_mode"].value == "dark"
    with platform_context(role="gatekeeper"):
        user = User.objects.get(pk=objektiv_owner.pk)
    assert (user.full_name, user.language, user.time_zone) == ("Olga Owner", "fr", "Europe/Paris")
    assert user.check_password(PASSWORD)
    page = visitor.get(url("profile")).content.decode()
    assert '<html lang="fr" data-mode="dark">' in page
    response = visitor.post(url("profile"), {**facts, "language": "xx", "time_zone": "Moon/Base"})
    assert response.status_code == 422
    assert len(response.context["profile_form"].errors) == 2


def test_a_new_password_ends_every_other_session(client_for, visitor, objektiv_owner):
    other = client_for(HOST)
    for client in (visitor, other):
        sign_in(client, "owner@objektiv.test")
    new = "another-long-password-9"
    wrong = visitor.post(url("password"), {"current_password": "wrong", "new_password": new})
    assert wrong.status_code == 422
    weak = visitor.post(url("password"), {"current_password": PASSWORD, "new_password": "password"})
    assert weak.status_code == 422
    assert other.get("/vendor/").status_code == 200
    assert (
        visitor.post(url("password"), {"current_password": PASSWORD, "new_password": new}).status_code == 302
    )
    assert visitor.get("/vendor/").status_code == 200
    assert other.get("/vendor/").status_code == 302
    assert sign_in(other, "owner@objektiv.test").status_code == 422
    assert sign_in(other, "owner@objektiv.test", new).status_code == 302


def test_guessing_the_present_password_counts_like_signing_in(visitor, objektiv_owner):
    sign_in(visitor, "owner@objektiv.test")
    for _number in range(ATTEMPTS):
        visitor.post(
            url("password"), {"current_password": "wrong", "new_password": "another-long-password-9"}
        )
    response = visitor.post(
        url("password"), {"current_password": PASSWORD, "new_password": "another-long-password-9"}
    )
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("host", "door", "form", "who"),
    [
        ("lux.localhost", "/vendor/sign-in/", "/vendor/products/new/", "objektiv_owner"),
        ("admin.lux.localhost", "/admin/login/", "/admin/tenancy/company/add/", "lux_admin"),
    ],
)
def test_a_form_from_before_a_sign_in_says_what_to_do(client_for, request, host, door, form, who):
    """Somebody has signed out and in again in another tab: they lack no right."""
    client = client_for(host)
    email = request.getfixturevalue(who).email
    assert client.post(door, {"email": email, "password": PASSWORD}).status_code == 302
    client.handler.enforce_csrf_checks = True
    answer = client.post(form, {"name": "x"})
    assert answer.status_code == 403
    page = answer.content.decode()
    assert "This page is out of date." in page and "load the page again" in page
    assert "the role you need" not in page and "with an account that may" not in page


# The person's own menu.


def menu_sent(page) -> dict[str, object]:
    """What a browser would send of the page's form of the menu, as it stands."""
    form = page.context["menu_form"]
    boxes = {
        name: "on"
        for name, field in form.fields.items()
        if name.startswith("shown-") and form[name].value() and not field.disabled
    }
    places = {name: form[name].value() or "" for name in form.fields if name.startswith("order-")}
    return {"item": form.listed, **boxes, **places}


def own_menu(lux, user) -> dict[str, MenuSetting]:
    with platform_context(lux, role="staff"):
        return own_settings(lux, FrontendType.VENDOR, user)


def sidebar(page) -> str:
    return page.content.decode().split('id="sidebar"')[1].split("</nav>")[0]


def test_somebody_hides_an_item_for_themselves_and_takes_it_back(
    visitor, lux, objektiv_owner, objektiv_clerk
):
    sign_in(visitor, objektiv_owner.email)
    page = visitor.get(url("profile"))
    assert 'href="/vendor/products/"' in sidebar(page)
    sent = menu_sent(page)
    del sent["shown-products"]
    answer = visitor.post(url("menu"), sent | {"order-categories": "5"}, follow=True)
    assert "Your menu is saved." in answer.content.decode()
    assert own_menu(lux, objektiv_owner) == {
        "products": MenuSetting(is_visible=False),
        "categories": MenuSetting(order=5),
    }
    assert 'href="/vendor/products/"' not in sidebar(answer)
    assert visitor.get("/vendor/products/").status_code == 200
    other = TeamBrowser(HOST, "objektiv")
    sign_in(other, objektiv_clerk.email)
    assert 'href="/vendor/products/"' in sidebar(other.get(url("profile")))
    visitor.post(url("menu"), menu_sent(answer) | {"reset": "1"})
    assert own_menu(lux, objektiv_owner) == {}
    assert 'href="/vendor/products/"' in sidebar(visitor.get(url("profile")))


def test_what_is_hidden_for_everybody_is_not_offered_and_what_is_mandatory_stays(
    visitor, lux, objektiv_owner
):
    sign_in(visitor, objektiv_owner.email)
    sent = menu_sent(visitor.get(url("profile")))
    with platform_context(lux, role="staff"):
        set_menu(lux, FrontendType.VENDOR, {"products": MenuSetting(is_visible=False)})
    assert "products" in sent["item"]
    assert "products" not in menu_sent(visitor.get(url("profile")))["item"]
    visitor.post(url("menu"), {**sent, "order-products": "1", "shown-home": ""})
    assert own_menu(lux, objektiv_owner) == {}
    assert 'href="/vendor/products/"' not in sidebar(visitor.get(url("profile")))


def test_a_place_that_is_none_is_told_where_it_was_typed(visitor, lux, objektiv_owner):
    sign_in(visitor, objektiv_owner.email)
    answer = visitor.post(url("menu"), menu_sent(visitor.get(url("profile"))) | {"order-products": "99999"})
    assert answer.status_code == 422
    html = answer.content.decode()
    assert 'href="#id_order-products"' in html
    assert "Give 9999 or less." in html
    assert 'value="99999"' in html
    assert own_menu(lux, objektiv_owner) == {}

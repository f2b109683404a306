"""A vendor's team signs in, finds its shop, switches shops, looks after the own account and leaves."""

from __future__ import annotations

import pytest
from django.test import Client

from modules.core.extensions import Task, Tile, dashboard_tasks, dashboard_tiles
from modules.tenancy.services import add_team_member
from platform_core.identity.models import User
from platform_core.identity.roles import VendorRole
from platform_core.identity.throttle import ATTEMPTS
from platform_core.tenancy.context import platform_context
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

SIGN_IN = "/vendor/sign-in/"


@pytest.fixture
def door(lux, client_for) -> Client:
    return client_for("lux.localhost")


def sign_in(door: Client, email: str, password: str = PASSWORD, **fields: str):
    return door.post(SIGN_IN, {"email": email, "password": password, **fields})


def test_an_owner_signs_in_and_lands_in_the_own_shop(door: Client, objektiv_owner):
    response = sign_in(door, "Owner@Objektiv.TEST")
    assert (response.status_code, response["Location"]) == (302, "/vendor/")
    page = door.get("/vendor/")
    assert page.status_code == 200
    assert "Objektiv" in page.content.decode()
    assert "http://objektiv.lux.localhost/" in page.content.decode()


@pytest.mark.parametrize(
    ("email", "password"),
    [("owner@objektiv.test", "wrong"), ("nobody@objektiv.test", PASSWORD), ("a\0@b.lu", "x")],
)
def test_wrong_and_unknown_get_the_same_answer(door, objektiv_owner, email: str, password: str):
    response = sign_in(door, email, password)
    assert response.status_code == 422
    assert "wz_vendor" not in response.cookies
    if "\0" not in email:
        assert "do not match" in response.content.decode()
        assert f'value="{email}"' in response.content.decode()


def test_guessing_stops_and_says_when_to_come_back(door, objektiv_owner):
    for _guess in range(ATTEMPTS):
        assert sign_in(door, "owner@objektiv.test", "wrong").status_code == 422
    response = sign_in(door, "owner@objektiv.test")
    assert response.status_code == 429
    assert "Try again in 15 minutes" in response.content.decode()


def test_somebody_without_a_shop_here_is_told_so(door, lux_admin, kellerei, make_user):
    stranger = make_user("owner@kellerei.test")
    with platform_context(role="operator"):
        add_team_member(vendor=kellerei, user=stranger, role=VendorRole.OWNER)
    for email in (lux_admin.email, stranger.email):
        response = sign_in(door, email)
        assert response.status_code == 403
        assert door.get("/vendor/").status_code == 302


@pytest.mark.parametrize(
    ("wanted", "target"),
    [
        ("/vendor/profile/", "/vendor/profile/"),
        ("https://evil.example/vendor/", "/vendor/"),
        ("//evil.example/vendor/", "/vendor/"),
        ("/vendors/objektiv/shop/", "/vendor/"),
        ("javascript:alert(1)", "/vendor/"),
    ],
)
def test_after_signing_in_one_stays_on_the_dashboard(door, objektiv_owner, wanted: str, target: str):
    assert sign_in(door, "owner@objektiv.test", next=wanted)["Location"] == target


def test_the_page_that_was_asked_for_is_remembered(door, objektiv_owner):
    refused = door.get("/vendor/profile/")
    assert refused["Location"] == "/vendor/sign-in/?next=%2Fvendor%2Fprofile%2F"
    assert 'value="/vendor/profile/"' in door.get(refused["Location"]).content.decode()


def test_somebody_of_two_shops_switches_between_them(door, voltwerk, objektiv_owner):
    with platform_context(role="operator"):
        add_team_member(vendor=voltwerk, user=objektiv_owner, role=VendorRole.CLERK)
    sign_in(door, "owner@objektiv.test")
    assert "<h1>Objektiv</h1>" in door.get("/vendor/").content.decode()
    door.post("/vendor/switch/", {"vendor": "voltwerk"})
    assert "<h1>Voltwerk</h1>" in door.get("/vendor/").content.decode()


def test_nobody_switches_to_a_shop_of_others(door, voltwerk, objektiv_owner):
    sign_in(door, "owner@objektiv.test")
    response = door.post("/vendor/switch/", {"vendor": "voltwerk"}, follow=True)
    assert "You do not belong to that shop" in response.content.decode()
    assert "<h1>Objektiv</h1>" in response.content.decode()


def test_signing_out_ends_the_session(door, objektiv_owner):
    sign_in(door, "owner@objektiv.test")
    assert door.get("/vendor/sign-out/").status_code == 405
    door.post("/vendor/sign-out/")
    assert door.get("/vendor/").status_code == 302


def test_the_home_page_shows_what_modules_tell(door, objektiv_owner, monkeypatch):
    monkeypatch.setattr(
        dashboard_tiles, "_answers", [lambda language: [Tile("Notes", 7, "/vendor/", "house")]]
    )
    monkeypatch.setattr(
        dashboard_tasks, "_answers", [lambda language: [Task("Water the plants", "/vendor/")]]
    )
    sign_in(door, "owner@objektiv.test")
    page = door.get("/vendor/").content.decode()
    assert "Notes" in page
    assert "Water the plants" in page


def test_the_profiles_language_is_the_dashboards(door, objektiv_owner):
    sign_in(door, "owner@objektiv.test")
    fields = {"full_name": "Marie Weber", "language": "fr", "time_zone": "Europe/Paris"}
    assert door.post("/vendor/profile/", fields).status_code == 302
    assert 'lang="fr"' in door.get("/vendor/").content.decode()
    refused = door.post("/vendor/profile/", {**fields, "time_zone": "Mars/Olympus"})
    assert refused.status_code == 422


def test_a_new_password_needs_the_old_one_and_ends_other_sessions(door, client_for, objektiv_owner):
    other = client_for("lux.localhost")
    for client in (door, other):
        sign_in(client, "owner@objektiv.test")
    new = "an-entirely-new-phrase"
    wrong = door.post("/vendor/profile/password/", {"current": "wrong", "new": new})
    assert "not your current password" in wrong.content.decode()
    weak = door.post("/vendor/profile/password/", {"current": PASSWORD, "new": "short"})
    assert weak.status_code == 422
    assert door.post("/vendor/profile/password/", {"current": PASSWORD, "new": new}).status_code == 302
    assert door.get("/vendor/").status_code == 200
    assert other.get("/vendor/").status_code == 302
    with platform_context(role="gatekeeper"):
        assert User.objects.get(pk=objektiv_owner.pk).check_password(new)


def test_a_form_without_its_token_is_refused(client_for, objektiv_owner):
    careful = client_for("lux.localhost", enforce_csrf_checks=True)
    assert sign_in(careful, "owner@objektiv.test").status_code == 403

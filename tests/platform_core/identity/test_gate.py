"""The gate: whom a route lets in, whom it sends to sign in, whom it refuses, and in which context it runs."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from modules.tenancy.services import add_team_member, remove_team_member
from platform_core.identity import middleware as gate
from platform_core.identity import sessions
from platform_core.identity.models import User
from platform_core.roles import VendorRole
from platform_core.tenancy import middleware as tenancy_middleware
from platform_core.tenancy.context import platform_context

pytestmark = pytest.mark.django_db

URLS = "tests.platform_core.identity.sample_urls"


@pytest.fixture(autouse=True)
def _sample_routes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tenancy_middleware, "URLCONFS", dict.fromkeys(tenancy_middleware.URLCONFS, URLS))
    monkeypatch.setattr(tenancy_middleware, "OPERATIONS_PATHS", ("/key/",))
    monkeypatch.setattr(tenancy_middleware, "OPERATIONS_URLCONF", URLS)


def browser(host: str, **options: Any) -> Client:
    return Client(headers={"host": host}, **options)


def signed_in(host: str, audience: str, user: User, path: str = "", **query: str) -> Client:
    client = browser(host)
    assert client.get(f"{path}/sign-in/{audience}/", {"email": user.email, **query}).status_code == 200
    return client


def test_anonymous_visitors_reach_public_routes_only(lux):
    client = browser("lux.localhost")
    assert client.get("/public/").json() == {"role": "vendor", "vendor": None, "user": None}
    assert client.get("/vendor/team/").headers["Location"] == "/dashboard/?next=%2Fvendor%2Fteam%2F"
    assert client.get("/api/v1/vendor/team/").status_code == 401


def test_whoever_sends_a_form_without_a_session_comes_back_to_its_page(lux):
    client = browser("lux.localhost")
    page = "http://lux.localhost/vendor/profile/?tab=password"
    sent = client.post("/vendor/team/", headers={"referer": page})
    assert sent["Location"] == "/dashboard/?next=%2Fvendor%2Fprofile%2F%3Ftab%3Dpassword"
    for elsewhere in (
        {},
        {"referer": "http://elsewhere.test/vendor/"},
        {"referer": "nonsense"},
        {"referer": "http://["},
    ):
        assert client.post("/vendor/team/", headers=elsewhere)["Location"] == "/dashboard/"


def test_what_is_for_somebody_signed_in_is_kept_by_no_browser(lux, objektiv_clerk):
    client = signed_in("lux.localhost", "vendor", objektiv_clerk, "/vendor")
    assert "no-store" in client.get("/vendor/team/")["Cache-Control"]
    assert "Cache-Control" not in browser("lux.localhost").get("/public/").headers


def test_a_route_that_declares_nothing_is_closed(lux, superuser):
    assert browser("lux.localhost").get("/undeclared/").status_code == 403
    assert signed_in("admin.lux.localhost", "staff", superuser).get("/undeclared/").status_code == 403


def test_without_the_gate_the_undeclared_route_would_answer(lux, monkeypatch):
    monkeypatch.setattr(gate.IdentityMiddleware, "process_view", lambda *args: None)
    assert browser("lux.localhost").get("/undeclared/").status_code == 200


def test_a_team_member_works_in_the_shops_context(lux, objektiv_clerk):
    client = signed_in("lux.localhost", "vendor", objektiv_clerk, "/vendor")
    assert client.get("/vendor/team/").json() == {
        "role": "vendor",
        "vendor": "objektiv",
        "user": "staff@objektiv.test",
    }


def test_a_clerk_lacks_what_only_owners_may(lux, objektiv_owner, objektiv_clerk):
    owner = signed_in("lux.localhost", "vendor", objektiv_owner, "/vendor")
    clerk = signed_in("lux.localhost", "vendor", objektiv_clerk, "/vendor")
    assert owner.get("/vendor/owners/").status_code == 200
    assert clerk.get("/vendor/owners/").status_code == 403
    refusal = clerk.get("/api/v1/vendor/owners/")
    assert (refusal.status_code, refusal.json()["code"]) == (403, "permission_denied")
    assert refusal["Content-Type"] == "application/problem+json"


def test_each_method_has_its_own_policy(lux, objektiv_clerk):
    clerk = signed_in("lux.localhost", "vendor", objektiv_clerk, "/vendor")
    assert clerk.get("/vendor/by-method/").status_code == 200
    assert clerk.post("/vendor/by-method/", {"form_shop": "objektiv"}).status_code == 403
    refusal = clerk.delete("/vendor/by-method/")
    assert (refusal.status_code, refusal["Allow"]) == (405, "GET, POST")
    assert clerk.delete("/api/v1/vendor/by-method/").json()["code"] == "method_not_allowed"


def test_a_vendors_session_is_nobody_in_the_admin_and_the_reverse(lux, objektiv_owner, lux_admin):
    owner = signed_in("lux.localhost", "vendor", objektiv_owner, "/vendor")
    assert owner.get("/api/v1/admin/staff/").status_code == 401
    admin = signed_in("admin.lux.localhost", "staff", lux_admin)
    assert admin.get("/staff/").json()["role"] == "staff"
    assert admin.get("/team/").status_code == 302


def test_a_session_cookie_is_worth_nothing_on_another_host(lux, mosel, kellerei, objektiv_owner):
    with platform_context(role="operator"):
        add_team_member(vendor=kellerei, user=objektiv_owner, role=VendorRole.OWNER)
    client = signed_in("lux.localhost", "vendor", objektiv_owner, "/vendor")
    stolen = browser("mosel.localhost")
    stolen.cookies = client.cookies
    assert stolen.get("/vendor/team/").status_code == 302


def test_a_session_is_refused_when_its_stamp_names_another_platform(
    lux, mosel, kellerei, objektiv_owner, monkeypatch
):
    client = signed_in("lux.localhost", "vendor", objektiv_owner, "/vendor")
    assert client.get("/vendor/team/").status_code == 200
    monkeypatch.setattr(sessions, "_stamp", lambda request, audience: {"platform_id": -1})
    assert client.get("/vendor/team/").status_code == 302


def test_removing_a_membership_cuts_access_at_once(lux, objektiv, objektiv_owner, objektiv_clerk):
    client = signed_in("lux.localhost", "vendor", objektiv_clerk, "/vendor")
    assert client.get("/vendor/team/").status_code == 200
    with platform_context(role="operator"):
        remove_team_member(vendor=objektiv, user=objektiv_clerk)
    assert client.get("/vendor/team/").status_code == 302


def test_a_deactivated_user_is_out_at_once(lux, objektiv_owner):
    client = signed_in("lux.localhost", "vendor", objektiv_owner, "/vendor")
    with platform_context(role="operator"):
        User.objects.filter(pk=objektiv_owner.pk).update(is_active=False)
    assert client.get("/vendor/team/").status_code == 302


def test_a_changed_password_ends_every_session(lux, objektiv_owner):
    client = signed_in("lux.localhost", "vendor", objektiv_owner, "/vendor")
    with platform_context(role="operator"):
        objektiv_owner.set_password("another-long-password")
        objektiv_owner.save()
    assert client.get("/vendor/team/").status_code == 302


def test_who_works_for_two_shops_chooses_one(lux, objektiv, voltwerk, objektiv_owner):
    with platform_context(role="operator"):
        add_team_member(vendor=voltwerk, user=objektiv_owner, role=VendorRole.CLERK)
    undecided = signed_in("lux.localhost", "vendor", objektiv_owner, "/vendor")
    assert undecided.get("/vendor/team/").status_code == 302
    decided = signed_in("lux.localhost", "vendor", objektiv_owner, "/vendor", vendor="voltwerk")
    assert decided.get("/vendor/team/").json()["vendor"] == "voltwerk"
    # A clerk there, though an owner at the other shop.
    assert decided.get("/vendor/owners/").status_code == 403


def test_only_superusers_enter_the_hub(lux, lux_admin, superuser):
    assert signed_in("localhost", "operator", lux_admin).get("/operator/").status_code == 302
    assert signed_in("localhost", "operator", superuser).get("/operator/").json()["role"] == "operator"


def test_staff_of_one_platform_are_nobody_on_another(lux_admin, mosel):
    assert signed_in("admin.mosel.localhost", "staff", lux_admin).get("/staff/").status_code == 302


def test_a_superuser_is_staff_everywhere_but_no_shops_owner(lux, objektiv, superuser):
    assert signed_in("admin.lux.localhost", "staff", superuser).get("/staff/").status_code == 200
    assert signed_in("lux.localhost", "vendor", superuser, "/vendor").get("/vendor/team/").status_code == 302


def test_an_unsafe_api_call_by_session_needs_the_csrf_token(lux, objektiv_owner):
    careful = browser("lux.localhost", enforce_csrf_checks=True)
    careful.cookies = signed_in("lux.localhost", "vendor", objektiv_owner, "/vendor").cookies
    refusal = careful.post("/api/v1/vendor/by-method/")
    assert (refusal.status_code, refusal.json()["code"]) == (403, "csrf_failed")


def test_the_operators_key_opens_what_asks_for_it(db, settings):
    client = browser("10.0.0.1")
    assert client.get("/key/").status_code == 401
    assert client.get("/key/", headers={"authorization": "Bearer wrong"}).status_code == 401
    key = {"authorization": f"Bearer {settings.METRICS_KEY}"}
    assert client.get("/key/", headers=key).status_code == 200
    settings.METRICS_KEY = ""
    assert client.get("/key/", headers={"authorization": "Bearer "}).status_code == 401

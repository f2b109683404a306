"""Signing in by API: who gets which token, and what keeps being checked afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import transaction
from django.db.utils import ProgrammingError

from modules.customers.models import Customer
from modules.tenancy.services import add_staff, add_team_member, remove_team_member
from platform_core.identity.models import RefreshSession, User
from platform_core.roles import VendorRole
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.hosts import host_directory
from tests.api_client import ANNA

pytestmark = pytest.mark.django_db


def refused(response: Any, status: int, code: str) -> None:
    assert (response.status_code, response.json()["code"]) == (status, code), response.content
    assert response["Content-Type"] == "application/problem+json"
    if status == 401:
        assert response["WWW-Authenticate"].startswith("Bearer")


def test_a_team_member_gets_a_token_for_the_only_shop(api, lux, objektiv_clerk):
    script = api("lux.localhost")
    response = script.sign_in("staff@objektiv.test")
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert response.json().keys() == {"access", "refresh", "expires_in"}
    assert script.get("vendor/team/").json() == {
        "role": "vendor",
        "vendor": "objektiv",
        "user": "staff@objektiv.test",
    }
    refused(script.get("vendor/owners/"), 403, "permission_denied")
    refused(script.get("admin/staff/"), 401, "invalid_token")


def test_staff_get_a_token_for_the_admin(api, lux, lux_admin):
    script = api("lux.localhost")
    script.sign_in("admin@lux.test")
    assert script.get("admin/staff/").json()["role"] == "staff"
    refused(script.get("vendor/team/"), 401, "invalid_token")
    assert api("admin.lux.localhost").get("admin/staff/", token=script.access).status_code == 200


def test_a_superuser_is_staff_everywhere_and_nobodys_team(api, lux, objektiv, superuser):
    script = api("lux.localhost")
    script.sign_in(superuser.email)
    assert script.get("admin/staff/").status_code == 200
    refused(script.sign_in(superuser.email, vendor="objektiv"), 403, "not_a_member")


def test_a_member_of_several_teams_names_one(api, lux, objektiv, voltwerk, objektiv_owner):
    with platform_context(lux, role="operator"):
        add_team_member(vendor=voltwerk, user=objektiv_owner, role=VendorRole.CLERK)
    script = api("lux.localhost")
    response = script.sign_in("owner@objektiv.test")
    refused(response, 400, "vendor_required")
    assert b"objektiv" not in response.content and b"voltwerk" not in response.content
    for code in ("objektiv", "voltwerk"):
        assert script.sign_in("owner@objektiv.test", vendor=code).status_code == 200
        assert script.get("vendor/team/").json()["vendor"] == code


def test_staff_who_are_also_in_a_team_choose_by_naming_the_shop(api, lux, objektiv_owner):
    with platform_context(lux, role="operator"):
        add_staff(platform=lux, user=objektiv_owner)
    script = api("lux.localhost")
    script.sign_in("owner@objektiv.test")
    assert script.get("auth/me/").json()["portal"] == "admin"
    script.sign_in("owner@objektiv.test", vendor="objektiv")
    assert script.get("auth/me/").json()["portal"] == "vendor"


def test_a_shop_of_others_and_one_that_is_not_there_get_the_same_answer(
    api, lux, voltwerk, kellerei, objektiv_owner
):
    script = api("lux.localhost")
    answers = set()
    for code in ("voltwerk", "kellerei", "nothing", "OBJEKTIV"):
        response = script.sign_in("owner@objektiv.test", vendor=code)
        refused(response, 403, "not_a_member")
        answers.add(response.json()["detail"])
    assert len(answers) == 1


def test_whoever_has_no_role_on_the_platform_is_nobody_there(api, mosel, kellerei, objektiv_owner):
    script = api("mosel.localhost")
    refused(script.sign_in("owner@objektiv.test"), 401, "invalid_credentials")
    refused(script.sign_in("owner@objektiv.test", vendor="kellerei"), 401, "invalid_credentials")


def test_a_customer_signs_in_at_their_shop_by_host_and_by_path(api, lux, objektiv, voltwerk, make_customer):
    make_customer(objektiv)
    for script in (api("objektiv.lux.localhost"), api("lux.localhost", "/vendors/objektiv/shop")):
        assert script.sign_in(ANNA).status_code == 200
        assert script.get("storefront/customer/").status_code == 200
        me = script.get("auth/me/").json()
        assert (me["email"], me["portal"], me["vendor"]["code"]) == (ANNA, "storefront", "objektiv")
        assert script.renew().status_code == 200
    refused(api("voltwerk.lux.localhost").sign_in(ANNA), 401, "invalid_credentials")
    refused(api("lux.localhost").sign_in(ANNA), 401, "invalid_credentials")


def test_a_user_is_no_customer_and_a_shop_takes_no_vendor(api, objektiv, objektiv_owner):
    script = api("objektiv.lux.localhost")
    refused(script.sign_in("owner@objektiv.test"), 401, "invalid_credentials")
    refused(script.sign_in(ANNA, vendor="objektiv"), 400, "validation_failed")


@pytest.mark.parametrize("host", ["lux.localhost", "objektiv.lux.localhost"])
def test_a_wrong_password_and_an_unknown_address_are_told_apart_by_nobody(
    api, host, objektiv, objektiv_owner, make_customer
):
    make_customer(objektiv, "owner@objektiv.test")
    script = api(host)
    wrong = script.sign_in("owner@objektiv.test", "wrong-password")
    unknown = script.sign_in("nobody@objektiv.test", "wrong-password")
    for response in (wrong, unknown):
        refused(response, 401, "invalid_credentials")
    assert {k: v for k, v in wrong.json().items() if k != "request_id"} == {
        k: v for k, v in unknown.json().items() if k != "request_id"
    }


class CountingHasher(MD5PasswordHasher):
    """Counts the computations, which are what takes the time with a real hash."""

    computed = 0

    def encode(self, password: str, salt: str) -> str:
        CountingHasher.computed += 1
        return super().encode(password, salt)


@pytest.mark.parametrize("host", ["lux.localhost", "objektiv.lux.localhost"])
def test_either_costs_one_hash(api, host, objektiv, objektiv_owner, objektiv_clerk, make_customer, settings):
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    make_customer(objektiv, "owner@objektiv.test")
    closed = make_customer(objektiv, "staff@objektiv.test")
    with platform_context(objektiv.platform, objektiv):
        Customer.objects.filter(pk=closed.pk).update(is_active=False)
    with platform_context(role="operator"):
        User.objects.filter(pk=objektiv_clerk.pk).update(is_active=False)
    script = api(host)
    for email in ("owner@objektiv.test", "nobody@objektiv.test", "staff@objektiv.test"):
        CountingHasher.computed = 0
        assert script.sign_in(email, "wrong-password").status_code == 401
        assert CountingHasher.computed == 1, email


@pytest.mark.parametrize("host", ["lux.localhost", "objektiv.lux.localhost"])
def test_the_eleventh_wrong_password_is_told_to_wait_and_so_is_the_right_one(
    api, host, objektiv, objektiv_owner, make_customer
):
    make_customer(objektiv, "owner@objektiv.test")
    script = api(host)
    for _number in range(10):
        refused(script.sign_in("owner@objektiv.test", "wrong-password"), 401, "invalid_credentials")
    for password in ("wrong-password", "correct-horse-battery"):
        response = script.sign_in("owner@objektiv.test", password)
        refused(response, 429, "too_many_attempts")
        assert 0 < int(response["Retry-After"]) <= 900


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "owner@objektiv.test"},
        {"password": "x"},
        {"email": "", "password": "x"},
        {"email": ["owner@objektiv.test"], "password": "x"},
        {"email": {"a": 1}, "password": "x"},
        {"email": None, "password": None},
        {"email": "owner@objektiv.test", "password": "x", "vendor": None},
        {"email": "owner@objektiv.test", "password": "x", "vendor": {"id": 1}},
        {"email": "owner@objektiv.test", "password": "x", "is_superuser": True},
        {"email": "a" * 300, "password": "x"},
        {"email": "owner@objektiv.test", "password": "x" * 2_000},
        {"email": "owner\0@objektiv.test", "password": "x"},
    ],
)
def test_a_body_that_makes_no_sense_is_refused_before_anybody_is_looked_for(api, objektiv_owner, body):
    response = api("lux.localhost").post("auth/token/", body)
    assert response.status_code == 400
    assert response.json()["code"] in {"validation_failed", "unstorable_text"}


def test_me_says_who_where_and_what(api, lux, objektiv_clerk):
    script = api("lux.localhost")
    refused(script.get("auth/me/"), 401, "unauthenticated")
    script.sign_in("staff@objektiv.test")
    assert script.get("auth/me/").json() == {
        "email": "staff@objektiv.test",
        "full_name": "",
        "language": "en",
        "portal": "vendor",
        "role": "vendor_clerk",
        "platform": {"code": "lux", "name": "Lux"},
        "vendor": {"code": "objektiv", "name": "Objektiv"},
        "permissions": script.get("auth/me/").json()["permissions"],
    }
    assert "tenancy.view_vendor" in script.get("auth/me/").json()["permissions"]
    assert "tenancy.manage_team" not in script.get("auth/me/").json()["permissions"]


class TestWhatEndsATokenAtOnce:
    @pytest.fixture
    def script(self, api, lux, objektiv_clerk):
        script = api("lux.localhost")
        script.sign_in("staff@objektiv.test")
        assert script.get("vendor/team/").status_code == 200
        return script

    def ended(self, script: Any) -> None:
        refused(script.get("vendor/team/"), 401, "invalid_token")
        refused(script.get("auth/me/"), 401, "invalid_token")
        refused(script.renew(), 401, "invalid_token")

    def test_the_account_is_closed(self, script, objektiv_clerk):
        with platform_context(role="operator"):
            User.objects.filter(pk=objektiv_clerk.pk).update(is_active=False)
        self.ended(script)

    def test_the_password_is_changed(self, script, objektiv_clerk):
        with platform_context(role="operator"):
            objektiv_clerk.set_password("another-long-password")
            objektiv_clerk.save()
        self.ended(script)

    def test_the_membership_is_taken_away(self, script, lux, objektiv, objektiv_clerk):
        with platform_context(lux, role="operator"):
            remove_team_member(vendor=objektiv, user=objektiv_clerk)
        self.ended(script)

    def test_signing_out(self, script):
        assert script.post("auth/logout/").status_code == 204
        self.ended(script)

    def test_signing_out_with_the_refresh_token_alone(self, script):
        assert script.post("auth/logout/", {"refresh": script.refresh}, token="").status_code == 204
        self.ended(script)

    def test_a_changed_role_counts_from_the_next_request(self, script, lux, objektiv, objektiv_clerk):
        refused(script.get("vendor/owners/"), 403, "permission_denied")
        with platform_context(lux, role="operator"):
            add_team_member(vendor=objektiv, user=objektiv_clerk, role=VendorRole.OWNER)
        assert script.get("vendor/owners/").status_code == 200

    def test_a_suspended_platform(self, script, lux):
        with platform_context(role="operator"):
            lux.status = "suspended"
            lux.save()
        host_directory.forget()
        assert script.get("vendor/team/").status_code == 404


def test_a_customer_whose_account_closes_or_password_changes_is_out(api, lux, objektiv, make_customer):
    anna = make_customer(objektiv)
    script = api("objektiv.lux.localhost")
    for change in ({"is_active": False}, {"password": "md5$other$hash", "is_active": True}):
        with platform_context(lux, objektiv):
            Customer.objects.filter(pk=anna.pk).update(is_active=True, password=anna.password)
        assert script.sign_in(ANNA).status_code == 200
        assert script.get("storefront/customer/").status_code == 200
        with platform_context(lux, objektiv):
            Customer.objects.filter(pk=anna.pk).update(**change)
        refused(script.get("storefront/customer/"), 401, "invalid_token")
        refused(script.renew(), 401, "invalid_token")


def test_signing_out_needs_something_to_end(api, lux):
    refused(api("lux.localhost").post("auth/logout/"), 400, "validation_failed")
    assert api("lux.localhost").post("auth/logout/", {"refresh": "unknown"}).status_code == 204


def test_an_expired_token_in_the_header_does_not_stand_in_the_way_of_signing_in(api, lux, objektiv_owner):
    script = api("lux.localhost")
    script.access = "stale.stale.stale"
    assert script.sign_in("owner@objektiv.test").status_code == 200
    script.access = "stale.stale.stale"
    assert script.renew().status_code == 200


def test_neither_token_stands_in_the_database_and_only_sign_in_reads_the_table(api, lux, objektiv_owner):
    script = api("lux.localhost")
    script.sign_in("owner@objektiv.test")
    with platform_context(role="gatekeeper"):
        [row] = RefreshSession.objects.all()
        assert script.refresh not in str(vars(row)) and script.access not in str(vars(row))
    for role in ("vendor", "staff", "operator"):
        with (
            platform_context(lux, role=role),
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction.atomic(),
        ):
            RefreshSession.objects.count()

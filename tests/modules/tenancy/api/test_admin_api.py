"""Platform staff by API: companies, vendors, domains and people of their own platform, and of no other."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from modules.tenancy.api import admin_views
from modules.tenancy.invitations import invite_staff, invite_team_member
from modules.tenancy.models import Company, Vendor, VendorDomain
from modules.tenancy.services import add_domain, add_staff, add_team_member
from platform_core.identity.audience import Audience
from platform_core.identity.models import User
from platform_core.identity.sessions import sign_in
from platform_core.roles import VendorRole
from platform_core.sessions.store import SessionStore
from platform_core.tenancy.context import platform_context
from tests.api_client import Api
from tests.mails import sent

pytestmark = pytest.mark.django_db


def codes(response: Any) -> list[str]:
    return sorted(error["code"] for error in response.json()["errors"])


@pytest.fixture
def elsewhere(mosel: Any, kellerei: Any, make_user: Any) -> dict[str, Any]:
    """What stands on the other platform."""
    person = make_user("owner@kellerei.test")
    with platform_context(mosel, role="operator"):
        add_team_member(vendor=kellerei, user=person, role=VendorRole.OWNER)
        domain = add_domain(vendor=kellerei, host="wein.example.com")
    return {"vendor": kellerei, "user": person, "domain": domain, "company": kellerei.company}


class TestCompanies:
    def test_made_read_and_changed(self, staff):
        made = staff.post(
            "admin/companies/", {"legal_name": "Linse S.à r.l.", "city": "Esch", "country": "LU"}
        )
        assert made.status_code == 201
        company = made.json()
        assert company["legal_name"] == "Linse S.à r.l." and company["created_at"].endswith("Z")
        address = f"admin/companies/{company['id']}/"
        assert staff.get(address).json() == company
        changed = staff.request("PATCH", address, {"vat_id": "LU12345678"})
        assert changed.json() == {**company, "vat_id": "LU12345678"}
        assert staff.get("admin/companies/?q=lu1234").json()["data"] == [changed.json()]

    def test_a_name_is_taken_once(self, staff):
        staff.post("admin/companies/", {"legal_name": "Linse S.à r.l."})
        again = staff.post("admin/companies/", {"legal_name": "LINSE S.À R.L."})
        assert (again.status_code, again.json()["code"]) == (409, "company_exists")

    @pytest.mark.parametrize(
        ("change", "pointer"),
        [
            ({"country": "Luxembourg"}, "/country"),
            ({"country": "QQ"}, "/country"),
            ({"email": "nobody"}, "/email"),
            ({"legal_name": ""}, "/legal_name"),
            ({"platform": 2}, "/platform"),
            ({"id": 5}, "/id"),
            ({"legal_name": "x" * 201}, "/legal_name"),
        ],
    )
    def test_what_does_not_fit_is_named(self, staff, objektiv, change, pointer):
        response = staff.request("PATCH", f"admin/companies/{objektiv.company_id}/", change)
        assert response.status_code == 400
        assert [error["pointer"] for error in response.json()["errors"]] == [pointer]


class TestVendors:
    def test_opened_read_changed_closed_and_opened_again(self, staff, client_for):
        company = staff.post("admin/companies/", {"legal_name": "Prisma S.A."}).json()
        body = {
            "code": "prisma",
            "name": "Prisma",
            "company": company["id"],
            "languages": ["fr", "de"],
            "default_language": "fr",
            "theme": "signal",
            "taglines": {"fr": "Tout est clair"},
        }
        made = staff.post("admin/vendors/", body)
        assert made.status_code == 201, made.content
        assert made.json()["host"] == "prisma.lux.localhost"
        assert client_for("prisma.lux.localhost").get("/api/v1/").status_code == 200
        changed = staff.request("PATCH", "admin/vendors/prisma/", {"name": "Prisma Fotos"})
        assert changed.json() == {**made.json(), "name": "Prisma Fotos"}
        assert staff.post("admin/vendors/prisma/suspensions/").json()["status"] == "suspended"
        assert staff.get("admin/vendors/?status=suspended").json()["data"][0]["code"] == "prisma"
        assert staff.post("admin/vendors/prisma/reactivations/").json()["status"] == "active"

    @pytest.mark.parametrize(
        ("change", "status", "code"),
        [
            ({"code": "objektiv"}, 409, "vendor_exists"),
            ({"code": "admin"}, 400, "invalid"),
            ({"code": "Not A Code"}, 400, "invalid"),
            ({"code": "x" * 41}, 400, "max_length"),
            ({"company": 999_999}, 400, "does_not_exist"),
            ({"company": "abc"}, 400, "incorrect_type"),
            ({"languages": []}, 400, "empty"),
            ({"languages": ["fr", "xx"]}, 400, "invalid_choice"),
            ({"languages": ["fr"], "default_language": "de"}, 400, "invalid"),
            ({"currency": "XXZ"}, 400, "unknown_currency"),
            ({"theme": "geocities"}, 400, "invalid_choice"),
            ({"taglines": {"xx": "?"}}, 400, "unknown_language"),
            ({"status": "suspended"}, 400, "unknown_field"),
        ],
    )
    def test_what_does_not_fit_is_refused(self, staff, objektiv, change, status, code):
        body = {"code": "prisma", "name": "Prisma", "company": objektiv.company_id, **change}
        response = staff.post("admin/vendors/", body)
        assert response.status_code == status, response.content
        assert code in ([response.json()["code"]] if status == 409 else codes(response))
        with platform_context(role="operator"):
            assert Vendor.objects.count() == 1

    def test_a_code_never_changes(self, staff, objektiv):
        response = staff.request("PATCH", "admin/vendors/objektiv/", {"code": "other"})
        assert codes(response) == ["unknown_field"]


class TestDomains:
    def test_claimed_proved_made_primary_and_given_up(self, staff, objektiv, monkeypatch):
        made = staff.post("admin/domains/", {"vendor": "objektiv", "host": "Fotos.Example.COM."})
        assert made.status_code == 201, made.content
        domain = made.json()
        assert (domain["host"], domain["state"]) == ("fotos.example.com", "pending")
        assert domain["record_name"] == "_wizamart.fotos.example.com"
        address = f"admin/domains/{domain['id']}/"
        records: list[str] = []
        monkeypatch.setattr(admin_views, "txt_records", lambda name: records)
        early = staff.post(f"{address}verifications/")
        assert (early.status_code, early.json()["code"]) == (422, "domain_not_proved")
        records.append(domain["record_value"])
        assert staff.post(f"{address}verifications/").json()["state"] == "active"
        assert staff.request("PATCH", address, {"is_primary": True}).json()["is_primary"] is True
        assert codes(staff.request("PATCH", address, {"is_primary": False})) == ["only_true"]
        assert (
            staff.get("admin/domains/?vendor=objektiv&state=active").json()["data"][0]["id"] == domain["id"]
        )
        assert staff.request("DELETE", address).status_code == 204
        assert staff.get(address).status_code == 404

    @pytest.mark.parametrize(
        "host", ["", "no dots", "https://x.example", "-x.example", "localhost", "1.2.3.4", "x" * 300]
    )
    def test_what_is_no_host_is_refused(self, staff, objektiv, host):
        assert staff.post("admin/domains/", {"vendor": "objektiv", "host": host}).status_code == 400

    @pytest.mark.parametrize("host", ["lux.localhost", "mosel.localhost", "wein.example.com"])
    def test_a_host_that_anybody_serves_is_taken(self, staff, objektiv, elsewhere, host):
        with platform_context(role="operator"):
            VendorDomain.objects.update(state=VendorDomain.State.ACTIVE)
        response = staff.post("admin/domains/", {"vendor": "objektiv", "host": host})
        assert (response.status_code, response.json()["code"]) == (409, "domain_taken")

    def test_a_claim_without_proof_blocks_nobody(self, staff, objektiv, elsewhere):
        assert (
            staff.post("admin/domains/", {"vendor": "objektiv", "host": "wein.example.com"}).status_code
            == 201
        )


class TestUsers:
    def test_an_invitation_says_the_same_whether_anybody_has_the_address(self, staff, objektiv, make_user):
        make_user("known@elsewhere.test", full_name="Nora")
        body = {"role": "vendor_clerk", "vendor": "objektiv", "language": "fr"}
        answers = []
        for email in ("Known@elsewhere.test", "nobody@elsewhere.test"):
            made = staff.post("admin/users/", body | {"email": email})
            assert made.status_code == 201, made.content
            assert made.json()["email"] == email.lower()
            answers.append(made.json() | {"email": "", "id": 0, "created_at": ""})
        assert answers[0] == answers[1]
        assert set(answers[0]) == {"id", "email", "role", "vendor", "language", "created_at"}
        # Nobody is here by it: neither among the users nor in the team.
        assert [user["email"] for user in staff.get("admin/users/").json()["data"]] == ["admin@lux.test"]
        assert {tuple(message.to) for message in sent()} == {
            ("known@elsewhere.test",),
            ("nobody@elsewhere.test",),
        }

    def test_invitations_are_listed_sent_again_and_withdrawn(self, staff, objektiv, elsewhere, mosel):
        with platform_context(mosel, role="staff"):
            there = invite_staff(platform=mosel, email="there@mosel.test")
        made = staff.post("admin/users/", {"email": "new@lux.test", "role": "platform_admin"}).json()
        assert made["vendor"] is None
        sent()
        assert [row["email"] for row in staff.get("admin/invitations/").json()["data"]] == ["new@lux.test"]
        address = f"admin/invitations/{made['id']}/"
        assert staff.get(address).json() == made
        assert staff.post(f"{address}mails/").json() == made
        assert [message.to for message in sent()] == [["new@lux.test"]]
        assert staff.request("DELETE", address).status_code == 204
        assert staff.get(address).status_code == 404
        for method, path in (("GET", ""), ("DELETE", ""), ("POST", "mails/")):
            answer = staff.request(method, f"admin/invitations/{there.pk}/{path}")
            assert answer.status_code == 404
        assert sent() == []

    def test_listed_found_and_changed(self, staff, objektiv_owner, objektiv_clerk):
        listing = staff.get("admin/users/").json()["data"]
        assert [user["email"] for user in listing] == [
            "admin@lux.test",
            "owner@objektiv.test",
            "staff@objektiv.test",
        ]
        assert "password" not in str(listing)
        assert len(staff.get("admin/users/?vendor=objektiv").json()["data"]) == 2
        address = f"admin/users/{objektiv_clerk.pk}/"
        changed = staff.request("PATCH", address, {"full_name": "Stefan", "is_active": False})
        assert (changed.json()["full_name"], changed.json()["is_active"]) == ("Stefan", False)
        assert Api("lux.localhost").sign_in("staff@objektiv.test").status_code == 401
        assert staff.request("PATCH", address, {"time_zone": "Moon/Base"}).status_code == 400
        assert staff.request("PATCH", address, {"is_superuser": True}).status_code == 400

    def test_an_account_that_opens_again_does_not_revive_its_tokens(self, staff, clerk, objektiv_clerk):
        address = f"admin/users/{objektiv_clerk.pk}/"
        for active in (False, True):
            assert staff.request("PATCH", address, {"is_active": active}).status_code == 200
        assert clerk.get("auth/me/").status_code == 401
        assert clerk.renew().status_code == 401

    def test_roles_are_taken_away_at_once_but_an_owner_stays(
        self, staff, clerk, objektiv_owner, objektiv_clerk
    ):
        assert staff.request("DELETE", f"admin/users/{objektiv_clerk.pk}/teams/objektiv/").status_code == 204
        assert clerk.get("auth/me/").status_code == 401
        last = staff.request("DELETE", f"admin/users/{objektiv_owner.pk}/teams/objektiv/")
        assert (last.status_code, last.json()["code"]) == (409, "last_owner")
        assert staff.request("DELETE", f"admin/users/{objektiv_owner.pk}/staff-role/").status_code == 404

    def test_whoever_also_works_elsewhere_is_not_changed_from_here(
        self, staff, objektiv_owner, elsewhere, mosel
    ):
        with platform_context(mosel, role="operator"):
            add_team_member(vendor=elsewhere["vendor"], user=objektiv_owner, role=VendorRole.CLERK)
        response = staff.request("PATCH", f"admin/users/{objektiv_owner.pk}/", {"is_active": False})
        assert (response.status_code, response.json()["code"]) == (409, "user_works_elsewhere")
        roles = staff.get(f"admin/users/{objektiv_owner.pk}/").json()["roles"]
        assert roles == [{"role": "vendor_owner", "vendor": "objektiv"}]

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"email": "a@b.test", "role": "vendor_owner"}, "required"),
            ({"email": "a@b.test", "role": "platform_admin", "vendor": "objektiv"}, "not_for_staff"),
            ({"email": "a@b.test", "role": "superuser"}, "invalid_choice"),
            ({"email": "a@b.test", "role": "vendor_owner", "vendor": "kellerei"}, "does_not_exist"),
            ({"email": "nobody", "role": "platform_admin"}, "invalid"),
        ],
    )
    def test_an_invitation_that_makes_no_sense_is_refused(self, staff, objektiv, elsewhere, body, code):
        assert code in codes(staff.post("admin/users/", body))


FOREIGN = (
    "admin/companies/{company}/",
    "admin/vendors/kellerei/",
    "admin/vendors/kellerei/suspensions/",
    "admin/domains/{domain}/",
    "admin/domains/{domain}/verifications/",
    "admin/users/{user}/",
    "admin/users/{user}/staff-role/",
    "admin/users/{user}/teams/kellerei/",
)


def test_nothing_of_another_platform_is_listed_read_or_changed(staff, objektiv, elsewhere):
    ids = {name: row.pk for name, row in elsewhere.items()}
    for listing in ("companies", "vendors", "domains", "users", "invitations"):
        text = staff.get(f"admin/{listing}/").content.decode()
        assert "ellerei" not in text and "wein.example.com" not in text
    for address in FOREIGN:
        for method in ("GET", "PATCH", "POST", "DELETE"):
            response = staff.request(method, address.format(**ids), {"is_active": False})
            assert response.status_code in {404, 405, 400}, (method, address, response.content)
            assert b"kellerei" not in response.content.replace(address.format(**ids).encode(), b"")
    body = {"code": "mine", "name": "Mine", "company": ids["company"]}
    assert codes(staff.post("admin/vendors/", body)) == ["does_not_exist"]
    with platform_context(role="operator"):
        assert Vendor.objects.get(code="kellerei").status == "active"
        assert User.objects.get(pk=ids["user"]).is_active
        assert VendorDomain.objects.filter(pk=ids["domain"]).exists()


def test_control_as_operator_the_other_platform_would_show(staff, objektiv, elsewhere, monkeypatch):
    made = admin_views.Companies.get

    def as_operator(self: Any, request: Any) -> Any:
        with platform_context(role="operator"):
            response = made(self, request)
            assert response.data
            return response

    monkeypatch.setattr(admin_views.Companies, "get", as_operator)
    assert "Kellerei" in staff.get("admin/companies/").content.decode()


@pytest.mark.parametrize(
    "path", ["admin/companies/", "admin/vendors/", "admin/domains/", "admin/users/", "admin/invitations/"]
)
def test_only_staff_enter(path, api_people):
    for who, script in api_people.items():
        for method in ("GET", "POST"):
            assert script.request(method, path, {}).status_code == 401, who


@pytest.fixture
def api_people(owner: Api, clerk: Api, mosel: Any, kellerei: Any, make_user: Any) -> dict[str, Api]:
    admin = make_user("admin@mosel.test")
    with platform_context(mosel, role="operator"):
        add_staff(platform=mosel, user=admin)
    stranger = Api("mosel.localhost")
    stranger.sign_in("admin@mosel.test")
    misplaced = Api("lux.localhost")
    misplaced.access = stranger.access
    return {"nobody": Api("lux.localhost"), "owner": owner, "clerk": clerk, "another platform": misplaced}


def test_lists_cost_the_same_however_many_rows_there_are(
    staff, lux, make_vendor, make_user, django_assert_max_num_queries
):
    def fill(start: int, end: int) -> None:
        for number in range(start, end):
            vendor = make_vendor(lux, f"shop-{number}")
            user = make_user(f"user{number}@lux.test")
            with platform_context(lux, role="operator"):
                add_team_member(vendor=vendor, user=user, role=VendorRole.OWNER)
                add_domain(vendor=vendor, host=f"shop-{number}.example.com")
                invite_team_member(vendor=vendor, email=f"x{number}@lux.test", role=VendorRole.CLERK)

    fill(0, 2)
    for listing in ("companies", "vendors", "domains", "users", "invitations"):
        with django_assert_max_num_queries(12):
            assert staff.get(f"admin/{listing}/").status_code == 200
    fill(2, 22)
    for listing in ("companies", "vendors", "domains", "users", "invitations"):
        with django_assert_max_num_queries(12):
            assert len(staff.get(f"admin/{listing}/").json()["data"]) >= 22


def test_a_change_by_session_needs_the_csrf_token(lux, lux_admin):
    client = Client(headers={"host": "admin.lux.localhost"}, enforce_csrf_checks=True)
    _begin_session(client, lux, lux_admin)
    assert client.get("/api/v1/admin/companies/").status_code == 200
    body = {"legal_name": "Linse S.A."}
    refused = client.post("/api/v1/admin/companies/", body, "application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf_failed")
    with platform_context(role="operator"):
        assert Company.objects.count() == 0
    token = "a" * 32
    client.cookies["wz_csrf"] = token
    allowed = client.post(
        "/api/v1/admin/companies/", body, "application/json", headers={"x-csrftoken": token}
    )
    assert allowed.status_code == 201


def _begin_session(client: Client, platform: Any, user: User) -> None:
    """A browser's session on the admin's host, as its sign-in page makes it."""
    request: Any = SimpleNamespace(session=None, platform=platform.ref, vendor=None, META={}, COOKIES={})
    with platform_context(platform):
        request.session = SessionStore()
        sign_in(request, user, Audience.STAFF)
        request.session.save()
    client.cookies["wz_admin"] = request.session.session_key

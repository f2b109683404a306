"""A vendor's team by API: its own domains and members, and nobody else's."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from modules.tenancy.api import vendor_views
from modules.tenancy.invitations import invite_team_member
from modules.tenancy.models import Invitation, VendorDomain, VendorMembership
from modules.tenancy.services import add_domain, add_team_member
from platform_core.roles import VendorRole
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.hosts import host_directory
from tests.api_client import Api
from tests.mails import sent

pytestmark = pytest.mark.django_db


@pytest.fixture
def neighbour(lux: Any, voltwerk: Any, make_user: Any) -> dict[str, Any]:
    user = make_user("owner@voltwerk.test")
    with platform_context(lux, role="operator"):
        add_team_member(vendor=voltwerk, user=user, role=VendorRole.OWNER)
        domain = add_domain(vendor=voltwerk, host="strom.example.com")
    return {"user": user, "domain": domain}


class TestDomains:
    def test_an_owner_claims_proves_and_gives_up(self, owner, monkeypatch, client_for):
        made = owner.post("vendor/domains/", {"host": "fotos.example.com"})
        assert made.status_code == 201, made.content
        domain = made.json()
        assert domain["vendor"] == "objektiv"
        address = f"vendor/domains/{domain['id']}/"
        assert owner.get("vendor/domains/").json()["data"] == [domain]
        monkeypatch.setattr(vendor_views, "txt_records", lambda name: [])
        assert owner.post(f"{address}verifications/").json()["code"] == "domain_not_proved"
        assert client_for("fotos.example.com").get("/api/v1/").status_code == 404
        monkeypatch.setattr(vendor_views, "txt_records", lambda name: ["other", domain["record_value"]])
        assert owner.post(f"{address}verifications/").json()["state"] == "active"
        # What a commit does, which this test's transaction never sees.
        host_directory.forget()
        assert client_for("fotos.example.com").get("/api/v1/").status_code == 200
        assert owner.request("PATCH", address, {"is_primary": True}).json()["is_primary"] is True
        assert owner.request("DELETE", address).status_code == 204
        assert owner.get("vendor/domains/").json()["data"] == []

    def test_a_clerk_reads_only(self, clerk, owner):
        domain = owner.post("vendor/domains/", {"host": "fotos.example.com"}).json()
        assert clerk.get("vendor/domains/").json()["data"] == [domain]
        address = f"vendor/domains/{domain['id']}/"
        for method, path in (
            ("POST", "vendor/domains/"),
            ("PATCH", address),
            ("DELETE", address),
            ("POST", f"{address}verifications/"),
        ):
            response = clerk.request(method, path, {"host": "x.example.com"})
            assert (response.status_code, response.json()["code"]) == (403, "permission_denied")

    def test_a_neighbours_domain_is_not_there(self, owner, neighbour):
        assert owner.get("vendor/domains/").json()["data"] == []
        address = f"vendor/domains/{neighbour['domain'].pk}/"
        for method, path in (
            ("GET", address),
            ("PATCH", address),
            ("DELETE", address),
            ("POST", f"{address}verifications/"),
        ):
            assert owner.request(method, path, {"is_primary": True}).status_code == 404
        with platform_context(role="operator"):
            assert not VendorDomain.objects.get().is_primary

    def test_a_host_a_neighbour_serves_is_taken_and_a_claim_of_theirs_is_not(self, owner, neighbour):
        body = {"host": "strom.example.com"}
        assert owner.post("vendor/domains/", body).status_code == 201
        with platform_context(role="operator"):
            VendorDomain.objects.all().delete()
            VendorDomain.objects.create(
                platform=neighbour["domain"].platform,
                vendor=neighbour["domain"].vendor,
                host="strom.example.com",
                state="active",
            )
        assert owner.post("vendor/domains/", body).json()["code"] == "domain_taken"

    def test_a_shop_has_a_bounded_number_of_domains(self, owner):
        for number in range(20):
            assert owner.post("vendor/domains/", {"host": f"shop-{number}.example.com"}).status_code == 201
        more = owner.post("vendor/domains/", {"host": "more.example.com"})
        assert (more.status_code, more.json()["code"]) == (409, "too_many_domains")
        assert owner.post("vendor/domains/", {"host": "shop-3.example.com"}).status_code == 201


class TestTeam:
    def test_whoever_is_in_the_team_already_is_not_invited(self, owner, objektiv_clerk):
        again = owner.post("vendor/team/", {"email": objektiv_clerk.email, "role": "vendor_owner"})
        assert (again.status_code, again.json()["code"]) == (409, "already_member")
        assert sent() == []

    def test_an_owner_learns_nothing_of_whom_they_invite(self, owner, make_user):
        make_user("known@elsewhere.test", full_name="Nora")
        answers = []
        for email in ("known@elsewhere.test", "nobody@elsewhere.test"):
            made = owner.post("vendor/team/", {"email": email, "role": "vendor_clerk"})
            assert made.status_code == 201, made.content
            answers.append(made.json() | {"email": "", "id": 0, "created_at": ""})
        assert answers[0] == answers[1]
        team = owner.get("vendor/team/").content.decode()
        assert "elsewhere.test" not in team
        listed = owner.get("vendor/invitations/").json()["data"]
        assert {row["email"] for row in listed} == {"known@elsewhere.test", "nobody@elsewhere.test"}
        assert "Nora" not in str(listed)

    def test_an_owner_invites_again_and_withdraws(self, owner):
        first = owner.post("vendor/team/", {"email": "nora@objektiv.test", "role": "vendor_clerk"}).json()
        again = owner.post("vendor/team/", {"email": "Nora@objektiv.test", "role": "vendor_owner"}).json()
        assert again == first | {"role": "vendor_owner"}
        assert len(sent()) == 2
        address = f"vendor/invitations/{first['id']}/"
        assert owner.post(f"{address}mails/").status_code == 200
        assert len(sent()) == 1
        assert owner.request("DELETE", address).status_code == 204
        assert owner.get("vendor/invitations/").json()["data"] == []

    def test_an_owner_changes_and_removes(self, owner, objektiv_owner, objektiv_clerk):
        nora = Api("lux.localhost")
        assert nora.sign_in(objektiv_clerk.email).status_code == 200
        assert [entry["email"] for entry in owner.get("vendor/team/").json()["data"]] == [
            "owner@objektiv.test",
            "staff@objektiv.test",
        ]
        address = f"vendor/team/{objektiv_clerk.pk}/"
        assert owner.request("PATCH", address, {"role": "vendor_owner"}).json()["role"] == "vendor_owner"
        assert nora.get("vendor/team/").status_code == 200
        assert owner.request("DELETE", address).status_code == 204
        assert nora.get("vendor/team/").status_code == 401
        last = owner.request("DELETE", f"vendor/team/{objektiv_owner.pk}/")
        assert (last.status_code, last.json()["code"]) == (409, "last_owner")

    def test_a_clerk_sees_no_invitations(self, owner, clerk):
        made = owner.post("vendor/team/", {"email": "nora@objektiv.test", "role": "vendor_clerk"}).json()
        address = f"vendor/invitations/{made['id']}/"
        for method, path in (("GET", "vendor/invitations/"), ("GET", address), ("DELETE", address)):
            assert clerk.request(method, path).status_code == 403
        assert clerk.post(f"{address}mails/").status_code == 403

    def test_a_neighbours_invitation_is_not_there(self, owner, lux, voltwerk):
        with platform_context(lux, voltwerk):
            there = invite_team_member(vendor=voltwerk, email="there@voltwerk.test", role=VendorRole.CLERK)
        sent()
        assert owner.get("vendor/invitations/").json()["data"] == []
        address = f"vendor/invitations/{there.pk}/"
        for method, path in (("GET", address), ("DELETE", address), ("POST", f"{address}mails/")):
            assert owner.request(method, path).status_code == 404
        assert sent() == []

    def test_a_clerk_does_not_see_the_team(self, clerk):
        assert clerk.get("vendor/team/").status_code == 403
        assert clerk.post("vendor/team/", {"email": "a@b.test", "role": "vendor_owner"}).status_code == 403

    def test_a_neighbours_member_is_not_there(self, owner, neighbour):
        assert "voltwerk" not in owner.get("vendor/team/").content.decode()
        address = f"vendor/team/{neighbour['user'].pk}/"
        for method in ("GET", "PATCH", "DELETE"):
            assert owner.request(method, address, {"role": "vendor_clerk"}).status_code == 404

    def test_a_vendor_cannot_make_staff(self, owner):
        response = owner.post("vendor/team/", {"email": "a@b.test", "role": "platform_admin"})
        assert response.json()["errors"][0]["code"] == "invalid_choice"


class TestTheDatabase:
    """What the roles may do whatever the code asks for."""

    def test_a_vendor_writes_no_domain_or_member_of_another(self, lux, objektiv, voltwerk, neighbour):
        with platform_context(lux, objektiv):
            for row in (
                VendorDomain(platform_id=lux.pk, vendor_id=voltwerk.pk, host="x.example.com"),
                VendorMembership(platform_id=lux.pk, vendor_id=voltwerk.pk, user=neighbour["user"]),
                Invitation(platform_id=lux.pk, vendor_id=voltwerk.pk, email="a@b.test", role="vendor_owner"),
                # Nor anybody staff.
                Invitation(platform_id=lux.pk, email="a@b.test", role="platform_admin"),
            ):
                with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
                    row.save()
            assert VendorDomain.objects.update(is_primary=True) == 0
            assert VendorMembership.objects.all().delete()[0] == 0
            assert Invitation.objects.all().delete()[0] == 0

    def test_a_vendor_makes_nobody_staff(self, lux, objektiv, neighbour):
        with (
            platform_context(lux, objektiv),
            connection.cursor() as cursor,
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction.atomic(),
        ):
            cursor.execute("INSERT INTO tenancy_platformmembership SELECT 1")

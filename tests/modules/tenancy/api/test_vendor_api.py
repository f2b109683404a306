"""A vendor's team by API: its own domains and members, and nobody else's."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from modules.tenancy.api import vendor_views
from modules.tenancy.models import VendorDomain, VendorMembership
from modules.tenancy.services import add_domain, add_team_member
from platform_core.roles import VendorRole
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.hosts import host_directory
from tests.api_client import Api

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
    def test_whoever_is_in_the_team_already_is_given_the_role(self, owner):
        nora = {"email": "nora@objektiv.test", "full_name": "Nora", "role": "vendor_clerk"}
        first = owner.post("vendor/team/", nora).json()["member"]
        again = owner.post("vendor/team/", nora | {"role": "vendor_owner"})
        assert (again.status_code, again.json()["password"]) == (201, None)
        assert again.json()["member"] == first | {"role": "vendor_owner"}

    def test_an_owner_adds_changes_and_removes(self, owner, objektiv_owner):
        made = owner.post(
            "vendor/team/", {"email": "nora@objektiv.test", "full_name": "Nora", "role": "vendor_clerk"}
        )
        assert made.status_code == 201, made.content
        member, password = made.json()["member"], made.json()["password"]
        nora = Api("lux.localhost")
        assert nora.sign_in("nora@objektiv.test", password).status_code == 200
        assert [entry["email"] for entry in owner.get("vendor/team/").json()["data"]] == [
            "nora@objektiv.test",
            "owner@objektiv.test",
        ]
        address = f"vendor/team/{member['id']}/"
        assert owner.request("PATCH", address, {"role": "vendor_owner"}).json()["role"] == "vendor_owner"
        assert nora.get("vendor/team/").status_code == 200
        assert owner.request("DELETE", address).status_code == 204
        assert nora.get("vendor/team/").status_code == 401
        last = owner.request("DELETE", f"vendor/team/{objektiv_owner.pk}/")
        assert (last.status_code, last.json()["code"]) == (409, "last_owner")

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
            ):
                with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
                    row.save()
            assert VendorDomain.objects.update(is_primary=True) == 0
            assert VendorMembership.objects.all().delete()[0] == 0

    def test_a_vendor_makes_nobody_staff(self, lux, objektiv, neighbour):
        with (
            platform_context(lux, objektiv),
            connection.cursor() as cursor,
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction.atomic(),
        ):
            cursor.execute("INSERT INTO tenancy_platformmembership SELECT 1")

"""Platforms come, with schema, rights and walls, and go."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, connections
from django.db.utils import IntegrityError, ProgrammingError

from modules.tenancy.models import VendorDomain, VendorMembership
from modules.tenancy.services import activate_domain, add_domain
from platform_core.tasks import provision_waiting
from platform_core.tenancy import services
from platform_core.tenancy.checks import missing_walls
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.models import Domain, Platform, validate_code
from platform_core.tenancy.services import (
    HostTaken,
    LastHost,
    NotProvisioned,
    PlatformExists,
    ReservedCode,
    add_host,
    create_platform,
    delete_platform,
    make_host_primary,
    reactivate_platform,
    remove_host,
    suspend_platform,
    update_platform,
)

pytestmark = pytest.mark.database


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_platform_comes_with_its_schema_and_goes_with_it():
    platform = create_platform(code="saar", name="Saar", host="saar.localhost")
    assert platform.status == Platform.Status.ACTIVE
    assert missing_walls(connections["owner"]) == []
    with platform_context(platform, role="gatekeeper"), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM browser_session")
    with (
        platform_context(platform),
        connection.cursor() as cursor,
        pytest.raises(ProgrammingError, match="permission denied"),
    ):
        cursor.execute("SELECT * FROM saar.django_migrations")
    delete_platform(platform=platform)
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = 'saar'")
        assert cursor.fetchone() is None


@pytest.mark.django_db(transaction=True)
def test_without_the_owner_the_platform_waits_for_the_operators_worker(monkeypatch):
    asked: list[int] = []
    monkeypatch.setattr(services, "has_owner", lambda: False)
    monkeypatch.setattr(services, "_ask_the_operator", asked.append)
    platform = create_platform(code="saar", name="Saar", host="saar.localhost")
    assert platform.status == Platform.Status.PROVISIONING
    assert asked == [platform.pk]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("code", "host", "error"),
    [
        ("lux", "other.localhost", PlatformExists),
        ("saar", "lux.localhost", HostTaken),
        ("saar", "localhost", HostTaken),
        ("public", "saar.localhost", ReservedCode),
        ("www", "saar.localhost", ReservedCode),
        ("information-schema", "saar.localhost", ReservedCode),
        ("saar", "saar.lux.localhost", HostTaken),
        ("saar", "admin.lux.localhost", HostTaken),
        ("saar", "https://saar.localhost/", ValidationError),
        ("saar", "saar", ValidationError),
        ("Saar", "saar.localhost", ValidationError),
        ('s"; DROP SCHEMA lux', "saar.localhost", ValidationError),
    ],
)
def test_what_cannot_be_a_platform_is_refused(lux, code: str, host: str, error: type[Exception]):
    with pytest.raises(error):
        create_platform(code=code, name="Saar", host=host)
    with platform_context(role="operator"):
        assert set(Platform.objects.values_list("code", flat=True)) == {"lux", "mosel"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "code", ["a-", "a" * 39 + "-", "xn--a", "ab--cd", "x", "1a", "a_b", "Ab", "a" * 41, "a\n"]
)
def test_a_code_that_no_host_could_carry_is_refused(code):
    with pytest.raises(ValidationError):
        create_platform(code=code, name="Saar", host="saar.localhost", in_background=True)
    with platform_context(role="operator"):
        assert not Platform.objects.filter(name="Saar").exists()


@pytest.mark.parametrize("code", ["ab", "a1", "a-b", "a--b", "abc--d", "a" * 40])
def test_a_code_that_a_host_can_carry_is_taken(code):
    validate_code(code)


@pytest.mark.django_db
def test_a_platform_with_a_code_of_before_is_renamed(lux):
    with platform_context(role="operator"):
        Platform.objects.filter(pk=lux.pk).update(code="xn--lux")
        assert update_platform(platform=lux, name="Lux neu", default_language="fr").name == "Lux neu"


@pytest.mark.django_db
def test_a_host_that_would_hide_another_platforms_subdomains_is_refused(lux, mosel):
    with platform_context(role="operator"):
        add_host(platform=mosel, host="shops.mosel.test")
        with pytest.raises(HostTaken):
            add_host(platform=lux, host="mosel.test")
        with pytest.raises(HostTaken):
            add_host(platform=lux, host="objektiv.shops.mosel.test")
        assert add_host(platform=mosel, host="www.shops.mosel.test").tenant_id == mosel.pk
        with pytest.raises(HostTaken):
            add_host(platform=mosel, host="admin.shops.mosel.test")


@pytest.mark.django_db
def test_a_host_that_a_vendor_serves_is_refused(lux, mosel, objektiv):
    with platform_context(role="operator"):
        activate_domain(domain=add_domain(vendor=objektiv, host="objektiv.example.test"))
        with pytest.raises(HostTaken):
            add_host(platform=mosel, host="objektiv.example.test")
        # Its subdomains would be the platform's shops.
        with pytest.raises(HostTaken):
            add_host(platform=mosel, host="example.test")
        assert add_host(platform=mosel, host="other.test").tenant_id == mosel.pk


@pytest.mark.django_db
def test_a_platform_keeps_one_host_and_one_primary(lux):
    with platform_context(role="operator"):
        first = Domain.objects.get(domain="lux.localhost")
        with pytest.raises(LastHost):
            remove_host(domain=first)
        second = add_host(platform=lux, host="lux.example.test")
        make_host_primary(domain=second)
        assert Platform.objects.get(pk=lux.pk).primary_host == "lux.example.test"
        remove_host(domain=second)
        assert Platform.objects.get(pk=lux.pk).primary_host == "lux.localhost"
        assert Domain.objects.get(tenant=lux).is_primary


@pytest.mark.django_db
def test_a_suspended_platform_answers_nowhere_and_comes_back(
    lux, client_for, django_capture_on_commit_callbacks
):
    assert client_for("lux.localhost").get("/robots.txt").status_code == 200
    with platform_context(role="operator"), django_capture_on_commit_callbacks(execute=True):
        suspend_platform(platform=lux)
    assert client_for("lux.localhost").get("/robots.txt").status_code == 404
    with platform_context(role="operator"), django_capture_on_commit_callbacks(execute=True):
        reactivate_platform(platform=lux)
    assert client_for("lux.localhost").get("/robots.txt").status_code == 200


@pytest.mark.django_db
def test_a_platform_that_is_being_set_up_cannot_be_opened_by_hand(lux):
    with platform_context(role="operator"):
        Platform.objects.filter(pk=lux.pk).update(status=Platform.Status.PROVISIONING)
        with pytest.raises(NotProvisioned):
            reactivate_platform(platform=lux)


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_loses_nothing(monkeypatch):
    def away(platform_id: int) -> None:
        raise ConnectionError

    monkeypatch.setattr(services, "_ask_the_operator", away)
    platform = create_platform(code="saar", name="Saar", host="saar.localhost", in_background=True)
    with platform_context(role="operator"):
        assert Platform.objects.get(pk=platform.pk).status == Platform.Status.PROVISIONING


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_the_operators_worker_finds_what_waits_and_one_fault_stops_no_other(monkeypatch):
    monkeypatch.setattr(services, "_ask_the_operator", lambda _platform_id: None)
    for code in ("ruwer", "saar"):
        create_platform(code=code, name=code, host=f"{code}.localhost", in_background=True)
    make_schema = services._make_schema

    def fails_for_one(platform: Platform) -> None:
        if platform.code == "ruwer":
            raise ProgrammingError("a migration that fails")
        make_schema(platform)

    monkeypatch.setattr(services, "_make_schema", fails_for_one)
    assert provision_waiting.apply().get() == ["saar"]
    monkeypatch.undo()
    assert provision_waiting.apply().get() == ["ruwer"]
    assert provision_waiting.apply().get() == []
    with platform_context(role="operator"):
        assert set(Platform.objects.values_list("code", "status")) >= {
            ("saar", "active"),
            ("ruwer", "active"),
        }
    for code in ("ruwer", "saar"):
        with platform_context(role="operator"):
            platform = Platform.objects.get(code=code)
        delete_platform(platform=platform)


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_platform_deleted_while_it_waits_gets_no_schema(monkeypatch):
    monkeypatch.setattr(services, "_ask_the_operator", lambda _platform_id: None)
    platform = create_platform(code="saar", name="Saar", host="saar.localhost", in_background=True)
    with platform_context(role="operator"):
        Platform.objects.filter(pk=platform.pk).delete()
    services.provision(platform)
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = 'saar'")
        assert cursor.fetchone() is None


@pytest.mark.django_db
def test_a_membership_or_domain_cannot_join_two_platforms(lux, mosel, objektiv, lux_admin):
    with platform_context(role="operator"), pytest.raises(IntegrityError):
        VendorMembership.objects.create(user=lux_admin, vendor=objektiv, platform=mosel)


@pytest.mark.django_db
def test_a_domain_of_one_platforms_vendor_cannot_stand_on_another(mosel, objektiv):
    with platform_context(role="operator"), pytest.raises(IntegrityError):
        VendorDomain.objects.create(vendor=objektiv, platform=mosel, host="shop.example.lu")


@pytest.mark.django_db
def test_staff_cannot_give_their_platform_another_host(lux):
    with platform_context(lux, role="staff"), pytest.raises(ProgrammingError, match="permission denied"):
        Domain.objects.create(tenant=lux, domain="another.localhost")

"""Platforms come, with schema, rights and walls, and go."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, connections
from django.db.utils import IntegrityError, ProgrammingError

from modules.tenancy.models import VendorDomain, VendorMembership
from platform_core.tenancy import services
from platform_core.tenancy.checks import missing_walls
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.models import Domain, Platform
from platform_core.tenancy.services import (
    HostTaken,
    PlatformExists,
    ReservedCode,
    create_platform,
    delete_platform,
)

pytestmark = pytest.mark.database


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_platform_comes_with_its_schema_and_goes_with_it():
    platform = create_platform(code="saar", name="Saar", host="saar.localhost")
    assert platform.status == Platform.Status.ACTIVE
    assert missing_walls(connections["owner"]) == []
    with platform_context(platform), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM browser_session")
        with pytest.raises(ProgrammingError, match="permission denied"):
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

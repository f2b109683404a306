"""System checks refuse what would open a hole, and say how to close it."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import CheckMessage
from django.db import connections, models
from django.db.models.functions import Lower
from django.test.utils import isolate_apps

from platform_core.identity import checks as identity_checks
from platform_core.tenancy import allowlist
from platform_core.tenancy import checks as tenancy_checks
from platform_core.tenancy.fields import VendorForeignKey
from platform_core.tenancy.owned import VendorOwned


def ids(found: list[CheckMessage]) -> list[str]:
    return [str(message.id).removeprefix("platform_core.") for message in found]


def test_the_project_itself_has_no_fault():
    assert tenancy_checks.check_walls() == []
    assert identity_checks.check_routes_declare_policies() == []


@isolate_apps("modules.cms")
def test_a_vendor_owned_model_without_a_wall_is_refused(monkeypatch: pytest.MonkeyPatch):
    class Note(VendorOwned):
        class Meta:
            app_label = "cms"

    monkeypatch.setattr(tenancy_checks, "vendor_owned_models", lambda: [Note])
    found = tenancy_checks.check_walls()
    assert ids(found) == ["E101"]
    assert found[0].hint == 'Add Wall("note") to the migration that creates it.'


@isolate_apps("modules.cms")
def test_a_link_whose_key_no_migration_makes_is_refused(monkeypatch: pytest.MonkeyPatch):
    class Page(VendorOwned):
        class Meta:
            app_label = "cms"

    class PageTranslation(VendorOwned):
        sibling = VendorForeignKey(Page, models.CASCADE)

        class Meta:
            app_label = "cms"

    monkeypatch.setattr(tenancy_checks, "vendor_owned_models", lambda: [PageTranslation])
    assert ids(tenancy_checks.check_walls()) == ["E102"]


@isolate_apps("modules.cms")
def test_a_plain_link_and_a_many_to_many_are_refused():
    class Page(VendorOwned):
        class Meta:
            app_label = "cms"

    class Note(VendorOwned):
        page = models.ForeignKey(Page, models.CASCADE)
        others = models.ManyToManyField(Page, related_name="+")

        class Meta:
            app_label = "cms"

    assert ids(tenancy_checks._check_links(Note)) == ["E103", "E103"]


@isolate_apps("modules.cms")
def test_keys_that_do_not_start_with_the_vendor_are_refused():
    class Note(VendorOwned):
        number = models.IntegerField(unique=True)
        title = models.CharField(max_length=10)

        class Meta:
            app_label = "cms"
            constraints = (
                models.UniqueConstraint(fields=("title",), name="title_uq"),
                models.UniqueConstraint(Lower("title"), name="lower_title_uq"),
                models.UniqueConstraint("vendor_id", Lower("title"), name="good_uq"),
            )
            indexes = (
                models.Index(fields=("title",), name="title_ix"),
                models.Index(fields=("vendor_id", "title"), name="good_ix"),
            )

    found = tenancy_checks._check_keys(Note)
    assert ids(found) == ["E105"] * 4
    assert not any("good" in message.msg for message in found)


def test_a_table_without_a_vendor_needs_a_reason(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tenancy_checks, "TABLES_WITHOUT_VENDOR", {})
    assert set(ids(tenancy_checks.check_walls())) == {"E104"}


def test_every_reason_on_the_list_is_of_a_table_that_exists():
    tables = {model._meta.db_table for app in tenancy_checks.platform_apps() for model in app.get_models()}
    assert set(allowlist.TABLES_WITHOUT_VENDOR) <= tables | {"django_migrations"}


@pytest.mark.database
@pytest.mark.django_db(databases=["default", "owner"])
def test_the_catalogue_is_compared_with_the_models(lux):
    owner = connections["owner"]
    assert tenancy_checks.missing_walls(owner) == []
    table = tenancy_checks.vendor_owned_models()[0]._meta.db_table
    with owner.cursor() as cursor:
        cursor.execute(f"DROP POLICY of_vendor ON lux.{table}")
        cursor.execute(f"ALTER TABLE mosel.{table} NO FORCE ROW LEVEL SECURITY")
        cursor.execute("CREATE TABLE lux.forgotten (id int)")
        cursor.execute(f"CREATE VIEW lux.everything AS SELECT * FROM lux.{table}")
    faults = tenancy_checks.missing_walls(owner)
    assert faults == [
        f"lux.{table} has the policies ['of_owner', 'of_staff'].",
        "lux.forgotten carries no vendor and is not on the list.",
        f"mosel.{table} does not force row-level security.",
        "lux.everything is a view that runs with its owner's rights.",
        "lux.forgotten is open to a role of pages.",
    ]


def test_a_route_without_a_policy_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(identity_checks, "URLCONFS", ("tests.platform_core.identity.sample_urls",))
    found = identity_checks.check_routes_declare_policies()
    assert set(ids(found)) == {"E001"}
    assert found[0].msg.endswith("/undeclared/ declares no policy.")


def test_a_policy_with_an_unknown_permission_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(identity_checks, "URLCONFS", ("tests.platform_core.identity.sample_urls",))
    monkeypatch.setattr(identity_checks, "permission_codes", lambda: frozenset())
    assert "E002" in ids(identity_checks.check_routes_declare_policies())


SAFE: dict[str, Any] = {
    "PRODUCTION": True,
    "DEBUG": False,
    "DEMO": False,
    "SECRET_KEY": "a1B2c3D4e5F6g7H8i9J0" * 3,
    "BASE_DOMAIN": "wizamart.example",
}


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({}, []),
        ({"DEBUG": True}, ["E120"]),
        ({"SECRET_KEY": "for-development-only"}, ["E121"]),
        ({"SECRET_KEY": "a" * 64}, ["E121"]),
        ({"DEMO": True}, ["E122"]),
        ({"BASE_DOMAIN": "localhost"}, ["E123"]),
        ({"PRODUCTION": False, "DEBUG": True, "DEMO": True}, []),
    ],
)
def test_a_real_installation_refuses_unsafe_settings(settings, changed: dict[str, Any], fault: list[str]):
    for name, value in {**SAFE, **changed}.items():
        setattr(settings, name, value)
    assert ids(tenancy_checks.check_production()) == fault

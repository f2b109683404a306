"""`platforms`, `vendors` and `domains`: what they do, print and end with."""

from __future__ import annotations

import json
from contextlib import nullcontext
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connections

from modules.tenancy import services
from modules.tenancy.management.commands import platforms as platforms_command
from modules.tenancy.management.commands import vendors as vendors_command
from modules.tenancy.models import Company, Vendor, VendorDomain, VendorMembership
from platform_core.identity.models import User
from platform_core.tenancy import services as tenancy
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.models import Domain, Platform

pytestmark = pytest.mark.django_db


def run(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    text = out.getvalue()
    assert "\x1b" not in text
    return text


def as_json(*words: str) -> Any:
    return json.loads(run(*words, "--json"))


def refused(*words: str) -> CommandError:
    with pytest.raises(CommandError) as caught:
        run(*words)
    return caught.value


def stored(model: Any, **query: Any) -> Any:
    with platform_context(role="operator"):
        return model.objects.filter(**query).first()


def test_platforms_are_listed_in_lines_and_as_json(lux, mosel, objektiv):
    lines = run("platforms", "list").splitlines()
    assert lines[0].split() == ["code", "name", "status", "host", "vendors"]
    assert lines[1].split() == ["lux", "Lux", "active", "lux.localhost", "1"]
    found = as_json("platforms", "list")
    assert [(entry["code"], entry["vendors"]) for entry in found] == [("lux", 1), ("mosel", 0)]


def test_a_vendor_is_created_with_company_and_owner(lux):
    made = as_json(
        "vendors", "create", "linse", "--platform", "lux", "--name", "Linse", "--owner", "o@linse.test"
    )
    vendor = stored(Vendor, code="linse")
    assert vendor.platform_id == lux.pk
    assert stored(User, email="o@linse.test").check_password(made["password"])
    assert stored(VendorMembership, vendor=vendor).role == "vendor_owner"


def test_a_dry_run_says_so_and_changes_nothing(lux):
    text = run("vendors", "create", "linse", "--platform", "lux", "--name", "Linse", "--dry-run")
    assert text.startswith("Dry run, nothing was changed")
    assert stored(Vendor, code="linse") is None
    assert (
        as_json("vendors", "create", "linse", "--platform", "lux", "--name", "L", "--dry-run")["dry_run"]
        is True
    )
    run("platforms", "create", "saar", "--name", "Saar", "--host", "saar.localhost", "--dry-run")
    assert stored(Platform, code="saar") is None


def test_a_vendor_is_suspended_and_reactivated(objektiv):
    run("vendors", "suspend", "objektiv", "--platform", "lux")
    assert stored(Vendor, code="objektiv").status == "suspended"
    assert as_json("vendors", "reactivate", "objektiv", "--platform", "lux")["status"] == "active"


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("vendors", "list", "--platform", "nope"), "Platforms: lux, mosel"),
        (("vendors", "suspend", "nope", "--platform", "lux"), "vendors list --platform lux"),
        (("vendors", "create", "objektiv", "--platform", "lux", "--name", "X"), "Choose another code"),
        (("vendors", "create", "admin", "--platform", "lux", "--name", "X"), "reserved word"),
        (("domains", "add", "not a host", "--platform", "lux", "--vendor", "objektiv"), "Enter a host name"),
        (("domains", "add", "x.example.test", "--platform", "lux", "--vendor", "nope"), "vendors list"),
        (("domains", "verify", "x.example.test"), "domains list"),
        (("platforms", "create", "lux", "--name", "X", "--host", "x.localhost"), "Choose another code"),
    ],
)
def test_an_error_ends_with_1_and_says_what_to_do(lux, mosel, objektiv, words, hint):
    error = refused(*words)
    assert error.returncode == 1
    assert hint in str(error)


@pytest.mark.parametrize("words", [("platforms",), ("vendors", "create", "x"), ("domains", "explode")])
def test_wrong_usage_ends_with_2_on_the_command_line(words):
    import subprocess  # noqa: PLC0415
    import sys  # noqa: PLC0415

    ended = subprocess.run([sys.executable, "manage.py", *words], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2
    assert "usage:" in ended.stderr


def test_a_domain_is_claimed_proved_listed_and_given_up(lux, objektiv, monkeypatch):
    claim = as_json("domains", "add", "Shop.Example.test", "--platform", "lux", "--vendor", "objektiv")
    assert claim["record"] == "_wizamart.shop.example.test"
    monkeypatch.setattr("modules.tenancy.management.commands.domains.txt_records", lambda name: [])
    assert "No TXT record" in str(refused("domains", "verify", "shop.example.test"))
    monkeypatch.setattr(
        "modules.tenancy.management.commands.domains.txt_records", lambda name: [claim["value"]]
    )
    assert as_json("domains", "verify", "shop.example.test")["state"] == "active"
    hosts = {entry["host"]: entry for entry in as_json("domains", "list", "--platform", "lux")}
    assert hosts["shop.example.test"]["vendor"] == "objektiv"
    assert hosts["lux.localhost"]["vendor"] is None
    assert hosts["lux.localhost"]["primary"] is True
    run("domains", "remove", "shop.example.test")
    assert stored(VendorDomain, host="shop.example.test") is None


def test_a_claim_that_is_only_tried_shows_no_proof_to_write(lux, objektiv):
    words = ("domains", "add", "shop.example.test", "--platform", "lux", "--vendor", "objektiv", "--dry-run")
    assert (as_json(*words)["value"], stored(VendorDomain, host="shop.example.test")) == (None, None)
    assert "a TXT record at _wizamart.shop.example.test." in run(*words)


def test_a_host_of_this_machine_needs_no_name_server(lux, objektiv, settings):
    run("domains", "add", "shop.localhost", "--platform", "lux", "--vendor", "objektiv")
    settings.PRODUCTION = True
    refused("domains", "verify", "shop.localhost")
    del settings.PRODUCTION
    assert as_json("domains", "verify", "shop.localhost")["state"] == "active"


def test_a_host_claimed_twice_must_be_told_apart(lux, objektiv, voltwerk):
    for vendor in ("objektiv", "voltwerk"):
        run("domains", "add", "shop.example.test", "--platform", "lux", "--vendor", vendor)
    assert "add --vendor" in str(refused("domains", "remove", "shop.example.test"))
    run("domains", "remove", "shop.example.test", "--vendor", "voltwerk")
    assert stored(VendorDomain, host="shop.example.test").vendor_id == objektiv.pk


def test_a_platforms_host_is_added_and_the_last_one_kept(lux):
    run("domains", "add", "lux.example.test", "--platform", "lux")
    assert stored(Domain, domain="lux.example.test").tenant_id == lux.pk
    run("domains", "remove", "lux.example.test")
    assert "answer on no host" in str(refused("domains", "remove", "lux.localhost"))


def test_deleting_a_platform_asks_first_and_says_what_goes(lux, objektiv, objektiv_owner):
    error = refused("platforms", "delete", "lux")
    assert error.returncode == 2
    assert "1 companies, 1 vendors" in str(error)
    assert "--yes" in str(error)
    assert as_json("platforms", "delete", "lux", "--dry-run")["goes"]["vendors"] == 1
    assert stored(Platform, code="lux")


def test_deleting_a_platform_needs_the_owner(lux, monkeypatch):
    monkeypatch.setattr(platforms_command, "has_owner", lambda: False)
    assert "DATABASE_OWNER_URL" in str(refused("platforms", "delete", "lux", "--yes"))


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_platform_comes_and_goes_with_all_that_is_in_it(make_vendor, make_user):
    run("platforms", "create", "saar", "--name", "Saar", "--host", "saar.localhost")
    platform = stored(Platform, code="saar")
    assert platform.status == "active"
    vendor = make_vendor(platform, "kohle")
    user = make_user("owner@kohle.test")
    with platform_context(role="operator"):
        services.add_team_member(vendor=vendor, user=user, role="vendor_owner")
    run("platforms", "delete", "saar", "--yes")
    assert stored(Platform, code="saar") is None
    assert stored(Vendor, code="kohle") is None
    assert stored(User, email="owner@kohle.test")
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = 'saar'")
        assert cursor.fetchone() is None


@pytest.mark.django_db(transaction=True)
def test_without_the_owner_it_waits_for_the_worker_and_gives_up_in_time(monkeypatch):
    monkeypatch.setattr(tenancy, "has_owner", lambda: False)
    monkeypatch.setattr(platforms_command, "has_owner", lambda: False)
    monkeypatch.setattr(tenancy, "_ask_the_operator", lambda platform_id: None)
    words = ("platforms", "create", "saar", "--name", "Saar", "--host", "saar.localhost", "--wait", "0.2")
    error = refused(*words)
    assert error.returncode == 1
    assert "-Q operator" in str(error)


@pytest.mark.django_db(transaction=True)
def test_without_the_owner_it_is_done_once_the_worker_has_done_it(monkeypatch):
    def worker(platform_id: int) -> None:
        with platform_context(role="operator"):
            Platform.objects.filter(pk=platform_id).update(status=Platform.Status.ACTIVE)

    monkeypatch.setattr(tenancy, "has_owner", lambda: False)
    monkeypatch.setattr(platforms_command, "has_owner", lambda: False)
    monkeypatch.setattr(tenancy, "_ask_the_operator", worker)
    made = as_json("platforms", "create", "saar", "--name", "Saar", "--host", "saar.localhost")
    assert made["status"] == "active"


LONG = "x" * 300
VENDOR = ("vendors", "create", "linse", "--platform", "lux", "--name", "Linse")
PLATFORM = ("platforms", "create", "saar", "--name", "Saar", "--host", "saar.localhost")
DOMAIN = ("domains", "add", "x.example.test", "--platform", "lux", "--vendor", "objektiv")


def with_(words: tuple[str, ...], place: int | str, value: str) -> tuple[str, ...]:
    """The words with another value at a place, or for an option."""
    if isinstance(place, int):
        return (*words[:place], value, *words[place + 1 :])
    if place not in words:
        return (*words, place, value)
    return with_(words, words.index(place) + 1, value)


def everything() -> list[int]:
    with platform_context(role="operator"):
        models = (Platform, Domain, Vendor, Company, VendorDomain, VendorMembership, User)
        return [model.objects.count() for model in models]


PLACES = [
    *((VENDOR, place) for place in (2, "--platform", "--owner", "--language", "--theme")),
    *((PLATFORM, place) for place in (2, "--host", "--language", "--wait")),
    *((DOMAIN, place) for place in (2, "--platform", "--vendor")),
    (("vendors", "list"), "--platform"),
    (("vendors", "suspend", "objektiv", "--platform", "lux"), 2),
    (("vendors", "suspend", "objektiv", "--platform", "lux"), "--platform"),
    (("platforms", "delete", "lux", "--yes"), 2),
    (("domains", "list"), "--platform"),
    (("domains", "verify", "claimed.example.test"), 2),
    (("domains", "verify", "claimed.example.test"), "--vendor"),
    (("domains", "remove", "claimed.example.test"), 2),
    (("domains", "remove", "claimed.example.test"), "--vendor"),
    (("domains", "remove", "second.example.test"), "--vendor"),
]
NO_VALUES = ["", "   ", LONG, "two words", "\udcff"]
NO_NAMES = ["", "   ", LONG, "\udcff"]


@pytest.mark.parametrize(
    ("words", "place", "value"),
    [
        *((VENDOR, place, value) for place in ("--name", "--company") for value in NO_NAMES),
        *((PLATFORM, "--name", value) for value in NO_NAMES),
        *((PLATFORM, "--wait", value) for value in ("nan", "inf", "-1")),
        *((words, place, value) for words, place in PLACES for value in NO_VALUES),
    ],
)
def test_a_value_that_cannot_be_is_one_clear_line_and_nothing_is_done(lux, objektiv, words, place, value):
    with platform_context(role="operator"):
        services.add_domain(vendor=objektiv, host="claimed.example.test")
        tenancy.add_host(platform=lux, host="second.example.test")
    before = everything()
    error = refused(*with_(words, place, value))
    assert error.returncode != 0
    assert str(error).strip() and "\n" not in str(error)
    assert everything() == before
    assert stored(Vendor, code="objektiv").is_active


def test_control_without_one_transaction_a_refused_owner_leaves_the_vendor_behind(lux, monkeypatch):
    monkeypatch.setattr(vendors_command.transaction, "atomic", nullcontext)
    assert "email: " in str(refused(*VENDOR, "--owner", "nobody"))
    assert stored(Vendor, code="linse")

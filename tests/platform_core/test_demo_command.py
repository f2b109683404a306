"""`manage.py demo`: complete, repeatable, safe to run again and refused where it would be dangerous."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import override_settings

from modules.catalog import images
from modules.catalog.models import Product, ProductImage
from modules.customers.models import Customer
from modules.customers.services import authenticate
from modules.tenancy.models import Vendor, VendorDomain
from modules.tenancy.selectors import memberships_of, vendor_of_code
from platform_core.demo import PASSWORD, TODAY, DemoRun
from platform_core.demo.platforms import demo_platforms
from platform_core.identity.models import User
from platform_core.tenancy.context import platform_context
from tests.databases import cloned_database, use_database
from tests.platform_core.demo_dump import dump, files

pytestmark = pytest.mark.database

SCHEMAS = ("lux", "mosel")
SHOPS = {
    "lux": {"objektiv", "voltwerk", "gaardenhaus", "stull", "stadion"},
    "mosel": {"kellerei"},
}


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for the pictures, which are small here: the demo is built several times."""
    root = tmp_path_factory.mktemp("media")
    with override_settings(MEDIA_ROOT=root), pytest.MonkeyPatch.context() as patch:
        patch.setattr(images, "WIDTHS", (160,))
        patch.setattr(images, "SPEED", 0)
        yield root


@pytest.fixture(scope="module")
def database(django_db_setup: None, django_db_blocker: Any, media: Path) -> Iterator[None]:
    """A database of this file's own: the demo commits, and a reset drops whole schemas."""
    kept = {alias: dict(connections[alias].settings_dict) for alias in ("default", "owner")}
    with django_db_blocker.unblock(), cloned_database("demo") as urls:
        use_database(*urls)
        yield
    for alias, values in kept.items():
        connections[alias].settings_dict.update(values)


@pytest.fixture(scope="module")
def built(database: None) -> dict[str, Any]:
    """What a run answers that begins with nothing: the template's platforms go first."""
    return demo("--reset", "--yes")


def demo(*arguments: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("demo", "--json", *arguments, stdout=out)
    return json.loads(out.getvalue())


def made(answer: dict[str, Any]) -> int:
    return sum(sum(step["made"].values()) for step in answer["steps"])


def test_the_demo_is_refused_without_demo_and_debug(settings: Any) -> None:
    settings.DEMO = settings.DEBUG = False
    with pytest.raises(CommandError, match="password that everybody knows") as refusal:
        call_command("demo")
    assert refusal.value.returncode == 1


def test_both_platforms_have_their_shops(built: dict[str, Any]) -> None:
    platforms = demo_platforms()
    assert [platform.code for platform in platforms] == ["lux", "mosel"]
    for platform in platforms:
        with platform_context(platform, role="staff"):
            assert set(Vendor.objects.values_list("code", flat=True)) == SHOPS[platform.code]


def test_there_are_at_least_sixty_products_with_their_pictures(built: dict[str, Any]) -> None:
    products = pictures = 0
    for platform in demo_platforms():
        with platform_context(platform, role="staff"):
            products += Product.objects.filter(status=Product.Status.ACTIVE).count()
            pictures += ProductImage.objects.count()
            assert not Product.objects.filter(published_at__gt=TODAY).exists()
    assert products >= 60
    assert pictures == 54 + 13 + 4


def test_each_shop_answers_on_a_host_of_its_own(built: dict[str, Any]) -> None:
    with platform_context(role="operator"):
        active = VendorDomain.objects.filter(state=VendorDomain.State.ACTIVE)
        assert set(active.values_list("host", flat=True)) == {
            f"{code}.localhost" for codes in SHOPS.values() for code in codes
        }


@pytest.mark.parametrize(
    ("email", "platform", "roles"),
    [
        ("admin@lux.test", "lux", [("platform_admin", None)]),
        ("admin@mosel.test", "mosel", [("platform_admin", None)]),
        ("owner@objektiv.test", "lux", [("vendor_owner", "objektiv")]),
        ("staff@stadion.test", "lux", [("vendor_clerk", "stadion")]),
        ("owner@kellerei.test", "mosel", [("vendor_owner", "kellerei")]),
    ],
)
def test_people_have_their_password_and_role(
    built: dict[str, Any], email: str, platform: str, roles: list[tuple[str, str | None]]
) -> None:
    with platform_context(role="gatekeeper"):
        user = User.objects.get(email=email)
        assert user.check_password(PASSWORD)
        assert not user.is_superuser
        for there in demo_platforms():
            found = [
                (str(membership.role), membership.vendor.code if membership.vendor else None)
                for membership in memberships_of(user.pk, there.pk)
            ]
            assert found == (roles if there.code == platform else [])


def test_root_may_do_everything(built: dict[str, Any]) -> None:
    with platform_context(role="gatekeeper"):
        root = User.objects.get(email="root@wizamart.test")
    assert root.is_superuser
    assert root.check_password(PASSWORD)


def test_anna_is_another_customer_in_every_shop(built: dict[str, Any]) -> None:
    hashes = set()
    for platform in demo_platforms():
        for code in SHOPS[platform.code]:
            with platform_context(role="operator"):
                vendor = vendor_of_code(platform.pk, code)
            with platform_context(platform, vendor):
                anna = authenticate(email="anna@example.test", password=PASSWORD)
                assert anna.addresses.count() == 2
                hashes.add(Customer.objects.get().password)
    assert len(hashes) == 6


def test_a_second_run_says_what_is_there_and_changes_nothing(built: dict[str, Any], media: Path) -> None:
    before, pictures = dump(SCHEMAS), files(media)
    answer = demo("--seed", "99")
    assert made(answer) == 0
    assert sum(sum(step["kept"].values()) for step in answer["steps"]) >= made(built)
    assert (dump(SCHEMAS), files(media)) == (before, pictures)


def test_a_run_makes_only_what_is_missing(built: dict[str, Any]) -> None:
    platform = demo_platforms()[1]
    with platform_context(role="operator"):
        vendor = vendor_of_code(platform.pk, "kellerei")
    with platform_context(platform, vendor):
        Customer.objects.all().delete()
    answer = demo()
    assert [step["made"] for step in answer["steps"] if step["made"]] == [{"customers": 1}]


def test_piped_output_is_plain(built: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    call_command("demo")
    said = capsys.readouterr().out
    assert "nothing was changed" in said
    assert not {"\033", "\r"} & set(said)


def test_a_reset_asks_first(built: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("yes\n"))
    before = dump(SCHEMAS)
    with pytest.raises(CommandError, match="--yes") as refusal:
        call_command("demo", "--reset")
    assert refusal.value.returncode == 2
    assert dump(SCHEMAS) == before


def test_the_same_seed_makes_the_same_data_and_another_seed_does_not(
    built: dict[str, Any], media: Path
) -> None:
    def rebuilt(seed: int) -> tuple[Any, list[str]]:
        demo("--reset", "--yes", "--seed", str(seed))
        return dump(SCHEMAS), files(media)

    first, second, third = (dump(SCHEMAS), files(media)), rebuilt(1), rebuilt(8)
    assert first == second
    assert first[1] == third[1]
    differing = {table for table, rows in third[0].items() if rows != first[0][table]}
    assert "lux.catalog_product" in differing
    assert "lux.catalog_producttranslation" not in differing


def test_a_dry_run_counts_and_writes_nothing(built: dict[str, Any]) -> None:
    before = dump(SCHEMAS)
    assert made(demo("--dry-run")) == 0
    assert demo("--dry-run", "--reset")["steps"] == []
    assert dump(SCHEMAS) == before


def test_chance_depends_on_the_seed_and_the_key_alone() -> None:
    run = DemoRun(seed=3)
    run.chance("a").random()
    assert run.chance("b").random() == DemoRun(seed=3).chance("b").random()
    assert run.chance("b").random() != DemoRun(seed=4).chance("b").random()

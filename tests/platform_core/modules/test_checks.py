"""`manage.py check` names every fault of a definition, and what mends it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import CheckMessage, Warning
from django.db import models
from django.test.utils import isolate_apps

from modules.catalog.tasks import sweep_every_shop
from platform_core.identity.checks import URLCONFS
from platform_core.modules.checks import check_definitions
from platform_core.modules.definition import BeatEntry, FrontendType, MenuItem, ModuleConfig, Permission
from platform_core.modules.registry import isolated_registry, registry
from tests.sample_modules import module


@pytest.fixture(autouse=True, scope="module")
def _routes_of_the_installed_modules() -> None:
    """Made before a registry of made-up modules stands, whose doors nobody could import."""
    for urlconf in URLCONFS:
        import_module(urlconf)


def found(*configs: ModuleConfig) -> list[CheckMessage]:
    with isolated_registry(*configs):
        return [message for message in check_definitions() if not isinstance(message, Warning)]


def ids(*configs: ModuleConfig) -> list[str]:
    return [str(message.id).removeprefix("platform_core.") for message in found(*configs)]


def test_the_installed_modules_have_no_fault():
    assert check_definitions() == []
    assert registry().faults == ()


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        ("E013", {"requires": ("orders",)}),
        ("E014", {"requires": ("nobody",)}),
        ("E016", {"is_core": True, "is_internal": True}),
        ("E017", {"version": "1.0"}),
        ("E017", {"version": "v1.0.0"}),
        ("E017", {"version": "01.0.0"}),
        ("E020", {"permissions": (Permission("payments.view_order", "…"),)}),
        ("E020", {"permissions": (Permission("orders.view", "…"),)}),
        ("E028", {"beat": (BeatEntry("expire", "orders.nothing_of_this_name", 60),)}),
        ("E028", {"beat": (BeatEntry("expire", "platform_core.modules.fan_out", 60),)}),
        ("E029", {"beat": (BeatEntry("expire", sweep_every_shop.name, 0),)}),
        ("E031", {"beat": (BeatEntry("expire", sweep_every_shop.name, 60),) * 2}),
        ("E021", {"on_enable": "modules.nowhere.hooks.begin"}),
        ("E021", {"can_disable": "platform_core.modules.registry.nothing_of_this_name"}),
        ("E021", {"on_disable": "platform_core.modules.registry.CODE"}),
    ],
)
def test_a_fault_of_a_definition_is_named(code: str, fields: dict[str, Any]):
    messages = found(module("orders", **fields))
    assert [str(message.id) for message in messages] == [f"platform_core.{code}"]
    assert messages[0].obj == "orders"
    assert messages[0].hint


@pytest.mark.parametrize("version", ["0.1.0", "1.10.3", "2.0.0-rc.1"])
def test_versions_that_are_right(version: str):
    assert found(module("orders", version=version)) == []


def test_two_menu_items_of_one_id_are_refused():
    item = MenuItem("home", "Home", url_name="dashboard:core:home")
    assert ids(module("orders", menu_items={FrontendType.VENDOR: (item, item)})) == ["E018"]


@pytest.mark.parametrize(
    ("frontend", "url_name"),
    [
        (FrontendType.VENDOR, "dashboard:orders:list"),
        # A page of another frontend, and one that takes an argument.
        (FrontendType.SHOP, "dashboard:core:home"),
        (FrontendType.VENDOR, "dashboard:catalog:edit"),
    ],
)
def test_a_menu_item_that_leads_nowhere_is_refused(frontend: FrontendType, url_name: str):
    item = MenuItem("orders", "Orders", url_name=url_name)
    assert ids(module("orders", menu_items={frontend: (item,)})) == ["E019"]


def test_one_permission_of_two_modules_is_refused():
    entry = Permission("orders.view_order", "…")
    first, second = module("orders", permissions=(entry,)), module("sales", permissions=(entry,))
    assert set(ids(first, second)) == {"E020", "E023"}


@isolate_apps("modules.catalog", "modules.customers")
def test_a_foreign_key_against_the_arrows_is_refused():
    class Coupon(models.Model):
        class Meta:
            app_label = "customers"

    class Sale(models.Model):
        coupon = models.ForeignKey(Coupon, models.CASCADE)

        class Meta:
            app_label = "catalog"

    orders, customers = module("orders"), module("customers")
    orders.models = {"sale": Sale}
    assert ids(orders, customers) == ["E024"]
    allowed = module("orders", requires=("customers",))
    allowed.models = {"sale": Sale}
    assert ids(allowed, customers) == []
    core = module("customers", is_core=True)
    assert ids(orders, core) == []


def test_a_template_that_could_hide_anothers_is_refused(tmp_path: Path):
    (tmp_path / "templates" / "orders").mkdir(parents=True)
    (tmp_path / "templates" / "orders" / "list.html").write_text("mine")
    assert ids(module("orders", path=tmp_path)) == []
    (tmp_path / "templates" / "base.html").write_text("everybody's")
    assert ids(module("orders", path=tmp_path)) == ["E025"]


def test_a_migration_with_an_automatic_name_is_refused(tmp_path: Path):
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "0001_order.py").touch()
    (tmp_path / "migrations" / "0002_auto_20261125_0102.py").touch()
    assert ids(module("orders", path=tmp_path)) == ["E027"]


def test_a_module_nobody_watches_is_warned_of():
    with isolated_registry(module("orders"), module("core", is_core=True)):
        assert [(str(message.id), message.obj) for message in check_definitions()] == [
            ("platform_core.W030", "orders")
        ]

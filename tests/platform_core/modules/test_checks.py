"""`manage.py check` names every fault of a definition, and what mends it."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from celery import Celery, Task, current_app
from django.core.checks import CheckMessage, Warning
from django.db import models
from django.test.utils import isolate_apps

from modules.catalog.tasks import sweep_every_shop
from platform_core.identity.checks import URLCONFS
from platform_core.modules.checks import check_definitions
from platform_core.modules.definition import BeatEntry, FrontendType, MenuItem, ModuleConfig, Permission
from platform_core.modules.registry import isolated_registry, registry
from platform_core.modules.service import module_service
from platform_core.modules.surroundings import check_files, check_rows, orphan_rows
from platform_core.modules.tasks import ModuleTask
from platform_core.tenancy.context import platform_context
from platform_core.testing.walks import as_one_with
from tests.sample_modules import beside_the_installed, module


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
        ("E013", {"requires": ("gifts",)}),
        ("E014", {"requires": ("nobody",)}),
        ("E016", {"is_core": True, "is_internal": True}),
        ("E017", {"version": "1.0"}),
        ("E017", {"version": "v1.0.0"}),
        ("E017", {"version": "01.0.0"}),
        ("E020", {"permissions": (Permission("payments.view_order", "…"),)}),
        ("E020", {"permissions": (Permission("gifts.view", "…"),)}),
        ("E046", {"features": ("Own-Domains",)}),
        ("E046", {"features": ("cards", "cards")}),
        ("E036", {"permissions": (Permission("gifts.view_order", "…", roles=("owner",)),)}),
        ("E037", {"always_on_urls": ("webhook",)}),
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
    messages = found(module("gifts", **fields))
    assert [str(message.id) for message in messages] == [f"platform_core.{code}"]
    assert messages[0].obj == "gifts"
    assert messages[0].hint


@pytest.mark.parametrize("version", ["0.1.0", "1.10.3", "2.0.0-rc.1"])
def test_versions_that_are_right(version: str):
    assert found(module("gifts", version=version)) == []


def test_two_menu_items_of_one_id_are_refused():
    item = MenuItem("home", "Home", url_name="dashboard:core:home")
    assert ids(module("gifts", menu_items={FrontendType.VENDOR: (item, item)})) == ["E018"]


@pytest.mark.parametrize(
    ("frontend", "url_name"),
    [
        (FrontendType.VENDOR, "dashboard:gifts:list"),
        # A page of another frontend, and one that takes an argument.
        (FrontendType.SHOP, "dashboard:core:home"),
        (FrontendType.VENDOR, "dashboard:catalog:edit"),
    ],
)
def test_a_menu_item_that_leads_nowhere_is_refused(frontend: FrontendType, url_name: str):
    item = MenuItem("gifts", "Orders", url_name=url_name)
    assert ids(module("gifts", menu_items={frontend: (item,)})) == ["E019"]


HOME = "dashboard:core:home"


def with_menu(*items: MenuItem, frontend: FrontendType = FrontendType.VENDOR) -> ModuleConfig:
    return module("gifts", menu_items={frontend: items})


def below(child: MenuItem) -> ModuleConfig:
    return with_menu(MenuItem("gifts", "Gifts", url_name=HOME, children=(child,)))


def test_a_menu_item_below_another_is_held_to_the_same():
    assert ids(below(MenuItem("cards", "Cards", url_name=HOME))) == []
    assert ids(below(MenuItem("gifts", "Cards", url_name=HOME))) == ["E018"]
    assert ids(below(MenuItem("cards", "Cards", url_name="dashboard:gifts:cards"))) == ["E019"]
    assert ids(below(MenuItem("cards", "Cards", url_name=HOME, permission="gifts.see_card"))) == ["E036"]
    sales = module("sales", menu_items={FrontendType.VENDOR: (MenuItem("cards", "…", url_name=HOME),)})
    assert ids(below(MenuItem("cards", "Cards", url_name=HOME)), sales) == ["E035"]


def test_a_menu_of_three_levels_is_refused():
    lowest = MenuItem("letters", "Letters", url_name=HOME)
    assert ids(below(MenuItem("cards", "Cards", url_name=HOME, children=(lowest,)))) == ["E048"]


@pytest.mark.parametrize("name", ["badge", "is_visible"])
def test_a_hook_of_a_menu_item_that_cannot_be_called_is_refused(name: str):
    def hooked(path: str) -> ModuleConfig:
        return below(MenuItem("cards", "Cards", url_name=HOME, **{name: path}))  # type: ignore[arg-type]

    assert ids(hooked("platform_core.modules.registry.registry")) == []
    assert ids(hooked("modules.nowhere.hooks.begin")) == ["E021"]
    assert ids(hooked("platform_core.modules.registry.CODE")) == ["E021"]


@pytest.mark.parametrize(
    "facts",
    [
        {"badge": "platform_core.modules.registry.registry"},
        {"is_visible": "platform_core.modules.registry.registry"},
        {"children": (MenuItem("cards", "Cards", url_name="storefront:core:home"),)},
    ],
)
def test_a_shops_menu_is_the_same_for_everybody(facts: dict[str, Any]):
    item = MenuItem("gifts", "Gifts", url_name="storefront:core:home", **facts)
    assert ids(with_menu(item, frontend=FrontendType.SHOP)) == ["E049"]
    assert ids(with_menu(replace(item, url_name=HOME, children=()))) == []


def test_one_permission_of_two_modules_is_refused():
    entry = Permission("gifts.view_order", "…")
    first, second = module("gifts", permissions=(entry,)), module("sales", permissions=(entry,))
    assert set(ids(first, second)) == {"E020", "E023"}


def test_one_feature_of_two_modules_and_a_menu_item_for_none_are_refused():
    assert ids(module("gifts", features=("cards",)), module("sales", features=("cards",))) == ["E046"]
    item = MenuItem("gifts", "Gifts", url_name=HOME, feature="cards")
    assert ids(with_menu(item)) == ["E046"]
    facts = {"menu_items": {FrontendType.VENDOR: (item,)}, "features": ("cards",)}
    assert ids(module("gifts", **facts)) == []


def test_a_name_of_one_of_its_own_routes_may_stay_on():
    for name, fault in (("list", []), ("home", ["E037"]), ("storefront:catalog:list", ["E037"])):
        with as_one_with("catalog", always_on_urls=(name,)):
            assert [
                str(message.id).removeprefix("platform_core.") for message in check_definitions()
            ] == fault


def test_a_menu_item_for_those_who_hold_what_nobody_declares_is_refused():
    def with_item(permission: str) -> ModuleConfig:
        item = MenuItem("gifts", "Orders", url_name="dashboard:core:home", permission=permission)
        return module(
            "gifts",
            permissions=(Permission("gifts.view_order", "…"),),
            menu_items={FrontendType.VENDOR: (item,)},
        )

    assert ids(with_item("gifts.view_order")) == []
    assert ids(with_item("orders.see_order")) == ["E036"]


def test_one_menu_item_of_two_modules_is_refused_and_of_two_menus_is_not():
    item = MenuItem("gifts", "Orders", url_name="dashboard:core:home")
    shop = MenuItem("gifts", "Orders", url_name="storefront:core:home")
    orders = module("gifts", menu_items={FrontendType.VENDOR: (item,), FrontendType.SHOP: (shop,)})
    assert ids(orders) == []
    assert ids(orders, module("sales", menu_items={FrontendType.VENDOR: (item,)})) == ["E035"]


def test_a_task_outside_of_the_gate_is_refused(monkeypatch):
    def tidy() -> None:
        """A task's body."""

    tidy.__module__ = "made_up.gifts.tasks"
    app = Celery("apart", set_as_current=False, task_cls=ModuleTask)
    monkeypatch.setitem(current_app.tasks, "orders.tidy", app.task(name="orders.tidy", lazy=False)(tidy))
    assert ids(module("gifts")) == []
    monkeypatch.setitem(
        current_app.tasks, "orders.tidy", app.task(name="orders.tidied", base=Task, lazy=False)(tidy)
    )
    assert ids(module("gifts")) == ["E034"]


@isolate_apps("modules.catalog", "modules.customers")
def test_a_foreign_key_against_the_arrows_is_refused():
    class Coupon(models.Model):
        class Meta:
            app_label = "customers"

    class Sale(models.Model):
        coupon = models.ForeignKey(Coupon, models.CASCADE)

        class Meta:
            app_label = "catalog"

    orders, customers = module("gifts"), module("customers")
    orders.models = {"sale": Sale}
    assert ids(orders, customers) == ["E024"]
    allowed = module("gifts", requires=("customers",))
    allowed.models = {"sale": Sale}
    assert ids(allowed, customers) == []
    core = module("customers", is_core=True)
    assert ids(orders, core) == []


def test_a_template_that_could_hide_anothers_is_refused(tmp_path: Path):
    (tmp_path / "templates" / "gifts").mkdir(parents=True)
    (tmp_path / "templates" / "gifts" / "list.html").write_text("mine")
    assert ids(module("gifts", path=tmp_path)) == []
    (tmp_path / "templates" / "base.html").write_text("everybody's")
    assert ids(module("gifts", path=tmp_path)) == ["E025"]


def test_a_migration_with_an_automatic_name_is_refused(tmp_path: Path):
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "0001_order.py").touch()
    (tmp_path / "migrations" / "0002_auto_20261125_0102.py").touch()
    assert ids(module("gifts", path=tmp_path)) == ["E027"]


def test_a_module_nobody_watches_is_warned_of():
    with isolated_registry(module("gifts"), module("core", is_core=True)):
        assert [(str(message.id), message.obj) for message in check_definitions()] == [
            ("platform_core.W030", "gifts")
        ]


def test_a_module_without_tests_or_translations_is_warned_of(tmp_path: Path, settings):
    settings.BASE_DIR = tmp_path
    folder = tmp_path / "modules" / "gifts"
    own = tmp_path / "tests" / "modules" / "gifts"
    texts = folder / "locale" / "fr" / "LC_MESSAGES"
    for made in (own, texts):
        made.mkdir(parents=True)

    def warned() -> list[str]:
        with isolated_registry(module("gifts", path=folder)):
            return [str(message.id) for message in check_files()]

    assert warned() == ["platform_core.W038", "platform_core.W039"]
    (own / "test_orders.py").touch()
    assert warned() == ["platform_core.W039"]
    (texts / "django.po").touch()
    assert warned() == []


def test_the_installed_modules_have_tests_and_translations():
    assert check_files() == []


@pytest.mark.django_db
def test_rows_of_a_module_that_is_gone_are_warned_of_and_those_of_a_broken_one_are_not(lux, mosel):
    def warned(*configs: ModuleConfig) -> list[tuple[str, str]]:
        with beside_the_installed(*configs):
            return [(str(message.id), message.msg) for message in orphan_rows()]

    with beside_the_installed(module("gifts")), platform_context(role="operator"):
        for platform in (lux, mosel):
            module_service.enable_module(platform, "gifts")
    assert warned(module("gifts")) == []
    assert warned(module("gifts", requires=("paymnets",))) == []
    assert warned() == [
        ("platform_core.W040", "gifts is not installed, and there are rows of it: lux, mosel.")
    ]
    assert len(check_rows(databases=["default"])) == 1
    assert check_rows(databases=["owner"]) == check_rows() == []

"""A platform brought to a wanted state: as a file says it, or as another platform has it; and data deleted for ever."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from modules.catalog.hooks import data_summary
from modules.catalog.models import Product
from modules.catalog.services.products import create_product
from platform_core.modules.definition import FrontendType
from platform_core.modules.desired import Wanted
from platform_core.modules.events import ModuleEvent, capture_module_events
from platform_core.modules.exceptions import (
    Blocked,
    Conflict,
    Contradiction,
    CoreModule,
    HookFailed,
    InvalidConfig,
    KeepsItsData,
    ModuleRefusal,
    ReasonNeeded,
    StillOn,
    UnknownModule,
)
from platform_core.modules.graph import closure
from platform_core.modules.menu_service import MenuSetting, menu_settings, set_menu
from platform_core.modules.models import ModuleChange, PlatformModule
from platform_core.modules.plan import in_force, plan_towards
from platform_core.modules.registry import isolated_registry, registry
from platform_core.modules.service import module_service
from platform_core.modules.state import read_state
from platform_core.tenancy.context import current_context, platform_context
from tests.sample_modules import module

pytestmark = pytest.mark.django_db
VENDOR = FrontendType.VENDOR
SECRET = "sk_live_never_taken_over"


class Gateway(BaseModel):
    account: str = ""
    api_key: SecretStr | None = None


class Strict(BaseModel):
    account: str
    api_key: SecretStr


calls: list[tuple[Any, ...]] = []


def note(*args: Any) -> None:
    calls.append((current_context().platform.code, current_context().role, *args))  # type: ignore[union-attr]


def fail(*_args: Any) -> None:
    raise RuntimeError("no such queue")


def kept(_platform_id: int) -> list[tuple[str, int]]:
    return [("Invoices", 3)]


def against(_platform_id: int) -> list[str]:
    return ["Somebody pays just now."]


@pytest.fixture
def staff(lux):
    calls.clear()
    modules = (
        module("core", is_core=True),
        module("payments", config_schema=Gateway, on_clone=note),
        module("billing", requires=("payments",), data_summary=kept, on_purge=note),
        module("paypal", conflicts=("stripe",)),
        module("stripe", config_schema=Strict, requires_config=True),
        module("reports", requires=("stripe",)),
        module("glue", requires=("billing", "paypal"), auto_enable_with=("billing", "paypal")),
    )
    with isolated_registry(*modules), platform_context(role="operator"):
        yield lux


def on_now(platform) -> set[str]:
    return set(read_state(platform.pk).enabled) - {"core"}


def bring(platform, modules: dict[str, bool], settings: Any = None, **more: Any):
    return module_service.bring_to(platform, Wanted(modules, settings or {}), source="cli", **more)


def test_modules_and_settings_are_brought_at_once_and_once(staff):
    wanted = {"billing": True}, {"payments": {"account": "wizamart"}}
    with capture_module_events() as events:
        done = bring(staff, *wanted)
    assert [(step.code, step.cause) for step in done.plan] == [
        ("payments", "dependency-of:billing"),
        ("billing", "direct"),
    ]
    assert on_now(staff) == {"payments", "billing"}
    assert module_service.get_module_config(staff, "payments")["account"] == "wizamart"
    assert done.version == 1
    before = list(ModuleChange.objects.values_list("pk", flat=True))
    again = bring(staff, *wanted)
    assert (again.plan, again.settings, again.version) == ((), {}, 1)
    assert list(ModuleChange.objects.values_list("pk", flat=True)) == before
    assert {event for event, _data in events} <= set(ModuleEvent)


def test_a_dry_run_says_it_with_the_data_and_changes_nothing(staff):
    module_service.enable_module(staff, "billing")
    told = bring(staff, {"payments": False}, dry_run=True)
    assert [(step.code, step.verb) for step in told.plan] == [("billing", "disable"), ("payments", "disable")]
    assert told.data == {"billing": [("Invoices", 3)]}
    assert on_now(staff) == {"payments", "billing"}


def test_one_goes_off_and_its_rival_comes_on(staff):
    module_service.enable_module(staff, "paypal")
    keys = {"account": "wizamart", "api_key": SECRET}
    bring(staff, {"reports": True, "paypal": False}, {"stripe": keys})
    assert on_now(staff) == {"stripe", "reports"}


@pytest.mark.parametrize(
    ("modules", "settings", "refusal", "named"),
    [
        ({"billing": True, "payments": False}, {}, Contradiction, "billing"),
        ({"paypal": True, "stripe": True}, {"stripe": {"account": "a", "api_key": "b"}}, Conflict, "paypal"),
        ({"stripe": True}, {}, InvalidConfig, "stripe"),
        ({"payments": True}, {"payments": {"nothing": 1}}, InvalidConfig, ""),
        ({"core": False}, {}, CoreModule, "core"),
        ({"nobody": True}, {}, UnknownModule, "nobody"),
        ({}, {"nobody": {}}, UnknownModule, "nobody"),
    ],
)
def test_what_cannot_be_is_refused_as_a_whole(staff, modules, settings, refusal, named):
    with pytest.raises(refusal) as caught:
        bring(staff, {**modules, "glue": True} if named == "nobody" else modules, settings)
    assert on_now(staff) == set()
    row = ModuleChange.objects.get()
    assert (row.action, row.details["code"]) == ("refused", caught.value.code)
    assert caught.value.message
    # Which of two that cannot both be is named first is the graph's affair.
    assert row.module_code in {named, *modules}


def test_what_stands_against_it_stops_all_of_it(staff):
    with isolated_registry(
        *[config for config in registry().configs if config.definition.code != "paypal"],
        module("paypal", can_enable=against),
    ):
        with pytest.raises(Blocked):
            bring(staff, {"billing": True, "paypal": True}, {"payments": {"account": "x"}})
        assert on_now(staff) == set()
        assert module_service.get_module_config(staff, "payments")["account"] == ""


def test_every_wish_is_reached_or_refused(staff):
    """All ways to want three of them, from all states of the others: what is planned is what comes out."""
    definitions = registry().definitions
    codes = ("payments", "billing", "paypal", "stripe")
    for wishes in (
        dict(zip(codes, values, strict=True)) for values in itertools.product((True, False), repeat=4)
    ):
        for values in itertools.product((True, False, None), repeat=4):
            wanted = {code: value for code, value in zip(codes, values, strict=True) if value is not None}
            try:
                plan = plan_towards(wanted, wishes)
            except ModuleRefusal:
                on = {code for code, value in wanted.items() if value}
                off = {code for code, value in wanted.items() if not value}
                needed = closure(on, definitions)
                now = in_force(wishes)
                assert needed & off or {"paypal", "stripe"} <= needed | (now - off)
                continue
            after = in_force({**wishes, **{step.code: step.verb == "enable" for step in plan}})
            assert all((code in after) is value for code, value in wanted.items()), (wishes, wanted)


# Cloning.


def test_a_platform_takes_over_the_modules_of_another_but_no_secret(staff, mosel):
    module_service.set_module_config(staff, "payments", {"account": "wizamart", "api_key": SECRET})
    module_service.enable_module(staff, "billing")
    module_service.enable_module(mosel, "paypal")
    before = read_state(staff.pk)
    done = module_service.clone_platform_modules(staff, mosel, reason="Like Lux")
    assert on_now(mosel) == {"payments", "billing"}
    config = module_service.get_module_config(mosel, "payments")
    assert (config["account"], config["api_key"]) == ("wizamart", None)
    assert done.secrets == {"payments": ["api_key"]}
    assert SECRET not in f"{done}{list(ModuleChange.objects.filter(platform_id=mosel.pk).values())}"
    assert calls == [("mosel", "staff", staff.pk, mosel.pk)]
    assert read_state(staff.pk) == before
    again = module_service.clone_platform_modules(staff, mosel)
    assert (again.plan, again.settings) == ((), {})


def test_menus_show_what_they_show_there(lux, mosel):
    with platform_context(role="operator"):
        set_menu(lux, VENDOR, {"team": MenuSetting(is_visible=False), "home": MenuSetting(order=99)})
        set_menu(lux, VENDOR, {"products": MenuSetting(order=1)}, role="vendor_clerk")
        set_menu(mosel, VENDOR, {"categories": MenuSetting(is_visible=False)})
        told = module_service.clone_platform_modules(lux, mosel, dry_run=True)
        assert menu_settings(mosel, VENDOR) == {"categories": MenuSetting(is_visible=False)}
        done = module_service.clone_platform_modules(lux, mosel)
        assert (
            set(told.menus)
            == set(done.menus)
            == {
                "vendor.everybody.team",
                "vendor.everybody.home",
                "vendor.everybody.categories",
                "vendor.vendor_clerk.products",
            }
        )
        rows = ModuleChange.objects.filter(platform_id=mosel.pk, version__gte=1).order_by("module_code")
        assert {row.module_code for row in rows} == {"catalog", "core", "tenancy"}
        assert menu_settings(mosel, VENDOR) == menu_settings(lux, VENDOR)
        assert menu_settings(mosel, VENDOR, role="vendor_clerk") == {"products": MenuSetting(order=1)}
        assert done.version == read_state(mosel.pk).version == 2
        assert module_service.clone_platform_modules(lux, mosel).version == 2


def test_what_cannot_be_without_its_secret_stays_as_it_is(staff, mosel):
    module_service.set_module_config(staff, "stripe", {"account": "wizamart", "api_key": SECRET})
    module_service.enable_module(staff, "reports")
    module_service.enable_module(staff, "payments")
    told = module_service.clone_platform_modules(staff, mosel, dry_run=True)
    assert on_now(mosel) == set()
    done = module_service.clone_platform_modules(staff, mosel)
    assert told.plan == done.plan
    assert on_now(mosel) == {"payments"}
    assert set(done.left_off) == {"stripe"}
    assert set(done.left_off["stripe"]) == {"api_key"}
    # With the key it is taken over.
    module_service.set_module_config(mosel, "stripe", {"account": "mosel", "api_key": "another"})
    module_service.clone_platform_modules(staff, mosel)
    assert on_now(mosel) == {"payments", "stripe", "reports"}


def test_what_the_other_has_as_it_comes_is_had_as_it_comes(staff, mosel):
    module_service.set_module_config(mosel, "payments", {"account": "mosel"})
    done = module_service.clone_platform_modules(staff, mosel)
    assert done.settings["payments"].names == ("account",)
    assert module_service.get_module_config(mosel, "payments")["account"] == ""


def test_a_hook_of_a_clone_that_raises_takes_all_of_it_back(staff, mosel):
    module_service.enable_module(staff, "billing")
    with isolated_registry(
        *[config for config in registry().configs if config.definition.code != "glue"],
        module("glue", requires=("billing",), on_clone=fail, default_enabled=True),
    ):
        with pytest.raises(HookFailed):
            module_service.clone_platform_modules(staff, mosel)
        assert "billing" not in on_now(mosel)
    row = ModuleChange.objects.get(platform_id=mosel.pk)
    assert (row.action, row.module_code) == ("refused", "glue")


# Purging.


def test_data_is_deleted_for_ever_by_the_module_itself(staff):
    module_service.set_module_config(staff, "payments", {"account": "wizamart"})
    module_service.enable_module(staff, "billing")
    module_service.disable_module(staff, "billing")
    told = module_service.purge_module(staff, "billing", dry_run=True)
    assert (told.counts, calls) == ([("Invoices", 3)], [])
    done = module_service.purge_module(staff, "billing", reason="The trial is over", source="cli")
    assert calls == [("lux", "staff", staff.pk)]
    assert PlatformModule.objects.get(platform=staff, module_code="billing").is_enabled is False
    row = ModuleChange.objects.order_by("pk").last()
    assert (row.action, row.details, row.reason, row.version) == (
        "purged",
        {"deleted": {"Invoices": 3}},
        "The trial is over",
        done.version,
    )


@pytest.mark.parametrize(
    ("code", "refusal", "reason"),
    [
        ("billing", StillOn, "Over"),
        ("paypal", KeepsItsData, "Over"),
        ("core", CoreModule, "Over"),
        ("nobody", UnknownModule, "Over"),
        ("glue", ReasonNeeded, "  "),
    ],
)
def test_what_is_not_deleted(staff, code: str, refusal: Any, reason: str):
    module_service.enable_module(staff, "billing")
    with (
        isolated_registry(
            *[config for config in registry().configs if config.definition.code != "glue"],
            module("glue", on_purge=note),
        ),
        pytest.raises(refusal),
    ):
        module_service.purge_module(staff, code, reason=reason)
    assert calls == []
    assert ModuleChange.objects.order_by("pk").last().action == "refused"


def test_why_a_module_keeps_its_data_is_said(staff):
    with (
        isolated_registry(
            module("core", is_core=True), module("orders", keeps_data="Books are kept ten years.")
        ),
        pytest.raises(KeepsItsData) as caught,
    ):
        module_service.purge_module(staff, "orders", reason="Over")
    assert caught.value.message == "orders keeps its data: Books are kept ten years."


def test_a_hook_that_raises_deletes_no_settings(staff):
    with isolated_registry(
        module("core", is_core=True), module("billing", config_schema=Gateway, on_purge=fail)
    ):
        module_service.set_module_config(staff, "billing", {"account": "wizamart"})
        with pytest.raises(HookFailed):
            module_service.purge_module(staff, "billing", reason="Over")
        assert module_service.get_module_config(staff, "billing")["account"] == "wizamart"
        with isolated_registry(
            module("core", is_core=True), module("billing", config_schema=Gateway, on_purge=note)
        ):
            module_service.purge_module(staff, "billing", reason="Over")
            assert module_service.get_module_config(staff, "billing")["account"] == ""


def test_the_row_of_a_module_that_is_gone_is_deleted(staff):
    PlatformModule.objects.create(platform=staff, module_code="gone", is_enabled=True)
    module_service.purge_module(staff, "gone", reason="Its package was removed")
    assert not PlatformModule.objects.filter(module_code="gone").exists()


# What modules keep.


def test_our_modules_count_the_rows_of_all_shops_of_one_platform(lux, objektiv, voltwerk, kellerei):
    for vendor in (objektiv, voltwerk, kellerei):
        with platform_context(vendor.platform, vendor):
            create_product(translations={"en": {"title": "Lamp"}}, status="draft")
    with platform_context(lux, role="staff"):
        assert Product.objects.count() == 2
        assert data_summary(lux.pk) == [("Products", 2), ("Categories", 0)]
        for code, found in registry().definitions.items():
            assert bool(module_service.get_module_data(lux, code)) is bool(found.data_summary), code


def test_counts_that_cannot_be_had_stop_nothing(staff, caplog):
    for hook in (fail, lambda _id: [("Invoices", "many")], lambda _id: 3):
        with isolated_registry(module("core", is_core=True), module("billing", data_summary=hook)):
            assert module_service.enable_module(staff, "billing", dry_run=True).data == {}
    assert "module_hook_failed" in caplog.text

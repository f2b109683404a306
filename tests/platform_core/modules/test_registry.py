"""The registry: tiers, order and closures; and what it makes of definitions that cannot be."""

from __future__ import annotations

import subprocess
import sys

import pytest

from platform_core import modules
from platform_core.embedded import PROJECT_DIR
from platform_core.modules import events, service
from platform_core.modules.registry import build, closure, dependents, isolated_registry, permission_codes
from tests.sample_modules import graph_of_the_seeds, module


def faults(*configs) -> list[tuple[int, str]]:
    return [(fault.number, fault.code) for fault in build(configs).faults]


def test_the_package_offers_what_is_asked_switched_and_heard():
    assert modules.module_service is service.module_service
    assert modules.module_event_bus is events.module_event_bus
    assert (modules.ModuleEvent, modules.ModuleEventData) == (events.ModuleEvent, events.ModuleEventData)
    assert (modules.closure, modules.dependents) == (closure, dependents)
    assert all(hasattr(modules, name) for name in modules.__all__)
    with pytest.raises(AttributeError, match="nothing_of_this_name"):
        _ = modules.nothing_of_this_name


def test_the_package_can_be_imported_before_models_are_loaded():
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, platform_core.modules; print([m for m in sys.modules if m.startswith('platform_core.') and m.endswith('.models')])",
        ],
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == "[]"


def test_modules_are_told_apart_by_tier():
    with isolated_registry(*graph_of_the_seeds()):
        assert set(modules.CORE_MODULES) == {"core"} == modules.get_core_module_codes()
        assert set(modules.INTERNAL_MODULES) == {"dev-tools"}
        assert set(modules.OPTIONAL_MODULES) == {"orders", "marketplace", "billing", "inventory", "payments"}
        assert len(modules.MODULES) == 7
        assert modules.MODULES["dev-tools"].label == "dev_tools"
        assert "orders" not in modules.CORE_MODULES
        assert modules.get_module_tier("billing") == "optional"
        assert modules.get_module_tier("nothing") is None
        assert modules.get_module("nothing") is None
        assert modules.is_core_module("core")
        assert not modules.is_core_module("orders")


def test_the_installed_modules_are_back_after_an_isolated_registry():
    before = set(modules.MODULES)
    with pytest.raises(RuntimeError), isolated_registry(module("alone")):
        raise RuntimeError
    assert set(modules.MODULES) == before >= {"core", "catalog"}


def test_a_module_comes_after_what_it_requires_and_then_by_code():
    with isolated_registry(*graph_of_the_seeds()):
        assert list(modules.MODULES) == [
            "core",
            "dev-tools",
            "inventory",
            "marketplace",
            "payments",
            "billing",
            "orders",
        ]


def test_a_wish_orders_and_a_circle_of_wishes_is_passed_over():
    wish = [module("a", after=("z",)), module("z")]
    assert [config.definition.code for config in build(wish).configs] == ["z", "a"]
    circle = [module("a", after=("z",)), module("z", after=("a",))]
    assert [config.definition.code for config in build(circle).configs] == ["a", "z"]
    assert build(circle).faults == ()


def test_closures_reach_all_the_way():
    chain = [module("a"), module("b", requires=("a",)), module("c", requires=("b",)), module("d")]
    with isolated_registry(*chain):
        assert closure("c") == {"a", "b", "c"}
        assert dependents("a") == {"a", "b", "c"}
        assert closure("d") == dependents("d") == {"d"}


def test_a_circle_is_left_out_with_all_that_requires_it_and_its_path_is_told():
    found = build(
        [
            module("a", requires=("b",)),
            module("b", requires=("c",)),
            module("c", requires=("a",)),
            module("on-top", requires=("a",)),
            module("apart"),
        ]
    )
    assert list(found.definitions) == ["apart"]
    assert [(fault.number, fault.code) for fault in found.faults][-1] == (14, "on-top")
    assert {fault.number for fault in found.faults[:-1]} == {13}
    path = found.faults[0].text.split(": ")[1].rstrip(".").split(" → ")
    assert path[0] == path[-1]
    assert set(path) == {"a", "b", "c"}
    requires = {"a": "b", "b": "c", "c": "a"}
    assert all(requires[one] == other for one, other in zip(path, path[1:], strict=False))


def test_a_module_that_requires_itself_is_left_out():
    assert faults(module("a", requires=("a",))) == [(13, "a")]


def test_what_requires_an_unknown_module_is_left_out_and_says_so():
    found = build([module("orders", requires=("paymnets",)), module("billing", requires=("orders",))])
    assert dict(found.definitions) == {}
    assert [fault.text for fault in found.faults] == [
        "orders requires paymnets, which is not installed.",
        "billing requires orders, which is broken.",
    ]


def test_of_two_modules_with_one_code_the_first_stays():
    found = build([module("orders"), module("orders", label="orders")])
    assert list(found.definitions) == ["orders"]
    assert [fault.number for fault in found.faults] == [11]


def test_an_appconfig_without_a_definition_is_left_out():
    config = module("orders")
    del type(config).definition
    assert faults(config, module("payments")) == [(9, "orders")]
    type(config).definition = "orders"
    assert faults(config, module("payments")) == [(9, "orders")]


def test_what_is_left_out_belongs_to_no_module_that_could_be_on():
    """Also where its code is that of another one, which is on."""
    orders, double = module("orders"), module("orders", label="old_orders")
    found = build([orders, double, module("billing", requires=("paymnets",))])
    assert [config.name for config in found.left_out] == ["made_up.old_orders", "made_up.billing"]
    assert found.owner_of("made_up.orders.tasks") == "orders"
    assert found.owner_of("made_up.old_orders.tasks") == "made_up.old_orders"
    assert found.code_of_label["billing"] == "made_up.billing"
    assert not set(found.definitions) & {"made_up.old_orders", "made_up.billing"}


@pytest.mark.parametrize("code", ["Orders", "1orders", "or_ders", "orders ", "", "órders"])
def test_a_malformed_code_is_refused(code: str):
    assert faults(module(code, label="anything")) == [(10, code)]


def test_a_label_must_follow_from_the_code():
    assert faults(module("dev-tools", label="devtools")) == [(12, "dev-tools")]


def test_a_core_module_that_requires_an_optional_one_is_a_fault():
    assert faults(module("core", is_core=True, requires=("payments",)), module("payments")) == [(15, "core")]


def test_permission_codes_belong_to_roles():
    entry = modules.Permission("orders.view_order", "See orders", roles=("vendor_clerk",))
    with isolated_registry(module("orders", permissions=(entry,))):
        assert permission_codes() == {"orders.view_order"} == permission_codes("vendor_clerk")
        assert permission_codes("vendor_owner") == frozenset()

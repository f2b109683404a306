"""What a module says of itself, as the first description of the module system has it."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any

import pytest
from pydantic import BaseModel

from platform_core import modules
from platform_core.modules.definition import FrontendType, MenuItem, ModuleDefinition, Permission
from platform_core.modules.doors import pages
from platform_core.modules.registry import build, isolated_registry, module_configs
from platform_core.modules.service import module_service
from platform_core.observability.health import module_checks
from platform_core.tenancy.context import platform_context
from tests.sample_modules import module


class BillingConfig(BaseModel):
    trial_days: int = 30


told: list[tuple[str, Any]] = []


def billing(**others: Any) -> dict[str, Any]:
    """The definition of that description, with lists and functions as it has them."""
    return {
        "code": "billing",
        "name": "Billing & Subscriptions",
        "description": "Platform subscriptions and vendor invoices",
        "version": "1.0.0",
        "requires": ["payments"],
        "features": ["subscription_management", "billing_history", "invoice_generation"],
        "permissions": [Permission("billing.view_invoice", "See invoices")],
        "menu_items": {
            FrontendType.VENDOR: [MenuItem("billing", "Billing", url_name="dashboard:core:home")],
        },
        "is_core": False,
        "is_internal": False,
        "config_schema": BillingConfig,
        "default_config": {"trial_days": 14},
        "on_enable": lambda platform_id: told.append(("on", platform_id)),
        "on_disable": lambda platform_id: told.append(("off", platform_id)),
        "health_check": lambda: {"status": "healthy"},
        **others,
    }


def test_the_modules_of_the_house_by_tier():
    """docs/modules/comparison.md says which of the first description are not there yet."""
    assert set(modules.CORE_MODULES) == {"core", "tenancy", "cms", "customers", "catalog"}
    assert set(modules.OPTIONAL_MODULES) == {"payments", "orders"}
    assert set(modules.INTERNAL_MODULES) == set()
    orders = modules.get_module("orders")
    assert orders is not None
    assert (orders.code, orders.requires) == ("orders", ("payments",))


@pytest.mark.django_db
def test_a_definition_with_lists_and_functions_is_taken_and_its_hooks_are_called(lux):
    told.clear()
    found = build([module("payments"), module(**billing())])
    assert (list(found.definitions), found.faults) == (["payments", "billing"], ())
    assert set(found.features) == {"subscription_management", "billing_history", "invoice_generation"}
    with (
        isolated_registry(module("payments"), module(**billing())),
        platform_context(lux, role="staff"),
    ):
        assert module_service.enable_module(lux, "billing").changed == ("payments", "billing")
        assert module_service.get_module_config(lux, "billing") == {"trial_days": 14}
        assert [check.result().status for check in module_checks()] == ["healthy"]
        module_service.disable_module(lux, "billing")
    assert told == [("on", lux.pk), ("off", lux.pk)]


def test_a_definition_has_a_version_and_no_way_to_change():
    found = ModuleDefinition(code="gifts", name="Gifts")
    assert (found.version, found.tier, found.default_enabled) == ("1.0.0", "optional", False)
    with pytest.raises(FrozenInstanceError):
        found.version = "2.0.0"  # type: ignore[misc]
    with pytest.raises(TypeError):
        ModuleDefinition("gifts", "Gifts")  # type: ignore[misc]


def test_each_module_with_pages_for_teams_stands_in_their_menu():
    """So that nobody forgets to register a menu item. Staff reach the pages that are theirs from the admin's screens."""
    with_pages = [config for config in module_configs() if pages(config, FrontendType.VENDOR) is not None]
    assert len(with_pages) > 1
    assert [
        config.label for config in with_pages if not config.definition.menu_items.get(FrontendType.VENDOR)
    ] == []

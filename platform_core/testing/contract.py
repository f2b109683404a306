"""The contract that every module keeps, of this house or of another package: see docs/modules.md.

A module that is off looks as if it had never existed, on every path; switched on again, everything is back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from django.urls import NoReverseMatch, reverse

from platform_core.identity.policy import declared
from platform_core.modules.config import schema_faults
from platform_core.modules.definition import FrontendType, ModuleDefinition
from platform_core.modules.menu_checks import URLCONFS_OF_FRONTENDS
from platform_core.modules.registry import registry
from platform_core.modules.service import module_service
from platform_core.modules.state import override_modules
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.owned import VendorOwned
from platform_core.testing import gate_insides, gate_pages
from platform_core.testing.walks import as_optional, ask, paths_of, routes_of_module, tables_of
from platform_core.testing.world import SITES, World


@dataclass(frozen=True)
class Gate:
    """One way by which a module that is off could be noticed.

    `find` tells what gives it away, of (code, world), while it is off: nothing where the gate holds.
    """

    name: str
    find: Callable[[str, World], list[str]]


GATES = (
    Gate("storefront pages", gate_pages.storefront_pages),
    Gate("dashboard pages", gate_pages.dashboard_pages),
    Gate("admin pages", gate_pages.admin_pages),
    Gate("storefront API", gate_pages.storefront_api),
    Gate("vendor API", gate_pages.vendor_api),
    Gate("admin API", gate_pages.admin_api),
    Gate("views without their routes", gate_insides.second_lock),
    Gate("always-on routes", gate_insides.always_on_routes),
    Gate("admin's screens", gate_pages.admin_screens),
    Gate("admin's choosers", gate_pages.admin_choosers),
    Gate("admin's inlines", gate_insides.inlines),
    Gate("admin's recent actions", gate_insides.recent_actions),
    Gate("shop's menu", gate_pages.menu(FrontendType.SHOP)),
    Gate("dashboard's menu", gate_pages.menu(FrontendType.VENDOR)),
    Gate("admin's menu", gate_pages.menu(FrontendType.ADMIN)),
    Gate("sitemap", gate_pages.sitemap),
    Gate("OpenAPI documents", gate_pages.documents),
    Gate("sending of tasks", gate_insides.sent_tasks),
    Gate("running of tasks", gate_insides.run_tasks),
    Gate("periodic tasks", gate_insides.periodic_tasks),
    Gate("event handlers", gate_insides.event_handlers),
    Gate("answers to extension points", gate_insides.extension_answers),
    Gate("uploaded files", gate_insides.media_folders),
    Gate("health", gate_insides.health),
    Gate("template tags", gate_insides.template_tags),
    Gate("permissions", gate_insides.permissions),
)


@contextmanager
def switched_off(code: str, world: World) -> Iterator[None]:
    """A module, whatever its tier, as an optional one that is off on the world's platform."""
    with as_optional(code), override_modules(world.platform, off=(code,)):
        yield


def open_gates(code: str, world: World) -> dict[str, list[str]]:
    """What gives a module away that is off, by the gate that should have hidden it."""
    with switched_off(code, world):
        found = {gate.name: gate.find(code, world) for gate in GATES}
    return {name: texts for name, texts in found.items() if texts}


def told(found: dict[str, list[str]]) -> str:
    """What gives a module away, in lines of a gate each."""
    return "\n".join(f"{name}: {'; '.join(texts[:5])}" for name, texts in found.items())


@pytest.mark.django_db
class DefinitionTestCase:
    """What a module says of itself is true: its menus lead somewhere, its defaults are valid, its routes are guarded.

    `class TestDefinition(DefinitionTestCase): code = "reviews"`, for a module that can never be off.
    """

    code: ClassVar[str]

    @property
    def definition(self) -> ModuleDefinition:
        return registry().definitions[self.code]

    def test_its_menus_lead_somewhere(self) -> None:
        assert lost_items(self.definition) == []

    def test_its_default_settings_are_valid(self) -> None:
        assert list(schema_faults(self.definition)) == []

    def test_each_of_its_routes_says_whom_it_is_for(self) -> None:
        assert unguarded_routes(self.code) == []


class ModuleContractTestCase(DefinitionTestCase):
    """The whole contract: `class TestContract(ModuleContractTestCase): code = "reviews"`.

    It asks for the fixture `contract_world` of Wizamart's tests/conftest.py. A module with tables says in `make_rows`
    how a row of its own comes to be.
    """

    def make_rows(self, world: World) -> None:
        """Write rows of the module's own, in the context of the world's shop."""

    def test_off_it_looks_as_if_it_had_never_existed(self, contract_world: World) -> None:
        found = open_gates(self.code, contract_world)
        assert not found, told(found)

    def test_on_again_everything_is_back(self, contract_world: World) -> None:
        with as_optional(self.code):
            before = statuses(self.code, contract_world)
            with override_modules(contract_world.platform, off=(self.code,)):
                assert before == {} or statuses(self.code, contract_world) != before
            assert statuses(self.code, contract_world) == before

    def test_a_toggle_round_trip_keeps_every_row(self, contract_world: World) -> None:
        with as_optional(self.code):
            with platform_context(contract_world.platform, contract_world.vendor):
                self.make_rows(contract_world)
            before = rows_of(self.code, contract_world)
            own = [model._meta.label for model in tables_of(self.code) if issubclass(model, VendorOwned)]
            assert not own or any(before[label] for label in own), (
                "Write a row of the module's in make_rows()."
            )
            with platform_context(role="operator"):
                module_service.disable_module(
                    contract_world.platform, self.code, force=True, reason="contract"
                )
                assert rows_of(self.code, contract_world) == before
                module_service.enable_module(contract_world.platform, self.code)
            assert rows_of(self.code, contract_world) == before

    def test_another_platform_is_untouched(self, contract_world: World) -> None:
        with as_optional(self.code):
            paths, client = paths_of(self.code, "storefront"), contract_world.neighbour
            before = [ask(client, "get", path) for path in paths]
            with override_modules(contract_world.platform, off=(self.code,)):
                assert [ask(client, "get", path) for path in paths] == before


def lost_items(definition: ModuleDefinition) -> list[str]:
    """Menu items whose `url_name` no route has on the sites of their frontend."""
    return [
        f"{frontend}: {item.id}"
        for frontend, items in definition.menu_items.items()
        for item in items
        if not any(_reverses(item.url_name, urlconf) for urlconf in URLCONFS_OF_FRONTENDS[frontend])
    ]


def _reverses(url_name: str, urlconf: str) -> bool:
    try:
        return bool(reverse(url_name, urlconf=urlconf))
    except NoReverseMatch:
        return False


def unguarded_routes(code: str) -> list[str]:
    """Routes of a module that declare no policy."""
    return [
        f"{site}: /{route}"
        for site in SITES
        for route, pattern in routes_of_module(code, site)
        if declared(pattern.callback) is None
    ]


def statuses(code: str, world: World) -> dict[str, int]:
    """What everybody gets at each of a module's addresses."""
    return {
        f"{who} {path}": client.get(path).status_code
        for site in SITES
        for path in paths_of(code, site)
        for who, client in world.people[site].items()
    }


def rows_of(code: str, world: World) -> dict[str, list[dict[str, Any]]]:
    """Every row of a module's tables that the world's shop sees, by the table's label."""
    with platform_context(world.platform, world.vendor):
        return {
            model._meta.label: list(model._default_manager.order_by("pk").values())
            for model in tables_of(code)
        }

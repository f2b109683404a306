"""The contract itself: each gate has a control, in which its lock is taken away and the contract says so.

Which modules keep it is told by their own tests, `tests/modules/<label>/test_contract.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.urls import URLPattern

from modules.catalog.models import Product
from modules.catalog.services import create_product
from platform_core.modules.definition import FrontendType, MenuItem
from platform_core.modules.gates import GatedLabelPattern, GatedResolver
from platform_core.modules.registry import registry
from platform_core.modules.service import module_service
from platform_core.modules.state import override_modules
from platform_core.modules.tasks import ModuleTask
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.models import Platform
from platform_core.testing import GATES, ModuleContractTestCase, World
from platform_core.testing.contract import lost_items, switched_off, unguarded_routes
from platform_core.testing.gate_pages import documents_of
from platform_core.testing.walks import as_internal, as_one_with, as_optional, differences, paths_of
from platform_core.testing.world import SITES
from tests.sample_modules import module

pytestmark = pytest.mark.django_db

OPTIONS = "platform_core.admin_site.options.is_label_hidden"
FIND = {gate.name: gate.find for gate in GATES}
Lock = Callable[[pytest.MonkeyPatch], None]


def without(place: str, answer: Any) -> Lock:
    """A lock that is taken away where a gate asks for it."""
    return lambda monkeypatch: monkeypatch.setattr(place, lambda *_args, **_options: answer)


def every_code(*_args: Any) -> frozenset[str]:
    return frozenset(registry().definitions)


def without_gate_of_routes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(GatedResolver, "resolve", lambda self, path: super(GatedResolver, self).resolve(path))


def without_gates_of_admin(monkeypatch: pytest.MonkeyPatch) -> None:
    without_gate_of_routes(monkeypatch)
    monkeypatch.setattr(GatedLabelPattern, "resolve", URLPattern.resolve)


def without_menus_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform_core.modules.menus.enabled_here", every_code)


def without_documents_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform_core.api.reference.is_view_hidden", lambda _view: False)
    monkeypatch.setattr("platform_core.api.schema.is_view_hidden", lambda _view: False)


def without_speaking_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform_core.extensions._may_speak", [])


def without_log_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    for place in ("platform_core.admin.log", "platform_core.admin_site.home"):
        monkeypatch.setattr(f"{place}.hidden_labels", frozenset)


def without_gates_of_choosers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OPTIONS, lambda _label: False)
    monkeypatch.setattr("platform_core.admin_site.sites.is_label_hidden", lambda _label: False)


def without_sending_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ModuleTask, "_is_off", lambda _self, _platform_id: False)


def without_turns_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    with platform_context(role="operator"):
        lux = Platform.objects.prefetch_related("domains").get(code="lux")
    monkeypatch.setattr("platform_core.modules.beat.platforms_where_on", lambda _code: [lux.ref])


def without_health_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform_core.observability.health.on_somewhere", every_code)


def without_tags_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform_core.templatetags.modules.is_module_enabled_here", lambda _code: True)


def with_told_permissions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "platform_core.identity.principals.permissions_of_modules", lambda _on: registry().permission_codes
    )


# How each gate's lock is taken away, and the module that is then noticed.
CONTROLS: dict[str, tuple[str, Lock]] = {
    "storefront pages": ("customers", without_gate_of_routes),
    "dashboard pages": ("customers", without_gate_of_routes),
    "admin pages": ("customers", without_gates_of_admin),
    "storefront API": ("catalog", without_gate_of_routes),
    "vendor API": ("customers", without_gate_of_routes),
    "admin API": ("tenancy", without_gate_of_routes),
    "views without their routes": ("customers", without("platform_core.modules.gates._is_off", False)),
    "always-on routes": ("catalog", without("platform_core.modules.gates._always_on", ())),
    "admin's screens": ("customers", without(OPTIONS, False)),
    "admin's choosers": ("catalog", without_gates_of_choosers),
    "admin's inlines": ("catalog", without(OPTIONS, False)),
    "admin's recent actions": ("catalog", without_log_gate),
    "shop's menu": ("catalog", without_menus_gate),
    "dashboard's menu": ("customers", without_menus_gate),
    "admin's menu": ("catalog", without_menus_gate),
    "sitemap": ("catalog", without_speaking_gate),
    "OpenAPI documents": ("catalog", without_documents_gate),
    "sending of tasks": ("catalog", without_sending_gate),
    "running of tasks": ("catalog", without_sending_gate),
    "periodic tasks": ("catalog", without_turns_gate),
    "event handlers": ("catalog", without("platform_core.modules.events.is_module_enabled_here", True)),
    "answers to extension points": ("catalog", without_speaking_gate),
    "uploaded files": ("catalog", without("platform_core.media.is_folder_hidden", False)),
    "health": ("orders", without_health_gate),
    "template tags": ("catalog", without_tags_gate),
    "permissions": ("catalog", with_told_permissions),
}
# What a module says of itself besides, so that its gate has something to hide.
FACTS: dict[str, dict[str, Any]] = {
    "shop's menu": {
        "menu_items": {
            FrontendType.SHOP: (MenuItem("camera", "Camera", url_name="storefront:catalog:search"),)
        }
    },
    "admin's menu": {
        "menu_items": {
            FrontendType.ADMIN: (
                MenuItem("camera", "Camera", url_name="admin:catalog_product_changelist", icon="camera"),
            )
        }
    },
}


@contextmanager
def prepared(name: str, world: World) -> Iterator[str]:
    """The module of a gate's control, switched off, with what it says of itself for it."""
    code = CONTROLS[name][0]
    facts = {"is_core": False, "default_enabled": True} | FACTS.get(name, {})
    with as_one_with(code, **facts), override_modules(world.platform, off=(code,)):
        yield code


def test_every_gate_has_its_control():
    assert set(CONTROLS) == set(FIND)
    assert len(GATES) >= 12


@pytest.mark.parametrize("name", CONTROLS)
def test_control_a_gate_without_its_lock_is_found_open(name, contract_world, monkeypatch):
    with prepared(name, contract_world) as code:
        assert name == "admin API" or FIND[name](code, contract_world) == []
        CONTROLS[name][1](monkeypatch)
        assert FIND[name](code, contract_world) != []


def test_there_is_something_to_walk():
    codes = [code for code in registry().definitions if code not in {"core", "tenancy"}]
    counts = {code: sum(len(paths_of(code, site)) for site in SITES) for code in codes}
    assert sum(counts.values()) >= 90, counts
    assert all(counts.values()), counts


def test_control_a_row_of_a_module_that_is_off_and_chooses_of_another_is_found(contract_world, monkeypatch):
    """The customers whom an order could be of are there for whoever may see them; that orders are is not."""
    with switched_off("orders", contract_world):
        assert FIND["admin's choosers"]("orders", contract_world) == []
        monkeypatch.setattr("platform_core.admin_site.sites.is_label_hidden", lambda _label: False)
        assert "orders.order.customer: 200" in FIND["admin's choosers"]("orders", contract_world)


class Rowless(ModuleContractTestCase):
    """The contract of a module with tables whose author has written none of their rows."""

    code = "catalog"


def test_control_a_round_trip_of_no_rows_proves_nothing(contract_world):
    with pytest.raises(AssertionError, match="Write a row"):
        Rowless().test_a_toggle_round_trip_keeps_every_row(contract_world)


def test_control_a_toggle_that_loses_a_row_is_found(contract_world, monkeypatch):
    class Losing(Rowless):
        def make_rows(self, world: World) -> None:
            create_product(
                slug="camera",
                translations={"en": {"title": "Camera"}},
                variants=[{"sku": "C-1", "price_minor": 1000}],
            )

    disable = module_service.disable_module

    def disable_and_lose(*args: Any, **options: Any) -> Any:
        with platform_context(contract_world.platform, contract_world.vendor):
            Product.objects.all().delete()
        return disable(*args, **options)

    monkeypatch.setattr(module_service, "disable_module", disable_and_lose)
    with pytest.raises(AssertionError):
        Losing().test_a_toggle_round_trip_keeps_every_row(contract_world)


def test_control_what_does_not_come_back_is_found(contract_world, monkeypatch):
    statuses = iter([{"a": 200}, {"a": 404}, {"a": 404}])
    monkeypatch.setattr("platform_core.testing.contract.statuses", lambda *_args: next(statuses))
    with pytest.raises(AssertionError):
        Rowless().test_on_again_everything_is_back(contract_world)


def test_control_a_menu_item_that_leads_nowhere_is_found():
    item = MenuItem("lost", "Lost", url_name="dashboard:lost:home")
    lost = module("lost", menu_items={FrontendType.VENDOR: (item,)})
    assert lost_items(lost.definition) == ["vendor: lost"]


def test_control_a_route_that_says_of_nobody_whom_it_is_for_is_found(monkeypatch):
    monkeypatch.setattr("platform_core.testing.contract.declared", lambda _view: None)
    assert "platform: /vendor/products/" in unguarded_routes("catalog")


def internal_traces(site: str, world: World) -> list[str]:
    """All that gives an internal module away which is on, at doors that are not of the house."""
    return [
        f"{who}: {text}"
        for path in paths_of("customers", site)
        if not path.startswith(("/api/v1/admin/", "/admin/"))
        for who, client in world.people[site].items()
        for text in differences(client, path, ("get", "post", "options"))
    ]


def test_an_internal_module_equals_unknown_outside_of_the_admin(contract_world):
    """Also to staff who knock at the teams' API: they would be told to sign in where there is something."""
    with as_internal("customers"):
        assert [text for site in SITES for text in internal_traces(site, contract_world)] == []
        assert contract_world.people["admin"]["admin"].get("/admin/customers/customer/").status_code == 200


def test_control_an_internal_module_at_the_teams_door_is_found(contract_world, monkeypatch):
    resolve = GatedResolver.resolve

    def resolve_as_of_the_house(self: GatedResolver, path: str) -> Any:
        monkeypatch.setattr(self, "of_the_house", True)
        return resolve(self, path)

    monkeypatch.setattr(GatedResolver, "resolve", resolve_as_of_the_house)
    with as_internal("customers"):
        found = internal_traces("admin", contract_world)
    assert any(text.startswith("admin: GET /api/v1/vendor/customers/: status 401") for text in found)


def test_documents_name_what_is_on(contract_world):
    with as_optional("catalog"):
        assert "/api/v1/storefront/products/" in documents_of(contract_world, "storefront")
    with switched_off("catalog", contract_world):
        assert "/api/v1/storefront/products/" not in documents_of(contract_world, "storefront")

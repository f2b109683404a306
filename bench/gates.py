"""What the gates of modules and the menus cost a warm request, however many modules there are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any

from django.test import RequestFactory

from bench.ground import SHOP_HOST
from bench.report import Table
from bench.visitors import milliseconds
from platform_core.identity.audience import Audience
from platform_core.identity.principals import Principal
from platform_core.modules.definition import (
    FrontendType,
    MenuItem,
    ModuleConfig,
    ModuleDefinition,
    Permission,
)
from platform_core.modules.gates import refuse_where_off
from platform_core.modules.menus import dashboard_menu
from platform_core.modules.registry import isolated_registry, registry
from platform_core.modules.state import is_module_enabled_here, module_states
from platform_core.roles import VENDOR_OWNER
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.hosts import host_directory
from platform_core.tenancy.middleware import URLCONFS

MICROSECONDS = 50
COUNTS = (7, 40)
ROUNDS = 2_000
SPARE = "spare-"


@contextmanager
def modules(count: int) -> Iterator[None]:
    """So many modules: those that are installed, and optional ones that are on and have a menu item each."""
    for urlconf in URLCONFS.values():
        import_module(urlconf)
    installed = registry().configs
    with isolated_registry(*installed, *(_spare(number) for number in range(count - len(installed)))):
        # What is remembered is of the modules that were there before.
        module_states.forget()
        yield
    module_states.forget()


def _spare(number: int) -> ModuleConfig:
    code = f"{SPARE}{number}"
    see = Permission(f"{code}.view", code)
    item = MenuItem(code, code, url_name="dashboard:core:profile", permission=see.code)
    definition = ModuleDefinition(
        code=code,
        name=code,
        default_enabled=True,
        permissions=(see,),
        menu_items={FrontendType.VENDOR: (item,)},
    )
    kind = type(
        "SpareConfig", (ModuleConfig,), {"label": definition.label, "path": "/", "definition": definition}
    )
    config: ModuleConfig = kind(f"bench.{definition.label}", ModuleType(code))
    return config


def add_gates(table: Table) -> None:
    """A line for each number of modules: the gate of every route, the lock in front of the view, and the menu."""
    site = host_directory.find(SHOP_HOST)
    assert site is not None
    request: Any = RequestFactory().get("/vendor/products/")
    request.urlconf = URLCONFS["platform"]
    request.principal = Principal(
        Audience.VENDOR, None, "session", platform=site.platform, vendor=site.vendor, role=VENDOR_OWNER
    )
    for count in COUNTS:
        with modules(count), platform_context(site.platform, site.vendor):
            codes = tuple(registry().definitions)

            def ask(codes: tuple[str, ...] = codes) -> None:
                for code in codes:
                    is_module_enabled_here(code)
                refuse_where_off(ask, None)
                dashboard_menu(request)

            shown = {link.id for section in dashboard_menu(request) for link in section.items}
            assert shown >= {code for code in codes if code.startswith(SPARE)}
            spent = 1000 * milliseconds(ask, rounds=ROUNDS)
        table.add(
            f"gates and menu of {count} modules",
            spent,
            budget=f"{MICROSECONDS} µs",
            is_kept=spent <= MICROSECONDS,
        )

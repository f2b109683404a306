"""A definition that is made of the wrong things, or a module that cannot be loaded, is named and left out, and stops nobody."""

from __future__ import annotations

import io
import json
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import fields
from importlib import import_module, invalidate_caches
from pathlib import Path
from typing import Any

import pytest
from celery import Celery, Task, current_app
from celery.signals import import_modules
from django.core.checks import Error
from django.core.management import CommandError, call_command
from django.template import engines

from modules.catalog.tasks import sweep_every_shop
from platform_core.admin_site.apps import AdminSitesConfig
from platform_core.management.unloaded import module_that_broke
from platform_core.modules.checks import check_definitions
from platform_core.modules.definition import (
    BeatEntry,
    FrontendType,
    MenuItem,
    ModuleConfig,
    ModuleDefinition,
    Permission,
)
from platform_core.modules.exceptions import HookFailed
from platform_core.modules.registry import loading, registry
from platform_core.modules.service import module_service
from platform_core.modules.shape import KINDS
from platform_core.tenancy.context import platform_context
from platform_core.urls import module_urls
from tests.sample_modules import beside_the_installed, module

# `modules check` looks for rows, too.
pytestmark = pytest.mark.django_db
ITEM = MenuItem("gifts", "Orders", url_name="dashboard:core:home")


def menu(**facts: Any) -> dict[str, Any]:
    return {"menu_items": {FrontendType.VENDOR: (MenuItem(**{**vars(ITEM), **facts}),)}}


def beat(**facts: Any) -> dict[str, Any]:
    return {
        "beat": (BeatEntry(**{"name": "tidy", "task": sweep_every_shop.name, "every_seconds": 60, **facts}),)
    }


def permission(**facts: Any) -> dict[str, Any]:
    return {"permissions": (Permission(**{"code": "gifts.view_order", "name": "See", **facts}),)}


MISSHAPEN: list[dict[str, Any]] = [
    {"name": None},
    {"description": 7},
    {"version": None},
    {"version": 1.0},
    {"requires": None},
    {"requires": "catalog"},
    {"requires": (None,)},
    {"after": None},
    {"after": "catalog"},
    {"conflicts": "catalog"},
    {"conflicts": None},
    {"auto_enable_with": "catalog"},
    {"auto_enable_with": (7,)},
    {"requires_platform_core": None},
    {"requires_packages": "stripe>=9"},
    {"requires_packages": None},
    {"permissions": ("gifts.view_order",)},
    {"permissions": "gifts.view_order"},
    {"permissions": None},
    {"menu_items": {FrontendType.VENDOR: ("gifts",)}},
    {"menu_items": {FrontendType.VENDOR: ITEM}},
    {"menu_items": {"hub": (ITEM,)}},
    {"menu_items": (ITEM,)},
    {"menu_items": None},
    {"is_core": "yes"},
    {"is_internal": None},
    {"default_enabled": 1},
    {"default_config": None},
    {"default_config": {1: "one"}},
    {"on_enable": 7},
    {"can_disable": ("modules.catalog.apps.TEAM",)},
    {"health_check": ""},
    {"always_on_urls": "webhook"},
    {"always_on_urls": None},
    {"beat": ("orders.tidy",)},
    {"beat": None},
    permission(code=None),
    permission(name=None),
    permission(roles=None),
    permission(roles="vendor_owner"),
    menu(id=None),
    menu(id="x" * 101),
    menu(label=None),
    menu(url_name=None),
    menu(section=None),
    menu(icon=None),
    menu(order=None),
    menu(order="first"),
    menu(permission=7),
    menu(feature=""),
    menu(badge=7),
    menu(is_visible=""),
    menu(children=None),
    menu(children=("gifts",)),
    menu(children=(MenuItem("below", None, url_name="dashboard:core:home"),)),  # type: ignore[arg-type]
    menu(mandatory="yes"),
    beat(name=None),
    beat(task=None),
    beat(task=sweep_every_shop),
    beat(every_seconds="60"),
    beat(every_seconds=float("nan")),
]


@pytest.fixture(autouse=True, scope="module")
def _routes_of_the_installed_modules() -> None:
    """Made before a registry of made-up modules stands, and the tags of templates before the apps are others."""
    engines.all()
    import_module("config.urls.admin")
    import_module("config.urls.storefront")


def faults() -> list[tuple[str, str]]:
    return [
        (str(message.id).removeprefix("platform_core."), str(message.obj))
        for message in check_definitions()
        if isinstance(message, Error)
    ]


@pytest.mark.parametrize(
    "bad", MISSHAPEN, ids=lambda bad: f"{next(iter(bad))}={next(iter(bad.values()))!r:.60}"
)
def test_what_is_made_of_the_wrong_things_is_named_and_left_out(bad: dict[str, Any]):
    before = set(registry().definitions)
    with beside_the_installed(module("gifts", **bad), module("on-top", requires=("gifts",))):
        assert set(registry().definitions) == before
        assert set(faults()) == {("E032", "gifts"), ("E014", "on-top")}
        assert all(fault.hint.endswith(".") for fault in registry().faults)
        out = io.StringIO()
        with pytest.raises(CommandError):
            call_command("modules", "check", "--json", stdout=out)
        assert "E032" in out.getvalue()
        call_command("modules", "list", "--json", stdout=(listed := io.StringIO()))
        entries = json.loads(listed.getvalue())
        assert {entry["code"] for entry in entries if entry["tier"] != "unusable"} == before
        assert {entry["code"] for entry in entries if entry["tier"] == "unusable"} == {"gifts", "on-top"}
    whole = {**permission(), **menu(), **beat()}
    with beside_the_installed(module("gifts", **whole)):
        assert faults() == []


@pytest.mark.parametrize(
    ("code", "number"), [(None, "E032"), (7, "E032"), ("", "E010"), ("o" * 65, "E010"), ("o" * 64, None)]
)
def test_a_code_is_a_string_that_fits_its_column(code: Any, number: str | None):
    config = module("gifts")
    type(config).definition = ModuleDefinition(code=code, name="Orders")
    if number is None:
        type(config).label = config.label = code
    with beside_the_installed(config):
        assert [found for found, _code in faults()] == ([number] if number else [])


def test_each_field_has_its_kind():
    for kind, known in KINDS.items():
        assert {field.name for field in fields(kind)} == set(known)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., ModuleConfig]]:
    """Makes a module's package of the files that are given, with `orders` as its code."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def make(**files: str) -> ModuleConfig:
        for name, text in {"__init__": "", **files}.items():
            file = tmp_path / "orders_to_load" / f"{name.replace('__of__', '/')}.py"
            file.parent.mkdir(parents=True, exist_ok=True)
            (file.parent / "__init__.py").touch()
            file.write_text(textwrap.dedent(text))
        invalidate_caches()
        found = module("gifts", path=tmp_path / "orders_to_load")
        found.name, found.module = "orders_to_load", import_module("orders_to_load")
        return found

    yield make
    for name in [name for name in sys.modules if name.partition(".")[0] == "orders_to_load"]:
        del sys.modules[name]


ROUTES = """
    from django.http import HttpResponse
    from django.urls import path, re_path

    urlpatterns = [path("orders/", lambda request: HttpResponse("gifts"), name="list")]
"""


@pytest.mark.parametrize(
    "said", ["nothing.at_all", "raise KeyError('orders')", "urlpatterns = ['orders/']", "x ="]
)
@pytest.mark.parametrize("door", ["storefront", "dashboard"])
def test_broken_routes_are_named_and_the_module_is_off_everywhere(package, said: str, door: str, caplog):
    with beside_the_installed(config := package(**{f"{door}__of__urls": ROUTES + f"\n    {said}\n"})):
        assert "gifts" in registry().definitions
        routes = [*module_urls(FrontendType.SHOP), *module_urls(FrontendType.VENDOR)]
        assert "gifts" not in registry().definitions
        assert "catalog" in registry().definitions
        assert {route.module_code for route in routes} >= {"catalog", "core"}
        assert "gifts" not in {route.module_code for route in routes}
        assert registry().owner_of("orders_to_load.tasks") == "orders_to_load"
        assert faults() == [("E033", "gifts")]
        assert f"{door}/urls.py cannot be loaded" in config.broken
        assert "module_left_out" in caplog.text


def test_whole_routes_are_mounted_and_nothing_is_named(package):
    with beside_the_installed(package(storefront__of__urls=ROUTES)):
        assert "gifts" in {route.module_code for route in module_urls(FrontendType.SHOP)}
        assert faults() == []


def test_the_check_finds_broken_routes_that_nobody_has_asked_for(package):
    with beside_the_installed(package(api__of__urls="raise OSError('no file')")):
        assert faults() == [("E033", "gifts")]
        with pytest.raises(CommandError):
            call_command("modules", "check", stdout=io.StringIO())


def test_a_broken_ready_leaves_out_its_module_alone():
    config = module("gifts")

    class Broken(type(config)):  # type: ignore[misc]
        def ready(self) -> None:
            raise RuntimeError("no such queue")

    broken = Broken(config.name, config.module)
    broken.models = {}
    broken.ready()
    with beside_the_installed(broken, module("billing")):
        assert "billing" in registry().definitions
        assert faults() == [("E033", "gifts")]
    assert "ready() cannot be loaded: RuntimeError: no such queue" in broken.broken


def test_broken_screens_leave_out_their_module_alone(package, monkeypatch):
    config = package(admin="raise LookupError('no such model')")
    installed = [*registry().configs]
    monkeypatch.setattr("django.apps.apps.get_app_configs", lambda: [config, *installed])
    site = AdminSitesConfig("django.contrib.admin", import_module("django.contrib.admin"))
    with beside_the_installed(config):
        site.ready()
        assert "gifts" not in registry().definitions
        assert "catalog" in registry().definitions
        assert faults() == [("E033", "gifts")]


def test_broken_tasks_leave_out_their_module_alone_and_stop_no_worker(package, monkeypatch):
    config = package(tasks="raise LookupError('no such queue')")
    installed = [*registry().configs]
    loaded: list[str] = []
    monkeypatch.setattr("django.apps.apps.get_app_configs", lambda: [config, *installed])
    with beside_the_installed(config):
        monkeypatch.setattr(
            "platform_core.modules.tasks.import_module",
            lambda name: loaded.append(name) or import_module(name),
        )
        import_modules.send(sender=current_app)
        assert "gifts" not in registry().definitions
        assert loaded == ["orders_to_load.tasks", "modules.catalog.tasks"]
        assert faults() == [("E033", "gifts")]


def test_control_what_is_loaded_without_a_guard_stops_the_process(package):
    config = package(admin="raise LookupError('no such model')")
    with pytest.raises(LookupError):
        import_module(f"{config.name}.admin")
    with beside_the_installed(config), loading(config, "admin.py"):
        import_module(f"{config.name}.admin")
    assert config.broken


@pytest.mark.parametrize("said", ["raise KeyError('orders')", "1 / 0", "x =", "raise ImportError('gone')"])
def test_hooks_and_tasks_in_a_file_that_raises_are_named(package, said: str):
    config = package(hooks=said, tasks=said)
    type(config).definition = ModuleDefinition(
        code="gifts", name="Orders", on_enable="orders_to_load.hooks.begin", **beat()
    )
    with beside_the_installed(config):
        assert faults() == [("E021", "gifts"), ("E028", "gifts")]


def sweep_nothing() -> None:
    """A task's body."""


def test_a_periodic_task_of_another_class_is_named(monkeypatch):
    foreign = Celery("foreign", set_as_current=False).task(name="foreign.tidy", base=Task, lazy=False)(
        sweep_nothing
    )
    monkeypatch.setitem(current_app.tasks, "foreign.tidy", foreign)
    with beside_the_installed(module("gifts", **beat(task="foreign.tidy"))):
        assert faults() == [("E028", "gifts")]


@pytest.mark.parametrize("answer", [True, 7, [7], [None], {"a": 1}.values()])
def test_a_question_that_is_answered_with_no_reasons_refuses_the_toggle(lux, answer: object):
    with (
        beside_the_installed(module("gifts", can_enable=lambda _id: answer)),
        platform_context(role="operator"),
        pytest.raises(HookFailed),
    ):
        module_service.enable_module(lux, "gifts")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "answer", ["2 payments are open.", ["2 payments are open."], ("2 payments are open.",)]
)
def test_one_reason_may_stand_alone(lux, answer: object):
    with (
        beside_the_installed(module("gifts", can_enable=lambda _id: answer)),
        platform_context(role="operator"),
        pytest.raises(Exception, match="gifts: 2 payments are open") as caught,
    ):
        module_service.enable_module(lux, "gifts")
    assert caught.value.reasons == {"gifts": ["2 payments are open."]}


def test_an_error_before_the_apps_are_loaded_names_the_module_and_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr("platform_core.management.unloaded.MODULES", tmp_path / "modules")
    file = tmp_path / "modules" / "gifts" / "models.py"
    file.parent.mkdir(parents=True)

    def said(text: str) -> str:
        with pytest.raises(Exception) as caught:
            exec(compile(text, str(file), "exec"), {})
        return module_that_broke(caught.value)

    assert said("\n1 / 0").startswith(
        "modules.gifts cannot be loaded: ZeroDivisionError: division by zero (modules/gifts/models.py, line 2)."
    )
    assert "SyntaxError: invalid syntax (modules/gifts/models.py, line 1)" in said("x = = 1")
    assert module_that_broke(ValueError("elsewhere")) == ""

"""What an event of a module tells."""

from __future__ import annotations

from typing import Any

import pytest

from platform_core.modules import ModuleEvent, ModuleEventData, module_event_bus, module_service
from platform_core.modules.events import capture_module_events
from platform_core.modules.registry import isolated_registry
from platform_core.tenancy.context import platform_context
from tests.sample_modules import graph_of_the_seeds, module


@pytest.mark.django_db
def test_each_event_names_module_platform_and_person(lux, lux_admin, django_capture_on_commit_callbacks):
    parts = [*graph_of_the_seeds(), module("hints", default_config={"delay": 3})]
    with (
        isolated_registry(*parts),
        platform_context(lux, role="staff"),
        capture_module_events() as caught,
        django_capture_on_commit_callbacks(execute=True),
    ):
        module_service.enable_module(lux, "inventory", user=lux_admin)
        module_service.set_module_config(lux, "hints", {"delay": 5}, user=lux_admin)
        module_service.disable_module(lux, "inventory", user=lux_admin)
    assert [
        (event, data.module_code, data.platform_id, data.user_id, dict(data.config)) for event, data in caught
    ] == [
        (ModuleEvent.ENABLED, "inventory", lux.pk, lux_admin.pk, {}),
        (ModuleEvent.CONFIG_CHANGED, "hints", lux.pk, lux_admin.pk, {"delay": 5}),
        (ModuleEvent.DISABLED, "inventory", lux.pk, lux_admin.pk, {}),
    ]
    assert all(data.at for _event, data in caught)


@pytest.mark.parametrize(
    ("event", "emit", "more"),
    [
        (ModuleEvent.ENABLED, "emit_enabled", {"user_id": 42}),
        (ModuleEvent.DISABLED, "emit_disabled", {"user_id": 42}),
        (
            ModuleEvent.CONFIG_CHANGED,
            "emit_config_changed",
            {"changed_keys": ("delay",), "config": {"delay": 5}},
        ),
    ],
)
def test_an_event_can_be_emitted_by_hand(event: ModuleEvent, emit: str, more: dict[str, Any]):
    heard: list[ModuleEventData] = []

    @module_event_bus.subscribe(event)
    def listen(data: ModuleEventData) -> None:
        heard.append(data)

    # A handler of no module is told everywhere.
    listen.__module__ = "tests"
    try:
        getattr(module_event_bus, emit)("billing", platform_id=1, **more)
    finally:
        module_event_bus.unsubscribe(event, listen)
    assert [(data.module_code, data.platform_id) for data in heard] == [("billing", 1)]
    assert all(getattr(heard[0], name) == value for name, value in more.items())


def test_there_are_the_five_events_and_no_other():
    assert {event.name for event in ModuleEvent} == {
        "ENABLED",
        "DISABLED",
        "CONFIG_CHANGED",
        "STARTUP",
        "SHUTDOWN",
    }

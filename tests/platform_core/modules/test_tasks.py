"""A module's tasks are not sent where it is off. What a worker does with those in its queue: tests/isolation."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
from prometheus_client import REGISTRY

from platform_core.exceptions import DomainError
from platform_core.modules.exceptions import ModuleOff
from platform_core.modules.registry import isolated_registry
from platform_core.modules.service import module_service
from platform_core.modules.state import module_states, override_modules
from platform_core.modules.tasks import ModuleTask
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.tasks import HEADER, TenantTask
from tests.platform_core.modules import tasks
from tests.sample_modules import module

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def gift_cards() -> Iterator[None]:
    tasks.ran.clear()
    with isolated_registry(module("gift-cards"), module("core", is_core=True)):
        yield


def test_a_task_is_sent_where_its_module_is_on_and_only_there(lux, mosel):
    with override_modules(lux, on=("gift-cards",)):
        with platform_context(lux):
            tasks.send_cards.delay()
        assert tasks.ran == ["send_cards"]
        with platform_context(mosel), pytest.raises(ModuleOff) as caught:
            tasks.send_cards.delay()
    assert tasks.ran == ["send_cards"]
    assert isinstance(caught.value, DomainError)
    assert caught.value.params == {
        "task": "gift_cards.send_cards",
        "module": "gift-cards",
        "platform": "mosel",
    }
    assert caught.value.message == (
        "The task gift_cards.send_cards was not sent: the module “gift-cards” is off on mosel."
    )


@pytest.mark.parametrize("send", ["apply_async", "signature"])
def test_every_way_of_sending_is_refused(lux, send):
    with platform_context(lux), pytest.raises(ModuleOff):
        if send == "signature":
            tasks.send_cards.s("marked").apply_async()
        else:
            tasks.send_cards.apply_async(["marked"], countdown=1)
    assert tasks.ran == []


def test_the_platform_of_the_header_counts(lux, mosel):
    of_mosel = {HEADER: {"platform_id": mosel.pk, "vendor_id": None, "role": "vendor"}}
    refused = pytest.raises(ModuleOff, match=rf"off on {mosel.pk}\.")
    with override_modules(lux, on=("gift-cards",)), platform_context(lux), refused:
        tasks.send_cards.apply_async(headers=of_mosel)
    assert tasks.ran == []


def test_control_without_the_gate_it_is_sent(lux, monkeypatch):
    monkeypatch.setattr(ModuleTask, "apply_async", TenantTask.apply_async)
    monkeypatch.setattr(ModuleTask, "_tenant", TenantTask._tenant)
    with platform_context(lux):
        tasks.send_cards.delay()
    assert tasks.ran == ["send_cards"]


def test_a_retry_is_let_through_and_ends_as_ignored(lux):
    with platform_context(lux):
        result = tasks.send_cards.apply_async(retries=1)
    assert result.state == "IGNORED"
    assert tasks.ran == []


def test_what_is_not_sent_or_not_run_is_counted(lux):
    counted = partial(
        REGISTRY.get_sample_value, "wizamart_module_refused_tasks_total", {"module": "gift-cards"}
    )
    before = counted() or 0
    with platform_context(lux):
        with pytest.raises(ModuleOff):
            tasks.send_cards.delay()
        tasks.send_cards.apply_async(retries=1)
    assert counted() == before + 2


@pytest.mark.parametrize("task", [tasks.drain, tasks.count_cards], ids=lambda task: task.name)
def test_what_drains_and_what_is_of_the_installation_is_sent(lux, task):
    with platform_context(lux):
        task.delay("ran")
    assert tasks.ran == ["ran"]


def test_tasks_of_core_modules_and_of_the_ground_floor_are_sent(lux):
    of_core, of_nobody = tasks.task_of("core", "tidy"), tasks.task_of("nobodys", "tidy")
    with platform_context(lux):
        of_core.delay("core")
        of_nobody.delay("nobody")
    assert tasks.ran == ["core", "nobody"]


def test_a_remembered_off_is_asked_for_again(lux, monkeypatch):
    """Another process has switched it on, and its message has not come yet: the task must not be lost."""
    with platform_context(lux, role="staff"):
        assert "gift-cards" not in module_states.of(lux).enabled
        monkeypatch.setattr(module_states, "changed", lambda platform: None)
        module_service.enable_module(lux, "gift-cards")
        assert "gift-cards" not in module_states.of(lux).enabled
        tasks.send_cards.delay()
    assert tasks.ran == ["send_cards"]

"""Tasks run for the tenant they were sent for, where their module is on, or not at all.

A real worker on a broker in memory.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from celery import group
from celery.contrib.testing.worker import start_worker
from celery.result import AsyncResult
from django.db import connection
from django.utils import timezone
from django_celery_results.models import TaskResult

from config.celery import app
from modules.tenancy.services import suspend_vendor
from platform_core.exceptions import NoTenant
from platform_core.modules.exceptions import ModuleOff
from platform_core.modules.registry import isolated_registry, registry
from platform_core.modules.service import module_service
from platform_core.modules.tasks import ModuleTask
from platform_core.tenancy.context import NO_CONTEXT, current_context, platform_context
from platform_core.tenancy.models import Platform
from platform_core.tenancy.services import create_platform, delete_platform
from platform_core.tenancy.tasks import HEADER, TenantTask
from tests.databases import as_owner
from tests.isolation.probe import settings_in_force
from tests.platform_core.modules import tasks as made_up
from tests.proofs import size
from tests.sample_modules import module

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True, databases=["default", "owner"])]

PATIENCE_SECONDS = 20.0
ran: list[str] = []


@app.task(name="tests.isolation.whose")
def whose(mark: str = "") -> dict[str, Any]:
    """Role, search path and ids as the body finds them, and what the worker's thread carried."""
    ran.append(mark)
    return {"settings": settings_in_force(), "vendor": current_context().vendor_id}


@app.task(name="tests.isolation.fails")
def fails() -> None:
    settings_in_force()
    raise ValueError("The body fails.")


@app.task(name="tests.isolation.retries", bind=True, max_retries=2)
def retries(self: Any, seen: list[Any]) -> list[Any]:
    """Every attempt's settings, the last attempt's answer."""
    now = [*seen, list(settings_in_force())]
    if len(now) < 3:
        raise self.retry(args=[now], countdown=0)
    return now


@app.task(name="tests.isolation.of_the_installation", of_installation=True)
def of_the_installation() -> list[str]:
    return list(settings_in_force())


@app.task(name="tests.isolation.must_run", while_suspended=True)
def must_run() -> list[str]:
    return list(settings_in_force())


@pytest.fixture(scope="module")
def running_worker(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A worker with two threads in this process, and no eager shortcut."""
    kept = {name: app.conf[name] for name in ("task_always_eager", "broker_url", "broker_transport_options")}
    app.conf.update(
        task_always_eager=False, broker_url="memory://", broker_transport_options={"polling_interval": 0.01}
    )
    with django_db_blocker.unblock():
        try:
            with start_worker(app, concurrency=2, pool="threads", perform_ping_check=False):
                yield
        finally:
            app.conf.update(kept)
            connection.close()


@pytest.fixture
def worker(running_worker: None, transactional_db: None) -> None:
    ran.clear()


def outcome(result: AsyncResult) -> Any:
    """Wait for a task and return what it returned; raises what it raised."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not result.ready():
        assert time.monotonic() < until, f"{result.id} is {result.state}"
        time.sleep(0.02)
    return result.get(disable_sync_subtasks=False)


def recorded(result: AsyncResult) -> TaskResult:
    with platform_context(role="operator"):
        return TaskResult.objects.get(task_id=result.id)


def settings_of(platform: Platform, vendor: Any) -> list[str]:
    schema = f'"{platform.schema_name}", public, extensions'
    return ["vendor", schema, str(platform.pk), str(vendor.pk)]


def test_a_task_runs_for_the_tenant_it_was_sent_for(worker, lux, objektiv):
    with platform_context(lux, objektiv):
        result = whose.delay()
    assert outcome(result) == {"settings": settings_of(lux, objektiv), "vendor": objektiv.pk}


def test_a_result_names_its_platform_and_vendor(worker, lux, objektiv):
    with platform_context(lux, objektiv):
        result = whose.delay()
    outcome(result)
    meta = json.loads(recorded(result).meta)
    assert meta["tenant"] == {"platform_id": lux.pk, "vendor_id": objektiv.pk, "role": "vendor"}


def test_a_role_travels_with_the_task(worker, lux):
    with platform_context(lux, role="staff"):
        result = whose.delay()
    assert outcome(result)["settings"][0] == "staff"


def test_every_retry_runs_for_the_same_tenant(worker, lux, mosel, objektiv, kellerei):
    with platform_context(lux, objektiv):
        first = retries.delay([])
    with platform_context(mosel, kellerei):
        second = retries.delay([])
    assert outcome(first) == [settings_of(lux, objektiv)] * 3
    assert outcome(second) == [settings_of(mosel, kellerei)] * 3


def test_a_delayed_task_and_a_group_run_for_their_tenant(worker, lux, mosel, objektiv, kellerei):
    with platform_context(lux, objektiv):
        late = whose.apply_async(countdown=1)
    with platform_context(mosel, kellerei):
        many = group(whose.s(str(number)) for number in range(5)).apply_async()
    assert [outcome(one)["settings"] for one in many] == [settings_of(mosel, kellerei)] * 5
    assert outcome(late)["settings"] == settings_of(lux, objektiv)


def test_a_task_of_the_installation_runs_as_operator_without_a_tenant(worker, lux, objektiv):
    with platform_context(lux, objektiv):
        result = of_the_installation.delay()
    assert outcome(result) == ["operator", "public, extensions", "", ""]


@pytest.fixture
def short_lived(transactional_db: None) -> Iterator[Platform]:
    """A platform that the test may delete."""
    yield create_platform(code="fleeting", name="Fleeting", host="fleeting.localhost")


def _headers(platform: int | None, vendor: int | None = None) -> dict[str, Any]:
    return {HEADER: {"platform_id": platform, "vendor_id": vendor, "role": "vendor"}}


Refusals = Callable[..., dict[str, Any]]
REFUSALS: dict[str, Refusals] = {
    "no platform": lambda **_who: _headers(None),
    "an unknown platform": lambda **_who: _headers(987_654),
    "an unknown vendor": lambda lux, **_who: _headers(lux.pk, 987_654),
    "another platform's vendor": lambda lux, kellerei, **_who: _headers(lux.pk, kellerei.pk),
    "an empty header": lambda **_who: {HEADER: {}},
    "nonsense": lambda **_who: {HEADER: {"platform_id": "lux", "vendor_id": "objektiv"}},
}


@pytest.mark.parametrize("what", REFUSALS)
def test_a_task_for_nobody_is_refused_and_recorded(what, worker, lux, kellerei):
    result = whose.apply_async(["refused"], headers=REFUSALS[what](lux=lux, kellerei=kellerei))
    with pytest.raises(NoTenant):
        outcome(result)
    assert "refused" not in ran
    row = recorded(result)
    assert row.status == "FAILURE"
    assert "NoTenant" in row.result


def test_a_task_sent_without_a_context_is_refused(worker):
    with pytest.raises(NoTenant):
        outcome(whose.delay("nobody"))
    assert ran == []


def test_a_task_of_a_suspended_platform_or_vendor_is_refused(worker, lux, mosel, objektiv, kellerei):
    with platform_context(lux, objektiv):
        of_vendor = whose.apply_async(["vendor"], countdown=1)
    with platform_context(mosel, kellerei):
        of_platform = whose.apply_async(["platform"], countdown=1)
    with platform_context(role="operator"):
        suspend_vendor(vendor=objektiv)
        Platform.objects.filter(pk=mosel.pk).update(status=Platform.Status.SUSPENDED)
    try:
        for result in (of_vendor, of_platform):
            with pytest.raises(NoTenant):
                outcome(result)
    finally:
        with platform_context(role="operator"):
            Platform.objects.filter(pk=mosel.pk).update(status=Platform.Status.ACTIVE)
    assert ran == []


def test_a_task_that_says_so_runs_for_a_suspended_vendor(worker, lux, objektiv):
    with platform_context(role="operator"):
        suspend_vendor(vendor=objektiv)
    with platform_context(lux, objektiv):
        result = must_run.delay()
    assert outcome(result) == settings_of(lux, objektiv)


def test_a_task_whose_platform_was_deleted_meanwhile_is_refused(worker, short_lived):
    with platform_context(short_lived):
        result = whose.apply_async(["late"], countdown=1)
    delete_platform(platform=short_lived)
    with pytest.raises(NoTenant):
        outcome(result)
    assert ran == []


def test_a_failing_task_leaves_no_context_behind(worker, lux, objektiv):
    with platform_context(lux, objektiv):
        failing = [fails.delay() for _ in range(4)]
    for result in failing:
        with pytest.raises(ValueError, match="The body fails"):
            outcome(result)
    after = [of_the_installation.delay() for _ in range(4)]
    assert [outcome(result) for result in after] == [["operator", "public, extensions", "", ""]] * 4
    assert current_context() == NO_CONTEXT


def test_a_task_class_without_the_check_is_caught(worker, lux, monkeypatch):
    """The control: Celery's own class runs the body in no tenant, without a word."""
    monkeypatch.setattr(TenantTask, "__call__", lambda self, *args, **kwargs: self.run(*args, **kwargs))
    result = whose.apply_async(["unchecked"], headers=_headers(987_654))
    assert outcome(result)["settings"][1] == "public, extensions"
    assert ran == ["unchecked"]


@contextmanager
def _gift_cards(platform: Platform) -> Iterator[None]:
    """A module with tasks, on for the platform and switched off on leaving."""
    with platform_context(platform, role="staff"):
        module_service.enable_module(platform, "gift-cards")
        try:
            yield
        finally:
            module_service.disable_module(platform, "gift-cards")


@pytest.fixture
def with_gift_cards(worker: None) -> Iterator[None]:
    made_up.ran.clear()
    with isolated_registry(*registry().configs, module("gift-cards")):
        yield


def _has_ended(result: AsyncResult, state: str) -> bool:
    until = time.monotonic() + PATIENCE_SECONDS
    while result.state != state and time.monotonic() < until:
        time.sleep(0.02)
    return bool(result.state == state)


def test_what_waits_while_its_module_goes_off_is_ignored_and_recorded(with_gift_cards, lux, mosel, caplog):
    with _gift_cards(mosel):
        with platform_context(mosel):
            elsewhere = made_up.send_cards.apply_async(["mosel"], countdown=1)
        with _gift_cards(lux):
            result = made_up.send_cards.apply_async(["lux"], countdown=1)
        assert _has_ended(result, "IGNORED")
        outcome(elsewhere)
    assert made_up.ran == ["mosel"]
    row = recorded(result)
    assert (row.status, row.task_name) == ("IGNORED", "gift_cards.send_cards")
    assert json.loads(row.result) == {"module_code": "gift-cards", "platform": "lux"}
    assert "lux" in row.task_args
    assert json.loads(row.meta)["tenant"]["platform_id"] == lux.pk
    (line,) = [vars(record) for record in caplog.records if record.message == "task_ignored"]
    assert (line["task"], line["task_id"]) == ("gift_cards.send_cards", result.id)
    assert (line["module_code"], line["platform"]) == ("gift-cards", "lux")


def test_control_without_the_gate_of_the_worker_it_runs(with_gift_cards, lux, monkeypatch):
    monkeypatch.setattr(ModuleTask, "_tenant", TenantTask._tenant)
    with _gift_cards(lux):
        result = made_up.send_cards.apply_async(["lux"], countdown=1)
    outcome(result)
    assert made_up.ran == ["lux"]


def test_what_drains_runs_while_its_module_is_off(with_gift_cards, lux):
    with _gift_cards(lux):
        result = made_up.drain.apply_async(["lux"], countdown=1)
    outcome(result)
    assert made_up.ran == ["lux"]


def test_a_retry_that_its_module_does_not_outlast_is_ignored(with_gift_cards, lux):
    with _gift_cards(lux):
        result = made_up.try_again.delay()
        assert _has_ended(result, "RETRY")
    assert _has_ended(result, "IGNORED")
    assert made_up.ran == ["try_again"]


def test_a_task_of_a_module_that_is_off_is_not_sent(with_gift_cards, lux):
    with platform_context(lux), pytest.raises(ModuleOff):
        made_up.send_cards.apply_async(task_id="never-sent")
    with platform_context(role="operator"):
        assert not TaskResult.objects.filter(task_id="never-sent").exists()
    assert made_up.ran == []


@pytest.mark.proof
def test_thousands_of_tasks_all_run_for_their_own_tenant(
    worker, lux, mosel, objektiv, voltwerk, kellerei, record_property
):
    pairs = [(lux, objektiv), (mosel, kellerei), (lux, voltwerk)]
    sent: list[tuple[str, Any, Any]] = []
    for number in range(size(ci=1_000, full=5_000)):
        platform, vendor = pairs[number % 3]
        with platform_context(platform, vendor):
            match number % 10:
                case 0:
                    sent.append(("fails", fails.delay(), None))
                case 1:
                    sent.append(("retries", retries.delay([]), [settings_of(platform, vendor)] * 3))
                case 2:
                    refused = whose.apply_async(["refused"], headers=_headers(platform.pk, 987_654))
                    sent.append(("refused", refused, None))
                case _:
                    sent.append(("runs", whose.delay(str(number)), settings_of(platform, vendor)))
    wrong = []
    until = time.monotonic() + 300
    for kind, result, expected in sent:
        while not result.ready():
            assert time.monotonic() < until
            time.sleep(0.05)
        answer = result.result
        if kind == "runs" and answer["settings"] != expected:
            wrong.append(answer)
        if kind == "retries" and answer != expected:
            wrong.append(answer)
        if kind == "refused" and not isinstance(answer, NoTenant):
            wrong.append(answer)
    record_property("tasks", len(sent))
    assert wrong == []
    assert "refused" not in ran
    with as_owner() as cursor:
        cursor.execute(
            "SELECT count(*) FROM public.django_celery_results_taskresult WHERE meta::jsonb -> 'tenant'"
            " ->> 'platform_id' IS NOT NULL"
        )
        assert cursor.fetchone()[0] == len(sent)


def test_celery_cleans_up_what_has_expired_on_every_platform(worker, lux):
    with platform_context(role="operator"):
        old, new = (
            TaskResult.objects.create(task_id=name, task_name="sample", status="SUCCESS", meta="{}")
            for name in ("old", "new")
        )
        TaskResult.objects.filter(pk=old.pk).update(date_done=timezone.now() - timedelta(days=30))
    outcome(app.tasks["celery.backend_cleanup"].apply_async())
    with platform_context(role="operator"):
        left = set(TaskResult.objects.filter(pk__in=[old.pk, new.pk]).values_list("task_id", flat=True))
    assert left == {"new"}

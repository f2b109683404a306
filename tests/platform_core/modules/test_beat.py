"""A module's periodic task is sent for each active platform where it is on, spread over its period."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from platform_core.embedded import PROJECT_DIR
from platform_core.modules.beat import MAX_JITTER_SECONDS, fan_out, jitter_seconds, schedule
from platform_core.modules.definition import BeatEntry
from platform_core.modules.registry import isolated_registry, registry
from platform_core.modules.state import override_modules
from platform_core.tenancy.context import current_context, platform_context
from platform_core.tenancy.models import Platform
from tests.platform_core.modules import tasks
from tests.sample_modules import module

HOURLY = BeatEntry("reminders", "gift_cards.remind", every_seconds=3600)
# What celery beat does before it looks at its schedule for the first time.
AS_BEAT = """
import json
from config.celery import app
app.loader.init_worker()
app.finalize()
from celery.beat import Scheduler
entries = Scheduler(app).schedule
print(json.dumps({name: [entry.task, entry.args, entry.schedule.seconds] for name, entry in entries.items()
                  if hasattr(entry.schedule, "seconds")}))
"""


def _note_the_context() -> None:
    context = current_context()
    assert context.platform is not None
    tasks.ran.append(f"{context.platform.code} {context.role}")


remind = tasks.task_of("gift_cards", "remind", _note_the_context)


@pytest.fixture
def gift_cards(db: None) -> Iterator[None]:
    tasks.ran.clear()
    with isolated_registry(*registry().configs, module("gift-cards", beat=(HOURLY,))):
        yield


def turn(code: str = "gift-cards", name: str = "reminders") -> list[str]:
    """What beat's message does in a worker."""
    with platform_context(role="operator"):
        return fan_out(code, name)


def test_it_is_sent_where_the_module_is_on_as_the_platforms_staff(gift_cards, lux, mosel):
    assert turn() == []
    with override_modules(mosel, on=("gift-cards",)):
        assert turn() == ["mosel"]
        with override_modules(lux, on=("gift-cards",)):
            assert turn() == ["lux", "mosel"]
    assert turn() == []
    assert tasks.ran == ["mosel staff", "lux staff", "mosel staff"]


@pytest.mark.parametrize("status", [Platform.Status.SUSPENDED, Platform.Status.PROVISIONING])
def test_a_platform_that_is_not_active_is_left_out(gift_cards, lux, mosel, status):
    with platform_context(role="operator"):
        Platform.objects.filter(pk=lux.pk).update(status=status)
    with override_modules(lux, on=("gift-cards",)), override_modules(mosel, on=("gift-cards",)):
        assert turn() == ["mosel"]
    assert tasks.ran == ["mosel staff"]


def test_control_without_the_question_it_is_sent_everywhere(gift_cards, lux, mosel, monkeypatch):
    monkeypatch.setattr("platform_core.modules.beat.platforms_where_on", lambda code: [lux.ref, mosel.ref])
    monkeypatch.setattr("platform_core.modules.tasks.is_certainly_off", lambda platform, code: False)
    assert turn() == ["lux", "mosel"]


def test_one_that_goes_off_between_the_question_and_the_sending_is_passed_over(
    gift_cards, lux, mosel, monkeypatch
):
    monkeypatch.setattr("platform_core.modules.beat.platforms_where_on", lambda code: [lux.ref, mosel.ref])
    with override_modules(mosel, on=("gift-cards",)):
        assert turn() == ["mosel"]
    assert tasks.ran == ["mosel staff"]


def test_what_is_not_there_any_more_is_sent_for_nobody(gift_cards, lux):
    with override_modules(lux, on=("gift-cards",)):
        assert turn(name="gone") == turn(code="gone") == []


def test_each_platform_waits_its_own_time_within_the_period_and_the_same_at_each_turn(
    gift_cards, lux, mosel, monkeypatch
):
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(remind, "apply_async", lambda **options: sent.append(options))
    with override_modules(lux, on=("gift-cards",)), override_modules(mosel, on=("gift-cards",)):
        turn()
        turn()
    assert sent[:2] == sent[2:]
    of_lux, of_mosel = sent[0]["countdown"], sent[1]["countdown"]
    assert of_lux != of_mosel
    assert sent[0]["expires"] == of_lux + HOURLY.every_seconds

    for every_seconds in (0.5, 60, 3600, 24 * 3600):
        entry = BeatEntry("reminders", "gift_cards.remind", every_seconds)
        waits = [jitter_seconds("gift-cards", entry, platform_id) for platform_id in range(200)]
        longest = min(every_seconds, MAX_JITTER_SECONDS)
        assert 0 <= min(waits) < longest / 10
        assert longest * 0.9 < max(waits) < longest


def test_beat_is_given_one_entry_for_each_of_a_module():
    unsound = BeatEntry("always", "gift_cards.remind", every_seconds=0)
    with isolated_registry(module("gift-cards", beat=(HOURLY, unsound))):
        assert schedule() == {
            "gift-cards:reminders": {
                "task": "platform_core.modules.fan_out",
                "schedule": 3600.0,
                "args": ("gift-cards", "reminders"),
                "options": {"expires": 3600.0},
            }
        }


def test_beat_has_the_modules_entries_beside_the_settings_from_its_start():
    answer = subprocess.run(
        [sys.executable, "-c", AS_BEAT],
        cwd=PROJECT_DIR,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings.test"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    found = json.loads(answer.stdout)
    assert found["catalog:files-without-products"] == [
        "platform_core.modules.fan_out",
        ["catalog", "files-without-products"],
        24 * 3600.0,
    ]
    assert found["expired-sessions"] == ["platform_core.sessions.clear_expired", [], 3600.0]

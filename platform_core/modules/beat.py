"""Periodic tasks of modules: at each turn of an entry, its task is sent for every platform that it concerns.

Beat knows the entries alone. Which platforms there are, and where the module is on, is asked at each turn, so
that no toggle and no new platform asks for a restart.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from zlib import crc32

from celery import current_app

from platform_core.modules.definition import BeatEntry
from platform_core.modules.exceptions import ModuleOff
from platform_core.modules.registry import registry
from platform_core.modules.state import platforms_where_on
from platform_core.tenancy.context import platform_context

FAN_OUT = "platform_core.modules.fan_out"
# Redis hands a task that waits longer than its visibility_timeout, an hour, to a second worker.
MAX_JITTER_SECONDS = 600.0


def schedule() -> dict[str, dict[str, Any]]:
    """What beat sends for the modules, as CELERY_BEAT_SCHEDULE has it, by `<module>:<entry>`."""
    return {
        f"{code}:{entry.name}": {
            "task": FAN_OUT,
            "schedule": float(entry.every_seconds),
            "args": (code, entry.name),
            # A turn that nobody has taken up by the next is not needed any more.
            "options": {"expires": float(entry.every_seconds)},
        }
        for code, found in registry().definitions.items()
        for entry in found.beat
        # Beat would send it without a pause; `manage.py check` refuses it.
        if entry.every_seconds > 0
    }


def fan_out(code: str, name: str) -> list[str]:
    """Send a module's periodic task for each active platform where it is on; returns their codes.

    An entry that was taken out meanwhile is sent for none.
    """
    definition = registry().definitions.get(code)
    entry = next((entry for entry in definition.beat if entry.name == name), None) if definition else None
    if entry is None:
        return []
    sent = []
    for platform in platforms_where_on(code):
        wait_seconds = jitter_seconds(code, entry, platform.id)
        # Between the question and the sending it may have gone off.
        with platform_context(platform, role="staff"), suppress(ModuleOff):
            current_app.tasks[entry.task].apply_async(
                countdown=wait_seconds, expires=wait_seconds + entry.every_seconds
            )
            sent.append(platform.code)
    return sent


def jitter_seconds(code: str, entry: BeatEntry, platform_id: int) -> float:
    """How long one platform's task waits, so that not all run at once: the same at each turn, within the period."""
    share: float = crc32(f"{code}:{entry.name}:{platform_id}".encode()) / 2**32
    return share * min(entry.every_seconds, MAX_JITTER_SECONDS)

"""What tests of races share: patience while many connect at once, and controls that lose their race for certain."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any

import pytest
from django.db import connections
from django.db.models import QuerySet


def connect_patiently(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a connection take its time: fifty at once on a busy machine need more than a server may let visitors wait."""
    monkeypatch.setitem(connections.settings["default"]["OPTIONS"], "connect_timeout", 30)


def take_locks_away(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """Let no row be locked, and `count` threads meet where each would have taken its first lock."""
    barrier, here = threading.Barrier(count), threading.local()

    def unlocked(self: QuerySet[Any], **_options: Any) -> QuerySet[Any]:
        if threading.current_thread() is not threading.main_thread() and not hasattr(here, "came"):
            here.came = True
            # Whoever is kept from coming is not waited for for ever.
            with suppress(threading.BrokenBarrierError):
                barrier.wait(timeout=10)
        return self

    monkeypatch.setattr(QuerySet, "select_for_update", unlocked)

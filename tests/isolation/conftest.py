"""The stage of the isolation matrix."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.isolation.matrix.changes import reported_changes
from tests.isolation.matrix.stage import Stage, make_stage, name_server


@pytest.fixture(scope="module")
def change_reports(django_db_setup: None) -> Iterator[None]:
    """Triggers that report each change of a row, around the transactions of a module's tests."""
    with reported_changes():
        yield


@pytest.fixture
def stage(
    change_reports: None, db: None, settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> Stage:
    """Two platforms with two shops each, and their people, signed in."""
    settings.MEDIA_ROOT = tmp_path
    # Limits say how often and how long; the matrix asks who.
    monkeypatch.setattr("platform_core.identity.throttle.ATTEMPTS", 10**9)
    monkeypatch.setattr("platform_core.identity.tokens.AccessToken.lifetime", timedelta(days=1))
    monkeypatch.setattr("dns.resolver.Resolver.resolve", name_server())
    # The operator's worker is another process with a connection of its own; it would not see what is taken back.
    monkeypatch.setattr("platform_core.tasks.provision", lambda _platform: None)
    return make_stage()

"""The stage of the isolation matrix."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest

from platform_core.modules.registry import OPTIONAL_MODULES
from platform_core.modules.state import override_modules
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.models import Platform
from tests.isolation import samples  # noqa: F401 - makers of rows
from tests.isolation.matrix.changes import reported_changes
from tests.isolation.matrix.stage import Stage, make_stage, name_server
from tests.isolation.matrix.world import SHOPS


@pytest.fixture(scope="module")
def change_reports(django_db_setup: None) -> Iterator[None]:
    """Triggers that report each change of a row, around the transactions of a module's tests."""
    with reported_changes():
        yield


@pytest.fixture
def stage(
    change_reports: None, db: None, settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stage]:
    """Two platforms with two shops each, and their people, signed in. Every module is on: what is off is nobody's."""
    settings.MEDIA_ROOT = tmp_path
    # Limits say how often and how long; the matrix asks who.
    monkeypatch.setattr("platform_core.identity.throttle.ATTEMPTS", 10**9)
    monkeypatch.setattr("platform_core.identity.tokens.AccessToken.lifetime", timedelta(days=1))
    monkeypatch.setattr("dns.resolver.Resolver.resolve", name_server())
    # The operator's worker is another process with a connection of its own; it would not see what is taken back.
    monkeypatch.setattr("platform_core.tasks.provision", lambda _platform: None)
    with ExitStack() as stack:
        for code in SHOPS:
            with platform_context(role="operator"):
                platform = Platform.objects.get(code=code)
            stack.enter_context(override_modules(platform, on=tuple(OPTIONAL_MODULES)))
        yield make_stage()

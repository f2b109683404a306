from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from platform_core.tenancy import middleware
from platform_core.tenancy.models import Platform


@pytest.fixture
def sample_site(lux: Platform, client_for: Callable[..., Client], monkeypatch: pytest.MonkeyPatch) -> Client:
    """A client on lux, whose addresses are those of tests/platform_core/api/urls.py."""
    monkeypatch.setitem(middleware.URLCONFS, "platform", "tests.platform_core.api.urls")
    return client_for("lux.localhost", raise_request_exception=False)

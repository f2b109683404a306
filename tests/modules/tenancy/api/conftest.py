from __future__ import annotations

from typing import Any

import pytest

from tests.api_client import Api


def signed_in(host: str, email: str) -> Api:
    script = Api(host)
    assert script.sign_in(email).status_code == 200
    return script


@pytest.fixture
def staff(lux: Any, lux_admin: Any) -> Api:
    """The platform's admin, with a token."""
    return signed_in("lux.localhost", lux_admin.email)


@pytest.fixture
def owner(lux: Any, objektiv_owner: Any) -> Api:
    return signed_in("lux.localhost", objektiv_owner.email)


@pytest.fixture
def clerk(lux: Any, objektiv_clerk: Any) -> Api:
    return signed_in("lux.localhost", objektiv_clerk.email)

"""${name}: there where the module is on, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from platform_core.modules.state import override_modules
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

SHOP, PLATFORM = "objektiv.lux.localhost", "lux.localhost"


@pytest.fixture
def team(objektiv_owner: Any, client_for: Callable[..., Client]) -> Client:
    client = client_for(PLATFORM)
    client.post("/vendor/sign-in/", {"email": objektiv_owner.email, "password": PASSWORD})
    return client


def test_shoppers_see_it_where_it_is_on(lux: Any, objektiv: Any, client_for: Callable[..., Client]) -> None:
    with override_modules(lux, on=("${code}",)):
        assert client_for(SHOP).get("/${code}/").status_code == 200
    assert client_for(SHOP).get("/${code}/").status_code == 404


def test_the_team_finds_it_in_the_menu_where_it_is_on(lux: Any, team: Client) -> None:
    link = 'href="/vendor/${code}/"'
    with override_modules(lux, on=("${code}",)):
        assert team.get("/vendor/${code}/").status_code == 200
        assert link in team.get("/vendor/").content.decode()
    assert team.get("/vendor/${code}/").status_code == 404
    assert link not in team.get("/vendor/").content.decode()

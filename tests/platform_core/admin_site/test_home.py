"""The admins' first pages: each figure is the length of the list that it leads to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.test import Client

from modules.tenancy.models import Vendor
from modules.tenancy.services import add_domain, add_team_member, suspend_vendor
from platform_core.admin_site.home import Tile, hub_home, platform_home
from platform_core.identity.models import User
from platform_core.modules.state import override_modules
from platform_core.outbox.models import OutboxMessage
from platform_core.roles import VendorRole
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.models import Platform
from tests.modules.core.test_home import a_shop_with_rows
from tests.platform_core.admin_site.conftest import HUB, LUX

pytestmark = pytest.mark.django_db
HOME = "/admin/"


@pytest.fixture
def rows(
    lux: Platform, objektiv: Vendor, voltwerk: Vendor, objektiv_owner: User, make_user: Callable[..., User]
) -> Iterator[None]:
    """Something for each list, and something that each leaves out."""
    a_shop_with_rows(lux, objektiv)
    with platform_context(role="operator"):
        add_domain(vendor=objektiv, host="objektiv.example.test")
        # Somebody in two teams is two members.
        add_team_member(vendor=voltwerk, user=objektiv_owner, role=VendorRole.CLERK)
        suspend_vendor(vendor=voltwerk)
        for state in (OutboxMessage.State.DEAD, OutboxMessage.State.DONE):
            OutboxMessage.objects.create(
                kind="mail", key=f"k-{state}", payload={}, state=state, platform_id=lux.pk
            )
    # The page asks for the health from threads of its own, which see nothing of this test's transaction.
    with override_modules(lux, on=("payments", "orders")):
        yield


def tiles_on(client: Client) -> list[Tile]:
    return list(client.get(HOME).context["tiles"])


def mismatches(client: Client) -> list[str]:
    """The tiles whose figure is another one than the number of their list's rows."""
    wrong = []
    for tile in tiles_on(client):
        page = client.get(tile.href)
        # An unknown filter would be answered by a redirect.
        assert page.status_code == 200, tile
        found = page.context["cl"].result_count
        assert len(page.context["cl"].result_list) == found, tile
        if found != tile.value:
            wrong.append(f"{tile.label}: {tile.value}, but {found} at {tile.href}")
    return wrong


@contextmanager
def beside_the_others(point: Any, *tiles: Tile) -> Iterator[None]:
    """Let `core`, which is always on, add tiles of its own."""

    def answer(_request: Any) -> tuple[Tile, ...]:
        return tiles

    answer.__module__ = "modules.core.landing"
    point.register(answer)
    try:
        yield
    finally:
        point.unregister(answer)


def test_each_figure_of_a_platform_is_that_of_its_list(rows, enter, lux_admin):
    client = enter(LUX, lux_admin)
    tiles = tiles_on(client)
    assert len(tiles) >= 8
    assert not [tile.label for tile in tiles if not tile.value]
    assert mismatches(client) == []


def test_each_figure_of_the_installation_is_that_of_its_list(rows, enter, superuser):
    client = enter(HUB, superuser)
    assert not [tile.label for tile in tiles_on(client) if not tile.value]
    assert mismatches(client) == []


def test_the_walk_finds_a_figure_that_counts_something_else(rows, enter, lux_admin):
    """The control of the two above."""
    client = enter(LUX, lux_admin)
    with beside_the_others(platform_home, Tile("Wrong", 4711, href="/admin/orders/order/")):
        assert [line.partition(":")[0] for line in mismatches(client)] == ["Wrong"]


def test_nobody_sees_the_figure_of_a_screen_that_does_not_open(lux, enter, lux_admin, superuser):
    tile = Tile("Users", 3, href="/admin/platform_core/platform/")
    # The screen of platforms stands at the hub alone.
    with beside_the_others(platform_home, tile), beside_the_others(hub_home, tile):
        assert tile not in tiles_on(enter(LUX, lux_admin))
        assert tile in tiles_on(enter(HUB, superuser))


def test_a_module_that_is_off_has_no_figure(lux, enter, lux_admin):
    client = enter(LUX, lux_admin)
    with override_modules(lux, on=("payments", "orders")):
        assert any("/orders/order/" in tile.href for tile in tiles_on(client))
    with override_modules(lux, off=("orders",)):
        assert not any("/orders/order/" in tile.href for tile in tiles_on(client))

"""The dashboard's home: each figure is the length, or the sum, of the list that it leads to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from moneyed import Money

from modules.catalog.models import Product
from modules.catalog.services import archive_product, create_product
from modules.customers.models import Customer
from modules.customers.services import register_customer
from modules.orders.models import Order
from modules.orders.services import (
    add_line,
    cancel_order,
    complete_cart,
    create_cart,
    record_payment,
    set_contact,
    set_delivery,
    set_payment,
)
from modules.tenancy.models import Vendor
from platform_core.dashboard import HomeTile, home_tiles
from platform_core.identity.models import User
from platform_core.identity.policy import Policy, policy_of
from platform_core.modules.features import PlanAnswer, plan_answers
from platform_core.modules.service import module_service
from platform_core.modules.state import override_modules
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.models import Platform
from platform_core.tenancy.requests import VendorRequest
from tests.conftest import PASSWORD
from tests.forms import TeamBrowser
from tests.modules.orders.conftest import ADDRESS, set_up_shipping
from tests.modules.payments.conftest import set_up_methods

pytestmark = pytest.mark.django_db
HOME = "/vendor/"


@pytest.fixture
def enter(lux: Any) -> Callable[[User], TeamBrowser]:
    def sign_in(user: User) -> TeamBrowser:
        browser = TeamBrowser("lux.localhost", "objektiv")
        browser.post("/vendor/sign-in/", {"email": user.email, "password": PASSWORD})
        return browser

    return sign_in


@contextmanager
def beside_the_others(*tiles: HomeTile) -> Iterator[None]:
    """Let `core`, which is always on, add tiles of its own."""

    def answer(_request: VendorRequest) -> tuple[HomeTile, ...]:
        return tiles

    answer.__module__ = "modules.core.dashboard.views"
    home_tiles.register(answer)
    try:
        yield
    finally:
        home_tiles.unregister(answer)


def tiles_on(home: Any) -> list[HomeTile]:
    return [*home.context["tiles"], *home.context["tasks"]]


def mismatches(browser: TeamBrowser) -> list[str]:
    """The tiles on the person's home whose number is another one than that of their list's rows."""
    home = browser.get(HOME)
    html, wrong = home.content.decode(), []
    for tile in tiles_on(home):
        assert f'href="{tile.url.replace("&", "&amp;")}"' in html, tile
        response = browser.get(tile.url)
        assert response.status_code == 200, tile
        page = response.context["page"]
        rows = re.findall(r"<tbody>(.*?)</tbody>", response.content.decode(), re.S)
        shown = sum(len(re.findall(r"<tr\b", body)) for body in rows)
        assert shown == len(page.object_list), f"{tile.url} shows {shown} rows of {len(page.object_list)}"
        found: Any = page.paginator.count
        if tile.is_money:
            assert page.paginator.num_pages == 1
            found = sum((order.gross for order in page.object_list), Money(0, "EUR"))
        if found != tile.number:
            wrong.append(f"{tile.label}: {tile.number}, but {found} at {tile.url}")
    return wrong


def _order(email: str) -> Order:
    """A lamp, delivered for 5.00 and paid by transfer: 63.50."""
    cart = create_cart(language="en")
    add_line(cart=cart, sku="LAMP")
    set_contact(cart=cart, email=email)
    set_delivery(cart=cart, shipping_address=ADDRESS, shipping_method="home")
    return complete_cart(cart=set_payment(cart=cart, payment_method="bank_transfer"), key=email).order


def _product(slug: str, **facts: Any) -> Product:
    texts = {"en": {"title": slug.title(), "description": ""}}
    variant = {"sku": slug.upper(), "price_minor": 5850}
    return create_product(slug=slug, variants=[variant], translations=texts, **facts)


def a_shop_with_rows(lux: Platform, objektiv: Vendor) -> None:
    """Something for each list, and something that each leaves out."""
    with platform_context(role="operator"):
        module_service.enable_module(lux, "orders")
    paid = Money("63.50", "EUR")
    with platform_context(lux, objektiv):
        set_up_methods()
        set_up_shipping()
        _product("lamp")
        _product("vase", status="draft")
        archive_product(product=_product("mug"))
        for name in ("anna", "ben", "carl", "dora", "emil"):
            _order(f"{name}@example.test")
        _anna, ben, carl, dora, emil = Order.objects.order_by("number")
        record_payment(order=ben, amount=paid)
        cancel_order(order=carl, reason="Sold out")
        record_payment(order=dora, amount=paid)
        cancel_order(order=dora, reason="Sold out")
        Order.objects.filter(pk=emil.pk).update(placed_at=timezone.now() - timedelta(days=2))
        register_customer(email="anna@example.test", password=PASSWORD, full_name="Anna")
        old = register_customer(email="ben@example.test", password=PASSWORD, full_name="Ben")
        Customer.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=90))


@pytest.fixture
def shop_with_rows(lux: Platform, objektiv: Vendor) -> Vendor:
    a_shop_with_rows(lux, objektiv)
    return objektiv


def test_each_number_is_that_of_its_list_for_the_owner(shop_with_rows, enter, objektiv_owner):
    browser = enter(objektiv_owner)
    tiles = {tile.url: tile.number for tile in tiles_on(browser.get(HOME))}
    # A walk over empty lists would prove little.
    assert len(tiles) >= 12
    zero = {
        url
        for url, number in tiles.items()
        if not number or (isinstance(number, Money) and not number.amount)
    }
    assert not zero, f"These lists have no row in this test: {zero}"
    assert mismatches(browser) == []


def test_each_number_is_that_of_its_list_for_a_clerk(shop_with_rows, enter, objektiv_clerk):
    browser = enter(objektiv_clerk)
    assert tiles_on(browser.get(HOME))
    assert mismatches(browser) == []


def test_the_walk_finds_a_tile_that_counts_something_else(shop_with_rows, enter, objektiv_owner):
    """The control of the two above."""
    url = reverse("dashboard:catalog:list", urlconf="config.urls.platform")
    browser = enter(objektiv_owner)
    with beside_the_others(HomeTile("Wrong", 4711, url)):
        assert [line.partition(":")[0] for line in mismatches(browser)] == ["Wrong"]
    assert mismatches(browser) == []


def test_nobody_sees_the_figure_of_a_list_that_does_not_open(enter, objektiv_owner, objektiv_clerk):
    team = reverse("dashboard:tenancy:team", urlconf="config.urls.platform")
    tiles = (HomeTile("Members", 2, team), HomeTile("Nowhere", 1, "/vendor/nowhere/"))
    with beside_the_others(*tiles):
        assert "Members" not in {tile.label for tile in tiles_on(enter(objektiv_clerk).get(HOME))}
        # The control: the owner may open the list.
        labels = {tile.label for tile in tiles_on(enter(objektiv_owner).get(HOME))}
    assert "Members" in labels
    assert "Nowhere" not in labels


def test_nobody_sees_the_figure_of_a_list_that_the_plan_lacks(enter, objektiv_owner, monkeypatch):
    def gated(view: Any, method: str) -> Policy:
        policy = policy_of(view, method)
        assert policy is not None
        return replace(policy, feature="own_domains")

    monkeypatch.setattr("platform_core.dashboard.policy_of", gated)
    address = reverse("dashboard:tenancy:team", urlconf="config.urls.platform")
    browser, said = enter(objektiv_owner), {"is_included": True}

    def plan(_subject: object, _spec: object) -> PlanAnswer:
        return PlanAnswer(is_included=said["is_included"])

    plan_answers.register(plan)
    try:
        with beside_the_others(HomeTile("Members", 1, address)):
            assert "Members" in {tile.label for tile in tiles_on(browser.get(HOME))}
            said["is_included"] = False
            assert "Members" not in {tile.label for tile in tiles_on(browser.get(HOME))}
    finally:
        plan_answers.unregister(plan)


def test_a_module_that_is_off_has_no_tile(lux, enter, objektiv_owner):
    browser = enter(objektiv_owner)
    orders = reverse("dashboard:orders:list", urlconf="config.urls.platform")

    def paths() -> set[str]:
        return {tile.url.partition("?")[0] for tile in tiles_on(browser.get(HOME))}

    with override_modules(lux, on=("payments", "orders")):
        assert orders in paths()
    with override_modules(lux, off=("orders",)):
        assert orders not in paths()

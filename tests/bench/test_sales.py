"""The buyers whose orders are measured, and the counting of what an order sends to PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

import pytest
from django.db import connection, transaction

from bench.buyers import Answer, NotSold, numbers, order_by_api, order_by_forms
from bench.load import Load
from bench.rates import Target
from bench.sales import Deed
from bench.steps import CountedShop, Step, sent_to_postgresql, step_table
from bench.tenants import begin_to_sell
from bench.visitors import Visitor
from bench.web import Web
from modules.catalog.services import create_product
from modules.orders.models import Order
from modules.tenancy.models import Vendor
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.models import Platform

HOST = "objektiv.lux.localhost"


@pytest.fixture
def selling(lux: Platform, objektiv: Vendor) -> Vendor:
    """A shop that sells what a catalogue of the measurements holds first."""
    begin_to_sell(lux, [objektiv])
    with platform_context(lux, objektiv):
        create_product(
            slug="product-0",
            translations={"en": {"title": "Product number 0", "description": ""}},
            variants=[{"sku": "SKU-0", "options": {}, "price_minor": 1000}],
        )
    return objektiv


@pytest.fixture
def quick_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection of a test is not given back: nobody waits for that, and nobody closes it."""
    monkeypatch.setattr("bench.steps.POOL_SECONDS", 0)
    monkeypatch.setattr(connection, "close", lambda: None)


@pytest.mark.usefixtures("quick_pool")
@pytest.mark.parametrize("order", [order_by_api, order_by_forms])
def test_a_buyer_places_an_order_and_its_steps_are_counted(
    order: Callable[[Any, int], str], selling: Vendor
) -> None:
    shop = CountedShop(HOST)
    order(shop, 0)
    with platform_context(selling.platform, selling):
        assert Order.objects.get().state == "placed"
    assert all(step.status < 400 and len(step.times_ms) == 1 for step in shop.steps.values())
    assert {step.method for step in shop.steps.values()} >= {"GET", "POST"}


@pytest.mark.usefixtures("quick_pool")
def test_a_step_that_is_refused_ends_the_order(selling: Vendor) -> None:
    with pytest.raises(NotSold, match="Step “line” is answered with 4"):
        order_by_api(CountedShop(HOST), 12345)


@pytest.mark.django_db(transaction=True)
def test_brackets_and_context_are_told_from_questions(lux: Platform, objektiv: Vendor) -> None:
    connection.close()
    with platform_context(lux, objektiv), sent_to_postgresql() as statements, transaction.atomic():
        Order.objects.exists()
        with transaction.atomic():
            Order.objects.exists()
    step = Step("GET", statements=statements)
    assert (step.brackets, step.context, step.questions) == (4, 1, 2), statements


def _step(method: str, *statements: str) -> Step:
    return Step(method, 200, list(statements), 100, [1.0])


def test_the_sum_of_the_largest_shop_counts_too() -> None:
    small = {"look": _step("GET", "SELECT 1"), "do": _step("POST", "BEGIN", "INSERT", "COMMIT")}
    large = {"look": _step("GET", "SELECT 1", "SELECT 2"), "do": small["do"]}
    assert not step_table("Order", [small, large], most=5).is_over
    assert step_table("Order", [small, large], most=4).is_over
    assert not step_table("Order", [small, small], most=4).is_over


def test_a_page_with_more_questions_than_its_budget_is_over() -> None:
    brackets = ["BEGIN", "COMMIT", "SELECT set_config('role', 'none', false)"]
    within = {"look": _step("GET", *["SELECT 1"] * 12, *brackets)}
    beyond = {"look": _step("GET", *["SELECT 1"] * 13)}
    assert not step_table("Order", [within]).is_over
    assert step_table("Order", [beyond]).is_over
    assert step_table("Order", [within, beyond]).is_over


def test_every_product_but_the_drafts_is_bought() -> None:
    found = set(islice(numbers(1_000), 950))
    assert len(found) == 950
    assert {number % 20 for number in found} == set(range(20)) - {7}


def test_hidden_fields_are_read_as_a_browser_reads_them() -> None:
    page = Answer(
        200, '<input type="hidden" name="token" value="a&amp;b"><input type="text" name="x" value="y">'
    )
    assert page.hidden == {"token": "a&b"}


def test_buyers_side_by_side_are_counted_and_their_trouble_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    web, visitor = Web(1, 1, 0.0, None), Visitor("shop.localhost")
    done: list[int] = []

    def buy(_shop: Any, number: int) -> str:
        done.append(number)
        return ""

    def buy_few(shop: Any, number: int) -> str:
        if number > 20:
            raise NotSold("sold out")
        return buy(shop, number)

    def few() -> Iterator[int]:
        yield from range(1, 1_000_000)

    with pytest.raises(NotSold, match="sold out"):
        Deed("order", visitor, "", web, act=buy_few, products=few()).put(5)
    done.clear()
    load = Deed("order", visitor, "", web, act=buy, products=few()).put(0.05)
    assert load.requests == len(done) == len(set(done)) > 4


class _Script:
    """A shop that answers as told and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Mapping[str, str]]] = []

    def ask(
        self,
        step: str,
        method: str,
        path: str,
        *,
        body: str = "",
        content_type: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        self.asked.append((method, path, headers or {}))
        return Answer(200 if method in {"GET", "PUT"} else 201, '{"id": "crt_1", "number": "1001"}')

    def forget(self) -> None:
        """There are no cookies."""


def test_each_order_by_api_has_a_key_of_its_own() -> None:
    shop = _Script()
    assert order_by_api(shop, 0) == order_by_api(shop, 1) == "1001"
    keys = [
        headers["Idempotency-Key"] for _method, path, headers in shop.asked if path.endswith("/complete/")
    ]
    assert len(set(keys)) == 2


def test_a_round_without_an_answer_is_made_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.processes.is_known", lambda: False)
    asked: list[float] = []

    class Slow(Target):
        def put(self, seconds: float) -> Load:
            asked.append(seconds)
            requests = 3 if seconds > 3 else 0
            return Load(requests / seconds, 1.0, 1.0, requests, 0.0)

    target = Slow("slow", Visitor("shop.localhost"), "/", Web(1, 1, 0.0, None))
    assert target.ask(1).requests == 3
    assert (asked, len(target.loads)) == ([1, 2, 4], 1)

"""Many buyers, and one who clicks many times, each on a connection of their own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from modules.orders.exceptions import CartClosed
from modules.orders.models import Cart, Order, OrderLine
from modules.orders.services import (
    Completion,
    add_line,
    complete_cart,
    create_cart,
    send_order,
    set_contact,
    set_delivery,
    set_payment,
)
from modules.payments.models import Payment
from platform_core.exceptions import DomainError
from platform_core.modules.exceptions import Blocked, Busy, ModuleGone
from platform_core.modules.service import module_service
from platform_core.outbox.models import OutboxMessage
from platform_core.tenancy.context import platform_context
from tests.modules.orders.conftest import ADDRESS
from tests.races import connect_patiently

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
# As many at once as the pool has connections; the others wait for one.
BUYERS = 50


@pytest.fixture
def together(lux, shop, monkeypatch) -> Callable[..., list[Any]]:
    """`together(3, call)`: what came of `call(number)` in as many threads; a refusal is its result."""
    connect_patiently(monkeypatch)

    def run_all(count: int, call: Callable[[int], Any]) -> list[Any]:
        barrier = Barrier(count)

        def run(number: int) -> Any:
            try:
                with platform_context(lux, shop):
                    barrier.wait(timeout=60)
                    return until_answered(lambda: call(number))
            except DomainError as refusal:
                return refusal
            finally:
                connection.close()

        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(run, range(count)))

    return run_all


def until_answered(call: Callable[[], Any]) -> Any:
    """As a browser does that is told to come back: nobody waits for a lock longer than a second (503)."""
    for _attempt in range(30):
        try:
            return call()
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable):
                raise
    raise AssertionError("Nobody was answered.")


def ready_cart() -> Cart:
    cart = create_cart(language="en")
    add_line(cart=cart, sku="LAMP")
    set_contact(cart=cart, email="anna@example.test")
    set_delivery(cart=cart, shipping_address=ADDRESS, shipping_method="home")
    return set_payment(cart=cart, payment_method="bank_transfer")


@pytest.fixture
def cart(in_shop, make_product) -> Cart:
    make_product("lamp", 5850, weight_grams=1500)
    return ready_cart()


def test_one_key_is_one_order_however_often(cart, together):
    results = together(BUYERS, lambda _number: complete_cart(cart=cart, key="k"))
    assert all(isinstance(result, Completion) for result in results)
    assert len({result.order.pk for result in results}) == 1
    assert sum(not result.is_replayed for result in results) == 1
    assert (Order.objects.count(), Payment.objects.count()) == (1, 1)
    with platform_context(role="operator"):
        assert OutboxMessage.objects.count() == 1


def test_many_keys_are_one_order_and_clear_refusals(cart, together):
    results = together(BUYERS, lambda number: complete_cart(cart=cart, key=f"k{number}"))
    placed = [result for result in results if isinstance(result, Completion)]
    refused = [result for result in results if isinstance(result, CartClosed)]
    assert (len(placed), len(refused)) == (1, BUYERS - 1)
    assert (Order.objects.count(), Payment.objects.count()) == (1, 1)


def test_many_buyers_get_numbers_without_a_gap(cart, together):
    carts = [cart, *(ready_cart() for _ in range(11))]
    results = together(len(carts), lambda number: complete_cart(cart=carts[number], key=str(number)))
    assert sorted(result.order.number for result in results) == list(range(1001, 1013))


def test_two_in_the_team_send_the_same_parcel_once(cart, together):
    order = complete_cart(cart=cart, key="k").order
    results = together(4, lambda _number: send_order(order=order))
    assert sum(isinstance(result, DomainError) for result in results) == 3
    assert [line.fulfilled_quantity for line in OrderLine.objects.filter(order=order)] == [1]


def test_two_tabs_put_in_one_each(cart, together):
    together(8, lambda _number: add_line(cart=cart, sku="LAMP"))
    (line,) = cart.lines.all()
    assert line.quantity == 9


def switch_off(lux: Any) -> tuple[str, ...]:
    """On a connection of its own, as another process does it."""
    try:
        with platform_context(role="operator"):
            return module_service.disable_module(lux, "orders").changed
    finally:
        connection.close()


def test_what_is_being_ordered_keeps_the_module_on(lux, cart):
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            complete_cart(cart=cart, key="k")
            with pytest.raises(Busy):
                pool.submit(switch_off, lux).result()
        with pytest.raises(Blocked):
            pool.submit(switch_off, lux).result()
    assert Order.objects.count() == 1


@pytest.mark.parametrize("is_guarded", [True, False], ids=["guarded", "control"])
def test_nothing_is_ordered_once_the_module_is_off(lux, cart, monkeypatch, is_guarded):
    """The request was let in before."""
    if not is_guarded:
        monkeypatch.setattr("modules.orders.services.checkout.keep_on", lambda _code: None)
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        assert Cart.objects.get().is_open
        assert pool.submit(switch_off, lux).result() == ("orders",)
        if is_guarded:
            with pytest.raises(ModuleGone):
                complete_cart(cart=cart, key="k")
        else:
            complete_cart(cart=cart, key="k")
    assert Order.objects.exists() is not is_guarded

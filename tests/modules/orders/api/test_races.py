"""Fifty completions of one cart at the same moment, each on a connection of its own: there is one order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction

from modules.orders.models import Order, OrderCounter
from modules.orders.selectors import cart_by_id
from modules.orders.services.carts import hold
from modules.payments.models import Payment
from tests.modules.orders.api.conftest import HERE, Buyer, Script
from tests.races import connect_patiently, take_locks_away

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
BUYERS = 50
# What somebody who comes second may be told.
REFUSALS = {(409, "cart_closed"), (409, "in_flight")}


@pytest.fixture
def together(guest, monkeypatch) -> Callable[[Callable[[int], Any]], list[Any]]:
    """`together(call)`: the answers to `call(number)` of fifty threads that begin at once."""
    connect_patiently(monkeypatch)

    def run_all(call: Callable[[int], Any]) -> list[Any]:
        barrier = Barrier(BUYERS)

        def run(number: int) -> Any:
            try:
                barrier.wait(timeout=60)
                return call(number)
            finally:
                connection.close()

        with ThreadPoolExecutor(BUYERS) as pool:
            return list(pool.map(run, range(BUYERS)))

    return run_all


def refusal_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_fifty_with_one_key_place_one_order(guest, together, inside):
    cart_id = guest.ready("LAMP")
    answers = together(lambda _number: Buyer(HERE).complete(cart_id, "one key"))
    good = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.content for answer in good}) == 1
    assert Counter(answer.get("Idempotent-Replayed") for answer in good)[None] == 1
    refused = {refusal_of(answer) for answer in answers if answer.status_code != 201}
    assert refused <= {(409, "in_flight")}
    with inside():
        assert Order.objects.count() == Payment.objects.count() == 1
        assert OrderCounter.objects.get().next_number == 1002
    assert guest.complete(cart_id, "one key").content == good[0].content


def test_fifty_with_fifty_keys_place_one_order(guest, together, inside):
    cart_id = guest.ready("LAMP")
    answers = together(lambda number: Buyer(HERE).complete(cart_id, f"key {number}"))
    assert [answer.status_code for answer in answers].count(201) == 1
    assert {refusal_of(answer) for answer in answers if answer.status_code != 201} <= REFUSALS
    with inside():
        assert Order.objects.count() == Payment.objects.count() == 1
        assert OrderCounter.objects.get().next_number == 1002


def test_control_without_the_lock_the_answers_are_not_clear(guest, together, inside, monkeypatch):
    """One order all the same: that is the constraint's doing. What the others are told is the lock's."""
    take_locks_away(monkeypatch, BUYERS)
    for _round in range(5):
        cart_id = guest.ready("LAMP")
        answers = together(lambda number, c=cart_id: Buyer(HERE).complete(c, f"key {number}"))
        told = {refusal_of(answer) for answer in answers if answer.status_code != 201}
        with inside():
            assert Order.objects.filter(cart__public_id=cart_id).count() == 1
        if not told <= REFUSALS:
            return
    pytest.fail("The race was never lost: this control proves nothing.")


def test_a_cart_that_is_held_is_told_of_and_not_waited_for(guest, inside):
    cart_id = guest.ready("LAMP")
    line = guest.get(f"storefront/carts/{cart_id}/").json()["lines"][0]["id"]

    def elsewhere(call: Callable[[], Any]) -> Any:
        def run() -> Any:
            try:
                return call()
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as pool:
            return pool.submit(run).result()

    with inside(), transaction.atomic():
        hold(cart_by_id(cart_id))
        answers = [
            elsewhere(lambda: guest.complete(cart_id)),
            elsewhere(lambda: guest.post(f"storefront/carts/{cart_id}/lines/", {"sku": "BOOK"})),
            elsewhere(
                lambda: guest.send("PATCH", f"storefront/carts/{cart_id}/lines/{line}/", {"quantity": 2})
            ),
        ]
    assert {refusal_of(answer) for answer in answers} == {(409, "in_flight")}
    assert guest.complete(cart_id).status_code == 201


def test_one_receipt_sent_fifty_times_at_once_is_recorded_once(guest, owner, together, inside):
    number = guest.complete(guest.ready("LAMP")).json()["number"]

    def send(_number: int) -> Any:
        script = Script("lux.localhost")
        script.access = owner.access
        body = {"amount": {"amount": "10.00", "currency": "EUR"}}
        return script.send("POST", f"vendor/orders/{number}/payments/", body, **{"idempotency-key": "k"})

    answers = together(send)
    assert {answer.status_code for answer in answers} <= {201, 409}
    with inside():
        assert Payment.objects.get().captured_minor == 1000

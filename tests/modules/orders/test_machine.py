"""Every event in every state: done by the table, or refused with nothing changed."""

from __future__ import annotations

from itertools import product

import pytest

from modules.orders.exceptions import InvalidTransition
from modules.orders.machine import ENDED, TRANSITIONS, Event, State
from modules.orders.models import Order, OrderEvent, OrderLine
from modules.orders.services import cancel_order, confirm_order, record_payment, send_order
from modules.orders.services import orders as service
from platform_core.money import from_minor

pytestmark = pytest.mark.django_db


def happen(order: Order, event: Event) -> None:
    lines = list(OrderLine.objects.filter(order=order))
    if event is Event.CONFIRM:
        confirm_order(order=order)
    elif event is Event.CANCEL:
        cancel_order(order=order)
    elif event is Event.FULFIL_PART:
        send_order(order=order, quantities={lines[0].pk: 1})
    elif event is Event.FULFIL_REST:
        send_order(order=order)
    else:
        held = Order.objects.get(pk=order.pk)
        (service._complete if event is Event.COMPLETE else service._reopen)(held)
        service._store(held)


@pytest.mark.parametrize(("state", "event"), list(product(State, Event)))
def test_every_pair(order, state, event):
    # Three of each, so that a part is never the rest.
    OrderLine.objects.filter(order=order).update(unit_price_minor=0, gross_minor=0, net_minor=0, tax_minor=0)
    OrderLine.objects.filter(order=order).update(quantity=3)
    Order.objects.filter(pk=order.pk).update(state=state)
    before = OrderEvent.objects.filter(order=order).count()
    after = TRANSITIONS.get((state, event))
    if after is None:
        with pytest.raises(InvalidTransition):
            happen(order, event)
        assert Order.objects.get(pk=order.pk).state == state
        assert OrderEvent.objects.filter(order=order).count() == before
    else:
        happen(order, event)
        assert Order.objects.get(pk=order.pk).state == after
        assert OrderEvent.objects.filter(order=order).count() > before


def test_nothing_happens_to_what_has_ended_but_that_its_money_has_not_come_in():
    assert [pair for pair in TRANSITIONS if pair[0] in ENDED] == [(State.COMPLETED, Event.REOPEN)]


def test_an_order_that_is_paid_is_confirmed_and_completed_when_it_is_sent(order):
    record_payment(order=order, amount=from_minor(8410, "EUR"))
    assert Order.objects.get(pk=order.pk).state == State.CONFIRMED
    send_order(order=order)
    assert Order.objects.get(pk=order.pk).state == State.COMPLETED


def test_an_order_that_is_sent_is_completed_when_it_is_paid(order):
    send_order(order=order)
    assert Order.objects.get(pk=order.pk).state == State.FULFILLED
    record_payment(order=order, amount=from_minor(8000, "EUR"))
    assert Order.objects.get(pk=order.pk).state == State.FULFILLED
    record_payment(order=order, amount=from_minor(410, "EUR"))
    assert Order.objects.get(pk=order.pk).state == State.COMPLETED

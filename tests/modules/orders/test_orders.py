"""What a shop does with its orders: paid, sent, cancelled; the buyer is told, and nothing is done twice."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from modules.orders.exceptions import InvalidTransition, NothingToSend, StaleOrder, TooMany
from modules.orders.models import Fulfilment, Order, OrderLine
from modules.orders.selectors import order_by_number, timeline
from modules.orders.services import add_note, cancel_order, confirm_order, record_payment, send_order
from modules.payments.models import Payment
from modules.payments.services import record_received
from platform_core.money import from_minor
from platform_core.outbox.models import OutboxMessage
from platform_core.tenancy.context import platform_context

pytestmark = pytest.mark.django_db


def fresh(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def euros(minor: int):
    return from_minor(minor, "EUR")


def mails() -> list[str]:
    with platform_context(role="operator"):
        codes = OutboxMessage.objects.order_by("created_at").values_list("payload__mail", flat=True)
        return [code.removeprefix("orders.") for code in codes]


def lines(order: Order) -> list[tuple[int, int]]:
    return [(line.fulfilled_quantity, line.open_quantity) for line in OrderLine.objects.filter(order=order)]


def test_a_part_and_the_rest_are_sent(order):
    book, lamp = OrderLine.objects.filter(order=order)
    send_order(order=order, quantities={book.pk: 1, lamp.pk: 0}, carrier="POST", tracking_number="LU123")
    assert (fresh(order).state, lines(order)) == ("partially_fulfilled", [(1, 0), (0, 1)])
    send_order(order=order)
    assert (fresh(order).state, lines(order)) == ("fulfilled", [(1, 0), (1, 0)])
    assert Fulfilment.objects.filter(order=order).count() == 2
    assert mails() == ["confirmation", "sent", "sent"]
    with pytest.raises(InvalidTransition):
        send_order(order=order)


def test_no_more_is_sent_than_was_ordered(order):
    book, _lamp = OrderLine.objects.filter(order=order)
    for count in (2, -1):
        with pytest.raises(TooMany):
            send_order(order=order, quantities={book.pk: count})
    with pytest.raises(NothingToSend):
        send_order(order=order, quantities={})
    with pytest.raises(OrderLine.DoesNotExist):
        send_order(order=order, quantities={0: 1})
    with pytest.raises(ValidationError):
        send_order(order=order, tracking_url="javascript:alert(1)")
    assert (fresh(order).state, lines(order)) == ("placed", [(0, 1), (0, 1)])


def test_money_in_parts_confirms_the_order_when_all_of_it_is_there(order):
    record_payment(order=order, amount=euros(8000), idempotency_key="a")
    assert fresh(order).state == "placed"
    record_payment(order=order, amount=euros(8000), idempotency_key="a")
    record_payment(order=order, amount=euros(410), idempotency_key="b")
    assert fresh(order).state == "confirmed"
    assert Payment.objects.get().captured_minor == 8410
    assert mails() == ["confirmation", "payment_received"]


def test_money_that_is_recorded_at_the_payment_itself_is_followed(order, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        record_received(payment=order.payment, amount=euros(8410))
    assert fresh(order).state == "confirmed"
    assert mails() == ["confirmation", "payment_received"]


def test_a_cancelled_order_expects_no_money(order):
    cancel_order(order=order, reason="Sold out")
    payment = Payment.objects.get()
    assert (fresh(order).state, payment.status, payment.expected_minor) == ("cancelled", "voided", 0)
    assert lines(order) == [(0, 0), (0, 0)]
    assert mails() == ["confirmation", "cancelled"]


@pytest.mark.parametrize("received", [8410, 3000])
def test_what_was_paid_for_a_cancelled_order_is_owed_back(order, received):
    record_payment(order=order, amount=euros(received))
    cancel_order(order=order)
    payment = Payment.objects.get()
    assert (payment.refund_pending_minor, payment.expected_minor) == (received, 0)


def test_what_is_paid_for_an_order_after_its_cancellation_is_owed_back(order):
    """Money that was on its way."""
    cancel_order(order=order)
    record_payment(order=order, amount=euros(8410))
    assert Payment.objects.get().refund_pending_minor == 8410
    assert fresh(order).state == "cancelled"


def test_what_was_sent_cannot_be_cancelled(order):
    book, _lamp = OrderLine.objects.filter(order=order)
    send_order(order=order, quantities={book.pk: 1})
    with pytest.raises(InvalidTransition, match=r"invalid_transition|Partly"):
        cancel_order(order=order)
    assert fresh(order).state == "partially_fulfilled"


def test_who_looked_at_an_old_page_is_told(order):
    version = order.version
    confirm_order(order=order, expected_version=version)
    for act in (cancel_order, confirm_order, send_order):
        with pytest.raises(StaleOrder):
            act(order=order, expected_version=version)
    assert fresh(order).state == "confirmed"


def test_the_timeline_tells_of_order_and_payment_in_their_order(order, objektiv_owner):
    record_payment(order=order, amount=euros(8410), user=objektiv_owner, note="Statement 5")
    add_note(order=order, note="Wrap it", user=objektiv_owner)
    send_order(order=order, carrier="POST", user=objektiv_owner)
    entries = timeline(order)
    assert [entry.at for entry in entries[1:]] == sorted(entry.at for entry in entries[1:])
    # The payment was asked for a moment before.
    assert [entry.kind for entry in entries[:2]] == ["order.placed", "payment.requested"]
    told = [(str(entry.label), entry.amount_minor, entry.note) for entry in entries]
    assert ("Order placed", 8410, "") in told
    assert ("Note", 0, "Wrap it") in told
    assert ("Order completed", 0, "") in told
    assert any(amount == 8410 and note == "Statement 5" for _label, amount, note in told)


@pytest.mark.parametrize("note", ["", "  ", "x" * 1001, "a\0b"])
def test_a_note_says_something(order, note):
    with pytest.raises(ValidationError):
        add_note(order=order, note=note)


@pytest.mark.parametrize("number", ["", "x", "-1", "1.0", "²", "9" * 30, "1001 ", "1002"])
def test_what_is_no_number_finds_nothing(order, number):
    assert order_by_number(number) is None
    assert order_by_number("1001") == order

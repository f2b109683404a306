"""Recording a payment of an order that may have changed since its page was opened."""

from __future__ import annotations

import pytest
from moneyed import Money

from modules.orders.exceptions import StaleOrder
from modules.orders.models import Order
from modules.orders.selectors import buyer_timeline, timeline
from modules.orders.services import cancel_order, confirm_order, record_payment, send_order, wait_again
from modules.payments.exceptions import ReceiptSpent
from modules.payments.models import PaymentEvent
from modules.payments.services import record_refund, request_refund, reverse_receipt, withdraw_refund
from platform_core.outbox.models import OutboxMessage
from platform_core.tenancy.context import platform_context

pytestmark = pytest.mark.django_db
PART = Money("10.00", "EUR")


def test_a_payment_for_an_order_that_has_changed_is_not_recorded(order: Order) -> None:
    seen = order.version
    confirm_order(order=order)
    with pytest.raises(StaleOrder):
        record_payment(order=order, amount=PART, expected_version=seen, idempotency_key="a")
    assert not PaymentEvent.objects.filter(kind="captured").exists()
    record_payment(order=order, amount=PART, expected_version=seen + 1, idempotency_key="a")
    assert PaymentEvent.objects.get(kind="captured").amount_minor == 1000


def test_the_same_form_again_is_answered_as_before(order: Order) -> None:
    seen = order.version
    first = record_payment(order=order, amount=PART, expected_version=seen, idempotency_key="a")
    again = record_payment(order=order, amount=PART, expected_version=seen, idempotency_key="a")
    assert again.is_replayed and again.event == first.event
    # The control: another form of that old page is told.
    with pytest.raises(StaleOrder):
        record_payment(order=order, amount=PART, expected_version=seen, idempotency_key="b")


def reversed_receipt(order: Order) -> Order:
    """What the order is once its last receipt was reversed and orders have heard of it."""
    receipt = PaymentEvent.objects.filter(payment_id=order.payment_id, kind="captured").latest("id")
    assert order.payment is not None
    reverse_receipt(payment=order.payment, receipt_id=receipt.pk, reason="typed for another order")
    wait_again(payment_id=order.payment.public_id)
    return Order.objects.select_related("payment").get(pk=order.pk)


ALL = Money("84.10", "EUR")


def test_an_order_that_was_confirmed_by_a_mistyped_receipt_waits_again(order: Order) -> None:
    record_payment(order=order, amount=ALL)
    after = reversed_receipt(order)
    assert after.payment is not None
    assert (after.state, after.payment.status, after.payment.expected_minor) == ("placed", "pending", 8410)
    told = [(entry.kind, entry.note) for entry in timeline(after)]
    assert ("payment.reversed", "typed for another order") in told
    assert ("order.reopened", "") in told
    # The buyer sees that it happened, and neither why nor by whom.
    shown = [(entry.kind, entry.note, entry.user_id) for entry in buyer_timeline(after)]
    assert ("payment.reversed", "", None) in shown
    # The same again changes nothing, and the money that does come in confirms it.
    version = after.version
    wait_again(payment_id=after.payment.public_id)
    assert Order.objects.get(pk=order.pk).version == version
    record_payment(order=after, amount=ALL)
    assert Order.objects.get(pk=order.pk).state == "confirmed"


def test_what_the_team_has_confirmed_unpaid_stays_confirmed(order: Order) -> None:
    confirm_order(order=order)
    record_payment(order=order, amount=ALL)
    assert reversed_receipt(order).state == "confirmed"


def test_what_has_left_stays_sent_and_is_awaited(order: Order) -> None:
    record_payment(order=order, amount=ALL)
    send_order(order=order)
    assert Order.objects.get(pk=order.pk).state == "completed"
    after = reversed_receipt(order)
    assert after.payment is not None
    assert (after.state, after.payment.expected_minor) == ("fulfilled", 8410)


def test_a_part_too_much_that_is_reversed_changes_no_order(order: Order) -> None:
    record_payment(order=order, amount=ALL)
    record_payment(order=order, amount=PART)
    assert reversed_receipt(order).state == "confirmed"


def test_of_a_cancelled_order_the_refund_is_withdrawn_first(order: Order) -> None:
    record_payment(order=order, amount=ALL)
    cancel_order(order=order)
    with pytest.raises(ReceiptSpent):
        reversed_receipt(order)


def test_a_cancelled_order_waits_for_no_money_once_its_receipt_was_reversed(order: Order) -> None:
    payment = record_payment(order=order, amount=ALL).payment
    cancel_order(order=order)
    owed = PaymentEvent.objects.filter(payment=payment, kind="refund_requested").get()
    withdraw_refund(payment=payment, refund_id=owed.refund_id)
    after = reversed_receipt(order)
    assert after.payment is not None
    assert (after.state, after.payment.status, after.payment.expected_minor) == ("cancelled", "voided", 0)


def mails_of(order: Order, kind: str) -> int:
    with platform_context(role="operator"):
        return OutboxMessage.objects.filter(key=f"orders.{kind}:{order.pk}").count()


def test_whoever_was_confirmed_before_paying_hears_that_the_money_came(order: Order) -> None:
    order = confirm_order(order=order)
    record_payment(order=order, amount=PART)
    assert mails_of(order, "payment_received") == 0
    record_payment(order=order, amount=ALL - PART)
    assert mails_of(order, "payment_received") == 1
    assert Order.objects.get(pk=order.pk).state == "confirmed"


def test_a_part_of_which_some_went_back_pays_for_nothing(order: Order) -> None:
    payment = record_payment(order=order, amount=Money("50.00", "EUR")).payment
    refund = request_refund(payment=payment, amount=PART)
    record_refund(payment=payment, refund_id=refund.event.refund_id)
    record_payment(order=order, amount=Money("1.00", "EUR"))
    assert Order.objects.get(pk=order.pk).state == "placed"
    assert mails_of(order, "payment_received") == 0

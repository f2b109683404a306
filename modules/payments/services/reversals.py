"""Receipts that were mistyped. A ledger only grows: a reversal is an entry of its own, with its reason and who made it."""

from __future__ import annotations

from django.db import transaction

from modules.payments.exceptions import ReceiptSpent, UnknownReceipt
from modules.payments.ledger import Kind
from modules.payments.models import MAX_REASON_LENGTH, Payment, PaymentEvent
from modules.payments.selectors import reversed_ids
from modules.payments.services.book import Book, Recording, gateway_by_hand, open_book
from platform_core.identity.models import User
from platform_core.money import to_json


@transaction.atomic
def reverse_receipt(
    *,
    payment: Payment,
    receipt_id: int,
    reason: str = "",
    user: User | None = None,
    idempotency_key: str = "",
) -> Recording:
    """Record that a receipt was mistyped: as if its money had not come in, which is expected again.

    `receipt_id` is the receipt's event. Only for gateways whose money the team records. Raises UnknownReceipt for
    one that is not there or was reversed, ReceiptSpent where refunds need the money, NotSupported,
    IdempotencyKeyReused.
    """
    book = open_book(payment)
    gateway_by_hand(book.payment)
    reason, asked = reason[:MAX_REASON_LENGTH], {"receipt": receipt_id}
    earlier = book.earlier(idempotency_key, Kind.REVERSED, amount_minor=None, reason=reason, asked=asked)
    if earlier is not None:
        return Recording(book.payment, earlier, is_replayed=True)
    receipt = _receipt(book, receipt_id)
    left = book.ledger.refundable_minor
    if receipt.amount_minor > left:
        most = to_json(book.payment.money(max(0, left)))
        raise ReceiptSpent(max=most["amount"], currency=most["currency"])
    event = book.add(
        Kind.REVERSED,
        receipt.amount_minor,
        reason=reason,
        user=user,
        idempotency_key=idempotency_key,
        payload={"asked": asked},
    )
    return Recording(book.close(), event)


def _receipt(book: Book, receipt_id: int) -> PaymentEvent:
    """A receipt that still counts. The payment is held, so that two cannot reverse the same one."""
    events = list(PaymentEvent.objects.filter(payment=book.payment))
    found = next((event for event in events if event.pk == receipt_id and event.kind == Kind.CAPTURED), None)
    if found is None or found.pk in reversed_ids(events):
        raise UnknownReceipt
    return found

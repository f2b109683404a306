"""Money that goes back to the buyer: requested, paid back, or not made."""

from __future__ import annotations

from django.db import transaction
from moneyed import Money

from modules.payments.exceptions import NotSupported, RefundExceedsCaptured, UnknownRefund
from modules.payments.extensions import GatewayResult, Outcome, RefundRequest
from modules.payments.ledger import Kind, Phase, Refund
from modules.payments.models import MAX_REASON_LENGTH, Payment
from modules.payments.services.book import (
    Book,
    Recording,
    checked_minor,
    config_of,
    gateway_by_hand,
    gateway_of,
    open_book,
    too_late,
)
from platform_core.identity.models import User
from platform_core.money import to_json
from platform_core.public_ids import new_public_id


@transaction.atomic
def request_refund(
    *,
    payment: Payment,
    amount: Money,
    reason: str = "",
    user: User | None = None,
    idempotency_key: str = "",
    is_paid_back: bool = False,
) -> Recording:
    """Give money back. The event's `refund_id` names the refund.

    Where the team pays back by hand it is owed until `record_refund`; with `is_paid_back` that has been done
    already. Raises RefundExceedsCaptured with what is left as `max`, NotSupported, InvalidAmount,
    CurrencyMismatch, InvalidTransition, IdempotencyKeyReused.
    """
    book = open_book(payment)
    gateway = gateway_by_hand(book.payment) if is_paid_back else gateway_of(book.payment)
    amount_minor = checked_minor(amount, book.payment)
    reason = reason[:MAX_REASON_LENGTH]
    asked = {"is_paid_back": is_paid_back}
    earlier = book.earlier(
        idempotency_key, Kind.REFUND_REQUESTED, amount_minor=amount_minor, reason=reason, asked=asked
    )
    if earlier is not None:
        return Recording(book.payment, earlier, is_replayed=True)
    if book.ledger.phase is not Phase.CAPTURED:
        raise too_late(book.ledger, Kind.REFUND_REQUESTED)
    check_refund(book, amount_minor)
    if not gateway.capabilities.refund or (
        amount_minor < book.ledger.captured_minor and not gateway.capabilities.partial_refund
    ):
        raise NotSupported(gateway=gateway.name)
    refund_id = new_public_id("rfd")
    event = book.add(
        Kind.REFUND_REQUESTED,
        amount_minor,
        reason=reason,
        refund_id=refund_id,
        user=user,
        idempotency_key=idempotency_key,
        payload={"asked": asked},
    )
    result = gateway.refund(
        RefundRequest(
            payment_id=book.payment.public_id,
            refund_id=refund_id,
            amount=amount,
            config=config_of(gateway.code),
            provider_reference=book.payment.provider_reference,
        )
    )
    _book_refund(book, result, refund_id, amount_minor, is_paid_back=is_paid_back, user=user)
    return Recording(book.close(), event)


@transaction.atomic
def record_refund(
    *, payment: Payment, refund_id: str, note: str = "", user: User | None = None, idempotency_key: str = ""
) -> Recording:
    """Record that a refund that was owed has been paid back by hand.

    Raises UnknownRefund for one that is not open, NotSupported, IdempotencyKeyReused.
    """
    book = open_book(payment)
    gateway_by_hand(book.payment)
    return _settle(book, Kind.REFUNDED, refund_id, note, user, idempotency_key)


@transaction.atomic
def withdraw_refund(
    *, payment: Payment, refund_id: str, note: str = "", user: User | None = None, idempotency_key: str = ""
) -> Recording:
    """Take a refund back that was requested and not paid yet. Raises what `record_refund` raises."""
    book = open_book(payment)
    gateway_by_hand(book.payment)
    return _settle(book, Kind.REFUND_FAILED, refund_id, note, user, idempotency_key)


def check_refund(book: Book, amount_minor: int) -> None:
    """No refund beyond what was received. The payment is locked, so two requests cannot both be the last."""
    left = book.ledger.refundable_minor
    if amount_minor > left:
        most = to_json(book.payment.money(max(0, left)))
        raise RefundExceedsCaptured(max=most["amount"], currency=most["currency"])


def _book_refund(
    book: Book,
    result: GatewayResult,
    refund_id: str,
    amount_minor: int,
    *,
    is_paid_back: bool,
    user: User | None,
) -> None:
    """Add what the gateway has answered to a refund, if that settles it."""
    if result.outcome is Outcome.FAILED:
        book.add(
            Kind.REFUND_FAILED,
            amount_minor,
            refund_id=refund_id,
            reason=str(result.message),
            payload=dict(result.payload),
        )
    elif is_paid_back or result.outcome is Outcome.SUCCEEDED:
        book.add(
            Kind.REFUNDED,
            amount_minor,
            refund_id=refund_id,
            user=user if is_paid_back else None,
            payload=dict(result.payload),
        )


def _settle(
    book: Book, kind: Kind, refund_id: str, note: str, user: User | None, idempotency_key: str
) -> Recording:
    reason, asked = note[:MAX_REASON_LENGTH], {"refund": refund_id}
    earlier = book.earlier(idempotency_key, kind, amount_minor=None, reason=reason, asked=asked)
    if earlier is not None:
        return Recording(book.payment, earlier, is_replayed=True)
    refund: Refund | None = book.ledger.refunds.get(refund_id)
    if refund is None or refund.state != "requested":
        raise UnknownRefund(refund=refund_id)
    event = book.add(
        kind,
        refund.amount_minor,
        refund_id=refund_id,
        reason=reason,
        user=user,
        idempotency_key=idempotency_key,
        payload={"asked": asked},
    )
    return Recording(book.close(), event)

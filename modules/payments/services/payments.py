"""Payments: asked for, received, given up, and told of by their providers."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from moneyed import Money

from modules.payments.exceptions import CurrencyMismatch, NotSupported
from modules.payments.extensions import (
    AuthoriseRequest,
    CaptureRequest,
    Gateway,
    GatewayEvent,
    Outcome,
    VoidRequest,
)
from modules.payments.ledger import Kind, Ledger, Phase
from modules.payments.models import (
    MAX_DESCRIPTION_LENGTH,
    MAX_REASON_LENGTH,
    MAX_REFERENCE_LENGTH,
    Payment,
    PaymentEvent,
)
from modules.payments.services.book import (
    Book,
    Recording,
    checked_minor,
    config_of,
    gateway_by_hand,
    gateway_of,
    open_book,
    require_success,
    too_late,
)
from modules.payments.services.methods import active_method
from modules.payments.services.refunds import check_refund
from platform_core.identity.models import User
from platform_core.money import to_minor
from platform_core.public_ids import new_public_id

KIND_OF_OUTCOME = {
    Outcome.SUCCEEDED: Kind.AUTHORISED,
    Outcome.PENDING: Kind.PENDING,
    Outcome.REQUIRES_ACTION: Kind.ACTION_REQUIRED,
    Outcome.FAILED: Kind.FAILED,
}


def begin_payment(
    *, method: str, amount: Money, reference: str, description: str = "", user: User | None = None
) -> Payment:
    """Ask a buyer for `amount` by one of the shop's active methods, in the caller's transaction.

    `reference` is what it is for, such as an order's number. What the gateway answers is in the payment: its
    status, and in `instructions` what the buyer is to be told. Raises UnknownMethod and InvalidAmount, which leave
    the transaction as it was.
    """
    gateway, config = active_method(method, amount)
    payment = Payment(
        public_id=new_public_id("pay"),
        gateway=gateway.code,
        amount_minor=checked_minor(amount),
        currency=amount.currency.code,
        reference=reference[:MAX_REFERENCE_LENGTH],
        description=description[:MAX_DESCRIPTION_LENGTH],
    )
    # Nothing of it is caught halfway: it needs no savepoint of its own.
    with transaction.atomic(savepoint=False):
        return _begin(payment, gateway, config, user)


def _begin(payment: Payment, gateway: Gateway, config: dict[str, Any], user: User | None) -> Payment:
    book = Book(payment, Ledger(payment.amount_minor))
    book.add(Kind.REQUESTED, payment.amount_minor, user=user)
    result = gateway.authorise(
        AuthoriseRequest(
            payment_id=payment.public_id,
            amount=payment.amount,
            config=config,
            reference=payment.reference,
            description=payment.description,
        )
    )
    payment.provider_reference = result.provider_reference
    payment.instructions = dict(result.instructions)
    # A gateway's refusal is kept in its own words; otherwise its message is what the buyer reads now.
    is_refused = result.outcome is Outcome.FAILED
    book.add(
        KIND_OF_OUTCOME[result.outcome],
        payment.amount_minor,
        reason=str(result.message)[:MAX_REASON_LENGTH] if is_refused else "",
        payload=dict(result.payload),
    )
    return book.close()


@transaction.atomic
def record_received(
    *, payment: Payment, amount: Money, note: str = "", user: User | None = None, idempotency_key: str = ""
) -> Recording:
    """Record money that has come in, as much as it is: a part, all, or too much.

    Only for gateways whose money the team records. Raises NotSupported, InvalidAmount, CurrencyMismatch,
    InvalidTransition, IdempotencyKeyReused.
    """
    book = open_book(payment)
    gateway = gateway_by_hand(book.payment)
    amount_minor = checked_minor(amount, book.payment)
    note = note[:MAX_REASON_LENGTH]
    earlier = book.earlier(idempotency_key, Kind.CAPTURED, amount_minor=amount_minor, reason=note)
    if earlier is not None:
        return Recording(book.payment, earlier, is_replayed=True)
    result = gateway.capture(
        CaptureRequest(
            payment_id=book.payment.public_id,
            amount=amount,
            config=config_of(gateway.code),
            provider_reference=book.payment.provider_reference,
        )
    )
    require_success(result)
    event = book.add(
        Kind.CAPTURED,
        amount_minor,
        reason=note,
        user=user,
        idempotency_key=idempotency_key,
        payload=dict(result.payload),
    )
    return Recording(book.close(), event)


@transaction.atomic
def void_payment(
    *, payment: Payment, reason: str = "", user: User | None = None, idempotency_key: str = ""
) -> Recording:
    """Expect no money, or no more of it. What has come in already stays, and can be refunded.

    Raises NotSupported, GatewayRefused, IdempotencyKeyReused, and InvalidTransition where nothing is expected.
    """
    book = open_book(payment)
    gateway = gateway_of(book.payment)
    reason = reason[:MAX_REASON_LENGTH]
    earlier = book.earlier(idempotency_key, Kind.VOIDED, amount_minor=None, reason=reason)
    if earlier is not None:
        return Recording(book.payment, earlier, is_replayed=True)
    if not book.ledger.expected_minor:
        raise too_late(book.ledger, Kind.VOIDED)
    if not gateway.capabilities.void:
        raise NotSupported(gateway=gateway.name)
    result = gateway.void(
        VoidRequest(
            payment_id=book.payment.public_id,
            config=config_of(gateway.code),
            provider_reference=book.payment.provider_reference,
        )
    )
    require_success(result)
    event = book.add(
        Kind.VOIDED,
        book.ledger.expected_minor,
        reason=reason,
        user=user,
        idempotency_key=idempotency_key,
        payload=dict(result.payload),
    )
    return Recording(book.close(), event)


@transaction.atomic
def record_provider_event(*, payment: Payment, event: GatewayEvent) -> Recording:
    """Record what a provider reports, once, however often and in whatever order it does.

    Raises CurrencyMismatch, InvalidTransition for what the table of the ledger refuses, RefundExceedsCaptured.
    """
    book = open_book(payment)
    known = PaymentEvent.objects.filter(
        provider=book.payment.gateway, provider_event_id=event.event_id
    ).first()
    if known is not None:
        return Recording(book.payment, known, is_replayed=True)
    if event.amount.currency.code != book.payment.currency:
        raise CurrencyMismatch(expected=book.payment.currency, given=event.amount.currency.code)
    kind, amount_minor = Kind(event.kind), to_minor(event.amount)
    open_refund = book.ledger.refunds.get(event.refund_id)
    is_new = open_refund is None or open_refund.state == "failed"
    takes_more = kind in (Kind.REFUND_REQUESTED, Kind.REFUNDED) and is_new
    if takes_more and book.ledger.phase is Phase.CAPTURED:
        check_refund(book, amount_minor)
    added = book.add(
        kind,
        amount_minor,
        refund_id=event.refund_id,
        provider_event_id=event.event_id,
        reason=event.reason[:MAX_REASON_LENGTH],
        payload=dict(event.payload),
    )
    return Recording(book.close(), added)

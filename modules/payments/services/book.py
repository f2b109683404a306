"""A payment that is held while something is written into its ledger, and what every command asks of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from moneyed import Money

from modules.payments.events import (
    PaymentAuthorised,
    PaymentCaptured,
    PaymentEventData,
    PaymentFailed,
    PaymentRefunded,
    PaymentReversed,
    PaymentVoided,
)
from modules.payments.exceptions import (
    CurrencyMismatch,
    GatewayRefused,
    IdempotencyKeyReused,
    InvalidAmount,
    InvalidTransition,
    NotSupported,
)
from modules.payments.extensions import Gateway, GatewayResult, Outcome, gateways
from modules.payments.ledger import Kind, Ledger
from modules.payments.models import MAX_AMOUNT_MINOR, Payment, PaymentEvent, PaymentMethod
from modules.payments.selectors import figures_of, ledger_of
from platform_core.identity.models import User
from platform_core.modules.events import publish
from platform_core.money import from_minor, to_json, to_minor


@dataclass(frozen=True, slots=True)
class Recording:
    """What a command has recorded: the payment as it is now, and the event.

    With `is_replayed` the same command, told by its idempotency key, was recorded before; nothing was added.
    """

    payment: Payment
    event: PaymentEvent
    is_replayed: bool = False


@dataclass
class Book:
    """A payment that is held, its ledger as it stands, and what has been added in this transaction."""

    payment: Payment
    ledger: Ledger
    added: list[PaymentEvent] = field(default_factory=list)

    def add(
        self,
        kind: Kind,
        amount_minor: int,
        *,
        user: User | None = None,
        payload: dict[str, Any] | None = None,
        **more: Any,
    ) -> PaymentEvent:
        """One more event, written when the book is closed. Raises InvalidTransition."""
        event = PaymentEvent(
            payment=self.payment,
            kind=kind.value,
            amount_minor=amount_minor,
            currency=self.payment.currency,
            provider=self.payment.gateway,
            user=user,
            payload=payload or {},
            **more,
        )
        self.ledger = self.ledger.after(event)
        self.added.append(event)
        return event

    def earlier(
        self, idempotency_key: str, kind: Kind, *, amount_minor: int | None, reason: str, asked: Any = None
    ) -> PaymentEvent | None:
        """The event that the same request has made before. Raises IdempotencyKeyReused for another request's."""
        if not idempotency_key:
            return None
        found = PaymentEvent.objects.filter(payment=self.payment, idempotency_key=idempotency_key).first()
        if found is None:
            return None
        is_same = (found.kind, found.reason, found.payload.get("asked")) == (kind.value, reason, asked)
        if not is_same or amount_minor not in (None, found.amount_minor):
            raise IdempotencyKeyReused
        return found

    def close(self) -> Payment:
        """Store what was added and what the ledger comes to, and tell the bus once it is committed. 2 queries."""
        for name, value in figures_of(self.ledger).items():
            setattr(self.payment, name, value)
        self.payment.version += 1
        self.payment.save()
        PaymentEvent.objects.bulk_create(self.added)
        for event in self.added:
            _announce(self.payment, event)
        return self.payment


def open_book(payment: Payment) -> Book:
    """Read the payment again under a lock: another request may have changed it since the page was shown."""
    held = Payment.objects.select_for_update().get(pk=payment.pk)
    return Book(held, ledger_of(payment=held))


def config_of(code: str) -> dict[str, Any]:
    """The method's settings now; those of a method that the shop has taken away are empty."""
    row = PaymentMethod.objects.filter(gateway=code).first()
    return row.config if row is not None else {}


def gateway_of(payment: Payment) -> Gateway:
    gateway = gateways().get(payment.gateway)
    if gateway is None:
        raise NotSupported(gateway=payment.gateway)
    return gateway


def gateway_by_hand(payment: Payment) -> Gateway:
    gateway = gateway_of(payment)
    if not gateway.capabilities.by_hand:
        raise NotSupported(gateway=gateway.name)
    return gateway


def checked_minor(amount: Money, payment: Payment | None = None) -> int:
    """The minor units of an amount to record."""
    currency = amount.currency.code
    if payment is not None and payment.currency != currency:
        raise CurrencyMismatch(expected=payment.currency, given=currency)
    minor = to_minor(amount)
    if not 0 < minor <= MAX_AMOUNT_MINOR or from_minor(minor, currency) != amount:
        raise InvalidAmount(max=to_json(from_minor(MAX_AMOUNT_MINOR, currency))["amount"], currency=currency)
    return minor


def require_success(result: GatewayResult) -> None:
    if result.outcome is not Outcome.SUCCEEDED:
        raise GatewayRefused(result.message)


def too_late(ledger: Ledger, kind: Kind) -> InvalidTransition:
    return InvalidTransition(state=ledger.status.value, event=kind.value, label=ledger.status.label)


_EVENTS: dict[Kind, type[PaymentEventData]] = {
    Kind.AUTHORISED: PaymentAuthorised,
    Kind.CAPTURED: PaymentCaptured,
    Kind.REVERSED: PaymentReversed,
    Kind.VOIDED: PaymentVoided,
    Kind.FAILED: PaymentFailed,
    Kind.REFUNDED: PaymentRefunded,
}


def _announce(payment: Payment, event: PaymentEvent) -> None:
    told = _EVENTS.get(Kind(event.kind))
    if told is None:
        return
    more = {"refund_id": event.refund_id} if told is PaymentRefunded else {}
    publish(
        told(
            payment_id=payment.public_id,
            reference=payment.reference,
            amount_minor=event.amount_minor,
            currency=payment.currency,
            status=str(payment.status),
            **more,
        )
    )

"""What has happened to payments, told once it is committed. Amounts are minor units of the currency."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class PaymentEventData:
    """`payment_id` is the public one; `reference` is whatever the payment was begun for, such as an order number."""

    payment_id: str
    reference: str
    amount_minor: int
    currency: str
    status: str


@dataclass(frozen=True, kw_only=True)
class PaymentAuthorised(PaymentEventData):
    """A provider holds the money for the shop."""


@dataclass(frozen=True, kw_only=True)
class PaymentCaptured(PaymentEventData):
    """Money has come in: `amount_minor` just now. Everything is paid once `status` is `captured`."""


@dataclass(frozen=True, kw_only=True)
class PaymentReversed(PaymentEventData):
    """Money that was recorded has not come in: `amount_minor` of a receipt that was mistyped."""


@dataclass(frozen=True, kw_only=True)
class PaymentVoided(PaymentEventData):
    """No money, or no more of it, is expected."""


@dataclass(frozen=True, kw_only=True)
class PaymentFailed(PaymentEventData):
    """The buyer's attempt to pay has failed."""


@dataclass(frozen=True, kw_only=True)
class PaymentRefunded(PaymentEventData):
    """Money has gone back to the buyer: `amount_minor` just now."""

    refund_id: str

"""What can go wrong with payments, by name."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from platform_core.exceptions import DomainError


class UnknownMethod(DomainError):
    """The shop offers no payment method of this code for this currency."""

    code = "unknown_payment_method"
    status = 422
    default_message = _("“%(method)s” cannot be used to pay here. Choose one of the payment methods offered.")


class InvalidAmount(DomainError):
    """An amount of money that is received or given back is more than nothing."""

    code = "invalid_amount"
    status = 422
    default_message = _("Enter an amount of more than zero, up to %(max)s %(currency)s.")


class CurrencyMismatch(DomainError):
    """Amounts of two currencies are never added."""

    code = "currency_mismatch"
    status = 422
    default_message = _("This payment is in %(expected)s, the amount is in %(given)s. Nothing was recorded.")


class InvalidTransition(DomainError):
    """This cannot happen to a payment in its present state. `params` name both; `label` is the state for people."""

    code = "invalid_transition"
    default_message = _("This cannot be done: the payment is “%(label)s” now. Nothing was recorded.")


class RefundExceedsCaptured(DomainError):
    """No more is given back than was received, open refunds included."""

    code = "refund_exceeds_captured"
    status = 422
    default_message = _("At most %(max)s %(currency)s can be refunded. Nothing was recorded.")


class UnknownReceipt(DomainError):
    """The payment has no such receipt, or it was reversed before."""

    code = "unknown_receipt"
    status = 409
    default_message = _("This receipt is not there, or it was reversed already. Nothing was recorded.")


class ReceiptSpent(DomainError):
    """What was received is refunded, or owed back, and so cannot have been a mistake."""

    code = "receipt_spent"
    status = 409
    default_message = _(
        "Of this receipt at most %(max)s %(currency)s could be reversed, since money was refunded or is owed back."
        " Withdraw the open refund first. Nothing was recorded."
    )


class UnknownRefund(DomainError):
    """The payment has no open refund of this id."""

    code = "unknown_refund"
    status = 409
    default_message = _(
        "There is no open refund “%(refund)s”: it may be settled already. Nothing was recorded."
    )


class NotSupported(DomainError):
    """The gateway of the payment cannot do this."""

    code = "not_supported"
    status = 422
    default_message = _("Payments by “%(gateway)s” do not offer this.")


class GatewayRefused(DomainError):
    """The gateway answered no; what it said is the message."""

    code = "gateway_refused"
    status = 422


class InvalidMethodConfig(DomainError):
    """A setting of a payment method is missing or malformed. `params["field"]` names it."""

    code = "invalid_method_config"
    status = 422


class IdempotencyKeyMissing(DomainError):
    """A script that moves money says by a key which of its requests are the same one."""

    code = "idempotency_key_required"
    status = 400
    default_message = _(
        "Send the header Idempotency-Key with a value of your own, up to %(limit)s characters, so that a repeated"
        " request is not recorded twice."
    )


class IdempotencyKeyReused(DomainError):
    """The key stands for another request on this payment."""

    code = "idempotency_key_reused"
    status = 422
    default_message = _(
        "This Idempotency-Key was used for another request on this payment. Send a new one. Nothing was recorded."
    )

"""What orders do when something has happened elsewhere."""

from __future__ import annotations

from modules.orders.services import follow_payment, wait_again
from modules.payments.events import PaymentCaptured, PaymentReversed
from platform_core.modules.events import on


@on(PaymentCaptured)
def catch_up_with_payment(event: PaymentCaptured) -> None:
    """Money was recorded at the payment itself."""
    follow_payment(payment_id=event.payment_id)


@on(PaymentReversed)
def wait_for_payment_again(event: PaymentReversed) -> None:
    """A receipt was mistyped."""
    wait_again(payment_id=event.payment_id)

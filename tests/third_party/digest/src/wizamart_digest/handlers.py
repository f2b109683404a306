"""What it does when something has happened in payments, which does not know it."""

from __future__ import annotations

from django.utils import timezone

from modules.payments.events import PaymentCaptured
from platform_core.modules.events import on
from wizamart_digest.services import count_payment


@on(PaymentCaptured)
def count(_event: PaymentCaptured) -> None:
    count_payment(day=timezone.now().date())

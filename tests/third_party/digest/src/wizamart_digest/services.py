from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.db.models import F

from wizamart_digest.models import Day


@transaction.atomic
def count_payment(*, day: date) -> None:
    """One payment more of the context's shop on a day."""
    Day.objects.get_or_create(day=day)
    Day.objects.filter(day=day).update(payment_count=F("payment_count") + 1)


def forget_before(*, today: date, days_kept: int) -> int:
    """Delete what is older than `days_kept` days, of all shops that the context sees; returns how many days."""
    return Day.objects.filter(day__lt=today - timedelta(days=days_kept)).delete()[0]

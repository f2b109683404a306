"""VAT rates of the platform. They hold for every vendor, so platform staff set them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Q

from modules.catalog.exceptions import RateOverlaps
from modules.catalog.models import VatRate
from platform_core.tenancy.pagecache import content_changed


@transaction.atomic
def set_vat_rate(
    *,
    country: str,
    tax_category: str,
    percent: Decimal,
    valid_from: date,
    valid_to: date | None = None,
    source: str = "",
) -> VatRate:
    """Set a country's rate from a day on; the rate in force until then ends the day before.

    `percent` is 17 for 17 %. Both days are included; without `valid_to` the rate holds until further notice.
    A rate that starts on the same day is replaced. Raises RateOverlaps when one starts later, and
    ValidationError for a malformed country, kind, percentage or period.
    """
    country = country.upper()
    given = VatRate(
        country=country,
        tax_category=tax_category,
        percent=percent,
        valid_from=valid_from,
        valid_to=valid_to,
        source=source,
    )
    given.full_clean(validate_unique=False, validate_constraints=False)
    rates = VatRate.objects.select_for_update().filter(country=country, tax_category=tax_category)
    later = rates.filter(valid_from__gt=valid_from)
    if valid_to is not None:
        later = later.filter(valid_from__lte=valid_to)
    if later.exists():
        raise RateOverlaps(country=country, valid_from=valid_from)
    rates.filter(Q(valid_to=None) | Q(valid_to__gte=valid_from), valid_from__lt=valid_from).update(
        valid_to=valid_from - timedelta(days=1)
    )
    rate = rates.filter(valid_from=valid_from).first() or given
    rate.percent, rate.valid_to, rate.source = percent, valid_to, source
    rate.save()
    content_changed()
    return rate

"""VAT rates in force."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.db.models import Q
from django.utils import timezone

from modules.catalog.models import VatRate
from platform_core.tenancy.context import current_context
from platform_core.tenancy.pagecache import cached_value


def vat_percents(tax_categories: Iterable[str], *, on: date | None = None) -> dict[str, Decimal | None]:
    """The rates in force in the vendor's country for kinds of goods (17 is 17 %), today if no day is named.

    None where the platform knows no rate. 1 query, none outside of transactions while the rates are remembered.
    """
    vendor = current_context().vendor
    known = _rates_in_force(vendor.country if vendor else "", on or timezone.localdate())
    return {kind: known.get(kind) for kind in set(tax_categories)}


def vat_percent(*, tax_category: str, country: str | None = None, on: date | None = None) -> Decimal | None:
    """The rate in force for a kind of goods (17 is 17 %), in the vendor's country and today if not named.

    None where the platform knows no rate. 1 query, none outside of transactions while the rates are remembered.
    """
    vendor = current_context().vendor
    here = country or (vendor.country if vendor else "")
    return _rates_in_force(here, on or timezone.localdate()).get(tax_category)


def _rates_in_force(country: str, day: date) -> dict[str, Decimal]:
    """By kind of goods, for one country on one day."""

    def read() -> dict[str, Decimal]:
        rates = VatRate.objects.filter(country=country, valid_from__lte=day)
        rates = rates.filter(Q(valid_to=None) | Q(valid_to__gte=day)).order_by("valid_from")
        # The latest one of each kind comes last, and stays.
        return {kind: percent.normalize() for kind, percent in rates.values_list("tax_category", "percent")}

    return cached_value(f"catalog:vat:{country}:{day}", read)

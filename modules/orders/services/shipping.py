"""Ways to ship, as a shop sets them up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from modules.orders.exceptions import InvalidMethod, MethodTaken
from modules.orders.models import MAX_SHIPPING_MINOR, ShippingMethod, validate_method_code
from platform_core.exceptions import RowChanged
from platform_core.languages import LANGUAGE_CODES
from platform_core.tenancy.context import current_context
from platform_core.tenancy.pagecache import content_changed
from platform_core.ui.countries import is_country

MAX_WEIGHT_GRAMS = 1_000_000
MAX_RATES = 20
MAX_NAME_LENGTH = 80
MAX_DESCRIPTION_LENGTH = 300


@transaction.atomic
def save_shipping_method(
    *,
    code: str,
    kind: str,
    names: Mapping[str, str],
    descriptions: Mapping[str, str] | None = None,
    price_minor: int = 0,
    rates: Sequence[Sequence[int]] = (),
    free_from_minor: int | None = None,
    countries: Sequence[str] = (),
    position: int = 0,
    is_active: bool = True,
    method: ShippingMethod | None = None,
    expected_version: int | None = None,
) -> ShippingMethod:
    """A new way to ship, or `method` changed. Prices are gross minor units of the shop's currency.

    Raises InvalidMethod, whose `field` says what is wrong, MethodTaken, RowChanged.
    """
    vendor = current_context().vendor
    assert vendor is not None
    row = method or ShippingMethod()
    if method is not None:
        row = ShippingMethod.objects.select_for_update().get(pk=method.pk)
        if expected_version is not None and row.version != expected_version:
            raise RowChanged(name=row.code)
        row.version += 1
    row.code = _clean_code(code)
    row.kind = _clean_kind(kind)
    row.names = _clean_texts(names, "names", MAX_NAME_LENGTH)
    row.descriptions = _clean_texts(descriptions or {}, "descriptions", MAX_DESCRIPTION_LENGTH)
    if not row.names:
        raise _invalid("names", _("Give it a name in at least one language."))
    row.currency = vendor.currency
    row.rates = _clean_rates(rates) if row.kind == ShippingMethod.Kind.WEIGHT else []
    row.price_minor = _clean_price(price_minor, "price") if row.kind == ShippingMethod.Kind.FLAT else 0
    row.free_from_minor = None if free_from_minor is None else _clean_price(free_from_minor, "free_from")
    row.countries = _clean_countries(countries)
    row.position, row.is_active = position, is_active
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise MethodTaken(code=row.code) from error
    content_changed()
    return row


@transaction.atomic
def remove_shipping_method(*, method: ShippingMethod) -> None:
    """Take a way to ship away. Orders keep its name; carts that had chosen it choose anew."""
    method.delete()
    content_changed()


def _invalid(field: str, reason: str) -> InvalidMethod:
    return InvalidMethod(field=field, reason=reason)


def _clean_code(code: str) -> str:
    code = code.strip().lower()
    try:
        validate_method_code(code)
    except ValidationError as error:
        raise _invalid("code", error.messages[0]) from None
    if len(code) > 40:
        raise _invalid("code", _("Use at most 40 letters."))
    return code


def _clean_kind(kind: str) -> str:
    if kind not in ShippingMethod.Kind.values:
        raise _invalid("kind", _("Choose one of the kinds."))
    return kind


def _clean_texts(texts: Mapping[str, str], field: str, limit: int) -> dict[str, str]:
    cleaned = {code: " ".join(text.split()) for code, text in texts.items() if text and text.strip()}
    for code, text in cleaned.items():
        if code not in LANGUAGE_CODES:
            raise _invalid(f"{field}.{code}", _("There is no such language."))
        if len(text) > limit or "\0" in text:
            raise _invalid(f"{field}.{code}", _("Use at most %(limit)d letters.") % {"limit": limit})
    return cleaned


def _clean_price(price_minor: Any, field: str) -> int:
    is_whole = isinstance(price_minor, int) and not isinstance(price_minor, bool)
    if not is_whole or not 0 <= price_minor <= MAX_SHIPPING_MINOR:
        raise _invalid(field, _("Enter a price from 0 to 100,000."))
    return int(price_minor)


def _clean_rates(rates: Sequence[Sequence[int]]) -> list[list[int]]:
    """Steps from light to heavy, each above the one before."""
    cleaned: list[list[int]] = []
    for number, rate in enumerate(rates):
        limit, price_minor = rate
        if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= MAX_WEIGHT_GRAMS:
            raise _invalid(f"rates.{number}", _("Enter a weight from 1 to 1,000,000 grams."))
        cleaned.append([limit, _clean_price(price_minor, f"rates.{number}")])
    cleaned.sort()
    limits = [limit for limit, _price in cleaned]
    if not cleaned:
        raise _invalid("rates", _("Give at least one weight with its price."))
    if len(set(limits)) < len(limits) or len(limits) > MAX_RATES:
        raise _invalid("rates", _("Give each weight once, and at most %(limit)d.") % {"limit": MAX_RATES})
    return cleaned


def _clean_countries(countries: Sequence[str]) -> list[str]:
    cleaned = sorted({country.strip().upper() for country in countries})
    for country in cleaned:
        if not is_country(country):
            raise _invalid("countries", _("There is no country “%(code)s”.") % {"code": country[:10]})
    return cleaned

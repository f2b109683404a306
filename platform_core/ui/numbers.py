"""Numbers and amounts as people of a language and region write them (CLDR)."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import format_currency, format_decimal, format_percent
from moneyed import Money

from platform_core.money import exponent_of, from_minor, round_half_up


def as_money(amount: Money | int, currency: str | None = None) -> Money:
    """A `Money` as it is; an integer as minor units of `currency`."""
    if isinstance(amount, Money):
        return amount
    if currency is None:
        raise ValueError("An amount in minor units needs its currency.")
    return from_minor(amount, currency)


def format_money(money: Money, locale: Locale) -> str:
    """ "€1,234.50" in en-GB, "1.234,50 €" in fr-LU; decimals by currency, rounded half up."""
    return _currency(round_half_up(money.amount, exponent_of(money.currency)), money.currency.code, locale)


@lru_cache(maxsize=16_384)
def _currency(amount: Decimal, code: str, locale: Locale) -> str:
    return format_currency(amount, code, locale=locale)


@lru_cache(maxsize=16_384)
def format_number(value: Decimal | int | float | str, locale: Locale, decimals: int | None = None) -> str:
    """The number with its locale's marks; with `decimals` exactly so many, rounded half up."""
    number = Decimal(str(value))
    if decimals is None:
        return format_decimal(number, locale=locale, decimal_quantization=False)
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return format_decimal(round_half_up(number, decimals), format=pattern, locale=locale)


@lru_cache(maxsize=1_024)
def format_per_cent(value: Decimal | int | float | str, locale: Locale, decimals: int | None = None) -> str:
    """A percentage: 17 is "17%" in English and "17 %" in French and German; trailing zeros are dropped."""
    number = Decimal(str(value))
    if decimals is not None:
        number = round_half_up(number, decimals)
    return format_percent(number.normalize() / 100, locale=locale, decimal_quantization=False)

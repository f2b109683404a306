"""Money: integer minor units in the database, `moneyed.Money` in Python, a decimal string in JSON.

Everything rounds half up at the currency's minor unit (ISO 4217: EUR 2, JPY 0, KWD 3). No floats.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import TypedDict

from babel import Locale
from babel.numbers import get_currency_symbol
from moneyed import CURRENCIES, Currency, CurrencyDoesNotExist, Money, get_currency

from platform_core.languages import locale_of

# Beyond what a bigint column of minor units holds in any currency.
_TOO_MUCH = Decimal(10) ** 16


class MoneyJson(TypedDict):
    amount: str
    currency: str


class AmountNotUnderstood(ValueError):
    """The text is no amount, could mean two, or names another currency by `foreign_mark`.

    `example` shows how to write one in that language.
    """

    def __init__(
        self, text: str, *, example: str, is_ambiguous: bool = False, foreign_mark: str = ""
    ) -> None:
        self.text = text
        self.example = example
        self.is_ambiguous = is_ambiguous
        self.foreign_mark = foreign_mark
        super().__init__(f"{text!r} is not a clear amount; write it like {example}.")


def currency_of(code: str | Currency) -> Currency:
    """The ISO 4217 currency of a code. Raises ValueError for an unknown one."""
    if isinstance(code, Currency):
        return code
    try:
        return get_currency(code=code)
    except CurrencyDoesNotExist as error:
        raise ValueError(f"{code!r} is not an ISO 4217 currency code.") from error


def exponent_of(currency: str | Currency) -> int:
    """Digits after the decimal mark: 2 for EUR, 0 for JPY, 3 for KWD."""
    return len(str(currency_of(currency).sub_unit)) - 1


def round_half_up(value: Decimal, exponent: int = 0) -> Decimal:
    """The value with `exponent` decimals; a half goes away from zero."""
    return value.quantize(Decimal(1).scaleb(-exponent), rounding=ROUND_HALF_UP)


def from_minor(amount_minor: int, currency: str | Currency) -> Money:
    """The amount of `amount_minor` minor units: 1999 of EUR is €19.99."""
    if isinstance(amount_minor, bool) or not isinstance(amount_minor, int):
        raise TypeError("amount_minor is an integer count of minor units.")
    found = currency_of(currency)
    return Money(Decimal(amount_minor).scaleb(-exponent_of(found)), found)


def to_minor(money: Money) -> int:
    """The whole number of minor units of an amount, rounded half up."""
    exponent = exponent_of(money.currency)
    return int(round_half_up(money.amount.scaleb(exponent)))


def quantize(money: Money) -> Money:
    """The amount rounded half up to its currency's minor unit."""
    return from_minor(to_minor(money), money.currency)


def to_json(money: Money) -> MoneyJson:
    """`{"amount": "59.97", "currency": "EUR"}`: all decimals of the currency, always a string."""
    exact = round_half_up(money.amount, exponent_of(money.currency))
    return {"amount": f"{exact:f}", "currency": money.currency.code}


def from_json(data: MoneyJson) -> Money:
    """The amount of its JSON form. Raises ValueError for a malformed one or for too many decimals."""
    try:
        amount = Decimal(data["amount"])
        currency = currency_of(data["currency"])
    except (KeyError, TypeError, InvalidOperation) as error:
        raise ValueError('Money is {"amount": "12.50", "currency": "EUR"}.') from error
    if not isinstance(data["amount"], str) or not amount.is_finite() or abs(amount) >= _TOO_MUCH:
        raise ValueError('Money is {"amount": "12.50", "currency": "EUR"}, the amount as text.')
    if round_half_up(amount, exponent_of(currency)) != amount:
        raise ValueError(f"{currency.code} has {exponent_of(currency)} decimals.")
    return Money(amount, currency)


def split_vat(gross_minor: int, percent: Decimal | int | str) -> tuple[int, int]:
    """(net, VAT) of a gross amount in minor units at `percent` (17 is 17 %).

    VAT is `gross x rate / (100 + rate)` rounded half up; net is the rest, so both add up to the gross.
    """
    rate = Decimal(percent)
    if not rate.is_finite() or rate < 0:
        raise ValueError("A VAT rate is zero or more per cent.")
    vat = int(round_half_up(Decimal(gross_minor) * rate / (100 + rate)))
    return gross_minor - vat, vat


def spread(total_minor: int, weights: list[int] | tuple[int, ...]) -> list[int]:
    """`total_minor` shared out by weight so that the shares add up to it exactly.

    Largest remainder; ties go to the earlier share. All weights zero: equal shares. No weights: none.
    """
    if any(weight < 0 for weight in weights):
        raise ValueError("Weights are zero or more.")
    if not weights:
        if total_minor:
            raise ValueError("An amount cannot be shared out among nobody.")
        return []
    parts = list(weights) if sum(weights) else [1] * len(weights)
    whole = sum(parts)
    sign = -1 if total_minor < 0 else 1
    shares = [divmod(abs(total_minor) * part, whole) for part in parts]
    missing = abs(total_minor) - sum(share for share, _rest in shares)
    by_rest = sorted(range(len(parts)), key=lambda index: (-shares[index][1], index))
    extra = set(by_rest[:missing])
    return [sign * (share + (index in extra)) for index, (share, _rest) in enumerate(shares)]


_SPACES = re.compile(r"[\s\u00a0\u202f\u2009]+")
# What stands beside a number and is none of its marks: signs, codes, words.
_WORDS = re.compile(r"[^\d\s.,'\u2019\u2212-]+")


def example_amount(language: str, region: str | None = None, *, exponent: int = 2) -> str:
    """An amount as people write it in that language: "12.50" in English, "12,50" in French."""
    if exponent == 0:
        return "1250"
    mark = locale_of(language, region).number_symbols["latn"]["decimal"]
    return f"12{mark}50" + "0" * (exponent - 2)


def parse_amount(text: str, language: str, region: str | None = None, *, currency: str = "EUR") -> Decimal:
    """What someone typed as an amount of a currency, read by the conventions of their language.

    "2,4" in French is 2.40 and "1 234,50" is 1234.50. One mark before three digits could part
    thousands or decimals ("1.234", "1,234") and is refused, as is anything with more decimals than the
    currency has or more than any column holds. The currency's own sign or code may stand before or behind it,
    another one's is refused. Raises AmountNotUnderstood, whose `example` says how to write it.
    """
    exponent = exponent_of(currency)
    example = example_amount(language, region, exponent=exponent)
    shown = text.strip()
    bare = _SPACES.sub(" ", _without_own_mark(shown, currency, locale_of(language, region)))
    bare = bare.replace("\u2212", "-").replace("\u2019", "'")
    if mark := _foreign_mark(bare):
        raise AmountNotUnderstood(shown, example=example, foreign_mark=mark)
    match = re.fullmatch(r"(-?)([0-9][0-9 .,']*)", bare)
    if not match:
        raise AmountNotUnderstood(shown, example=example)
    sign, digits = match.groups()
    decimal_mark = str(locale_of(language, region).number_symbols["latn"]["decimal"])
    whole, fraction = _split_marks(digits, decimal_mark, exponent, shown, example)
    amount = Decimal(f"{sign}{whole}.{fraction or '0'}")
    if abs(amount) >= _TOO_MUCH:
        raise AmountNotUnderstood(shown, example=example)
    return amount.quantize(Decimal(1).scaleb(-exponent))


def _without_own_mark(text: str, currency: str, locale: Locale) -> str:
    """The text without the currency's own code or sign: "USD", "US$" and "$" of the dollar."""
    symbols = [get_currency_symbol(currency, locale=where) for where in (locale, "en")]
    signs = ["".join(filter(_is_sign, symbol)) for symbol in symbols]
    for mark in filter(None, (currency, *symbols, *signs)):
        # A word that only begins or ends like the code is none.
        own = rf"^{re.escape(mark)}(?![^\W\d_])|(?<![^\W\d_]){re.escape(mark)}$"
        text = re.sub(own, "", text.strip(), flags=re.IGNORECASE)
    return text.strip()


def _foreign_mark(text: str) -> str:
    """The first sign or ISO 4217 code of a currency in the text, or nothing."""
    for word in _WORDS.findall(text):
        if word.upper() in CURRENCIES or any(_is_sign(character) for character in word):
            return str(word)
    return ""


def _is_sign(character: str) -> bool:
    return unicodedata.category(character) == "Sc"


def _split_marks(digits: str, decimal_mark: str, exponent: int, shown: str, example: str) -> tuple[str, str]:
    """(whole, fraction) as bare digits."""
    marks = [character for character in digits if character in ".,"]
    last = marks[-1] if marks else ""
    if len(set(marks)) == 2:
        # Both marks: the last one is the decimal mark, wherever the reader comes from.
        if marks.count(last) > 1:
            raise AmountNotUnderstood(shown, example=example)
        whole, fraction = digits.rsplit(last, 1)
        group = "," if last == "." else "."
    elif len(marks) > 1:
        whole, fraction, group = digits, "", last
    elif marks:
        whole, fraction = digits.split(last)
        group = ""
        if len(fraction) == 3 and re.fullmatch(r"[1-9][0-9]{0,2}", whole):
            if exponent or last == decimal_mark:
                raise AmountNotUnderstood(shown, example=example, is_ambiguous=True)
            whole, fraction, group = digits, "", last
    else:
        whole, fraction, group = digits, "", ""
    bare = _without_groups(whole, group)
    if bare is None or (fraction and not fraction.isdigit()) or len(fraction) > exponent:
        raise AmountNotUnderstood(shown, example=example)
    if marks and not group and not fraction:
        raise AmountNotUnderstood(shown, example=example)
    return bare, fraction


def _without_groups(whole: str, group: str) -> str | None:
    """The digits of a whole number written with or without thousands marks; None when they are misplaced."""
    for mark in dict.fromkeys((group, " ", "'")):
        if mark and mark in whole:
            if not re.fullmatch(rf"[0-9]{{1,3}}(?:{re.escape(mark)}[0-9]{{3}})+", whole):
                return None
            return whole.replace(mark, "")
    return whole if whole.isdigit() else None

"""Form fields of orders: amounts as people write them, and days as browsers send them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from babel.numbers import format_decimal
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from platform_core.languages import locale_of
from platform_core.money import AmountNotUnderstood, exponent_of, parse_amount

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)


class AmountField(forms.Field):
    """An amount read by the conventions of the person's language; its value is in minor units."""

    def __init__(self, *, currency: str, region: str, max_minor: int, **kwargs: Any) -> None:
        kwargs.setdefault(
            "widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "num"})
        )
        super().__init__(**kwargs)
        self.currency, self.region, self.max_minor = currency, region, max_minor
        self.exponent = exponent_of(currency)

    def to_python(self, value: Any) -> Any:
        text = str(value or "").strip()[:40]
        if not text:
            return None
        try:
            amount = parse_amount(text, get_language() or "en", self.region, currency=self.currency)
        except AmountNotUnderstood as error:
            if error.foreign_mark:
                message = _(
                    "This is in %(currency)s. “%(mark)s” is another currency: write the amount in"
                    " %(currency)s, like %(example)s."
                )
            elif error.is_ambiguous:
                message = _("“%(typed)s” could mean two amounts. Write it like %(example)s.")
            else:
                message = _("Enter an amount like %(example)s. You typed “%(typed)s”.")
            params = {
                "typed": text,
                "example": error.example,
                "mark": error.foreign_mark,
                "currency": self.currency,
            }
            raise ValidationError(message, params=params) from None
        minor = int(amount.scaleb(self.exponent))
        if not 0 <= minor <= self.max_minor:
            message = _("Enter an amount from 0 to %(maximum)s. You typed “%(typed)s”.")
            raise ValidationError(
                message, params={"maximum": self.prepare_value(self.max_minor), "typed": text}
            )
        return minor

    def prepare_value(self, value: Any) -> Any:
        """Minor units as a plain number with the language's decimal mark; typed text stays as it is."""
        if not isinstance(value, int) or isinstance(value, bool):
            return value
        pattern = "0" + ("." + "0" * self.exponent if self.exponent else "")
        amount = Decimal(value).scaleb(-self.exponent)
        return format_decimal(amount, format=pattern, locale=locale_of(get_language() or "en", self.region))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.prepare_value(initial) != (data or "").strip())


class DayField(forms.DateField):
    """A day, chosen from the browser's calendar."""

    def __init__(self, **kwargs: Any) -> None:
        message = _("Enter a day from 2000 to 2099, such as 2026-03-07.")
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        super().__init__(required=False, widget=widget, error_messages={"invalid": message}, **kwargs)

    def to_python(self, value: Any) -> date | None:
        day = super().to_python(value)
        if day is not None and not FIRST_DAY <= day <= LAST_DAY:
            raise ValidationError(self.error_messages["invalid"])
        return day

"""Form fields of payments: an amount as people write it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from babel.numbers import format_decimal
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from moneyed import Money

from platform_core.languages import locale_of
from platform_core.money import AmountNotUnderstood, exponent_of, parse_amount, to_minor

MAX_TYPED_LENGTH = 40


class AmountField(forms.Field):
    """An amount read by the conventions of the person's language; its value is `Money`."""

    def __init__(self, *, currency: str, region: str, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "num"})
        super().__init__(widget=widget, **kwargs)
        self.currency, self.region = currency, region

    def to_python(self, value: Any) -> Money | None:
        text = str(value or "").strip()[:MAX_TYPED_LENGTH]
        if not text:
            return None
        try:
            amount = parse_amount(text, get_language() or "en", self.region, currency=self.currency)
        except AmountNotUnderstood as error:
            if error.foreign_mark:
                message = _("This payment is in %(currency)s: write the amount like %(example)s.")
            elif error.is_ambiguous:
                message = _("“%(typed)s” could mean two amounts. Write it like %(example)s.")
            else:
                message = _("Enter an amount like %(example)s. You typed “%(typed)s”.")
            params = {"typed": text, "example": error.example, "currency": self.currency}
            raise ValidationError(message, params=params) from None
        return Money(amount, self.currency)

    def prepare_value(self, value: Any) -> Any:
        """An amount as a plain number with the language's decimal mark; typed text stays as it is."""
        if not isinstance(value, Money):
            return value
        exponent = exponent_of(self.currency)
        pattern = "0" + ("." + "0" * exponent if exponent else "")
        amount = Decimal(to_minor(value)).scaleb(-exponent)
        return format_decimal(amount, format=pattern, locale=locale_of(get_language() or "en", self.region))

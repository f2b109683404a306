"""Form fields of the catalogue: prices as people write them, several pictures at once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from babel.numbers import format_decimal
from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from modules.catalog.exceptions import ImageRefused
from modules.catalog.images import GONE, PreparedImage, StoredImage, prepare_image
from modules.catalog.models import MAX_PRICE_MINOR
from platform_core.languages import locale_of
from platform_core.money import AmountNotUnderstood, exponent_of, parse_amount
from platform_core.tenancy.context import current_context

MAX_FILES = 12
KEPT_SECONDS = 12 * 3600
OUT_OF_RANGE = _("Enter a price from 0 to 10 million.")


class PriceField(forms.Field):
    """An amount read by the conventions of the person's language; its value is in minor units."""

    def __init__(self, *, currency: str, region: str, **kwargs: Any) -> None:
        kwargs.setdefault(
            "widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "num"})
        )
        super().__init__(**kwargs)
        self.currency = currency
        self.exponent = exponent_of(currency)
        self.region = region

    def to_python(self, value: Any) -> Any:
        text = str(value or "").strip()[:40]
        if not text:
            return None
        try:
            amount = parse_amount(text, get_language() or "en", self.region, currency=self.currency)
        except AmountNotUnderstood as error:
            if error.foreign_mark:
                message = _(
                    "Prices of this shop are in %(currency)s. “%(mark)s” is another currency: write the amount"
                    " in %(currency)s, like %(example)s."
                )
            elif error.is_ambiguous:
                message = _("“%(typed)s” could mean two amounts. Write it like %(example)s.")
            else:
                message = _("Enter a price like %(example)s. You typed “%(typed)s”.")
            params = {
                "typed": text,
                "example": error.example,
                "mark": error.foreign_mark,
                "currency": self.currency,
            }
            raise ValidationError(message, params=params) from None
        minor = int(amount.scaleb(self.exponent))
        if not 0 <= minor <= MAX_PRICE_MINOR:
            raise ValidationError(OUT_OF_RANGE)
        return minor

    def prepare_value(self, value: Any) -> Any:
        """Minor units as a plain number with the language's decimal mark; typed text stays as it is."""
        if not isinstance(value, int) or isinstance(value, bool):
            return value
        pattern = "0" + ("." + "0" * self.exponent if self.exponent else "")
        amount = Decimal(value).scaleb(-self.exponent)
        return format_decimal(amount, format=pattern, locale=locale_of(get_language() or "en", self.region))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (
            bool(self.prepare_value(initial) != (data or "").strip()) if initial is not None else bool(data)
        )


class PicturesInput(forms.FileInput):
    allow_multiple_selected = True

    def __init__(self) -> None:
        super().__init__(attrs={"multiple": True, "accept": "image/jpeg,image/png,image/webp"})

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Any]:
        return list(files.getlist(name)) if hasattr(files, "getlist") else []


class PicturesField(forms.Field):
    """Uploaded pictures, decoded and encoded anew. One that is refused does not take the others with it."""

    widget = PicturesInput

    def clean(self, value: Any) -> list[PreparedImage]:
        self.good: list[PreparedImage] = []
        if len(value) > MAX_FILES:
            raise ValidationError(
                ngettext(
                    "Upload at most %(limit)d picture at a time. Save, then upload the rest.",
                    "Upload at most %(limit)d pictures at a time. Save, then upload the rest.",
                    MAX_FILES,
                ),
                params={"limit": MAX_FILES},
            )
        faults = []
        for file in value:
            try:
                self.good.append(prepare_image(file))
            except ImageRefused as error:
                faults.append(error.message)
        if faults:
            raise ValidationError(faults)
        return self.good


class KeptPicturesField(forms.CharField):
    """Pictures that are stored already, while the rest of their form needs attention: a signed list.

    It holds for the vendor it was made for and for half a day, in which `sweep_files` leaves the files alone.
    """

    widget = forms.HiddenInput

    def __init__(self) -> None:
        super().__init__(required=False, max_length=20_000)

    @staticmethod
    def _salt() -> str:
        return f"catalog.kept-pictures:{current_context().key_prefix}"

    @classmethod
    def sign(cls, pictures: list[StoredImage]) -> str:
        """What the form carries for these pictures."""
        rows = [[p.name, p.width, p.height, list(p.renditions)] for p in pictures]
        return signing.dumps(rows, salt=cls._salt(), compress=True) if rows else ""

    def clean(self, value: Any) -> list[StoredImage]:
        """Those of a list made here; a forged or outdated one holds none. Those that are left stand in `good`."""
        self.good: list[StoredImage] = []
        try:
            rows = signing.loads(super().clean(value) or "", salt=self._salt(), max_age=KEPT_SECONDS)
        except (signing.BadSignature, ValidationError):
            return []
        listed = [StoredImage(name, width, height, tuple(sizes)) for name, width, height, sizes in rows]
        self.good = [picture for picture in listed if all(map(default_storage.exists, picture.names))]
        if len(self.good) < len(listed):
            raise ValidationError(GONE)
        return listed

"""Postal addresses as carts and orders keep them."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from modules.orders.exceptions import InvalidCheckout
from platform_core.ui.countries import is_country

# Field → letters at most.
FIELDS = {"name": 150, "line1": 200, "line2": 200, "postal_code": 16, "city": 100, "country": 2}
OPTIONAL = frozenset({"line2"})
# Blanks of no width and turns of the writing's direction: nobody types them, and labels would be printed wrongly.
INVISIBLE = frozenset("\u200b\u2060\ufeff\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean_address(given: Mapping[str, Any], *, field: str) -> dict[str, str]:
    """The address with every field, blanks at the ends taken off.

    Raises InvalidCheckout, whose `field` is `<field>.<name>`, for what is missing, too long or no country.
    """
    address = {}
    for name, limit in FIELDS.items():
        value = given.get(name) or ""
        text = " ".join(_visible(value).split()) if isinstance(value, str) else ""
        where = f"{field}.{name}"
        if not text and name not in OPTIONAL:
            raise InvalidCheckout(field=where, reason=_("This is needed for the delivery."))
        if len(text) > limit:
            raise InvalidCheckout(field=where, reason=_("Use at most %(limit)d letters.") % {"limit": limit})
        if "\0" in text:
            raise InvalidCheckout(field=where, reason=_("There is a letter in it that cannot be stored."))
        address[name] = text
    address["country"] = address["country"].upper()
    if not is_country(address["country"]):
        raise InvalidCheckout(field=f"{field}.country", reason=_("Choose a country from the list."))
    return address


def _visible(text: str) -> str:
    return "".join(
        c
        for c in text
        if c not in INVISIBLE and (c.isspace() or c == "\0" or unicodedata.category(c) != "Cc")
    )

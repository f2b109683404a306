"""Countries by their names in the reader's language (CLDR)."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from platform_core.languages import locale_of

# Not countries: the European Union, the euro zone, the United Nations, outlying Oceania and test regions.
_NOT_COUNTRIES = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})
_NEIGHBOURS = ("LU", "BE", "DE", "FR", "NL")


def country_name(code: str, language: str | None) -> str:
    """The country's name in `language`, or the code where CLDR has none."""
    return locale_of(language).territories.get(code.upper(), code)


def is_country(code: str) -> bool:
    """Whether it is the code of a country, such as LU."""
    return code in dict(country_choices("en"))


def _without_accents(name: str) -> str:
    return "".join(part for part in unicodedata.normalize("NFKD", name) if not unicodedata.combining(part))


@lru_cache(maxsize=16)
def country_choices(language: str | None) -> tuple[tuple[str, str], ...]:
    """(code, name) of every country: Luxembourg and its neighbours first, then by name."""
    names = {
        code: name
        for code, name in locale_of(language).territories.items()
        if len(code) == 2 and code.isalpha() and code not in _NOT_COUNTRIES
    }
    rest = sorted(
        (code for code in names if code not in _NEIGHBOURS),
        key=lambda code: _without_accents(names[code]).casefold(),
    )
    return tuple((code, names[code]) for code in (*_NEIGHBOURS, *rest) if code in names)

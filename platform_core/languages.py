"""The interface's languages, and the one place where a language and a region become a CLDR locale."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TypeVar

from babel import Locale
from babel.core import UnknownLocaleError

LANGUAGES: tuple[tuple[str, str], ...] = (
    ("en", "English"),
    ("fr", "Français"),
    ("de", "Deutsch"),
    ("lb", "Lëtzebuergesch"),
)
LANGUAGE_CHOICES = LANGUAGES
LANGUAGE_CODES: tuple[str, ...] = tuple(code for code, _name in LANGUAGES)
SOURCE_LANGUAGE = "en"
DEFAULT_REGION = "LU"

Text = TypeVar("Text")

# Readers of Luxembourgish read French and German too, in this order.
_LB_CHAIN = ("lb", "fr", "de", "en")
# English follows the conventions of en-GB whatever the shop's country (DESIGN_UI section 9).
_ENGLISH_REGION = "GB"


def base_language(code: str | None) -> str:
    """The language of a tag such as "fr-LU", "fr_FR" or "FR"; English when there is none."""
    if not code:
        return SOURCE_LANGUAGE
    return code.replace("_", "-").split("-", 1)[0].lower()


@lru_cache(maxsize=256)
def fallback_chain(language: str, default: str) -> tuple[str, ...]:
    """Languages to try for a text, best first, each once, all of LANGUAGES included.

    `default` is the vendor's default language. A text may still be missing in all of them.
    """
    asked = base_language(language)
    wanted = _LB_CHAIN if asked == "lb" else (asked, base_language(default), SOURCE_LANGUAGE)
    chain = dict.fromkeys((*wanted, base_language(default), *LANGUAGE_CODES))
    return tuple(code for code in chain if code in LANGUAGE_CODES)


def best_text(texts: Mapping[str, Text], language: str, default: str) -> tuple[str, Text] | None:
    """(language, text) of the first language of the chain that has one, or None."""
    for code in fallback_chain(language, default):
        if text := texts.get(code):
            return code, text
    return None


def language_name(code: str) -> str:
    """The language's own name for itself."""
    return dict(LANGUAGES).get(base_language(code), code)


@lru_cache(maxsize=256)
def locale_of(language: str | None, region: str | None = None) -> Locale:
    """The CLDR locale of a language in a region (ISO 3166-1 alpha-2, default Luxembourg).

    A pair that CLDR does not know, such as lb in France, falls back to the language alone.
    """
    code = base_language(language)
    territory = _ENGLISH_REGION if code == SOURCE_LANGUAGE else (region or DEFAULT_REGION).upper()
    try:
        return Locale.parse(f"{code}_{territory}")
    except (UnknownLocaleError, ValueError):
        pass
    try:
        return Locale.parse(code)
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en_GB")

"""The languages of the interface and of what vendors write, and what stands in where a text is missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

LANGUAGES: tuple[tuple[str, str], ...] = (
    ("en", "English"),
    ("fr", "Français"),
    ("de", "Deutsch"),
    ("lb", "Lëtzebuergesch"),
)
LANGUAGE_CHOICES = LANGUAGES
LANGUAGE_CODES: tuple[str, ...] = tuple(code for code, _name in LANGUAGES)

Text = TypeVar("Text")


def fallback_chain(language: str, default: str) -> tuple[str, ...]:
    """The languages to try, best first: the one asked for, its neighbours, the shop's own, then the rest.

    A reader of Luxembourgish reads French, then German, before English.
    """
    neighbours = ("fr", "de", "en") if language == "lb" else ()
    wanted = (language, *neighbours, default, "en", *LANGUAGE_CODES)
    return tuple(dict.fromkeys(code for code in wanted if code in LANGUAGE_CODES))


def best_text(texts: Mapping[str, Text], language: str, default: str) -> tuple[str, Text] | None:
    """(language, text) of the first language of the chain that has one, or None."""
    for code in fallback_chain(language, default):
        if texts.get(code):
            return code, texts[code]
    return None

"""Languages fall back in their order, and a language and a region make one CLDR locale."""

from __future__ import annotations

import pytest

from platform_core.languages import LANGUAGE_CODES, best_text, fallback_chain, language_name, locale_of


@pytest.mark.parametrize(
    ("language", "default", "chain"),
    [
        ("lb", "en", ("lb", "fr", "de", "en")),
        ("lb", "de", ("lb", "fr", "de", "en")),
        ("fr", "de", ("fr", "de", "en", "lb")),
        ("de", "lb", ("de", "lb", "en", "fr")),
        ("en", "fr", ("en", "fr", "de", "lb")),
        ("fr-LU", "en", ("fr", "en", "de", "lb")),
        ("it", "de", ("de", "en", "fr", "lb")),
    ],
)
def test_the_fallback_chain(language: str, default: str, chain: tuple[str, ...]) -> None:
    assert fallback_chain(language, default) == chain
    assert sorted(chain) == sorted(LANGUAGE_CODES)


def test_the_best_text_names_the_language_it_is_in() -> None:
    texts = {"fr": "Chaise", "en": "Chair", "lb": ""}
    assert best_text(texts, "lb", "en") == ("fr", "Chaise")
    assert best_text(texts, "en", "fr") == ("en", "Chair")
    assert best_text({}, "en", "fr") is None


@pytest.mark.parametrize(
    ("language", "region", "locale"),
    [
        ("en", "LU", "en_GB"),
        ("en", None, "en_GB"),
        ("fr", "LU", "fr_LU"),
        ("fr", None, "fr_LU"),
        ("fr", "FR", "fr_FR"),
        ("de", "DE", "de_DE"),
        ("lb", "LU", "lb_LU"),
        ("lb", "FR", "lb"),
        ("xx", "LU", "en_GB"),
        (None, None, "en_GB"),
    ],
)
def test_the_locale_of_a_language_in_a_region(language: str | None, region: str | None, locale: str) -> None:
    assert str(locale_of(language, region)) == locale


def test_languages_call_themselves_by_their_own_names() -> None:
    assert language_name("lb") == "Lëtzebuergesch"

"""The demo's pages: there in four languages, with known placeholders and nothing the sanitiser takes away."""

import re

import pytest

from modules.cms.demo.steps import default_pages, vendor_pages
from modules.cms.models import PageKind
from modules.cms.placeholders import PLACEHOLDERS, unknown_placeholders
from platform_core.languages import LANGUAGE_CODES
from platform_core.ui.safe_html import sanitize_html

TEXTS = [
    (owner, slug, language, words)
    for owner, pages in {"": default_pages(), **vendor_pages()}.items()
    for slug, translations in pages.items()
    for language, words in translations.items()
]


def test_a_platform_has_the_four_legal_pages():
    assert set(default_pages()) == {"imprint", "terms", "privacy", "returns"}
    assert set(default_pages()) <= set(PageKind.values)


def test_every_shop_says_who_it_is_and_objektiv_has_an_imprint_of_its_own():
    pages = {code: set(found) for code, found in vendor_pages().items()}
    assert len(pages) == 6
    assert pages.pop("objektiv") == {"imprint", "about"}
    assert all(found == {"about"} for found in pages.values())


def test_every_page_is_in_every_language():
    for pages in (default_pages(), *vendor_pages().values()):
        for translations in pages.values():
            assert set(translations) == set(LANGUAGE_CODES)


@pytest.mark.parametrize(("owner", "slug", "language", "words"), TEXTS)
def test_a_text_survives_the_sanitiser_and_names_known_placeholders(owner, slug, language, words):
    cleaned = sanitize_html(words.body_html).replace(' rel="noopener"', "").replace("&nbsp;", "\u00a0")
    assert cleaned == words.body_html.strip()
    assert unknown_placeholders(words.title, words.body_html) == ()


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_the_imprint_names_the_company_in_full(language):
    text = default_pages()["imprint"][language].body_html
    assert set(re.findall(r"\{(\w+)\}", text)) == set(PLACEHOLDERS)


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_the_returns_page_names_the_fourteen_days(language):
    assert "14" in default_pages()["returns"][language].body_html

"""Catalogues follow the texts of code and templates, keep their translations, and say what is missing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from platform_core.embedded import PROJECT_DIR
from platform_core.ui import messages

PYTHON = """
from django.utils.translation import gettext_lazy as _, ngettext, pgettext

TITLE = _("Products")
def count(n): return ngettext("%(n)s product", "%(n)s products", n)
def word(): return pgettext("a month", "May")
def not_a_text(): return gettext(TITLE)
"""
TEMPLATE = """{% load i18n %}<c-card title="{% trans "Prices" %}">
    {% blocktranslate with total=total trimmed %}
        In all {{ total }}
    {% endblocktranslate %}
  {% blocktranslate count n=n trimmed %}{{ n }} shop{% plural %}{{ n }} shops{% endblocktranslate %}
{# {% trans "Not this" %} #}<p>It's "plain" text</p>{% translate "from" context "before a price" %}
</c-card>{% firstof _("Nobody") %}"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    module = tmp_path / "modules" / "catalog"
    (module / "templates").mkdir(parents=True)
    (module / "__init__.py").write_text("")
    (module / "apps.py").write_text(PYTHON)
    (module / "templates" / "page.html").write_text(TEMPLATE)
    for name in ("platform_core", "templates", "config"):
        (tmp_path / name).mkdir()
    return tmp_path


def _catalogue(project: Path, language: str) -> Path:
    return project / "modules" / "catalog" / "locale" / language / "LC_MESSAGES" / "django.po"


def _ids(path: Path) -> set[object]:
    with path.open("rb") as source:
        return {message.id for message in read_po(source) if message.id}


def test_texts_of_code_and_templates_are_gathered(project: Path) -> None:
    messages.update(project)
    assert _ids(_catalogue(project, "fr")) == {
        "Products",
        ("%(n)s product", "%(n)s products"),
        "May",
        "Prices",
        "In all %(total)s",
        ("%(n)s shop", "%(n)s shops"),
        "from",
        "Nobody",
    }


def test_a_second_run_changes_nothing(project: Path) -> None:
    assert _catalogue(project, "fr") in messages.update(project)
    assert messages.update(project) == []


def test_translations_stay_and_texts_that_are_gone_leave(project: Path) -> None:
    messages.update(project)
    path = _catalogue(project, "fr")
    path.write_text(
        path.read_text().replace('msgid "Products"\nmsgstr ""', 'msgid "Products"\nmsgstr "Produits"')
    )
    (project / "modules" / "catalog" / "templates" / "page.html").write_text("")
    messages.update(project)
    assert 'msgstr "Produits"' in path.read_text()
    assert "Prices" not in path.read_text()


def test_french_has_three_forms_and_the_others_two(project: Path) -> None:
    messages.update(project)
    assert "nplurals=3" in _catalogue(project, "fr").read_text()
    assert 'msgstr[2] ""' in _catalogue(project, "fr").read_text()
    assert "msgstr[2]" not in _catalogue(project, "de").read_text()


def test_what_is_missing_or_doubtful_is_named(project: Path) -> None:
    messages.update(project)
    path = _catalogue(project, "fr")
    text = path.read_text().replace(
        'msgid "Products"\nmsgstr ""', '#, fuzzy\nmsgid "Products"\nmsgstr "Produits"'
    )
    path.write_text(text.replace('msgid "Prices"\nmsgstr ""', 'msgid "Prices"\nmsgstr "Prix"'))
    state = next(state for state in messages.states(project) if state.path == path)
    assert state.text_count == 8
    assert "Products" in state.untranslated
    assert "Prices" not in state.untranslated


def test_a_translation_that_loses_a_placeholder_is_a_fault(project: Path) -> None:
    messages.update(project)
    path = _catalogue(project, "fr")
    text = path.read_text()
    path.write_text(
        text.replace(
            'msgid "In all %(total)s"\nmsgstr ""', 'msgid "In all %(total)s"\nmsgstr "En tout %(somme)s"'
        )
    )
    state = next(state for state in messages.states(project) if state.path == path)
    assert len(state.faults) == 1
    assert "In all" in state.faults[0]


def test_the_same_text_in_two_contexts_stays_apart(project: Path) -> None:
    (project / "templates" / "x.html").write_text(
        '{% load i18n %}{% translate "May" %}{% translate "May" context "may" %}'
    )
    messages.update(project)
    text = (project / "locale" / "fr" / "LC_MESSAGES" / "django.po").read_text()
    assert text.count('msgid "May"') == 2
    assert 'msgctxt "may"' in text


def test_djangos_own_words_are_asked_for_in_luxembourgish_alone() -> None:
    djangos = [part for part in messages.parts_of() if part.is_djangos]
    assert [part.languages for part in djangos] == [("lb",)]
    assert len(messages.texts_of(djangos[0])) > 100


def test_every_french_text_is_translated_and_no_catalogue_has_faults() -> None:
    states = messages.states()
    late = {
        state.path.as_posix(): state.untranslated for state in states if state.language in messages.COMPLETE
    }
    assert {path: texts for path, texts in late.items() if texts} == {}
    assert [fault for state in states for fault in state.faults] == []


def test_french_says_de_after_millions_alone() -> None:
    """Its second form is for 1,000,000 ("de produits"), the third for 2: easily swapped."""
    after_a_number = re.compile(r"[}sd] d(e |['’])")
    swapped = []
    for path in sorted(PROJECT_DIR.rglob("locale/fr/LC_MESSAGES/django.po")):
        if ".venv" in path.parts or "var" in path.parts:
            continue
        with path.open("rb") as file:
            for entry in read_po(file):
                if isinstance(entry.string, tuple) and entry.string[1] != entry.string[2]:
                    _one, millions, some = entry.string
                    if after_a_number.search(some) and not after_a_number.search(millions):
                        swapped.append(some)
    assert swapped == []

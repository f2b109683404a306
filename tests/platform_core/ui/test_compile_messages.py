"""Catalogues are compiled without gettext, and only when they have changed."""

from __future__ import annotations

import gettext
import os
from pathlib import Path

import pytest

from platform_core.ui.compile_messages import compile_messages

HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
TEXTS = HEADER + 'msgid "Products"\nmsgstr "Produkter"\n\n#, fuzzy\nmsgid "Price"\nmsgstr "Vläicht"\n'


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    path = tmp_path / "modules" / "catalog" / "locale" / "lb" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    path.write_text(TEXTS)
    return path


def test_a_catalogue_is_compiled_without_its_doubtful_texts(tmp_path: Path, catalogue: Path) -> None:
    assert compile_messages(tmp_path) == [catalogue.with_suffix(".mo")]
    with catalogue.with_suffix(".mo").open("rb") as compiled:
        texts = gettext.GNUTranslations(compiled)
    assert texts.gettext("Products") == "Produkter"
    assert texts.gettext("Price") == "Price"


def test_the_shells_own_catalogue_is_found(tmp_path: Path, catalogue: Path) -> None:
    shell = tmp_path / "locale" / "fr" / "LC_MESSAGES" / "django.po"
    shell.parent.mkdir(parents=True)
    shell.write_text(TEXTS)
    assert shell.with_suffix(".mo") in compile_messages(tmp_path)


def test_only_what_changed_is_compiled_again(tmp_path: Path, catalogue: Path) -> None:
    compile_messages(tmp_path)
    assert compile_messages(tmp_path) == []
    later = catalogue.with_suffix(".mo").stat().st_mtime + 1
    os.utime(catalogue, (later, later))
    assert compile_messages(tmp_path) == [catalogue.with_suffix(".mo")]


def test_a_tree_without_catalogues_is_no_error(tmp_path: Path) -> None:
    assert compile_messages(tmp_path) == []


def test_a_broken_catalogue_is_named(tmp_path: Path, catalogue: Path) -> None:
    catalogue.write_text(TEXTS + 'msgid "open\n')
    with pytest.raises(ValueError, match="django.po"):
        compile_messages(tmp_path)
    assert not catalogue.with_suffix(".mo").exists()

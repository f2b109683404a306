"""The system check finds icons that do not exist."""

from __future__ import annotations

from pathlib import Path

import pytest

from platform_core.ui import checks
from platform_core.ui.icons import UnknownIcon, icon_svg


def test_all_icons_of_templates_and_menus_exist() -> None:
    assert checks.check_icons() == []


def test_an_unknown_icon_fails_the_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.html"
    page.write_text('{% icon "package" %}{% icon "no-such-icon" %}<c-button icon="nor-this">x</c-button>')
    monkeypatch.setattr(checks, "template_files", lambda: [page])
    assert [error.id for error in checks.check_icons()] == ["platform_core.E301"] * 2


def test_an_icon_is_hidden_from_screen_readers_unless_it_has_a_label() -> None:
    assert 'aria-hidden="true"' in icon_svg("package")
    assert 'role="img" aria-label="Stock &amp; more"' in icon_svg("package", "Stock & more")


def test_an_unknown_icon_cannot_be_drawn() -> None:
    with pytest.raises(UnknownIcon):
        icon_svg("no-such-icon")

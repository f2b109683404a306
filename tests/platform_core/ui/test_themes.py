"""Every pair of colours can be read, in both modes, in the console and in every shop theme."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path

import pytest
from django.conf import settings

from platform_core.ui.colours import contrast, mix
from platform_core.ui.presets import PRESETS, Preset
from platform_core.ui.themes import (
    ThemeRefused,
    contrast_problems,
    derived_colours,
    resolve_theme,
    style_hash,
    theme_css,
    theme_of_vendor,
)

TOKENS = Path(settings.BASE_DIR) / "platform_core" / "ui" / "tokens.css"
PAPERS = [f"--paper-{number}" for number in range(4)]
STATES = ["good", "warn", "bad", "info"]


def _block(selector: str) -> dict[str, str]:
    found = re.search(re.escape(selector) + r"\s*\{(.*?)\}", TOKENS.read_text(), re.DOTALL)
    assert found, selector
    return dict(re.findall(r"(--[\w-]+):\s*(#[0-9a-f]{6});", found.group(1)))


LIGHT = _block(":root")
DARK = LIGHT | _block(':root[data-mode="dark"]')
# A theme changes colours of shops only; everything else keeps the value of the tokens.
PALETTES = {"console light": LIGHT, "console dark": DARK}
for _preset in PRESETS.values():
    PALETTES[f"{_preset.code} light"] = LIGHT | derived_colours(_preset.light)
    PALETTES[f"{_preset.code} dark"] = DARK | derived_colours(_preset.dark)


def _pairs() -> list[tuple[str, str, float]]:
    inks = ["--ink-1", "--ink-2", "--ink-3", "--accent-text"]
    pairs = [(ink, paper, 4.5) for ink in inks for paper in PAPERS]
    pairs += [(ink, "--accent-soft", 4.5) for ink in inks]
    for state in STATES:
        pairs += [(f"--{state}-text", paper, 4.5) for paper in PAPERS[:3]]
        pairs += [(f"--{state}-text", f"--{state}-soft", 4.5), ("--on-status", f"--{state}", 4.5)]
        pairs += [("--ink-1", f"--{state}-soft", 4.5), (f"--{state}", "--paper-1", 3.0)]
    pairs += [("--on-accent", "--accent", 4.5), ("--on-accent", "--accent-hover", 4.5)]
    pairs += [("--line-2", paper, 3.0) for paper in PAPERS[:2]]
    pairs += [("--focus", paper, 3.0) for paper in PAPERS]
    pairs += [("--paper-1", "--ink-1", 4.5), ("--paper-0", "--ink-1", 4.5)]
    return pairs + [(f"--chart-{number}", "--paper-1", 3.0) for number in range(1, 7)]


@pytest.mark.parametrize("name", PALETTES)
def test_every_pair_has_the_contrast_it_needs(name: str) -> None:
    colours = PALETTES[name]
    faint = [
        f"{front} on {back}: {contrast(colours[front], colours[back]):.2f} < {least}"
        for front, back, least in _pairs()
        if contrast(colours[front], colours[back]) < least
    ]
    assert faint == []


def test_the_contrast_test_sees_a_faint_pair() -> None:
    assert contrast("#777777", "#ffffff") < 4.5 < contrast("#767676", "#ffffff")
    faint = derived_colours(PRESETS["atelier"].light) | {"--ink-3": "#bbbbbb"}
    assert any("--ink-3 on --paper-0" in sentence for sentence in contrast_problems(faint))


def test_dark_tokens_are_the_same_in_both_places() -> None:
    assert _block(':root[data-mode="dark"]') == _block(':root:not([data-mode="light"])')


def test_mixing_follows_oklab() -> None:
    assert mix("#ff0000", "#ffffff", 1) == "#ff0000"
    assert mix("#ff0000", "#ffffff", 0) == "#ffffff"
    assert mix("#ffffff", "#000000", 0.5) == "#636363"


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.code)
def test_a_theme_is_the_same_text_each_time_and_needs_no_escaping(preset: Preset) -> None:
    css = theme_css(preset)
    assert css == theme_css(preset.code)
    assert not set(css) & set("<>&")
    assert style_hash(css) == resolve_theme(preset.code).style_hash
    assert css.count("{") == css.count("}")
    for colour in asdict(preset.light).values():
        assert colour in css


def test_an_override_changes_the_theme_and_its_hash() -> None:
    plain = resolve_theme("atelier")
    changed = resolve_theme(
        "atelier", {"light": {"accent": "#0A4D8C", "accent_text": "#0a4d8c"}, "--round-2": "6px"}
    )
    assert "--accent:#0a4d8c" in changed.css
    assert "--round-2:6px" in changed.css
    assert changed.style_hash != plain.style_hash


@pytest.mark.parametrize(
    "overrides",
    [
        {"light": {"ink_2": "#cccccc"}},
        {"light": {"accent": "red"}},
        {"light": {"accent": "#fff}body{display:none"}},
        {"light": {"shadow": "#ffffff"}},
        {"--round-2": "100px"},
        {"--round-2": "1px;}body{display:none}"},
        {"--focus": "#ffffff"},
        {"--font-head": "url(https://example.org/x)"},
        {"header": "hidden"},
        {"script": "alert(1)"},
        {"--head-scale": "9"},
    ],
)
def test_what_hurts_or_breaks_out_is_refused(overrides: dict[str, object]) -> None:
    with pytest.raises(ThemeRefused) as refused:
        resolve_theme("atelier", overrides)
    assert refused.value.problems


class _Vendor:
    def __init__(self, theme: object) -> None:
        self.theme = theme


def test_a_vendor_without_a_known_theme_still_has_one() -> None:
    assert theme_of_vendor(_Vendor("signal")).code == "signal"
    assert theme_of_vendor(_Vendor("gone")).code == "atelier"
    assert theme_of_vendor(_Vendor(None)).code == "atelier"
    assert theme_of_vendor(object()).code == "atelier"
    assert theme_of_vendor(_Vendor({"preset": "signal", "mode": "light"})).mode == "light"
    assert theme_of_vendor(_Vendor({"preset": "signal", "light": {"ink_2": "#eeeeee"}})).code == "signal"

"""Shop themes: a preset and a validated set of variables become one deterministic style block.

The block stands inline in the page and is allowed by its hash (docs/adr/0012-theme-as-inline-style.md).
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from platform_core.ui.colours import contrast, is_colour, mix
from platform_core.ui.presets import DEFAULT_PRESET, PRESETS, Palette, Preset

Overrides = Mapping[str, Any]
MODES = ("light", "dark")


class ThemeRefused(ValueError):
    """An override is not allowed or hurts readability; `problems` says each in a sentence."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__(" ".join(problems))


@dataclass(frozen=True, slots=True)
class Theme:
    """What a storefront page needs to dress itself."""

    code: str
    # Safe in a style element: only validated values and this package's own presets enter it.
    css: SafeString
    style_hash: str
    fonts: tuple[str, ...]
    mode: str
    header: str
    card: str
    button: str


# Status and focus colours are the same in every shop, so that a warning is one everywhere.
_LENGTH = re.compile(r"\d{1,2}(?:\.\d+)?px|0")
_VARIABLES: dict[str, re.Pattern[str]] = {
    "--head-scale": re.compile(r"0?\.[89]\d?|1(?:\.[0-4]\d?)?"),
    "--density": re.compile(r"0?\.[789]\d?|1(?:\.[0-3]\d?)?"),
    "--round-1": _LENGTH,
    "--round-2": _LENGTH,
    "--round-3": _LENGTH,
    "--stroke": re.compile(r"[123]px"),
    "--photo": re.compile(r"[1-9]/[1-9]"),
    "--cols-phone": re.compile(r"[12]"),
    "--cols-desk": re.compile(r"[2-6]"),
    "--shop-max": re.compile(r"(?:9\d\d|1[0-5]\d\d)px"),
}
_FORMS = {
    "mode": ("light", "dark", "both"),
    "header": ("bar", "centred", "split"),
    "card": ("plain", "framed", "overlay", "row"),
    "button": ("filled", "outlined", "block"),
}


def derived_colours(palette: Palette) -> dict[str, str]:
    """All colour tokens that a theme sets in one mode, by their CSS names."""
    own = {f"--{name.replace('_', '-')}": colour for name, colour in asdict(palette).items()}
    return {
        **own,
        "--paper-3": mix(palette.ink_1, palette.paper_2, 0.08),
        "--ink-3": palette.ink_2,
        "--line-1": mix(palette.line_2, palette.paper_1, 0.35),
        "--accent-soft": mix(palette.accent, palette.paper_1, 0.12),
        "--accent-hover": mix(palette.accent, palette.ink_1, 0.85),
    }


def contrast_problems(colours: Mapping[str, str]) -> list[str]:
    """The pairs of one mode that are too faint, each as a sentence. `colours` by CSS name."""
    papers = [f"--paper-{number}" for number in range(4)]
    texts = [(ink, paper) for ink in ("--ink-1", "--ink-2", "--ink-3", "--accent-text") for paper in papers]
    texts += [(ink, "--accent-soft") for ink in ("--ink-1", "--ink-2", "--ink-3", "--accent-text")]
    texts += [("--on-accent", "--accent"), ("--on-accent", "--accent-hover")]
    lines = [("--line-2", "--paper-0"), ("--line-2", "--paper-1")]
    needed = [(pair, 4.5) for pair in texts] + [(pair, 3.0) for pair in lines]
    ratios = [(pair, contrast(colours[pair[0]], colours[pair[1]]), least) for pair, least in needed]
    return [
        f"{front} on {back} has a contrast of {ratio:.2f}, {least} is needed."
        for (front, back), ratio, least in ratios
        if ratio < least
    ]


def _with_overrides(preset: Preset, overrides: Overrides) -> Preset:
    """The preset with what a shop changed. Raises ThemeRefused."""
    problems: list[str] = []
    changes: dict[str, Any] = {}
    variables = dict(preset.variables)
    for name, value in sorted(overrides.items()):
        if name in MODES and isinstance(value, Mapping):
            palette: Palette = getattr(preset, name)
            known = {key: colour for key, colour in value.items() if key in asdict(palette)}
            problems += [f"{name}.{key} is not a colour of a theme." for key in value if key not in known]
            bad = [
                key for key, colour in known.items() if not (isinstance(colour, str) and is_colour(colour))
            ]
            problems += [f"{name}.{key} needs a colour like #0f5e6e." for key in bad]
            if not bad:
                changes[name] = replace(palette, **{key: colour.lower() for key, colour in known.items()})
        elif name in _FORMS:
            if value in _FORMS[name]:
                changes[name] = value
            else:
                problems.append(f"{name} is one of {', '.join(_FORMS[name])}.")
        elif name in _VARIABLES and isinstance(value, str) and _VARIABLES[name].fullmatch(value):
            variables[name] = value
        else:
            problems.append(f"{name} cannot be {value!r} in a theme.")
    if problems:
        raise ThemeRefused(problems)
    changed = replace(preset, variables=variables, **changes)
    for mode in MODES:
        faint = contrast_problems(derived_colours(getattr(changed, mode))) if mode in changes else []
        problems += [f"{mode}: {sentence}" for sentence in faint]
    if problems:
        raise ThemeRefused(problems)
    return changed


def preset_of(code: str | None) -> Preset:
    """The preset of that code; the default one for an unknown code."""
    return PRESETS.get((code or "").lower(), PRESETS[DEFAULT_PRESET])


def theme_css(preset: Preset | str, overrides: Overrides | None = None) -> str:
    """The style block of a theme: the same text for the same input. Raises ThemeRefused."""
    chosen = preset_of(preset) if isinstance(preset, str) else preset
    changed = _with_overrides(chosen, overrides or {})
    light, dark = (_declarations(derived_colours(getattr(changed, mode))) for mode in MODES)
    rest = _declarations(changed.variables)
    return (
        f":root{{{light}{rest}}}"
        f":root[data-mode=dark]{{{dark}}}"
        f"@media (prefers-color-scheme:dark){{:root:not([data-mode=light]){{{dark}}}}}"
    )


def _declarations(values: Mapping[str, str]) -> str:
    return "".join(f"{name}:{value};" for name, value in sorted(values.items()))


def style_hash(css: str) -> str:
    """The source expression that allows exactly this block: 'sha256-…'."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()}'"


def _frozen(value: Any) -> Any:
    return (
        tuple(sorted((key, _frozen(item)) for key, item in value.items()))
        if isinstance(value, Mapping)
        else value
    )


def _thawed(value: Any) -> Any:
    return {key: _thawed(item) for key, item in value} if isinstance(value, tuple) else value


@lru_cache(maxsize=4096)
def _theme(code: str, frozen: tuple[Any, ...]) -> Theme:
    overrides = _thawed(frozen) if frozen else {}
    preset = _with_overrides(preset_of(code), overrides)
    css = theme_css(preset)
    return Theme(
        code=preset.code,
        css=mark_safe(css),
        style_hash=style_hash(css),
        fonts=preset.fonts,
        mode=preset.mode,
        header=preset.header,
        card=preset.card,
        button=preset.button,
    )


def resolve_theme(code: str | None, overrides: Overrides | None = None) -> Theme:
    """The theme of a preset's code and a shop's overrides, computed once. Raises ThemeRefused."""
    return _theme((code or DEFAULT_PRESET).lower(), _frozen(overrides or {}))


def theme_of_vendor(vendor: Any) -> Theme:
    """The theme of a vendor: `vendor.theme` is a preset's code or {"preset": code, …overrides}.

    A stored theme that no longer validates falls back to its bare preset, so that a shop never
    loses its pages to a stricter rule.
    """
    stored = getattr(vendor, "theme", None)
    if isinstance(stored, Mapping):
        overrides = {name: value for name, value in stored.items() if name != "preset"}
        try:
            return resolve_theme(stored.get("preset"), overrides)
        except ThemeRefused:
            return resolve_theme(stored.get("preset"))
    return resolve_theme(stored if isinstance(stored, str) else None)

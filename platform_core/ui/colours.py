"""Colour arithmetic for themes: mixing as CSS does it, and contrast ratios of WCAG 2.2."""

from __future__ import annotations

import re

_HEX = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)
Rgb = tuple[float, float, float]


def is_colour(text: str) -> bool:
    """Whether the text is a colour as themes write it: #rrggbb."""
    return bool(_HEX.fullmatch(text))


def _channels(colour: str) -> Rgb:
    if not is_colour(colour):
        raise ValueError(f"{colour!r} is not a colour like #0f5e6e.")
    return tuple(int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5))  # type: ignore[return-value]


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _gamma(channel: float) -> float:
    return 12.92 * channel if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055


def luminance(colour: str) -> float:
    """Relative luminance, 0 to 1. Source: WCAG 2.2, "relative luminance"."""
    red, green, blue = (_linear(channel) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """Contrast ratio, 1 to 21."""
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _oklab(colour: str) -> Rgb:
    red, green, blue = (_linear(channel) for channel in _channels(colour))
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _from_oklab(lab: Rgb) -> str:
    light, a, b = lab
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    return "#" + "".join(f"{round(255 * min(1.0, max(0.0, _gamma(max(0.0, c))))):02x}" for c in linear)


def mix(colour: str, other: str, share: float) -> str:
    """`color-mix(in oklab, colour share, other)`; `share` of the first colour from 0 to 1.

    Source of the matrices: B. Ottosson, "A perceptual color space for image processing" (2020).
    """
    first, second = _oklab(colour), _oklab(other)
    mixed = tuple(share * one + (1 - share) * two for one, two in zip(first, second, strict=True))
    return _from_oklab(mixed)  # type: ignore[arg-type]

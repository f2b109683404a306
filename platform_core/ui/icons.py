"""Lucide icons as inline SVG, read once from the wheel. An unknown name fails the system check."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources
from zipfile import ZipFile

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

DEFAULT_SIZE = 20
_STROKE_WIDTH = "1.75"


class UnknownIcon(KeyError):
    """No Lucide icon has this name."""


@lru_cache(maxsize=1)
def icon_names() -> frozenset[str]:
    """The names of all Lucide icons in the installed wheel."""
    with _archive() as archive:
        return frozenset(name.removesuffix(".svg") for name in archive.namelist() if name.endswith(".svg"))


@lru_cache(maxsize=512)
def _inner_svg(name: str) -> str:
    if name not in icon_names():
        raise UnknownIcon(name)
    with _archive() as archive:
        svg = archive.read(f"{name}.svg").decode()
    inner = re.sub(r"^.*?<svg[^>]*>|</svg>\s*$", "", svg, flags=re.DOTALL)
    return re.sub(r"\s*\n\s*", "", inner)


def _archive() -> ZipFile:
    return ZipFile((resources.files("lucide") / "lucide.zip").open("rb"))


@lru_cache(maxsize=2048)
def icon_svg(name: str, label: str = "", size: int = DEFAULT_SIZE, css_class: str = "") -> SafeString:
    """The icon as inline SVG, `size` in pixels (16, 20 or 24).

    With a label it is an image of that name; without one it is hidden from assistive technology.
    Raises UnknownIcon.
    """
    voice = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    classes = f"icon {css_class}".strip()
    return mark_safe(
        f'<svg class="{escape(classes)}" width="{size}" height="{size}" viewBox="0 0 24 24" fill="none"'
        f' stroke="currentColor" stroke-width="{_STROKE_WIDTH}" stroke-linecap="round"'
        f' stroke-linejoin="round" {voice}>{_inner_svg(name)}</svg>'
    )

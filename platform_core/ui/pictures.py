"""Product pictures as `<img>` with `srcset`, so that a phone never loads a desktop's photo."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Any

from django.utils.safestring import SafeString

_LOADING = {"lazy": ' loading="lazy" decoding="async"', "eager": ' fetchpriority="high"'}
DEFAULT_SIZES = "(min-width: 1024px) 25vw, (min-width: 768px) 33vw, 50vw"


@dataclass(frozen=True, slots=True)
class Rendition:
    """One size of a picture; width and height in pixels."""

    url: str
    width: int
    height: int


def _read(source: Any, name: str, default: Any = None) -> Any:
    if isinstance(source, dict):
        return source.get(name, default)
    value = getattr(source, name, default)
    return value() if callable(value) else value


def renditions_of(image: Any) -> list[Rendition]:
    """The sizes of a picture, smallest first: dicts or objects with url, width and height."""
    found: Iterable[Any] = _read(image, "renditions", ()) or ()
    sizes = [
        Rendition(str(_read(item, "url")), int(_read(item, "width")), int(_read(item, "height")))
        for item in found
    ]
    return sorted(sizes, key=lambda rendition: rendition.width)


def picture_html(
    image: Any,
    sizes: str = "",
    *,
    loading: str = "lazy",
    css_class: str = "",
    preferred_width: int = 640,
    alt: str | None = None,
) -> SafeString:
    """An `<img>` for a picture with `renditions` and `alt`; nothing for a picture without any size.

    `src` is the rendition nearest to `preferred_width` pixels, for browsers that read no `srcset`.
    An empty `alt` marks the picture as decorative. Pass `loading="eager"` for what is seen first.
    """
    renditions = renditions_of(image) if image else []
    if not renditions:
        return SafeString("")
    shown = min(renditions, key=lambda rendition: abs(rendition.width - preferred_width))
    text = _read(image, "alt", "") if alt is None else alt
    parts = [f'<img src="{escape(shown.url)}"']
    if len(renditions) > 1:
        srcset = ", ".join(f"{rendition.url} {rendition.width}w" for rendition in renditions)
        parts.append(f' srcset="{escape(srcset)}" sizes="{escape(sizes or DEFAULT_SIZES)}"')
    parts.append(f' width="{shown.width}" height="{shown.height}"')
    if css_class:
        parts.append(f' class="{escape(css_class)}"')
    parts.append(_LOADING.get(loading, ""))
    parts.append(f' alt="{escape(str(text or ""))}">')
    return SafeString("".join(parts))

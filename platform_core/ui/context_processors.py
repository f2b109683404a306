"""What shells know of the interface itself: light or dark, and on storefronts the shop's theme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from platform_core.ui.themes import Theme, theme_of_vendor

MODE_COOKIE = "wz_mode"
_MODES = frozenset({"light", "dark"})


@dataclass(frozen=True, slots=True)
class UiFacts:
    """`ui` in templates. An empty `mode` follows the reader's system."""

    mode: str
    theme: Theme | None
    region: str


def theme_of_request(request: HttpRequest) -> Theme | None:
    """The theme of the storefront that this request is for; None on every other site."""
    vendor = getattr(request, "vendor", None)
    if vendor is None or getattr(request, "site_kind", None) != "storefront":
        return None
    return theme_of_vendor(vendor)


def mode_of_request(request: HttpRequest) -> str:
    """ "light", "dark" or "": a shop's choice goes before the reader's cookie.

    Pages differ by it: a cache of pages keeps it in its key.
    """
    theme = theme_of_request(request)
    if theme is not None and theme.mode in _MODES:
        return theme.mode
    chosen = getattr(request, "COOKIES", {}).get(MODE_COOKIE, "")
    return chosen if chosen in _MODES else ""


def ui(request: HttpRequest) -> dict[str, Any]:
    """Adds `ui`, and `region` for the format tags, which a view may replace."""
    vendor = getattr(request, "vendor", None)
    region = getattr(vendor, "country", "") or ""
    return {
        "ui": UiFacts(mode_of_request(request), theme_of_request(request), region),
        "region": region,
    }

"""How django-unfold looks here: its scales of colour are the interface's tokens. Imported by the settings."""

from __future__ import annotations

from typing import Any

from django.templatetags.static import static

# Paper, lines and inks of both modes (platform_core/ui/tokens.css), from light to dark.
_BASE = {
    "50": "#f6f7f9",
    "100": "#eef0f4",
    "200": "#dfe3e9",
    "300": "#c0c8d3",
    "400": "#9aa5b3",
    "500": "#5a6473",
    "600": "#414a59",
    "700": "#2a323d",
    "800": "#1f262f",
    "900": "#171c23",
    "950": "#0f1318",
}
# The accent of both modes: 600 is the light one's, 500 and 400 read on dark paper.
_PRIMARY = {
    "50": "#eef8f9",
    "100": "#dff1f3",
    "200": "#b9e0e6",
    "300": "#7fd3e0",
    "400": "#74cad8",
    "500": "#4fb8c9",
    "600": "#0f5e6e",
    "700": "#0c5766",
    "800": "#0b4a57",
    "900": "#12343b",
    "950": "#06191d",
}

ADMIN_APPEARANCE: dict[str, Any] = {
    "SITE_TITLE": "Wizamart",
    "SITE_HEADER": "Wizamart",
    "SITE_SYMBOL": "storefront",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda _request: static("brand/favicon.svg")}
    ],
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "8px",
    "COLORS": {
        "base": _BASE,
        "primary": _PRIMARY,
        "font": {
            "subtle-light": "#5a6473",
            "subtle-dark": "#9aa5b3",
            "default-light": "#414a59",
            "default-dark": "#c0c8d3",
            "important-light": "#14181f",
            "important-dark": "#eef1f5",
        },
    },
    "STYLES": [lambda _request: static("admin_site/admin.css")],
    "SCRIPTS": [lambda _request: static("admin_site/admin.js")],
    "COMMAND": {"search_models": True, "show_history": True},
    "SIDEBAR": {"show_search": True, "command_search": True},
}

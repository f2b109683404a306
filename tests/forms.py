"""A page's form as a browser sees it, and a browser that sends it."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from django.test import Client

from platform_core.identity import form_shop


class TeamBrowser(Client):
    """A browser in the dashboard: what it posts names the shop of its page, as the forms there do."""

    def __init__(self, host: str, shop: str, **options: Any) -> None:
        super().__init__(headers={"host": host}, **options)
        self.shop = shop

    def post(self, path: str, data: Any = None, *args: Any, **options: Any) -> Any:
        if data is None or isinstance(data, dict):
            data = {form_shop.FIELD: self.shop, **(data or {})}
        return super().post(path, data, *args, **options)


def fields_of(html: str) -> dict[str, Any]:
    """What a browser would send back of a page's form, before anybody types."""
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", html):
        attributes = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
        name = attributes.get("name")
        if not name or name in {"csrfmiddlewaretoken", "q"} or attributes.get("type") in {"file", "submit"}:
            continue
        if attributes.get("type") in {"checkbox", "radio"}:
            # A class may be called “checked:…”.
            if re.search(r'\schecked(?=[\s/>="])', tag):
                found.setdefault(name, []).append(attributes.get("value", "on"))
        else:
            found[name] = unescape(attributes.get("value", ""))
    for name, text in re.findall(r'<textarea name="([^"]+)"[^>]*>\s?(.*?)</textarea>', html, re.S):
        found[name] = unescape(text)
    for name, options in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', html, re.S):
        chosen = re.findall(r'<option value="([^"]*)" selected', options)
        if chosen:
            found[name] = chosen[0]
    return found

"""A page's form as a browser sees it."""

from __future__ import annotations

import re
from typing import Any


def fields_of(html: str) -> dict[str, Any]:
    """What a browser would send back of a page's form, before anybody types."""
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", html):
        attributes = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
        name = attributes.get("name")
        if not name or name in {"csrfmiddlewaretoken", "q"} or attributes.get("type") in {"file", "submit"}:
            continue
        if attributes.get("type") in {"checkbox", "radio"}:
            if " checked" in tag:
                found.setdefault(name, []).append(attributes.get("value", "on"))
        else:
            found[name] = attributes.get("value", "").replace("&quot;", '"').replace("&amp;", "&")
    for name, text in re.findall(r'<textarea name="([^"]+)"[^>]*>\s?(.*?)</textarea>', html, re.S):
        found[name] = text
    for name, options in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', html, re.S):
        chosen = re.findall(r'<option value="([^"]*)" selected', options)
        if chosen:
            found[name] = chosen[0]
    return found

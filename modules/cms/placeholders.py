"""Placeholders that a page's text may carry, such as {company_name}: filled in when the page is shown."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.utils.html import escape

PLACEHOLDERS = ("company_name", "address", "rcs_number", "vat_id", "email", "shop_name")
_PATTERN = re.compile(r"\{([a-z][a-z0-9_]{0,39})\}")


def fill(text: str, values: Mapping[str, str], *, is_html: bool) -> str:
    """`text` with the known placeholders replaced, HTML-escaped where it is HTML; unknown ones stay."""

    def value_of(match: re.Match[str]) -> str:
        name = match[1]
        if name not in PLACEHOLDERS:
            return match[0]
        value = values.get(name, "")
        return escape(value) if is_html else value

    return _PATTERN.sub(value_of, text)


def unknown_placeholders(*texts: str) -> tuple[str, ...]:
    """Names in braces that nothing fills, in the order of their first appearance."""
    names = dict.fromkeys(match[1] for text in texts for match in _PATTERN.finditer(text))
    return tuple(name for name in names if name not in PLACEHOLDERS)

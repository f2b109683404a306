"""Request bodies: one JSON object in UTF-8, of bounded size."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from platform_core.api.errors import BodyTooLarge


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON.")


def _holds_unstorable(value: Any) -> bool:
    """Whether a text somewhere inside holds a NUL or half a surrogate pair: PostgreSQL stores neither."""
    if isinstance(value, str):
        return "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value)
    if isinstance(value, dict):
        return any(_holds_unstorable(key) or _holds_unstorable(item) for key, item in value.items())
    return isinstance(value, list) and any(_holds_unstorable(item) for item in value)


class JSONObjectParser(BaseParser):
    """Refuses with a reason what is not one object: wrong JSON, a list, a NUL byte, a body past the limit."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        declared = str(getattr(stream, "META", {}).get("CONTENT_LENGTH") or "0")
        if declared.isdecimal() and int(declared) > limit:
            raise BodyTooLarge
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise BodyTooLarge
        try:
            # RFC 8259: UTF-8, whatever charset the content type names.
            text = body.decode("utf-8-sig")
            value = json.loads(text, parse_constant=_refuse_constant)
        except UnicodeDecodeError as error:
            raise ParseError(_("The body is not UTF-8."), "malformed_json") from error
        except (ValueError, RecursionError) as error:
            raise ParseError(_("The body is not valid JSON."), "malformed_json") from error
        if not isinstance(value, dict):
            raise ParseError(_("The body must be one JSON object."), "object_expected")
        # The escapes are the only way for either into decoded text, apart from a raw NUL, which JSON forbids.
        if "\\u" in text and _holds_unstorable(value):
            raise ParseError(_("Text must not contain NUL or broken characters."), "unstorable_text")
        return value

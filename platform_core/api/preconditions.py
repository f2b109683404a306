"""ETag, If-None-Match and If-Match: read cheaply, and never overwrite what somebody else has changed."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.utils.http import parse_etags
from rest_framework.request import Request
from rest_framework.response import Response

from platform_core.api.errors import PreconditionRequired, StaleVersion


def etag_of(row: Any) -> str:
    """The ETag of a row with a `version`, in the language of the answer if it has texts."""
    return f'"{row.pk}-{row.version}"'


def etag_of_data(data: Any) -> str:
    """The ETag of an answer that is put together from many rows."""
    text = json.dumps(data, default=str, ensure_ascii=False)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def answer_with_etag(request: Request, data: Any, etag: str, *, status: int = 200) -> Response:
    """`data` with its ETag; 304 without a body when the client has it already."""
    wanted = parse_etags(request.META.get("HTTP_IF_NONE_MATCH", ""))
    if request.method in {"GET", "HEAD"} and ("*" in wanted or etag in _strong(wanted)):
        response = Response(status=304)
    else:
        response = Response(data, status=status)
    response["ETag"] = etag
    return response


def require_match(request: Request, etag: str, *, required: bool = True) -> None:
    """Go on only if the client knows the present state.

    Raises PreconditionRequired (428) without If-Match, unless it is not `required`; StaleVersion (412) when
    it names another state.
    """
    header = request.META.get("HTTP_IF_MATCH", "")
    if not header:
        if required:
            raise PreconditionRequired
        return
    wanted = parse_etags(header)
    if "*" not in wanted and etag not in wanted:
        raise StaleVersion


def _strong(etags: list[str]) -> list[str]:
    """If-None-Match compares weakly: W/"x" is "x"."""
    return [etag.removeprefix("W/") for etag in etags]

"""Idempotency-Key: which requests of a script are one and the same, so that what is sent twice happens once."""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from platform_core.exceptions import DomainError

MAX_KEY_LENGTH = 255
KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="A value of your own for this one request, such as a UUID. Sent again with it, it happens once.",
)
REPLAYED = OpenApiParameter(
    "Idempotent-Replayed",
    str,
    OpenApiParameter.HEADER,
    response=[201],
    description="“true” where the request was sent before and nothing has happened again.",
)
_KEY = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?\Z")


class IdempotencyKeyRequired(DomainError):
    """A request that must not happen twice says by a key which one it is."""

    code = "idempotency_key_required"
    status = 400
    default_message = _("Send an “Idempotency-Key” of your own with this request, such as a UUID.")


class InvalidIdempotencyKey(DomainError):
    """The key cannot be kept or compared."""

    code = "invalid_idempotency_key"
    status = 400
    default_message = _("An “Idempotency-Key” has 1 to %(limit)d characters of ASCII, such as a UUID.")


def required_key(request: Request) -> str:
    """The request's key. Raises IdempotencyKeyRequired, InvalidIdempotencyKey."""
    key = request.META.get("HTTP_IDEMPOTENCY_KEY", "").strip(" \t")
    if not key:
        raise IdempotencyKeyRequired
    if len(key) > MAX_KEY_LENGTH or not _KEY.match(key):
        raise InvalidIdempotencyKey(limit=MAX_KEY_LENGTH)
    return str(key)


def mark_replayed(response: Response, *, is_replayed: bool) -> Response:
    """The answer, which says so where the request was sent before."""
    if is_replayed:
        response["Idempotent-Replayed"] = "true"
    return response

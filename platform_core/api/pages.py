"""Lists in pages: `{"data": […], "page": {"next", "prev", "limit"}}` and a Link header (RFC 8288).

A cursor holds the sort values of a page's edge row, so a page costs the same however far down it lies and
rows that come or go meanwhile neither repeat nor hide others.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from functools import reduce
from operator import or_
from typing import Any

from django.core import signing
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from platform_core.api.errors import InvalidParameters

DEFAULT_LIMIT = 25
MAX_LIMIT = 100
SALT = "platform_core.api.cursor"


def _as_text(value: Any) -> str:
    # Not Django's encoder, which cuts moments to milliseconds: rows within one would be skipped.
    return value.isoformat() if isinstance(value, date) else str(value)


class _Serializer:
    """JSON with dates, decimals and UUIDs as text; their columns read them back."""

    def dumps(self, value: Any) -> bytes:
        return json.dumps(value, default=_as_text, separators=(",", ":")).encode()

    def loads(self, data: bytes) -> Any:
        return json.loads(data)


def read_limit(request: Request) -> int:
    """`?limit=`, 1 to MAX_LIMIT. Raises InvalidParameters."""
    asked = request.query_params.get("limit")
    if asked is None:
        return DEFAULT_LIMIT
    if asked.isascii() and asked.isdecimal() and len(asked) <= 9 and 1 <= int(asked) <= MAX_LIMIT:
        return int(asked)
    message = _("Ask for 1 to %(limit)s entries.") % {"limit": MAX_LIMIT}
    raise InvalidParameters({"limit": [ErrorDetail(message, "out_of_range")]})


def read_cursor(request: Request) -> Any:
    """What the cursor of the address carries, or None. Raises InvalidParameters for one not made here."""
    text = request.query_params.get("cursor")
    if text is None:
        return None
    try:
        return signing.loads(text, salt=SALT, serializer=_Serializer)
    except signing.BadSignature as error:
        message = _("This cursor is not one of ours. Start at the first page.")
        raise InvalidParameters({"cursor": [ErrorDetail(message, "invalid_cursor")]}) from error


def make_cursor(value: Any) -> str:
    """A cursor that carries `value`: JSON, dates and decimals."""
    return signing.dumps(value, salt=SALT, serializer=_Serializer)


def page_response(
    request: Request, data: Any, *, next_cursor: str | None, prev_cursor: str | None, limit: int
) -> Response:
    """One page of a list. For lists that page in their own way, such as by number."""
    here = request.build_absolute_uri()
    links = {
        relation: replace_query_param(here, "cursor", cursor) if cursor else None
        for relation, cursor in (("next", next_cursor), ("prev", prev_cursor))
    }
    response = Response({"data": data, "page": {**links, "limit": limit}})
    header = ", ".join(f'<{address}>; rel="{relation}"' for relation, address in links.items() if address)
    if header:
        response["Link"] = header
    return response


class CursorPages(BasePagination):
    """Pages of a queryset in its own order, made total by the primary key.

    Every column of the order must be NOT NULL: a cursor cannot point behind a NULL.
    """

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request = request
        self.limit = read_limit(request)
        order = self._order(queryset)
        cursor = read_cursor(request)
        backwards, values = False, None
        if cursor is not None:
            backwards, values = self._read(cursor, order)
        if values is not None:
            queryset = queryset.filter(_behind(order, values, backwards=backwards))
        if backwards:
            queryset = queryset.order_by(*(_reversed(column) for column in order))
        else:
            queryset = queryset.order_by(*order)
        rows = list(queryset[: self.limit + 1])
        has_more, rows = len(rows) > self.limit, rows[: self.limit]
        if backwards:
            rows.reverse()
        # Coming from a page means that there is one.
        has_next = bool(rows) and (has_more or backwards)
        has_prev = bool(rows) and (has_more if backwards else values is not None)
        self.next_cursor = self._cursor("next", order, rows[-1]) if has_next else None
        self.prev_cursor = self._cursor("prev", order, rows[0]) if has_prev else None
        return rows

    def _order(self, queryset: QuerySet[Any]) -> tuple[str, ...]:
        given = queryset.query.order_by or queryset.model._meta.ordering or ("-pk",)
        order = tuple(str(column) for column in given)
        if not any(column.lstrip("-") in {"pk", "id"} for column in order):
            order = (*order, "pk")
        return order

    def _read(self, cursor: Any, order: Sequence[str]) -> tuple[bool, list[Any]]:
        if isinstance(cursor, list) and len(cursor) == 3:
            direction, made_for, values = cursor
            if made_for == ",".join(order) and direction in {"next", "prev"} and len(values) == len(order):
                return direction == "prev", values
        message = _("This cursor belongs to another list or order. Start at the first page.")
        raise InvalidParameters({"cursor": [ErrorDetail(message, "invalid_cursor")]})

    def _cursor(self, direction: str, order: Sequence[str], row: Any) -> str:
        return make_cursor([direction, ",".join(order), [_value(row, column) for column in order]])

    def get_paginated_response(self, data: Any) -> Response:
        return page_response(
            self.request,
            data,
            next_cursor=self.next_cursor,
            prev_cursor=self.prev_cursor,
            limit=self.limit,
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["data", "page"],
            "properties": {
                "data": schema,
                "page": {
                    "type": "object",
                    "required": ["next", "prev", "limit"],
                    "properties": {
                        "next": {**link, "description": "Address of the next page, null on the last."},
                        "prev": {**link, "description": "Address of the page before, null on the first."},
                        "limit": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT},
                    },
                },
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            {
                "name": "cursor",
                "required": False,
                "in": "query",
                "description": "Where the page starts: taken from the links of another page.",
                "schema": {"type": "string"},
            },
            {
                "name": "limit",
                "required": False,
                "in": "query",
                "description": "Entries on a page.",
                "schema": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
            },
        ]


def _reversed(column: str) -> str:
    return column[1:] if column.startswith("-") else f"-{column}"


def _value(row: Any, column: str) -> Any:
    name = column.lstrip("-")
    if isinstance(row, dict):
        return row["id" if name == "pk" else name]
    for part in name.split("__"):
        row = getattr(row, part)
    return row


def _behind(order: Sequence[str], values: Sequence[Any], *, backwards: bool) -> Q:
    """Rows behind the edge: (a, b, c) compared column by column, each in its own direction.

    The first column is also compared alone, so that the index can start at the edge.
    """
    ways: list[Q] = []
    equal = Q()
    for column, value in zip(order, values, strict=True):
        name = column.lstrip("-")
        direction = "lt" if column.startswith("-") != backwards else "gt"
        ways.append(equal & Q(**{f"{name}__{direction}": value}))
        equal &= Q(**{name: value})
    first = order[0].lstrip("-")
    bound = "lte" if order[0].startswith("-") != backwards else "gte"
    return Q(**{f"{first}__{bound}": values[0]}) & reduce(or_, ways)

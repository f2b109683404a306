"""Query parameters: what a view declares is understood, anything else is refused."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ErrorDetail
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request

from platform_core.api.errors import InvalidParameters


class DeclaredFilters(DjangoFilterBackend):
    """The view's `filterset_class`, its faults named as parameters."""

    raise_exception = False

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        filterset = self.get_filterset(request, queryset, view)
        if filterset is None:
            return queryset
        if not filterset.is_valid():
            raise InvalidParameters(
                {
                    name: [
                        ErrorDetail(message, fault.code or "invalid")
                        for fault in faults
                        for message in fault.messages
                    ]
                    for name, faults in filterset.errors.as_data().items()
                }
            )
        return filterset.qs


class DeclaredSort(BaseFilterBackend):
    """`?sort=-price,title`: the view's `sort_fields` name what may be asked and the column behind it."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        fields: dict[str, str] = getattr(view, "sort_fields", {})
        asked = request.query_params.get("sort")
        if asked is None or not fields:
            return queryset
        order = []
        for word in asked.split(","):
            sign, name = ("-", word[1:]) if word.startswith("-") else ("", word)
            if name not in fields:
                known = ", ".join(fields)
                message = _("Sort by one or more of: %(known)s. A “-” in front reverses.") % {"known": known}
                raise InvalidParameters({"sort": [ErrorDetail(message, "unknown_sort")]})
            order.append(sign + fields[name])
        return queryset.order_by(*order)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        fields: dict[str, str] = getattr(view, "sort_fields", {})
        if not fields:
            return []
        pattern = "|".join(fields)
        return [
            {
                "name": "sort",
                "required": False,
                "in": "query",
                "description": f"Comma-separated: {', '.join(fields)}. A leading “-” reverses.",
                "schema": {"type": "string", "pattern": f"^-?({pattern})(,-?({pattern}))*$"},
            }
        ]


def declared_parameters(view: Any, request: Request) -> set[str]:
    """Every query parameter that `view` understands."""
    names = set(getattr(view, "query_parameters", ()))
    if getattr(view, "is_list", False) and request.method in {"GET", "HEAD"}:
        names |= {"cursor", "limit"}
        if getattr(view, "sort_fields", None):
            names.add("sort")
        filterset = getattr(view, "filterset_class", None)
        if filterset is not None:
            names |= set(filterset.base_filters)
    return names


def refuse_unknown(view: Any, request: Request) -> None:
    """Raises InvalidParameters for a parameter that `view` does not declare, or that is given twice."""
    known = declared_parameters(view, request)
    faults: dict[str, list[ErrorDetail]] = {}
    for name, values in request.query_params.lists():
        if name not in known:
            faults[name] = [ErrorDetail(_("There is no such parameter here."), "unknown_parameter")]
        elif len(values) > 1:
            faults[name] = [ErrorDetail(_("Give this parameter once."), "repeated_parameter")]
    if faults:
        raise InvalidParameters(faults)

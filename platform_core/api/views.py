"""Bases of the API's views: one class for each address, with a `policy` like every other route."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from platform_core.api.pages import CursorPages
from platform_core.api.parameters import refuse_unknown


class ApiView(APIView):
    """An address with handlers of its own: `get`, `post`, `patch`, `delete`.

    Undeclared query parameters are refused, and the answer names its language.
    """

    # What `?name=` the view understands besides a list's own.
    query_parameters: ClassVar[frozenset[str] | set[str]] = frozenset()
    http_method_names = ["get", "post", "put", "patch", "delete", "head"]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        refuse_unknown(self, request)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers.setdefault("Content-Language", get_language() or "en")
        patch_vary_headers(response, ["Accept-Language", "Authorization", "Cookie"])
        if getattr(request._request, "principal", None) is not None:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class ResourceView(ApiView, GenericAPIView[Any]):
    """An address of stored things: `get_queryset`, `serializer_class`, `lookup_field`.

    `read` checks a request's body; `write` makes an answer's.
    """

    def read(
        self, serializer_class: type[serializers.BaseSerializer[Any]] | None = None, **kwargs: Any
    ) -> Any:
        """The validated body. Raises InvalidBody."""
        chosen = serializer_class or self.get_serializer_class()
        serializer = chosen(data=self.request.data, context=self.get_serializer_context(), **kwargs)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def write(self, instance: Any, *, many: bool = False) -> Any:
        """The JSON form of `instance`."""
        return self.get_serializer(instance, many=many).data


class ListView(ResourceView):
    """A list with cursor pages. Declare `filterset_class`, `sort_fields` {asked: column} and the queryset's
    order; further query parameters are refused. A subclass that also creates adds `post`.
    """

    is_list: ClassVar[bool] = True
    sort_fields: ClassVar[dict[str, str]] = {}
    pagination_class = CursorPages

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        queryset: QuerySet[Any] = self.filter_queryset(self.get_queryset())
        rows = self.paginate_queryset(queryset)
        return self.get_paginated_response(self.write(rows, many=True))

"""A platform's site with sample addresses, for tests of the API's conventions."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import OperationalError
from django.urls import path
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from psycopg.errors import LockNotAvailable
from rest_framework import serializers
from rest_framework.response import Response

from modules.tenancy.models import Company
from platform_core.api.idempotency import KEY, REPLAYED, mark_replayed, required_key
from platform_core.api.preconditions import answer_with_etag, require_match
from platform_core.api.serializers import MoneyField, StrictModelSerializer, StrictSerializer
from platform_core.api.views import ApiView, ListView
from platform_core.exceptions import DomainError
from platform_core.identity.policy import Audience, Policy
from platform_core.urls_common import error_handlers


class SoldOut(DomainError):
    code = "sold_out"
    default_message = "“%(sku)s” is sold out."


class Changed(DomainError):
    """Its members are for programmes; as values of the text they would be there a second time."""

    code = "changed"
    default_message = "%(count)d of them have changed."

    @property
    def members(self) -> dict[str, Any]:
        return {"changes": [{"sku": sku} for sku in self.params["changes"]]}  # type: ignore[attr-defined]


class LineSerializer(StrictSerializer):
    sku = serializers.CharField(max_length=4)
    quantity = serializers.IntegerField(min_value=1)


class OrderSerializer(StrictSerializer):
    number = serializers.CharField(read_only=True)
    email = serializers.EmailField()
    colour = serializers.ChoiceField(choices=["red", "blue"], required=False)
    lines = LineSerializer(many=True)
    note = serializers.JSONField(required=False)
    price = MoneyField(required=False, min_minor=100)


class Orders(ApiView):
    policy = Policy(Audience.PUBLIC)

    @extend_schema(request=OrderSerializer, responses={201: OrderSerializer})
    def post(self, request: Any) -> Response:
        serializer = OrderSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return Response(serializer.validated_data, status=201)


class Trouble(ApiView):
    policy = Policy(Audience.PUBLIC)
    query_parameters: ClassVar[frozenset[str]] = frozenset({"kind"})

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Any) -> Response:
        kind = request.query_params["kind"]
        if kind == "rule":
            raise SoldOut(sku="OM-1")
        if kind == "members":
            raise Changed(changes=("OM-1",), count=1)
        if kind == "held":
            raise OperationalError("canceling statement due to lock timeout") from LockNotAvailable()
        if kind == "django":
            raise ValidationError({"code": ValidationError("Too long: %(limit)s", "too_long", {"limit": 3})})
        if kind == "database":
            raise OperationalError("the server is gone, secret-host:5432")
        raise RuntimeError("secret detail")


class Once(ApiView):
    policy = Policy(Audience.PUBLIC)

    @extend_schema(request=None, responses={201: OpenApiTypes.OBJECT}, parameters=[KEY, REPLAYED])
    def post(self, request: Any) -> Response:
        key = required_key(request)
        return mark_replayed(Response({"key": key}, status=201), is_replayed=key == "again")


class Versioned(ApiView):
    policy = Policy(Audience.PUBLIC)

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Any) -> Response:
        return answer_with_etag(request, {"version": 3}, '"1-3"')

    @extend_schema(request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT)
    def put(self, request: Any) -> Response:
        require_match(request, '"1-3"')
        return answer_with_etag(request, {"version": 4}, '"1-4"')


class CompanySerializer(StrictModelSerializer):
    class Meta:
        model = Company
        fields = ("id", "legal_name", "city", "created_at")


class CompanyFilters(filters.FilterSet):
    city = filters.CharFilter()
    id__gte = filters.NumberFilter(field_name="id", lookup_expr="gte")


class Companies(ListView):
    policy = Policy(Audience.STAFF)
    serializer_class = CompanySerializer
    filterset_class = CompanyFilters
    sort_fields: ClassVar[dict[str, str]] = {"city": "city", "created_at": "created_at"}

    def get_queryset(self) -> Any:
        return Company.objects.order_by("-created_at", "id")


urlpatterns = [
    path("api/v1/orders/", Orders.as_view()),
    path("api/v1/trouble/", Trouble.as_view()),
    path("api/v1/once/", Once.as_view()),
    path("api/v1/versioned/", Versioned.as_view()),
    path("api/v1/admin/companies/", Companies.as_view()),
]
handler400, handler403, handler404, handler500 = error_handlers

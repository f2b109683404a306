"""A shop's customers for its team's scripts: to read, not to change."""

from __future__ import annotations

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from rest_framework.request import Request
from rest_framework.response import Response

from modules.customers import selectors
from modules.customers.api.serializers import CustomerSerializer, CustomerSummarySerializer
from modules.customers.models import Customer
from platform_core.api.views import ListView, ResourceView
from platform_core.identity.audience import Audience
from platform_core.identity.policy import Policy
from platform_core.languages import LANGUAGE_CHOICES


class CustomerFilters(filters.FilterSet):
    email = filters.CharFilter(method="with_email", label="The whole e-mail address.", max_length=254)
    is_active = filters.BooleanFilter()
    is_email_confirmed = filters.BooleanFilter(
        field_name="email_confirmed_at", lookup_expr="isnull", exclude=True
    )
    language = filters.ChoiceFilter(choices=LANGUAGE_CHOICES)
    created_at__gte = filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")
    q = filters.CharFilter(
        method="search", label="A part of the name or e-mail address.", max_length=selectors.MAX_QUERY_LENGTH
    )

    def with_email(self, queryset: QuerySet[Customer], _name: str, value: str) -> QuerySet[Customer]:
        return queryset.filter(selectors.with_email(value))

    def search(self, queryset: QuerySet[Customer], _name: str, value: str) -> QuerySet[Customer]:
        return queryset.filter(selectors.matching(value))


class Customers(ListView):
    """The shop's customers, newest first"""

    policy = Policy(Audience.VENDOR, "customers.view_customer")
    serializer_class = CustomerSummarySerializer
    filterset_class = CustomerFilters
    sort_fields = {"created_at": "created_at", "full_name": "full_name", "email": "email"}

    def get_queryset(self) -> QuerySet[Customer]:
        return selectors.customers()


class CustomerDetail(ResourceView):
    """One customer with the account's addresses"""

    policy = Policy(Audience.VENDOR, "customers.view_customer")
    serializer_class = CustomerSerializer
    queryset = Customer.objects.none()

    def get_queryset(self) -> QuerySet[Customer]:
        return Customer.objects.prefetch_related("addresses")

    def get(self, request: Request, pk: int) -> Response:
        return Response(self.write(self.get_object()))

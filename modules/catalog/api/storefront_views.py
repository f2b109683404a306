"""A shop's goods for everybody: what the storefront shows, as JSON, in the language that is asked for."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, F, Func, IntegerField, QuerySet, Value
from django.http import Http404
from django.utils.translation import get_language
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from modules.catalog.api.serializers import (
    StorefrontCardSerializer,
    StorefrontCategoriesSerializer,
    StorefrontProductSerializer,
)
from modules.catalog.models import Product
from modules.catalog.selectors import storefront_categories, storefront_product
from modules.catalog.selectors.published import published_products
from modules.catalog.selectors.search import MAX_QUERY_LENGTH, ranked_ids
from modules.catalog.selectors.shelves import in_category
from modules.catalog.selectors.shop import card_rows, cards_of
from platform_core.api.preconditions import answer_with_etag, etag_of_data
from platform_core.api.views import ApiView, ListView, ResourceView
from platform_core.identity.audience import Audience
from platform_core.identity.policy import Policy
from platform_core.tenancy.context import current_context


def _languages() -> dict[str, str]:
    vendor = current_context().vendor
    default = vendor.default_language if vendor else "en"
    return {"language": get_language() or default, "default_language": default}


# As many as can be put in order by their places in an array within milliseconds.
MOST_FOUND = 1_000


class ProductFilters(filters.FilterSet):
    category = filters.CharFilter(
        method="on_shelf", max_length=80, label="A category's slug; products below it are in as well."
    )
    q = filters.CharFilter(
        method="search",
        max_length=MAX_QUERY_LENGTH,
        label=(
            "Words of a title or description, or a SKU, in any language of the shop. The best come first unless"
            f" `sort` says otherwise; there are at most {MOST_FOUND:,}."
        ),
    )

    def on_shelf(self, queryset: QuerySet[Product], _name: str, value: str) -> QuerySet[Product]:
        return queryset.filter(in_category(value))

    def search(self, queryset: QuerySet[Product], _name: str, value: str) -> QuerySet[Product]:
        found = ranked_ids(query=value, **_languages(), most=MOST_FOUND)
        place = Func(
            Value(found, ArrayField(BigIntegerField())),
            F("id"),
            function="array_position",
            output_field=IntegerField(),
        )
        return queryset.filter(pk__in=found).annotate(relevance=place).order_by("relevance", "id")


class Products(ListView):
    """The products on sale, newest first"""

    policy = Policy(Audience.PUBLIC)
    serializer_class = StorefrontCardSerializer
    filterset_class = ProductFilters
    sort_fields: ClassVar[dict[str, str]] = {"published_at": "published_at", "price": "min_price_minor"}

    def get_queryset(self) -> Any:
        return card_rows(published_products().order_by("-published_at", "-id"))

    def write(self, instance: Any, *, many: bool = False) -> Any:
        return super().write(cards_of(instance, **_languages()), many=many)


class ProductDetail(ResourceView):
    """One product with its variants and pictures"""

    policy = Policy(Audience.PUBLIC)
    serializer_class = StorefrontProductSerializer
    queryset = Product.objects.none()

    def get(self, request: Request, slug: str) -> Response:
        product = storefront_product(slug=slug, **_languages())
        if product is None:
            raise Http404
        data = self.write(product)
        return answer_with_etag(request, data, etag_of_data(data))


class Categories(ApiView):
    """The shop's visible categories, in tree order"""

    policy = Policy(Audience.PUBLIC)

    @extend_schema(responses={200: StorefrontCategoriesSerializer})
    def get(self, request: Request) -> Response:
        links = storefront_categories(**_languages())
        return Response(StorefrontCategoriesSerializer({"data": links}).data)

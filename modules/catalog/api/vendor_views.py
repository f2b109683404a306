"""A shop's products, variants and categories for its team's scripts."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404
from django.utils.translation import get_language
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from modules.catalog import services
from modules.catalog.api.serializers import (
    CategoryFields,
    CategorySerializer,
    ProductFields,
    ProductSerializer,
    ProductSummarySerializer,
    VariantCreateSerializer,
    VariantFields,
    VariantSerializer,
)
from modules.catalog.exceptions import UnknownCategory
from modules.catalog.models import Category, Product, ProductCategory, Variant
from modules.catalog.selectors import counted_categories, product_for_editing, vendor_products
from modules.catalog.selectors.search import MAX_QUERY_LENGTH, found_by_team
from platform_core.api.preconditions import answer_with_etag, etag_of, require_match
from platform_core.api.views import ListView, ResourceView
from platform_core.identity.audience import Audience
from platform_core.identity.policy import Policy

Policies = dict[str, Policy]
IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description="The ETag that was read. Required to change prices."
)


def _team(permission: str) -> Policy:
    return Policy(Audience.VENDOR, permission)


def _language() -> str:
    return get_language() or "en"


class ProductFilters(filters.FilterSet):
    status = filters.ChoiceFilter(choices=Product.Status.choices)
    category = filters.CharFilter(method="in_category", label="A category's slug.", max_length=80)
    updated_at__gte = filters.IsoDateTimeFilter(field_name="updated_at", lookup_expr="gte")
    q = filters.CharFilter(
        method="search",
        label="Words of its texts, the beginning of a SKU, or the slug.",
        max_length=MAX_QUERY_LENGTH,
    )

    def in_category(self, queryset: QuerySet[Product], _name: str, value: str) -> QuerySet[Product]:
        links = ProductCategory.objects.filter(product=OuterRef("pk"), category__slug=value)
        return queryset.filter(Exists(links))

    def search(self, queryset: QuerySet[Product], _name: str, value: str) -> QuerySet[Product]:
        return queryset.filter(found_by_team(value))


class Products(ListView):
    """The shop's products

    Archived ones are in the list as well, unless a status is asked for.
    """

    policies: ClassVar[Policies] = {
        "GET": _team("catalog.view_product"),
        "POST": _team("catalog.add_product"),
    }
    serializer_class = ProductSummarySerializer
    filterset_class = ProductFilters
    sort_fields: ClassVar[dict[str, str]] = {
        "created_at": "created_at",
        "updated_at": "updated_at",
        "slug": "slug",
    }

    def get_queryset(self) -> QuerySet[Product]:
        return vendor_products(status="all", language=_language()).order_by("-created_at", "-id")

    @extend_schema(request=ProductFields, responses={201: ProductSerializer})
    def post(self, request: Request) -> Response:
        """Create a product with its texts, variants and categories

        It is a draft unless `status` says `active`; an active product needs a title and an active variant.
        """
        given = _product_facts(self.read(ProductFields))
        given.setdefault("status", Product.Status.DRAFT)
        product = services.create_product(**given)
        response = _product_response(request, product.pk, status=201)
        response["Location"] = request.build_absolute_uri(f"{request.path}{product.pk}/")
        return response


def _product_facts(given: dict[str, Any]) -> dict[str, Any]:
    facts = dict(given)
    if "categories" in facts:
        facts["category_slugs"] = facts.pop("categories")
    return facts


def _product_response(request: Request, pk: int, *, status: int = 200) -> Response:
    product = product_for_editing(pk=pk)
    if product is None:
        raise Http404
    return answer_with_etag(request, ProductSerializer(product).data, etag_of(product), status=status)


class OneProduct(ResourceView):
    """Base of the addresses below one product."""

    serializer_class = ProductSerializer
    queryset = Product.objects.none()

    def get_queryset(self) -> QuerySet[Product]:
        return Product.objects.all()


class ProductDetail(OneProduct):
    """One product with everything that belongs to it"""

    policies: ClassVar[Policies] = {
        "GET": _team("catalog.view_product"),
        "PATCH": _team("catalog.change_product"),
    }

    def get(self, request: Request, pk: int) -> Response:
        return _product_response(request, pk)

    @extend_schema(
        request=ProductFields(partial=True), responses={200: ProductSerializer}, parameters=[IF_MATCH]
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Change what is given and leave the rest

        `translations` replaces the languages it names; an empty title takes a language away. `variants` is
        the whole list: one that it leaves out is taken off sale. With If-Match the change is refused when
        somebody else has changed the product since; it is required where `variants` are given.
        """
        product = self.get_object()
        given = self.read(ProductFields, partial=True)
        require_match(request, etag_of(product), required="variants" in given)
        expected = product.version if request.headers.get("If-Match") else None
        services.update_product(product=product, expected_version=expected, **_product_facts(given))
        return _product_response(request, pk)


class ProductArchive(OneProduct):
    """Take a product out of the shop; nothing is deleted"""

    policy = _team("catalog.archive_product")

    @extend_schema(request=None, responses={200: ProductSerializer})
    def post(self, request: Request, pk: int) -> Response:
        services.archive_product(product=self.get_object())
        return _product_response(request, pk)


class ProductRestore(OneProduct):
    """Bring an archived product back as a draft"""

    policy = _team("catalog.archive_product")

    @extend_schema(request=None, responses={200: ProductSerializer})
    def post(self, request: Request, pk: int) -> Response:
        services.restore_product(product=self.get_object())
        return _product_response(request, pk)


class VariantFilters(filters.FilterSet):
    product = filters.NumberFilter(field_name="product_id")
    sku = filters.CharFilter()
    is_active = filters.BooleanFilter()
    q = filters.CharFilter(method="search", label="Part of the SKU.", max_length=100)

    def search(self, queryset: QuerySet[Variant], _name: str, value: str) -> QuerySet[Variant]:
        return queryset.filter(Q(sku__icontains=value))


class Variants(ListView):
    """The variants of all products"""

    policies: ClassVar[Policies] = {
        "GET": _team("catalog.view_product"),
        "POST": _team("catalog.change_product"),
    }
    serializer_class = VariantSerializer
    filterset_class = VariantFilters
    sort_fields: ClassVar[dict[str, str]] = {
        "sku": "sku",
        "created_at": "created_at",
        "updated_at": "updated_at",
    }

    def get_queryset(self) -> QuerySet[Variant]:
        return Variant.objects.order_by("-created_at", "-id")

    @extend_schema(request=VariantCreateSerializer, responses={201: VariantSerializer})
    def post(self, request: Request) -> Response:
        """Add a variant to a product"""
        given = self.read(VariantCreateSerializer)
        product = Product.objects.filter(pk=given.pop("product")).first()
        if product is None:
            raise Http404
        variant = services.add_variant(product=product, variant=given)
        return _variant_response(request, variant, status=201)


def _variant_etag(variant: Variant) -> str:
    return f'"v{variant.pk}-{variant.product.version}"'


def _variant_response(request: Request, variant: Variant, *, status: int = 200) -> Response:
    return answer_with_etag(request, VariantSerializer(variant).data, _variant_etag(variant), status=status)


class VariantDetail(ResourceView):
    """One variant. Its ETag changes with its product"""

    policies: ClassVar[Policies] = {
        "GET": _team("catalog.view_product"),
        "PATCH": _team("catalog.change_product"),
    }
    serializer_class = VariantSerializer
    queryset = Variant.objects.none()

    def get_queryset(self) -> QuerySet[Variant]:
        return Variant.objects.select_related("product")

    def get(self, request: Request, pk: int) -> Response:
        return _variant_response(request, self.get_object())

    @extend_schema(
        request=VariantFields(partial=True), responses={200: VariantSerializer}, parameters=[IF_MATCH]
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Change SKU, price, options, weight, or whether it is on sale

        If-Match is required where the price is given.
        """
        variant = self.get_object()
        given = self.read(VariantFields, partial=True)
        require_match(request, _variant_etag(variant), required="price_minor" in given)
        expected = variant.product.version if request.headers.get("If-Match") else None
        changed = services.update_variant(variant=variant, changes=given, expected_version=expected)
        return _variant_response(request, changed)


class Categories(ListView):
    """The shop's categories"""

    policies: ClassVar[Policies] = {
        "GET": _team("catalog.view_category"),
        "POST": _team("catalog.add_category"),
    }
    serializer_class = CategorySerializer
    sort_fields: ClassVar[dict[str, str]] = {"position": "position", "slug": "slug"}

    def get_queryset(self) -> QuerySet[Category]:
        return categories()

    @extend_schema(request=CategoryFields, responses={201: CategorySerializer})
    def post(self, request: Request) -> Response:
        """Create a category"""
        facts = _category_facts(self.read(CategoryFields))
        facts.pop("moves_to_top", None)
        category = services.create_category(**facts)
        return Response(self.write(categories().get(pk=category.pk)), status=201)


def categories() -> QuerySet[Category]:
    """Categories with what their JSON needs."""
    return counted_categories(language=_language()).select_related("parent").prefetch_related("translations")


def _category_facts(given: dict[str, Any]) -> dict[str, Any]:
    facts = dict(given)
    if "parent" in facts:
        slug = facts.pop("parent")
        if slug is None:
            facts["moves_to_top"] = True
        else:
            facts["parent"] = Category.objects.filter(slug=slug).first()
            if facts["parent"] is None:
                raise UnknownCategory(slug=slug, field="parent")
    return facts


class CategoryDetail(ResourceView):
    """One category"""

    policies: ClassVar[Policies] = {
        "GET": _team("catalog.view_category"),
        "PATCH": _team("catalog.change_category"),
    }
    serializer_class = CategorySerializer
    queryset = Category.objects.none()

    def get_queryset(self) -> QuerySet[Category]:
        return categories()

    def get(self, request: Request, pk: int) -> Response:
        return Response(self.write(self.get_object()))

    @extend_schema(request=CategoryFields(partial=True), responses={200: CategorySerializer})
    def patch(self, request: Request, pk: int) -> Response:
        """Change what is given and leave the rest"""
        given = _category_facts(self.read(CategoryFields, partial=True))
        services.update_category(category=self.get_object(), **given)
        return Response(self.write(self.get_object()))

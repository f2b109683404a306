"""A shop's orders and ways to ship, for its team's scripts."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.http import Http404
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from modules.orders import services
from modules.orders.api.serializers import with_contents
from modules.orders.api.vendor_serializers import (
    CancellationFields,
    FulfilmentFields,
    NoteFields,
    ReceiptFields,
    ShippingMethodFields,
    ShippingMethodSerializer,
    VendorOrderSerializer,
    VendorOrderSummarySerializer,
)
from modules.orders.machine import State
from modules.orders.models import Order, OrderEvent, OrderLine, ShippingMethod
from modules.orders.selectors import order_by_number, orders
from modules.payments.models import Status
from platform_core.api.idempotency import KEY, REPLAYED, mark_replayed, required_key
from platform_core.api.preconditions import answer_with_etag, etag_of, require_match
from platform_core.api.views import ListView, ResourceView
from platform_core.identity.audience import Audience
from platform_core.identity.policy import Policy
from platform_core.money import from_minor
from platform_core.tenancy.context import current_context

MAX_QUERY_LENGTH = 100
MAX_NUMBER_LENGTH = 18
IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, required=True, description="The ETag that was read."
)
SEE = Policy(Audience.VENDOR, "orders.view_order")
CHANGE = Policy(Audience.VENDOR, "orders.change_order")
RECORD = Policy(Audience.VENDOR, "payments.change_payment")
SET_UP = Policy(Audience.VENDOR, "orders.change_shippingmethod")
PARCEL_EXAMPLE = OpenApiExample(
    "All that is open, in one parcel",
    {
        "carrier": "POST Luxembourg",
        "tracking_number": "RR123456785LU",
        "tracking_url": "https://www.post.lu/track?RR123456785LU",
    },
    request_only=True,
)
RECEIPT_EXAMPLE = OpenApiExample(
    "A transfer",
    {"amount": {"amount": "84.10", "currency": "EUR"}, "note": "Statement 42"},
    request_only=True,
)
METHOD_EXAMPLE = OpenApiExample(
    "Parcels by weight",
    {
        "code": "parcel",
        "kind": "weight",
        "names": {"en": "Parcel", "fr": "Colis"},
        "rates": [
            {"up_to_grams": 2000, "price": {"amount": "4.90", "currency": "EUR"}},
            {"up_to_grams": 10000, "price": {"amount": "9.90", "currency": "EUR"}},
        ],
        "countries": ["LU", "FR"],
    },
    request_only=True,
)


class OrderFilters(filters.FilterSet):
    status = filters.ChoiceFilter(field_name="state", choices=State.choices)
    payment_status = filters.ChoiceFilter(field_name="payment__status", choices=Status.choices)
    placed_at__gte = filters.IsoDateTimeFilter(field_name="placed_at", lookup_expr="gte")
    placed_at__lte = filters.IsoDateTimeFilter(field_name="placed_at", lookup_expr="lte")
    q = filters.CharFilter(
        method="search",
        label="An order's number, or a part of the buyer's name or e-mail address.",
        max_length=MAX_QUERY_LENGTH,
    )

    def search(self, queryset: QuerySet[Order], _name: str, value: str) -> QuerySet[Order]:
        word = value.strip()
        found = (
            Q(email__icontains=word)
            | Q(shipping_address__name__icontains=word)
            | Q(billing_address__name__icontains=word)
        )
        if word.isascii() and word.isdecimal() and len(word) <= MAX_NUMBER_LENGTH:
            found |= Q(number=int(word))
        return queryset.filter(found)


class Orders(ListView):
    """The shop's orders, latest first"""

    policy = SEE
    serializer_class = VendorOrderSummarySerializer
    filterset_class = OrderFilters
    sort_fields: ClassVar[dict[str, str]] = {
        "placed_at": "placed_at",
        "updated_at": "updated_at",
        "number": "number",
        "total": "gross_minor",
    }

    def get_queryset(self) -> QuerySet[Order]:
        return orders().order_by("-placed_at", "-id")


class OneOrder(ResourceView):
    """Base of the addresses below one order."""

    serializer_class = VendorOrderSerializer
    queryset = Order.objects.none()

    def order(self, number: str) -> Order:
        order = order_by_number(number)
        if order is None:
            raise Http404
        return order

    def shown(self, request: Request, order: Order, *, status: int = 200) -> Response:
        """The order as it was read."""
        data = self.write(with_contents(order))
        return answer_with_etag(request, data, _order_etag(order), status=status)

    def changed(self, request: Request, order: Order) -> Response:
        """The order as it is after a command."""
        return self.shown(request, orders().get(pk=order.pk), status=201)

    def as_read(self, request: Request, order: Order) -> dict[str, Any]:
        """What a command needs that changes an order as its client knows it: the order, its version, and who asks.

        Raises PreconditionRequired, StaleVersion.
        """
        require_match(request, _order_etag(order))
        return {**self.of(request, order), "expected_version": order.version}

    def of(self, request: Request, order: Order) -> dict[str, Any]:
        """The order, and who asks."""
        return {"order": order, "user": request.user}


def _order_etag(order: Order) -> str:
    """Changes with the order, with its payment, and with every entry of its timeline."""
    payment_version = order.payment.version if order.payment is not None else 0
    latest = OrderEvent.objects.filter(order=order).order_by("-id").values_list("id", flat=True).first()
    return f'"{order.pk}-{order.version}-{payment_version}-{latest or 0}"'


class OrderDetail(OneOrder):
    """One order with everything that has happened to it"""

    policy = SEE

    def get(self, request: Request, number: str) -> Response:
        return self.shown(request, self.order(number))


class Confirmations(OneOrder):
    """Confirm an order, paid or not"""

    policy = CHANGE

    @extend_schema(request=None, responses={201: VendorOrderSerializer}, parameters=[IF_MATCH])
    def post(self, request: Request, number: str) -> Response:
        order = self.order(number)
        services.confirm_order(**self.as_read(request, order))
        return self.changed(request, order)


class Fulfilments(OneOrder):
    """Send some or all of an order, or hand it over; its buyer is told"""

    policy = CHANGE

    @extend_schema(
        request=FulfilmentFields,
        responses={201: VendorOrderSerializer},
        parameters=[IF_MATCH],
        examples=[PARCEL_EXAMPLE],
    )
    def post(self, request: Request, number: str) -> Response:
        order = self.order(number)
        given = self.read(FulfilmentFields)
        lines = given.pop("lines", None)
        quantities = None if lines is None else {line["id"]: line["quantity"] for line in lines}
        try:
            services.send_order(**self.as_read(request, order), quantities=quantities, **given)
        except OrderLine.DoesNotExist:
            raise Http404 from None
        return self.changed(request, order)


class Cancellations(OneOrder):
    """Cancel an order of which nothing was sent; what was paid is owed back, and its buyer is told"""

    policy = CHANGE

    @extend_schema(request=CancellationFields, responses={201: VendorOrderSerializer}, parameters=[IF_MATCH])
    def post(self, request: Request, number: str) -> Response:
        order = self.order(number)
        given = self.read(CancellationFields)
        services.cancel_order(**self.as_read(request, order), **given)
        return self.changed(request, order)


class Payments(OneOrder):
    """Record money that has come in for an order: a part, all, or too much"""

    policy = RECORD

    @extend_schema(
        request=ReceiptFields,
        responses={201: VendorOrderSerializer},
        parameters=[KEY, REPLAYED],
        examples=[RECEIPT_EXAMPLE],
    )
    def post(self, request: Request, number: str) -> Response:
        """Record money that has come in for an order: a part, all, or too much

        An order that is paid in full is confirmed. Sent again with the same key, nothing is recorded again; with
        the same key and another amount or note it is refused.
        """
        order = self.order(number)
        key = required_key(request)
        given = self.read(ReceiptFields)
        vendor = current_context().vendor
        assert vendor is not None
        recording = services.record_payment(
            **self.of(request, order),
            amount=from_minor(given["amount_minor"], vendor.currency),
            note=given["note"],
            idempotency_key=key,
        )
        response = self.changed(request, order)
        return mark_replayed(response, is_replayed=recording.is_replayed)


class Notes(OneOrder):
    """Add a note of the team to an order"""

    policy = CHANGE

    @extend_schema(request=NoteFields, responses={201: VendorOrderSerializer})
    def post(self, request: Request, number: str) -> Response:
        order = self.order(number)
        services.add_note(**self.of(request, order), **self.read(NoteFields))
        return self.changed(request, order)


class ShippingMethods(ListView):
    """The ways in which the shop ships, as buyers see them"""

    policies: ClassVar[dict[str, Policy]] = {"GET": SEE, "POST": SET_UP}
    serializer_class = ShippingMethodSerializer
    sort_fields: ClassVar[dict[str, str]] = {"position": "position", "code": "code"}

    def get_queryset(self) -> QuerySet[ShippingMethod]:
        return ShippingMethod.objects.order_by("position", "id")

    @extend_schema(
        request=ShippingMethodFields, responses={201: ShippingMethodSerializer}, examples=[METHOD_EXAMPLE]
    )
    def post(self, request: Request) -> Response:
        """Set up a way to ship"""
        method = services.save_shipping_method(**_method_facts(self.read(ShippingMethodFields)))
        response = answer_with_etag(request, self.write(method), etag_of(method), status=201)
        response["Location"] = request.build_absolute_uri(f"{request.path}{method.pk}/")
        return response


def _method_facts(given: dict[str, Any]) -> dict[str, Any]:
    facts = dict(given)
    if "rates" in facts:
        facts["rates"] = [(rate["up_to_grams"], rate["price_minor"]) for rate in facts["rates"]]
    return facts


FACTS = (
    *("code", "kind", "names", "descriptions", "price_minor", "rates"),
    *("free_from_minor", "countries", "position", "is_active"),
)


class ShippingMethodDetail(ResourceView):
    """One way to ship"""

    policies: ClassVar[dict[str, Policy]] = {"GET": SEE, "PATCH": SET_UP, "DELETE": SET_UP}
    serializer_class = ShippingMethodSerializer
    queryset = ShippingMethod.objects.none()

    def get_queryset(self) -> QuerySet[ShippingMethod]:
        return ShippingMethod.objects.all()

    def get(self, request: Request, pk: int) -> Response:
        method = self.get_object()
        return answer_with_etag(request, self.write(method), etag_of(method))

    @extend_schema(
        request=ShippingMethodFields(partial=True),
        responses={200: ShippingMethodSerializer},
        parameters=[IF_MATCH],
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Change what is given and leave the rest

        `names`, `descriptions`, `rates` and `countries` are replaced as a whole.
        """
        method = self.get_object()
        given = _method_facts(self.read(ShippingMethodFields, partial=True))
        require_match(request, etag_of(method))
        facts = {name: getattr(method, name) for name in FACTS} | given
        method = services.save_shipping_method(method=method, expected_version=method.version, **facts)
        return answer_with_etag(request, self.write(method), etag_of(method))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Take a way to ship away

        Orders keep its name; carts that had chosen it choose anew.
        """
        services.remove_shipping_method(method=self.get_object())
        return Response(status=204)

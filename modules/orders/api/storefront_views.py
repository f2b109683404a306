"""Carts, the checkout and the buyer's own orders, for everybody who buys by script.

A guest's cart is theirs who know its id; one of an account answers that account alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db import IntegrityError
from django.http import Http404
from django.utils.translation import get_language
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from modules.customers.models import Customer
from modules.orders import services
from modules.orders.api.serializers import (
    CartLineFields,
    CartSerializer,
    CheckoutFields,
    CheckoutSerializer,
    OwnOrderSerializer,
    OwnOrderSummarySerializer,
    QuantitySerializer,
    with_contents,
)
from modules.orders.models import Cart, CartLine, Order
from modules.orders.selectors import CartView as Basket
from modules.orders.selectors import (
    Change,
    cart_by_id,
    open_cart_of,
    order_by_number,
    order_by_token,
    orders,
    orders_of,
    view_cart,
)
from modules.payments.selectors import AvailableMethod, available_methods
from platform_core.api.authentication import refuse_forged
from platform_core.api.idempotency import KEY, REPLAYED, mark_replayed, required_key
from platform_core.api.preconditions import answer_with_etag, etag_of_data
from platform_core.api.views import ListView, ResourceView
from platform_core.identity.audience import Audience
from platform_core.identity.policy import Policy

ADDRESS = {
    "name": "Anna Muller",
    "line1": "5, rue du Fossé",
    "postal_code": "1536",
    "city": "Luxembourg",
    "country": "LU",
}
CHECKOUT_EXAMPLE = OpenApiExample(
    "Delivery, paid by bank transfer",
    {
        "email": "anna@example.test",
        "shipping_address": ADDRESS,
        "shipping_method": "home-delivery",
        "payment_method": "bank_transfer",
    },
    request_only=True,
)
LINE_EXAMPLE = OpenApiExample("Two of one article", {"sku": "MUG-1", "quantity": 2}, request_only=True)


def _language() -> str:
    return get_language() or "en"


class BuyersView(ResourceView):
    """Base of the addresses of carts and orders: open to all, and never kept by anybody on the way."""

    policy = Policy(Audience.PUBLIC)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        refuse_forged(request)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    @property
    def customer(self) -> Customer | None:
        """Who is signed in."""
        site_request: Any = self.request._request
        customer: Customer | None = site_request.customer
        # A lazy object that holds None is falsy.
        return customer if customer else None


class CartView(BuyersView):
    """Base of the addresses of one cart."""

    serializer_class: type[BaseSerializer[Any]] = CartSerializer
    queryset = Cart.objects.none()

    def cart(self, cart_id: str) -> Cart:
        """Raises Http404 for a cart that is somebody else's, as for one that is not there."""
        cart = cart_by_id(cart_id)
        owner_id = cart.customer_id if cart is not None else None
        is_somebody_elses = owner_id is not None and (self.customer is None or self.customer.pk != owner_id)
        if cart is None or is_somebody_elses:
            raise Http404
        return cart

    def answer(self, cart: Cart, *, status: int = 200) -> Response:
        """What is in the cart now, and what it costs."""
        return Response(self.write(view_cart(cart, language=_language())), status=status)

    def changed(self, cart: Cart, *, status: int = 200) -> Response:
        """What is in the cart after a change. The total that is told, delivery included, is the one to order at."""
        view = view_cart(cart, language=_language())
        if view.shipping is not None:
            services.tell_total(cart=cart, total_minor=view.priced.total.gross_minor)
        return Response(self.write(view), status=status)


class Carts(CartView):
    """Carts of shoppers"""

    @extend_schema(request=None, responses={201: CartSerializer})
    def post(self, request: Request) -> Response:
        """Begin to buy

        Keep the `id` to yourself: whoever has it can see and change a guest's cart. Who is signed in gets the cart
        that their account has open, if it has one.
        """
        customer = self.customer
        cart = open_cart_of(customer) if customer is not None else None
        if cart is None:
            cart = self._create(customer)
        response = self.answer(cart, status=201)
        response["Location"] = request.build_absolute_uri(f"{request.path}{cart.public_id}/")
        return response

    def _create(self, customer: Customer | None) -> Cart:
        try:
            return services.create_cart(language=_language(), customer=customer)
        except IntegrityError:
            # The account has begun another one at the same moment.
            cart = open_cart_of(customer) if customer is not None else None
            if cart is None:
                raise
            return cart


class CartDetail(CartView):
    """One cart with what it costs now"""

    def get(self, request: Request, cart_id: str) -> Response:
        return self.answer(self.cart(cart_id))


class CartLines(CartView):
    """What lies in a cart"""

    @extend_schema(request=CartLineFields, responses={201: CartSerializer}, examples=[LINE_EXAMPLE])
    def post(self, request: Request, cart_id: str) -> Response:
        """Put something into a cart, on top of what lies in it of the same article"""
        cart = self.cart(cart_id)
        services.add_line(cart=cart, **self.read(CartLineFields))
        return self.changed(cart, status=201)


class CartLineDetail(CartView):
    """One line of a cart"""

    @extend_schema(request=QuantitySerializer, responses={200: CartSerializer})
    def patch(self, request: Request, cart_id: str, line_id: int) -> Response:
        """Have so many of it"""
        cart = self.cart(cart_id)
        if not CartLine.objects.filter(cart=cart, pk=line_id).exists():
            raise Http404
        try:
            services.set_quantity(cart=cart, line_id=line_id, **self.read(QuantitySerializer))
        except CartLine.DoesNotExist:
            # Another request has taken it out meanwhile.
            raise Http404 from None
        return self.changed(cart)

    @extend_schema(request=None, responses={200: CartSerializer})
    def delete(self, request: Request, cart_id: str, line_id: int) -> Response:
        """Take it out of the cart"""
        cart = self.cart(cart_id)
        if not services.remove_line(cart=cart, line_id=line_id):
            raise Http404
        return self.changed(cart)


class Checkout(CartView):
    """What is to be said before a cart is ordered"""

    serializer_class = CheckoutSerializer

    def choices(
        self, view: Basket, methods: Sequence[AvailableMethod], changes: tuple[Change, ...] = ()
    ) -> Response:
        context = {**self.get_serializer_context(), "changes": changes, "payment_methods": methods}
        return Response(CheckoutSerializer(view, context=context).data)

    def get(self, request: Request, cart_id: str) -> Response:
        """What may be chosen for a cart, and what is still to be said

        Without an address every way to ship is offered; `PUT` refuses one that does not go to its country.
        """
        view = view_cart(self.cart(cart_id), language=_language())
        return self.choices(view, available_methods(view.cart.currency))

    @extend_schema(request=CheckoutFields, responses={200: CheckoutSerializer}, examples=[CHECKOUT_EXAMPLE])
    def put(self, request: Request, cart_id: str) -> Response:
        """Say everything at once, or nothing of it is kept

        What was not as it was seen last is in `changes` and counts as seen now: what cannot be bought any more has
        left the cart.
        """
        cart = self.cart(cart_id)
        given = self.read(CheckoutFields)
        said = services.set_checkout(cart=cart, language=_language(), **given)
        return self.choices(said.view, said.methods, said.changes)


class Completion(CartView):
    """Ordering of a cart"""

    serializer_class = OwnOrderSerializer

    @extend_schema(request=None, responses={201: OwnOrderSerializer}, parameters=[KEY, REPLAYED])
    def post(self, request: Request, cart_id: str) -> Response:
        """Order what lies in a cart, once

        Sent again with the same key, the order is the answer and nothing is ordered again. Another key for a cart
        that is ordered gets 409 (`cart_closed`); while another request is ordering it, 409 (`in_flight`). Where the
        total is another than `PUT …/checkout/` has answered, 409 (`cart_changed`): send that again to see the new one.
        """
        cart = self.cart(cart_id)
        completion = services.complete_cart(cart=cart, key=required_key(request), customer=self.customer)
        # Read as it is kept, so that every answer is the same to the letter.
        order = orders().get(pk=completion.order.pk)
        response = Response(self.write(with_contents(order)), status=201)
        return mark_replayed(response, is_replayed=completion.is_replayed)


class OwnOrders(BuyersView, ListView):
    """The signed-in customer's orders, latest first"""

    policy = Policy(Audience.CUSTOMER)
    serializer_class = OwnOrderSummarySerializer
    queryset = Order.objects.none()
    sort_fields: ClassVar[dict[str, str]] = {"placed_at": "placed_at"}

    def get_queryset(self) -> Any:
        customer = self.customer
        # The description of the API is made for nobody.
        return orders_of(customer) if customer is not None else Order.objects.none()


class OwnOrder(BuyersView):
    """One order, by its token, or for its signed-in buyer by its number"""

    serializer_class = OwnOrderSerializer
    queryset = Order.objects.none()

    def get(self, request: Request, reference: str) -> Response:
        order = self._of_number(reference) if reference.isdigit() else order_by_token(reference)
        if order is None:
            raise Http404
        data = self.write(with_contents(order))
        return answer_with_etag(request, data, etag_of_data(data))

    def _of_number(self, number: str) -> Order | None:
        """The signed-in buyer's order: a number alone is no secret."""
        customer = self.customer
        order = order_by_number(number) if customer is not None else None
        if order is None or customer is None or not orders_of(customer).filter(pk=order.pk).exists():
            return None
        return order

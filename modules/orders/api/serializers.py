"""JSON of carts, the checkout and orders, as buyers see them. What is written goes to a service."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Prefetch, prefetch_related_objects
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from modules.orders.addresses import FIELDS, OPTIONAL
from modules.orders.machine import State
from modules.orders.models import MAX_QUANTITY, Cart, Fulfilment, Order
from modules.orders.selectors import (
    CartView,
    Change,
    LineView,
    Refusal,
    missing_steps,
    options_among,
    token_of,
)
from modules.payments.models import Payment, Status
from platform_core.api.serializers import AmountField, MomentField, StrictSerializer
from platform_core.money import from_minor, to_json

STEPS = ("contact", "delivery", "payment")
CHANGE_KINDS = ("price", "withdrawn", "fewer")
# Of every gross amount.
PARTS = ("gross", "net", "tax")


class AddressSerializer(StrictSerializer):
    """A postal address."""

    name = serializers.CharField(max_length=FIELDS["name"])
    line1 = serializers.CharField(max_length=FIELDS["line1"])
    line2 = serializers.CharField(max_length=FIELDS["line2"], required=False, allow_blank=True)
    postal_code = serializers.CharField(max_length=FIELDS["postal_code"])
    city = serializers.CharField(max_length=FIELDS["city"])
    country = serializers.CharField(max_length=FIELDS["country"], help_text="ISO 3166-1 alpha-2, such as LU.")


assert {name for name, field in AddressSerializer().fields.items() if not field.required} == OPTIONAL


class CartLineFields(StrictSerializer):
    """What goes into a cart."""

    sku = serializers.CharField(max_length=64)
    quantity = serializers.IntegerField(
        min_value=1, max_value=MAX_QUANTITY, default=1, help_text="On top of what is in the cart already."
    )


class QuantitySerializer(StrictSerializer):
    """How many of it."""

    quantity = serializers.IntegerField(min_value=1, max_value=MAX_QUANTITY)


class CheckoutFields(StrictSerializer):
    """Everything that is said before ordering."""

    email = serializers.CharField(max_length=254, help_text="Where the confirmation goes.")
    shipping_address = AddressSerializer()
    billing_address = AddressSerializer(
        required=False, allow_null=True, help_text="Whom the invoice names; left out: the same."
    )
    shipping_method = serializers.CharField(max_length=40, help_text="Its code.")
    payment_method = serializers.CharField(max_length=40, help_text="Its code.")


class LinePictureSerializer(serializers.Serializer[Any]):
    url = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    alt = serializers.CharField()


class CartLineSerializer(serializers.Serializer[Any]):
    """A line of a cart, at the price of now."""

    id = serializers.IntegerField()
    sku = serializers.CharField(source="item.sku")
    slug = serializers.CharField(source="item.slug", help_text="The product's.")
    title = serializers.CharField(source="item.title")
    label = serializers.CharField(
        source="item.label", help_text="The version of the product, if it has several."
    )  # type: ignore[assignment]
    quantity = serializers.IntegerField()
    unit_price = AmountField(help_text="VAT included.")
    total = AmountField(help_text="VAT included.")
    image = serializers.SerializerMethodField()

    @extend_schema_field(LinePictureSerializer(allow_null=True))
    def get_image(self, line: LineView) -> Any:
        picture = line.item.picture
        return None if picture is None else LinePictureSerializer(picture).data


class ChangeSerializer(serializers.Serializer[Any]):
    """Something that is not as the buyer saw it last. Prices are of one piece."""

    kind = serializers.ChoiceField(choices=[(kind, kind) for kind in CHANGE_KINDS])
    line_id = serializers.IntegerField()
    sku = serializers.CharField()
    title = serializers.CharField()
    price_before = AmountField(allow_null=True)
    price_now = AmountField(allow_null=True)
    quantity_before = serializers.IntegerField(allow_null=True)
    quantity_now = serializers.IntegerField(allow_null=True)


class RateSerializer(serializers.Serializer[Any]):
    """Everything at one VAT rate."""

    percent = serializers.CharField(help_text="17 is 17 %.")
    gross = AmountField()
    net = AmountField()
    tax = AmountField()


class TotalsSerializer(serializers.Serializer[Any]):
    """What it costs. `gross` is goods and shipping, and is net and tax."""

    goods = AmountField(help_text="VAT included.")
    shipping = AmountField(help_text="VAT included.")
    gross = AmountField()
    net = AmountField()
    tax = AmountField()
    rates = RateSerializer(many=True)


def totals_of_cart(view: CartView) -> dict[str, Any]:
    priced = view.priced
    amounts = {
        "goods_minor": priced.goods_minor,
        "shipping_minor": priced.shipping.gross_minor,
        "gross_minor": priced.total.gross_minor,
        "net_minor": priced.total.net_minor,
        "tax_minor": priced.total.tax_minor,
    }
    return _totals(amounts, [group.as_json() for group in priced.rates], view.cart.currency)


def totals_of_order(order: Order) -> dict[str, Any]:
    amounts = {f"{name}_minor": getattr(order, f"{name}_minor") for name in ("goods", "shipping", *PARTS)}
    return _totals(amounts, order.rates, order.currency)


def _totals(amounts: Mapping[str, int], rates: Iterable[Mapping[str, Any]], currency: str) -> dict[str, Any]:
    """As TotalsSerializer describes it. Its fields are not made for each answer: they cost more than what they write."""

    def written(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
        return {name: to_json(from_minor(row[f"{name}_minor"], currency)) for name in names}

    return {
        **written(amounts, "goods", "shipping", *PARTS),
        "rates": [{"percent": rate["percent"], **written(rate, *PARTS)} for rate in rates],
    }


class CartSerializer(serializers.Serializer[Any]):
    """A cart with what it costs now. `lines` are those that can be bought; `changes` tells of all others."""

    id = serializers.CharField(source="cart.public_id")
    status = serializers.ChoiceField(source="cart.state", choices=Cart.State.choices)
    currency = serializers.CharField(source="cart.currency")
    lines = CartLineSerializer(many=True)
    changes = serializers.SerializerMethodField()
    totals = serializers.SerializerMethodField()
    email = serializers.CharField(source="cart.email", help_text="Empty until it is given.")
    shipping_address = serializers.SerializerMethodField()
    billing_address = serializers.SerializerMethodField()
    shipping_method = serializers.SerializerMethodField()
    payment_method = serializers.SerializerMethodField()

    @extend_schema_field(ChangeSerializer(many=True))
    def get_changes(self, view: CartView) -> list[dict[str, Any]]:
        changes: tuple[Change, ...] = self.context.get("changes") or view.changes
        return [change.facts for change in changes]

    @extend_schema_field(TotalsSerializer)
    def get_totals(self, view: CartView) -> dict[str, Any]:
        return totals_of_cart(view)

    @extend_schema_field(AddressSerializer(allow_null=True))
    def get_shipping_address(self, view: CartView) -> dict[str, Any] | None:
        return view.cart.shipping_address or None

    @extend_schema_field(AddressSerializer(allow_null=True))
    def get_billing_address(self, view: CartView) -> dict[str, Any] | None:
        return view.cart.billing_address or None

    @extend_schema_field(
        serializers.CharField(allow_null=True, help_text="Null until one is chosen that fits.")
    )
    def get_shipping_method(self, view: CartView) -> str | None:
        return view.shipping.code if view.shipping is not None else None

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_payment_method(self, view: CartView) -> str | None:
        return view.cart.payment_method or None


class ShippingOfferSerializer(serializers.Serializer[Any]):
    """A way to ship this cart."""

    code = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    price = AmountField(help_text="VAT included.")
    is_collection = serializers.BooleanField(help_text="Whether the buyer comes to the shop.")


class PaymentChoiceSerializer(serializers.Serializer[Any]):
    """A way to pay this cart."""

    code = serializers.CharField()
    name = serializers.CharField()
    needs_collection = serializers.BooleanField(help_text="Only for goods that are collected at the shop.")


class CheckoutSerializer(CartSerializer):
    """A cart with what may be chosen for it, and which steps are still to be done before it can be ordered."""

    shipping_methods = ShippingOfferSerializer(source="offers", many=True)
    shipping_refusal = serializers.ChoiceField(
        choices=[reason.value for reason in Refusal],
        source="refusal",
        allow_null=True,
        help_text="Why there is no shipping method to choose; null where there is one, and for an empty cart.",
    )
    payment_methods = serializers.SerializerMethodField()
    missing = serializers.SerializerMethodField()

    @extend_schema_field(PaymentChoiceSerializer(many=True))
    def get_payment_methods(self, _view: CartView) -> Any:
        return PaymentChoiceSerializer(self.context["payment_methods"], many=True).data

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(choices=STEPS)))
    def get_missing(self, view: CartView) -> list[str]:
        return list(missing_steps(view, options_among(view, self.context["payment_methods"])))


class OrderLineSerializer(serializers.Serializer[Any]):
    """What was sold, as it was then."""

    sku = serializers.CharField()
    title = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    quantity = serializers.IntegerField()
    fulfilled_quantity = serializers.IntegerField(help_text="How many of them have left.")
    cancelled_quantity = serializers.IntegerField()
    unit_price = serializers.SerializerMethodField()
    total = serializers.SerializerMethodField()
    net = serializers.SerializerMethodField()
    tax = serializers.SerializerMethodField()
    vat_percent = serializers.SerializerMethodField()

    @extend_schema_field(AmountField())
    def get_unit_price(self, line: Any) -> Any:
        return to_json(line.order.money(line.unit_price_minor))

    @extend_schema_field(AmountField())
    def get_total(self, line: Any) -> Any:
        return to_json(line.order.money(line.gross_minor))

    @extend_schema_field(AmountField())
    def get_net(self, line: Any) -> Any:
        return to_json(line.order.money(line.net_minor))

    @extend_schema_field(AmountField())
    def get_tax(self, line: Any) -> Any:
        return to_json(line.order.money(line.tax_minor))

    @extend_schema_field(serializers.CharField(help_text="17 is 17 %."))
    def get_vat_percent(self, line: Any) -> str:
        return f"{line.tax_percent.normalize():f}"


class OrderPaymentSerializer(serializers.Serializer[Any]):
    """How an order is paid, and what has come in."""

    id = serializers.CharField(source="public_id")
    method = serializers.CharField(source="gateway")
    status = serializers.ChoiceField(choices=Status.choices)
    amount = AmountField()
    captured = AmountField()
    refunded = AmountField()
    expected = AmountField(help_text="Still to come.")
    payment_reference = serializers.CharField(
        source="provider_reference",
        help_text="What the buyer writes into the transfer, or the provider's id.",
    )
    instructions = serializers.DictField(help_text="What the buyer is told, such as the account to pay to.")


class OrderAddressSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    line1 = serializers.CharField()
    line2 = serializers.CharField()
    postal_code = serializers.CharField()
    city = serializers.CharField()
    country = serializers.CharField()


class ShippingSerializer(serializers.Serializer[Any]):
    """How an order is shipped, in its buyer's language."""

    code = serializers.CharField(source="shipping_code")
    name = serializers.CharField(source="shipping_name")
    is_collection = serializers.BooleanField(source="is_collected")


class FulfilmentLineSerializer(serializers.Serializer[Any]):
    sku = serializers.CharField(source="line.sku")
    quantity = serializers.IntegerField()


class FulfilmentSerializer(serializers.Serializer[Any]):
    """A parcel that has left, or goods that were handed over."""

    at = MomentField()
    carrier = serializers.CharField()
    tracking_number = serializers.CharField()
    tracking_url = serializers.CharField()
    lines = FulfilmentLineSerializer(many=True)


class OrderSummarySerializer(serializers.Serializer[Any]):
    """An order in a list."""

    number = serializers.CharField()
    status = serializers.ChoiceField(source="state", choices=State.choices)
    payment_status = serializers.SerializerMethodField()
    email = serializers.CharField()
    placed_at = MomentField()
    currency = serializers.CharField()
    totals = serializers.SerializerMethodField()

    @extend_schema_field(
        serializers.ChoiceField(
            choices=Status.choices, allow_null=True, help_text="Null where there is nothing to pay."
        )
    )
    def get_payment_status(self, order: Order) -> str | None:
        return order.payment.status if order.payment is not None else None

    @extend_schema_field(TotalsSerializer)
    def get_totals(self, order: Order) -> dict[str, Any]:
        return totals_of_order(order)


class OwnOrderSummarySerializer(OrderSummarySerializer):
    """An order in its buyer's list."""

    token = serializers.SerializerMethodField()

    @extend_schema_field(
        serializers.CharField(help_text="Whoever has it sees the order, without signing in.")
    )
    def get_token(self, order: Order) -> str:
        return token_of(order)


class OrderDetailSerializer(OrderSummarySerializer):
    """What buyer and shop both see of an order. Make it of `with_contents(order)`."""

    language = serializers.CharField(help_text="The language in which the buyer is written to.")
    lines = serializers.SerializerMethodField()
    shipping_method = ShippingSerializer(source="*")
    shipping_address = OrderAddressSerializer()
    billing_address = OrderAddressSerializer()
    payment = serializers.SerializerMethodField()
    fulfilments = FulfilmentSerializer(source="fulfilments.all", many=True)
    cancel_reason = serializers.CharField(help_text="In the shop's words; empty where it gave none.")

    @extend_schema_field(OrderLineSerializer(many=True))
    def get_lines(self, order: Order) -> Any:
        return OrderLineSerializer(order.lines.all(), many=True).data

    @extend_schema_field(OrderPaymentSerializer(allow_null=True))
    def get_payment(self, order: Order) -> Any:
        payment: Payment | None = order.payment
        return None if payment is None else OrderPaymentSerializer(payment).data


class OwnOrderSerializer(OrderDetailSerializer, OwnOrderSummarySerializer):
    """An order as its buyer sees it."""


def with_contents(order: Order) -> Order:
    """The order with its lines and fulfilments read. 4 queries at most, 1 of an order of which nothing was sent yet."""
    if order.state == State.PLACED:
        prefetch_related_objects([order], "lines", Prefetch("fulfilments", Fulfilment.objects.none()))
    else:
        prefetch_related_objects([order], "lines", "fulfilments__lines__line")
    return order

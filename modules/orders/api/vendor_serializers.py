"""JSON of orders and ways to ship, as a shop's team sees them. What is written goes to a service."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from modules.orders.api.serializers import (
    FulfilmentSerializer,
    OrderDetailSerializer,
    OrderLineSerializer,
    OrderSummarySerializer,
)
from modules.orders.models import MAX_NOTE_LENGTH, MAX_QUANTITY, MAX_SHIPPING_MINOR, Order, ShippingMethod
from modules.orders.selectors import TimelineEntry, timeline
from modules.orders.services.shipping import (
    MAX_DESCRIPTION_LENGTH,
    MAX_NAME_LENGTH,
    MAX_RATES,
    MAX_WEIGHT_GRAMS,
)
from modules.payments.models import MAX_REASON_LENGTH
from platform_core.api.serializers import AmountField, MomentField, MoneyField, StrictSerializer
from platform_core.money import from_minor, to_json


class FulfilmentLineFields(StrictSerializer):
    """So many of a line leave."""

    id = serializers.IntegerField(help_text="The line's id.")
    quantity = serializers.IntegerField(min_value=1, max_value=MAX_QUANTITY)


class FulfilmentFields(StrictSerializer):
    """What leaves, and how."""

    lines = FulfilmentLineFields(
        many=True, required=False, help_text="Left out, everything leaves that is still to be sent."
    )
    carrier = serializers.CharField(max_length=80, required=False, allow_blank=True)
    tracking_number = serializers.CharField(max_length=80, required=False, allow_blank=True)
    tracking_url = serializers.CharField(
        max_length=500, required=False, allow_blank=True, help_text="The carrier's page about the parcel."
    )

    def validate_lines(self, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len({line["id"] for line in lines}) < len(lines):
            raise serializers.ValidationError(_("Name each line once."), "repeated_line")
        return lines


class CancellationFields(StrictSerializer):
    """Why nothing is sent."""

    reason = serializers.CharField(
        max_length=200, required=False, allow_blank=True, help_text="The buyer reads it."
    )


class ReceiptFields(StrictSerializer):
    """Money that has come in."""

    amount = MoneyField(source="amount_minor", min_minor=1)
    note = serializers.CharField(
        max_length=MAX_REASON_LENGTH,
        required=False,
        allow_blank=True,
        default="",
        help_text="For the ledger.",
    )


class NoteFields(StrictSerializer):
    """What the team tells itself; the buyer does not see it."""

    note = serializers.CharField(max_length=MAX_NOTE_LENGTH)


class VendorOrderSummarySerializer(OrderSummarySerializer):
    """An order in the shop's list."""

    name = serializers.CharField(source="shipping_address.name", help_text="Who receives it.")
    customer = serializers.IntegerField(
        source="customer_id", allow_null=True, help_text="The account's id; null for a guest."
    )
    updated_at = MomentField()


class VendorOrderLineSerializer(OrderLineSerializer):
    id = serializers.IntegerField()
    open_quantity = serializers.IntegerField(help_text="How many are still to be sent.")
    weight_grams = serializers.IntegerField(allow_null=True, help_text="Of one piece.")


class VendorFulfilmentSerializer(FulfilmentSerializer):
    id = serializers.IntegerField()


class TimelineSerializer(serializers.Serializer[Any]):
    """Something that has happened to an order or to its payment."""

    at = MomentField()
    kind = serializers.CharField(help_text="Such as order.placed or payment.captured.")
    text = serializers.CharField(source="label", help_text="The kind, for people.")
    note = serializers.CharField()
    amount = serializers.SerializerMethodField()
    user = serializers.IntegerField(
        source="user_id",
        allow_null=True,
        help_text="The team member's id; null where nobody of the team did it.",
    )

    @extend_schema_field(AmountField(allow_null=True))
    def get_amount(self, entry: TimelineEntry) -> Any:
        if not entry.amount_minor:
            return None
        return to_json(from_minor(entry.amount_minor, self.context["currency"]))


class VendorOrderSerializer(OrderDetailSerializer, VendorOrderSummarySerializer):
    """An order with everything that has happened to it."""

    fulfilments = VendorFulfilmentSerializer(source="fulfilments.all", many=True)
    timeline = serializers.SerializerMethodField()
    version = serializers.IntegerField()

    @extend_schema_field(VendorOrderLineSerializer(many=True))
    def get_lines(self, order: Order) -> Any:
        return VendorOrderLineSerializer(order.lines.all(), many=True).data

    @extend_schema_field(TimelineSerializer(many=True))
    def get_timeline(self, order: Order) -> Any:
        context = {"currency": order.currency}
        return TimelineSerializer(timeline(order), many=True, context=context).data


class WeightRateSerializer(StrictSerializer):
    """A price up to a weight."""

    up_to_grams = serializers.IntegerField(min_value=1, max_value=MAX_WEIGHT_GRAMS)
    price = MoneyField(source="price_minor", min_minor=0)


class ShippingMethodFields(StrictSerializer):
    """What may be written of a way to ship."""

    code = serializers.CharField(max_length=40)
    kind = serializers.ChoiceField(choices=ShippingMethod.Kind.choices)
    names = serializers.DictField(
        child=serializers.CharField(max_length=MAX_NAME_LENGTH, allow_blank=True), help_text="By language."
    )
    descriptions = serializers.DictField(
        child=serializers.CharField(max_length=MAX_DESCRIPTION_LENGTH, allow_blank=True),
        required=False,
        help_text="By language.",
    )
    price = MoneyField(
        source="price_minor",
        min_minor=0,
        required=False,
        help_text=f"For the kind “flat”, VAT included, at most {MAX_SHIPPING_MINOR // 100:,}.",
    )
    rates = WeightRateSerializer(
        many=True, required=False, help_text=f"For the kind “weight”: at most {MAX_RATES}."
    )
    free_from = MoneyField(
        source="free_from_minor",
        min_minor=0,
        required=False,
        allow_null=True,
        help_text="From goods of this value on it costs nothing.",
    )
    countries = serializers.ListField(
        child=serializers.CharField(max_length=2),
        required=False,
        help_text="ISO 3166-1 alpha-2; empty: everywhere.",
    )
    position = serializers.IntegerField(min_value=0, max_value=9999, required=False)
    is_active = serializers.BooleanField(required=False)


class ShippingMethodSerializer(ShippingMethodFields):
    """A way to ship, with its texts in all languages."""

    id = serializers.IntegerField(read_only=True)
    rates = serializers.SerializerMethodField()  # type: ignore[assignment]
    version = serializers.IntegerField(read_only=True)
    created_at = MomentField(read_only=True)
    updated_at = MomentField(read_only=True)

    @extend_schema_field(WeightRateSerializer(many=True))
    def get_rates(self, method: ShippingMethod) -> list[dict[str, Any]]:
        return [
            {"up_to_grams": limit, "price": to_json(from_minor(price_minor, method.currency))}
            for limit, price_minor in method.rates
        ]

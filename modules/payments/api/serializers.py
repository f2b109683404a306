"""JSON of payments. Money that is recorded goes to a service."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from modules.payments.ledger import Kind, Refund, Status, read_ledger
from modules.payments.models import MAX_REASON_LENGTH, Payment
from modules.payments.selectors import events_of, people_of, receipt_id_of
from platform_core.api.serializers import MomentField, MoneyField, StrictSerializer
from platform_core.money import from_minor, to_json


class ReceiptSerializer(StrictSerializer):
    """Money that has come in."""

    amount = MoneyField(source="amount_minor", min_minor=1)
    note = serializers.CharField(
        max_length=MAX_REASON_LENGTH,
        required=False,
        allow_blank=True,
        default="",
        help_text="For the ledger.",
    )


class ReversalSerializer(StrictSerializer):
    """Why a receipt does not count."""

    reason = serializers.CharField(max_length=MAX_REASON_LENGTH, help_text="For the ledger.")


class VoidSerializer(StrictSerializer):
    """Why no more money is expected."""

    reason = serializers.CharField(max_length=MAX_REASON_LENGTH, required=False, allow_blank=True, default="")


class RefundRequestSerializer(StrictSerializer):
    """Money that is given back."""

    amount = MoneyField(source="amount_minor", min_minor=1)
    reason = serializers.CharField(max_length=MAX_REASON_LENGTH, required=False, allow_blank=True, default="")
    is_paid_back = serializers.BooleanField(
        required=False,
        default=False,
        help_text="Whether the team has paid it back by hand already; otherwise it is owed until completed.",
    )


class CompletionSerializer(StrictSerializer):
    """How a refund was paid back."""

    note = serializers.CharField(max_length=MAX_REASON_LENGTH, required=False, allow_blank=True, default="")


class PaymentSummarySerializer(serializers.Serializer[Any]):
    """A payment in a list."""

    id = serializers.CharField(source="public_id")
    method = serializers.CharField(source="gateway")
    status = serializers.ChoiceField(choices=Status.choices)
    reference = serializers.CharField(help_text="What it is for, such as an order's number.")
    description = serializers.CharField()
    amount = MoneyField(source="amount_minor")
    captured = MoneyField(source="captured_minor")
    refunded = MoneyField(source="refunded_minor")
    refund_pending = MoneyField(source="refund_pending_minor", help_text="Owed back to the buyer.")
    expected = MoneyField(source="expected_minor", help_text="Still to come.")
    refundable = MoneyField(source="refundable_minor")
    version = serializers.IntegerField()
    created_at = MomentField()
    updated_at = MomentField()


class EventSerializer(serializers.Serializer[Any]):
    """A line of the ledger."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=Kind.choices)
    reverses = serializers.SerializerMethodField()
    amount = MoneyField(source="amount_minor")
    refund = serializers.CharField(source="refund_id", help_text="Empty for what is no refund.")
    reason = serializers.CharField()
    person = serializers.SerializerMethodField()
    at = MomentField()

    @extend_schema_field(
        serializers.IntegerField(allow_null=True, help_text="The id of the receipt that it reverses.")
    )
    def get_reverses(self, event: Any) -> int | None:
        return receipt_id_of(event)

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_person(self, event: Any) -> str | None:
        return self.context["people"].get(event.user_id)  # type: ignore[no-any-return]


class RefundSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    state = serializers.ChoiceField(
        choices=[(state, state) for state in ("requested", "succeeded", "failed")]
    )
    amount = serializers.SerializerMethodField()

    @extend_schema_field(MoneyField())
    def get_amount(self, refund: Refund) -> Any:
        return to_json(from_minor(refund.amount_minor, self.context["currency"]))


class PaymentSerializer(PaymentSummarySerializer):
    """A payment with its ledger."""

    payment_reference = serializers.CharField(
        source="provider_reference",
        help_text="What the buyer writes into the transfer, or the provider's id.",
    )
    instructions = serializers.DictField(help_text="What the buyer was told.")
    refunds = serializers.SerializerMethodField()
    events = serializers.SerializerMethodField()

    def to_representation(self, payment: Payment) -> Any:
        # One reading of the ledger serves its lines and what they come to.
        self._events = events_of(payment=payment)
        return super().to_representation(payment)

    @extend_schema_field(RefundSerializer(many=True))
    def get_refunds(self, payment: Payment) -> Any:
        refunds = read_ledger(payment.amount_minor, self._events).refunds.values()
        return RefundSerializer(refunds, many=True, context={"currency": payment.currency}).data

    @extend_schema_field(EventSerializer(many=True))
    def get_events(self, _payment: Payment) -> Any:
        context = {"people": people_of(self._events)}
        return EventSerializer(self._events, many=True, context=context).data

"""A shop's payments for its team's scripts: to read, and to record what came in and what went back."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from modules.payments import selectors, services
from modules.payments.api.serializers import (
    CompletionSerializer,
    PaymentSerializer,
    PaymentSummarySerializer,
    ReceiptSerializer,
    RefundRequestSerializer,
    ReversalSerializer,
    VoidSerializer,
)
from modules.payments.exceptions import IdempotencyKeyMissing
from modules.payments.ledger import Status
from modules.payments.models import MAX_KEY_LENGTH, Payment
from modules.payments.services import Recording
from platform_core.api.preconditions import answer_with_etag, etag_of
from platform_core.api.views import ListView, ResourceView
from platform_core.identity.audience import Audience
from platform_core.identity.policy import Policy
from platform_core.money import from_minor
from platform_core.tenancy.context import current_context

MAX_QUERY_LENGTH = 100
KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="A value of your own for this one request: sent again, it is recorded once.",
)
REPLAYED = "Idempotent-Replayed"


class PaymentFilters(filters.FilterSet):
    status = filters.ChoiceFilter(
        choices=[*Status.choices, (selectors.OPEN_FILTER, "Open")],
        method="with_status",
        label="A status, or “open”: money is expected or owed back.",
    )
    method = filters.CharFilter(field_name="gateway", max_length=40)
    reference = filters.CharFilter(max_length=64)
    created_at__gte = filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")
    q = filters.CharFilter(
        method="search",
        label="A reference, a payment's id or the reference of a transfer.",
        max_length=MAX_QUERY_LENGTH,
    )

    def with_status(self, queryset: QuerySet[Payment], _name: str, value: str) -> QuerySet[Payment]:
        return queryset.filter(selectors.with_status(value))

    def search(self, queryset: QuerySet[Payment], _name: str, value: str) -> QuerySet[Payment]:
        return queryset.filter(selectors.matching(value))


class Payments(ListView):
    """The shop's payments, newest first"""

    policy = Policy(Audience.VENDOR, "payments.view_payment")
    serializer_class = PaymentSummarySerializer
    filterset_class = PaymentFilters
    sort_fields = {"created_at": "created_at", "updated_at": "updated_at", "amount": "amount_minor"}

    def get_queryset(self) -> QuerySet[Payment]:
        return selectors.payments()


class OnePayment(ResourceView):
    """Base of the addresses below one payment."""

    serializer_class = PaymentSerializer
    queryset = Payment.objects.none()

    def payment(self, public_id: str) -> Payment:
        found = selectors.payment_of(public_id)
        if found is None:
            raise Http404
        return found

    def answer(self, request: Request, payment: Payment, *, status: int = 200) -> Response:
        return answer_with_etag(request, PaymentSerializer(payment).data, etag_of(payment), status=status)

    def recorded(self, request: Request, recording: Recording) -> Response:
        """201 with the payment as it is now; a repeated request is told that it is one."""
        response = self.answer(request, recording.payment, status=201)
        if recording.is_replayed:
            response[REPLAYED] = "true"
        return response

    def who(self, request: Request) -> dict[str, Any]:
        """The person, and the key of the request. Raises IdempotencyKeyMissing."""
        key = request.headers.get("Idempotency-Key", "").strip()
        if not key or len(key) > MAX_KEY_LENGTH or not key.isprintable():
            raise IdempotencyKeyMissing(limit=MAX_KEY_LENGTH)
        return {"user": request.user, "idempotency_key": key}

    @staticmethod
    def money(minor: int) -> Any:
        """An amount that the serializer has read: it is in the shop's currency."""
        vendor = current_context().vendor
        assert vendor is not None
        return from_minor(minor, vendor.currency)


class PaymentDetail(OnePayment):
    """One payment with its ledger"""

    policy = Policy(Audience.VENDOR, "payments.view_payment")

    def get(self, request: Request, public_id: str) -> Response:
        return self.answer(request, self.payment(public_id))


class Receipts(OnePayment):
    """Record money that has come in: a part, all, or too much"""

    policy = Policy(Audience.VENDOR, "payments.change_payment")

    @extend_schema(request=ReceiptSerializer, responses={201: PaymentSerializer}, parameters=[KEY])
    def post(self, request: Request, public_id: str) -> Response:
        payment, who = self.payment(public_id), self.who(request)
        given = self.read(ReceiptSerializer)
        amount = self.money(given["amount_minor"])
        recording = services.record_received(payment=payment, amount=amount, note=given["note"], **who)
        return self.recorded(request, recording)


class ReceiptReversals(OnePayment):
    """Reverse a receipt that was mistyped: an entry of its own in the ledger"""

    policy = Policy(Audience.VENDOR, "payments.change_payment")

    @extend_schema(request=ReversalSerializer, responses={201: PaymentSerializer}, parameters=[KEY])
    def post(self, request: Request, public_id: str, event_id: int) -> Response:
        payment = self.payment(public_id)
        if selectors.receipt_of(payment=payment, receipt_id=event_id) is None:
            raise Http404
        who = self.who(request)
        reason = self.read(ReversalSerializer)["reason"]
        recording = services.reverse_receipt(payment=payment, receipt_id=event_id, reason=reason, **who)
        return self.recorded(request, recording)


class Refunds(OnePayment):
    """Give money back, at most what was received"""

    policy = Policy(Audience.VENDOR, "payments.change_payment")

    @extend_schema(request=RefundRequestSerializer, responses={201: PaymentSerializer}, parameters=[KEY])
    def post(self, request: Request, public_id: str) -> Response:
        payment, who = self.payment(public_id), self.who(request)
        given = self.read(RefundRequestSerializer)
        recording = services.request_refund(
            payment=payment,
            amount=self.money(given["amount_minor"]),
            reason=given["reason"],
            is_paid_back=given["is_paid_back"],
            **who,
        )
        return self.recorded(request, recording)


class RefundCompletions(OnePayment):
    """Record that a refund that was owed is paid back"""

    policy = Policy(Audience.VENDOR, "payments.change_payment")

    @extend_schema(request=CompletionSerializer, responses={201: PaymentSerializer}, parameters=[KEY])
    def post(self, request: Request, public_id: str, refund_id: str) -> Response:
        payment, who = self.payment(public_id), self.who(request)
        note = self.read(CompletionSerializer)["note"]
        recording = services.record_refund(payment=payment, refund_id=refund_id, note=note, **who)
        return self.recorded(request, recording)


class RefundWithdrawals(OnePayment):
    """Take a refund back that is not paid yet"""

    policy = Policy(Audience.VENDOR, "payments.change_payment")

    @extend_schema(request=CompletionSerializer, responses={201: PaymentSerializer}, parameters=[KEY])
    def post(self, request: Request, public_id: str, refund_id: str) -> Response:
        payment, who = self.payment(public_id), self.who(request)
        note = self.read(CompletionSerializer)["note"]
        recording = services.withdraw_refund(payment=payment, refund_id=refund_id, note=note, **who)
        return self.recorded(request, recording)


class Voids(OnePayment):
    """Expect no more money for a payment"""

    policy = Policy(Audience.VENDOR, "payments.change_payment")

    @extend_schema(request=VoidSerializer, responses={201: PaymentSerializer}, parameters=[KEY])
    def post(self, request: Request, public_id: str) -> Response:
        payment, who = self.payment(public_id), self.who(request)
        reason = self.read(VoidSerializer)["reason"]
        return self.recorded(request, services.void_payment(payment=payment, reason=reason, **who))

"""Payments from begin to end: what is recorded, what is refused, and what others are told."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation
from moneyed import Money

from modules.payments import hooks, selectors, services
from modules.payments.events import PaymentCaptured, PaymentRefunded, PaymentVoided
from modules.payments.exceptions import (
    CurrencyMismatch,
    IdempotencyKeyReused,
    InvalidAmount,
    InvalidMethodConfig,
    InvalidTransition,
    NotSupported,
    RefundExceedsCaptured,
    UnknownMethod,
    UnknownRefund,
)
from modules.payments.extensions import (
    Capabilities,
    GatewayEvent,
    GatewayResult,
    Outcome,
    payment_gateways,
)
from modules.payments.gateways.by_hand import ByHand
from modules.payments.ledger import Kind, Status, read_ledger
from modules.payments.models import Payment, PaymentEvent, PaymentMethod
from modules.payments.services import refunds
from platform_core.modules.events import module_event_bus
from platform_core.modules.exceptions import Blocked
from platform_core.modules.service import module_service
from platform_core.observability.health import Trouble
from platform_core.tenancy.context import platform_context
from tests.modules.payments.conftest import ACCOUNT, IBAN, euros

pytestmark = pytest.mark.django_db


class Provider(ByHand):
    """A gateway with a server behind it, as far as the services can tell."""

    code = "provider"
    name = description = "Provider"
    icon = "credit-card"
    config_fields = ()
    capabilities = Capabilities(void=True, refund=True, webhook=True)
    answers: dict[str, GatewayResult] = {}
    refunds: list[str] = []

    def authorise(self, request):
        return self.answers.get("authorise", GatewayResult(Outcome.SUCCEEDED, provider_reference="ch_1"))

    def refund(self, request):
        self.refunds.append(request.refund_id)
        return self.answers.get("refund", GatewayResult(Outcome.SUCCEEDED))


# An answer is heard while the module that it stands in is on.
Provider.__module__ = "modules.payments.gateways.provider"


@pytest.fixture
def provider(in_shop, monkeypatch):
    monkeypatch.setattr(Provider, "answers", {})
    monkeypatch.setattr(Provider, "refunds", [])
    payment_gateways.register(Provider)
    try:
        services.save_method(gateway="provider", config={}, is_active=True)
        yield Provider
    finally:
        payment_gateways.unregister(Provider)


@pytest.fixture
def told():
    """The business events that were told, in their order."""
    caught: list[object] = []
    kinds = (PaymentCaptured, PaymentRefunded, PaymentVoided)
    for kind in kinds:
        module_event_bus.subscribe(kind)(caught.append)
    yield caught
    for kind in kinds:
        module_event_bus.unsubscribe(kind, caught.append)


def kinds_of(payment: Payment) -> list[str]:
    return [event.kind for event in selectors.events_of(payment=payment)]


def test_a_transfer_is_awaited_with_what_the_buyer_must_know(in_shop):
    payment = services.begin_payment(
        method="bank_transfer", amount=euros("84.10"), reference="A-1042", description="Order A-1042"
    )
    assert payment.public_id.startswith("pay_")
    assert (payment.status, payment.expected) == (Status.PENDING, euros("84.10"))
    assert payment.instructions == {**ACCOUNT, "reference": payment.provider_reference}
    assert kinds_of(payment) == ["requested", "pending"]
    assert selectors.payment_of(payment.public_id) == payment


def test_what_the_buyer_was_told_outlives_a_change_of_the_account(in_shop, make_payment):
    payment = make_payment()
    other = {**ACCOUNT, "iban": "DE89370400440532013000"}
    services.save_method(gateway="bank_transfer", config=other, is_active=True)
    payment.refresh_from_db()
    assert payment.instructions["iban"] == IBAN
    assert make_payment().instructions["iban"] == "DE89370400440532013000"


def test_buyers_choose_among_active_methods_in_the_shops_order(in_shop):
    assert [m.code for m in selectors.available_methods("EUR")] == ["bank_transfer", "cash_on_collection"]
    assert [m.code for m in selectors.available_methods("USD")] == ["cash_on_collection"]
    PaymentMethod.objects.filter(gateway="cash_on_collection").update(is_active=False)
    assert [m.code for m in selectors.available_methods("EUR")] == ["bank_transfer"]


@pytest.mark.parametrize(
    ("method", "amount"),
    [
        ("stripe", euros("1")),
        ("bank_transfer", Money("1", "USD")),
        ("", euros("1")),
        ("cash_on_collection", euros("1")),
    ],
)
def test_no_payment_begins_by_a_method_that_is_not_offered(in_shop, method, amount):
    PaymentMethod.objects.filter(gateway="cash_on_collection").update(is_active=False)
    with pytest.raises(UnknownMethod):
        services.begin_payment(method=method, amount=amount, reference="A-1")
    assert not Payment.objects.exists()


@pytest.mark.parametrize("amount", ["0", "-1.00", "0.001", "10000000000.01"])
def test_odd_amounts_are_refused_everywhere(in_shop, make_payment, amount):
    payment = make_payment(received="84.10")
    for call in (
        lambda: services.begin_payment(method="bank_transfer", amount=euros(amount), reference="A"),
        lambda: services.record_received(payment=payment, amount=euros(amount)),
        lambda: services.request_refund(payment=payment, amount=euros(amount)),
    ):
        with pytest.raises(InvalidAmount):
            call()


def test_money_in_parts_and_too_much_is_recorded_as_it_came(in_shop, make_payment, objektiv_owner, told):
    payment = make_payment()
    first = services.record_received(
        payment=payment, amount=euros("30.00"), note="Statement 12", user=objektiv_owner
    )
    assert (first.payment.status, first.payment.expected) == (Status.PARTIALLY_CAPTURED, euros("54.10"))
    assert (first.event.user, first.event.reason) == (objektiv_owner, "Statement 12")
    second = services.record_received(payment=payment, amount=euros("60.00")).payment
    assert (second.status, second.captured, second.overpaid) == (
        Status.CAPTURED,
        euros("90.00"),
        euros("5.90"),
    )
    assert selectors.people_of(selectors.events_of(payment=payment)) == {
        objektiv_owner.pk: objektiv_owner.email
    }


def test_another_currency_is_never_added(in_shop, make_payment):
    payment = make_payment(received="84.10")
    for command in (services.record_received, services.request_refund):
        with pytest.raises(CurrencyMismatch):
            command(payment=payment, amount=Money("1", "USD"))


def test_no_more_is_refunded_than_was_received(in_shop, make_payment):
    """Case 14."""
    payment = make_payment(received="84.10")
    services.request_refund(payment=payment, amount=euros("30.00"), is_paid_back=True)
    with pytest.raises(RefundExceedsCaptured) as refusal:
        services.request_refund(payment=payment, amount=euros("54.11"))
    assert refusal.value.params == {"max": "54.10", "currency": "EUR"}
    last = services.request_refund(payment=payment, amount=euros("54.10"), is_paid_back=True)
    assert (last.payment.status, last.payment.refunded) == (Status.REFUNDED, euros("84.10"))


def test_the_database_refuses_too_large_a_refund_too(in_shop, make_payment, monkeypatch):
    """The second guard, with the first one gone."""
    payment = make_payment(received="84.10")
    monkeypatch.setattr(refunds, "check_refund", lambda *_args: None)
    with pytest.raises(IntegrityError, match="payments_payment_refunds_ck"), transaction.atomic():
        services.request_refund(payment=payment, amount=euros("84.11"))


def test_a_refund_is_owed_until_it_is_paid_back(in_shop, make_payment):
    payment = make_payment(received="84.10")
    asked = services.request_refund(payment=payment, amount=euros("20.00"), reason="Broken")
    assert (asked.payment.refund_pending, asked.payment.status) == (euros("20.00"), Status.CAPTURED)
    assert asked.payment.is_open
    done = services.record_refund(payment=payment, refund_id=asked.event.refund_id, note="By transfer")
    assert (done.payment.refunded, done.payment.refund_pending) == (euros("20.00"), euros("0"))
    assert not done.payment.is_open
    for command in (services.record_refund, services.withdraw_refund):
        with pytest.raises(UnknownRefund):
            command(payment=payment, refund_id=asked.event.refund_id)


def test_a_refund_that_is_withdrawn_can_be_asked_for_again(in_shop, make_payment):
    payment = make_payment(received="84.10")
    asked = services.request_refund(payment=payment, amount=euros("84.10"))
    gone = services.withdraw_refund(payment=payment, refund_id=asked.event.refund_id)
    assert (gone.payment.status, gone.payment.refundable) == (Status.CAPTURED, euros("84.10"))
    services.request_refund(payment=payment, amount=euros("84.10"))


def test_a_void_ends_what_is_expected_and_leaves_what_came(in_shop, make_payment):
    voided = services.void_payment(payment=make_payment(), reason="Cancelled").payment
    assert (voided.status, voided.is_open) == (Status.VOIDED, False)
    part = services.void_payment(payment=make_payment(received="30.00")).payment
    assert (part.status, part.captured, part.is_open) == (Status.PARTIALLY_CAPTURED, euros("30.00"), False)


def test_nothing_is_voided_where_nothing_is_expected(in_shop, make_payment):
    voided = services.void_payment(payment=make_payment()).payment
    for payment in (voided, make_payment(received="84.10")):
        with pytest.raises(InvalidTransition):
            services.void_payment(payment=payment)
    with pytest.raises(InvalidTransition) as refusal:
        services.request_refund(payment=make_payment(), amount=euros("1.00"))
    assert refusal.value.params["state"] == "pending"


def test_money_that_comes_after_a_void_is_seen_and_can_go_back(in_shop, make_payment):
    payment = services.void_payment(payment=make_payment()).payment
    late = services.record_received(payment=payment, amount=euros("84.10")).payment
    assert (late.status, late.refundable) == (Status.CAPTURED, euros("84.10"))


def test_the_same_key_is_the_same_command(in_shop, make_payment):
    payment = make_payment()
    first = services.record_received(payment=payment, amount=euros("30.00"), idempotency_key="k1")
    again = services.record_received(payment=payment, amount=euros("30.00"), idempotency_key="k1")
    assert (first.is_replayed, again.is_replayed) == (False, True)
    assert again.event == first.event
    assert again.payment.captured == euros("30.00")
    for call in (
        lambda: services.record_received(payment=payment, amount=euros("31.00"), idempotency_key="k1"),
        lambda: services.record_received(
            payment=payment, amount=euros("30.00"), note="Other", idempotency_key="k1"
        ),
        lambda: services.request_refund(payment=payment, amount=euros("30.00"), idempotency_key="k1"),
        lambda: services.void_payment(payment=payment, idempotency_key="k1"),
    ):
        with pytest.raises(IdempotencyKeyReused):
            call()
    # Another payment has keys of its own; without one every command counts.
    assert not services.record_received(
        payment=make_payment(), amount=euros("30.00"), idempotency_key="k1"
    ).is_replayed
    for _twice in range(2):
        latest = services.record_received(payment=payment, amount=euros("1.00")).payment
    assert latest.captured == euros("32.00")


def test_refunds_and_voids_repeat_under_their_key(in_shop, make_payment):
    payment = make_payment(received="84.10")
    asked = [
        services.request_refund(payment=payment, amount=euros("5.00"), idempotency_key="r")
        for _twice in range(2)
    ]
    refund_id = asked[0].event.refund_id
    done = [
        services.record_refund(payment=payment, refund_id=refund_id, idempotency_key="d")
        for _twice in range(2)
    ]
    with pytest.raises(IdempotencyKeyReused):
        services.request_refund(payment=payment, amount=euros("5.00"), idempotency_key="r", is_paid_back=True)
    open_one = make_payment()
    voids = [services.void_payment(payment=open_one, idempotency_key="v") for _twice in range(2)]
    for pair in (asked, done, voids):
        assert [recording.is_replayed for recording in pair] == [False, True]
    assert done[1].payment.refunded == euros("5.00")


def test_a_ledger_replayed_from_scratch_gives_what_is_stored(in_shop, make_payment):
    payment = make_payment(received="90.00")
    asked = services.request_refund(payment=payment, amount=euros("20.00"))
    services.request_refund(payment=payment, amount=euros("5.90"), is_paid_back=True)
    services.withdraw_refund(payment=payment, refund_id=asked.event.refund_id)
    payment.refresh_from_db()
    ledger = read_ledger(payment.amount_minor, PaymentEvent.objects.filter(payment=payment).order_by("id"))
    stored = {name: getattr(payment, name) for name in selectors.figures_of(ledger)}
    assert selectors.figures_of(ledger) == stored
    assert selectors.status_of(payment) == Status.PARTIALLY_REFUNDED


def test_others_are_told_once_it_is_committed(
    in_shop, make_payment, told, django_capture_on_commit_callbacks
):
    payment = make_payment()
    with django_capture_on_commit_callbacks(execute=True):
        services.record_received(payment=payment, amount=euros("84.10"), idempotency_key="k")
        services.record_received(payment=payment, amount=euros("84.10"), idempotency_key="k")
        services.request_refund(payment=payment, amount=euros("4.10"), is_paid_back=True)
        assert told == []
    assert [type(event) for event in told] == [PaymentCaptured, PaymentRefunded]
    received = told[0]
    assert (received.payment_id, received.reference, received.amount_minor) == (
        payment.public_id,
        "A-1042",
        8410,
    )


# What a provider answers and reports.


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Outcome.SUCCEEDED, Status.AUTHORISED),
        (Outcome.PENDING, Status.PENDING),
        (Outcome.REQUIRES_ACTION, Status.REQUIRES_ACTION),
        (Outcome.FAILED, Status.FAILED),
    ],
)
def test_a_payment_begins_with_what_its_gateway_answers(provider, make_payment, outcome, status):
    provider.answers["authorise"] = GatewayResult(outcome, message="The bank says so.")
    payment = make_payment(method="provider")
    assert payment.status == status
    last = selectors.events_of(payment=payment)[-1]
    assert last.reason == ("The bank says so." if outcome is Outcome.FAILED else "")


def test_a_refund_that_the_provider_declines_leaves_all_as_it_was(provider, make_payment):
    payment = make_payment(method="provider")
    services.record_provider_event(
        payment=payment, event=GatewayEvent(Kind.CAPTURED, "evt_1", euros("84.10"))
    )
    with pytest.raises(NotSupported):
        services.request_refund(payment=payment, amount=euros("1.00"))
    provider.answers["refund"] = GatewayResult(Outcome.FAILED, message="Card closed.")
    refused = services.request_refund(payment=payment, amount=euros("84.10")).payment
    assert (refused.refunded, refused.refund_pending) == (euros("0"), euros("0"))
    provider.answers["refund"] = GatewayResult(Outcome.SUCCEEDED)
    assert services.request_refund(payment=payment, amount=euros("84.10")).payment.status == Status.REFUNDED


def test_nobody_records_by_hand_what_a_provider_knows(provider, make_payment):
    payment = make_payment(method="provider")
    for call in (
        lambda: services.record_received(payment=payment, amount=euros("1.00")),
        lambda: services.record_refund(payment=payment, refund_id="rfd_x"),
        lambda: services.request_refund(payment=payment, amount=euros("1.00"), is_paid_back=True),
    ):
        with pytest.raises(NotSupported):
            call()


def test_a_providers_event_counts_once_and_in_any_order(provider, make_payment):
    """Cases 17 and 18."""
    payment = make_payment(method="provider")
    provider.answers["authorise"] = GatewayResult(Outcome.PENDING)
    captured = GatewayEvent(Kind.CAPTURED, "evt_2", euros("84.10"), payload={"object": "charge"})
    authorised = GatewayEvent(Kind.AUTHORISED, "evt_1", euros("84.10"))
    recordings = [
        services.record_provider_event(payment=payment, event=event)
        for event in (captured, captured, authorised, captured)
    ]
    assert [recording.is_replayed for recording in recordings] == [False, True, False, True]
    last = recordings[-1].payment
    assert (last.status, last.captured) == (Status.CAPTURED, euros("84.10"))
    assert recordings[0].event.payload == {"object": "charge"}


def test_a_provider_that_reports_what_cannot_be_is_refused(provider, make_payment):
    payment = make_payment(method="provider")
    with pytest.raises(CurrencyMismatch):
        services.record_provider_event(
            payment=payment, event=GatewayEvent(Kind.CAPTURED, "e1", Money("84.10", "USD"))
        )
    with pytest.raises(InvalidTransition):
        services.record_provider_event(
            payment=payment, event=GatewayEvent(Kind.REFUNDED, "e2", euros("1.00"), refund_id="r")
        )
    services.record_provider_event(payment=payment, event=GatewayEvent(Kind.CAPTURED, "e3", euros("84.10")))
    with pytest.raises(RefundExceedsCaptured):
        services.record_provider_event(
            payment=payment, event=GatewayEvent(Kind.REFUNDED, "e4", euros("84.11"), refund_id="r")
        )


def test_two_providers_may_use_one_event_id_and_two_payments_may_not(provider, make_payment):
    one, other = make_payment(method="provider"), make_payment()
    facts = {"kind": Kind.PENDING, "currency": "EUR", "provider_event_id": "evt_1"}
    PaymentEvent.objects.create(payment=one, provider="provider", **facts)
    PaymentEvent.objects.create(payment=other, provider="bank_transfer", **facts)
    with pytest.raises(IntegrityError, match="payments_event_provider_event_uq"), transaction.atomic():
        PaymentEvent.objects.create(payment=other, provider="provider", **facts)


def test_a_method_of_a_gateway_that_is_gone_is_not_offered_and_its_payments_stay(provider, make_payment):
    payment = make_payment(method="provider")
    payment_gateways.unregister(provider)
    assert "provider" not in [method.code for method in selectors.available_methods("EUR")]
    assert selectors.payment_of(payment.public_id) == payment
    for call in (
        lambda: services.void_payment(payment=payment),
        lambda: services.record_received(payment=payment, amount=euros("1.00")),
    ):
        with pytest.raises(NotSupported):
            call()


# Methods, and the module's hooks.


def test_a_method_is_saved_as_its_gateway_takes_it(in_shop):
    with pytest.raises(InvalidMethodConfig) as refusal:
        services.save_method(gateway="bank_transfer", config={**ACCOUNT, "iban": "LU1"}, is_active=True)
    assert refusal.value.params["field"] == "iban"
    with pytest.raises(UnknownMethod):
        services.save_method(gateway="stripe", config={}, is_active=True)
    assert PaymentMethod.objects.count() == 2


def test_open_payments_stand_against_switching_off(lux, shop, make_payment):
    with platform_context(role="operator"):
        module_service.enable_module(lux, "payments")
    open_one, paid = make_payment(), make_payment(received="84.10")
    with platform_context(lux, shop):
        services.request_refund(payment=paid, amount=euros("1.00"))
    with platform_context(role="operator"), pytest.raises(Blocked) as refusal:
        module_service.disable_module(lux, "payments")
    told, *shops = refusal.value.reasons["payments"]
    assert told.startswith("2 payments are open")
    assert shops == [f"Objektiv: {open_one.reference}, {paid.reference}."]
    with translation.override("fr"):
        assert refusal.value.reasons["payments"][0].startswith("2 paiements sont ouverts")
    with platform_context(lux, shop):
        services.void_payment(payment=open_one)
        refund = next(iter(selectors.ledger_of(payment=paid).refunds))
        services.record_refund(payment=paid, refund_id=refund)
    with platform_context(role="operator"):
        assert module_service.disable_module(lux, "payments").changed == ("payments",)
        assert module_service.enable_module(lux, "payments").changed == ("payments",)
    with platform_context(lux, shop):
        assert Payment.objects.count() == 2


def test_a_figure_that_is_not_its_ledgers_is_trouble(lux, shop, make_payment):
    payment = make_payment(received="84.10")
    assert hooks.ledgers_agree() == {}
    with platform_context(lux, shop):
        Payment.objects.filter(pk=payment.pk).update(captured_minor=8411)
    with pytest.raises(Trouble, match=payment.public_id):
        hooks.ledgers_agree()

"""Two people at one payment at the same moment, each on a connection of their own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from modules.payments import selectors, services
from modules.payments.exceptions import RefundExceedsCaptured
from modules.payments.extensions import GatewayEvent
from modules.payments.gateways.bank_transfer import BankTransfer
from modules.payments.ledger import Kind
from modules.payments.models import Payment, PaymentEvent
from platform_core.exceptions import DomainError
from platform_core.modules.state import override_modules
from platform_core.tenancy.context import platform_context
from tests.modules.payments.conftest import euros
from tests.races import connect_patiently, take_locks_away

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def together(lux, shop, monkeypatch) -> Callable[..., list[Any]]:
    """`together(3, call)`: what came of `call(number)` in as many threads; a refusal is its result."""
    connect_patiently(monkeypatch)

    def run_all(count: int, call: Callable[[int], Any]) -> list[Any]:
        barrier = Barrier(count)

        def run(number: int) -> Any:
            try:
                # What is overridden in a test holds for its own thread.
                with override_modules(lux, on=("payments",)), platform_context(lux, shop):
                    barrier.wait(timeout=60)
                    return call(number)
            except DomainError as refusal:
                return refusal
            finally:
                connection.close()

        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(run, range(count)))

    return run_all


@pytest.fixture
def refunds_asked(monkeypatch) -> list[str]:
    """The refunds that the gateway was asked for."""
    asked: list[str] = []
    answer = BankTransfer.refund

    def refund(self: BankTransfer, request: Any) -> Any:
        asked.append(request.refund_id)
        return answer(self, request)

    monkeypatch.setattr(BankTransfer, "refund", refund)
    return asked


def test_of_two_refunds_of_all_that_is_left_one_is_made(lux, shop, make_payment, together, refunds_asked):
    """Case 15."""
    for _round in range(3):
        payment = make_payment(received="84.10")
        with platform_context(lux, shop):
            services.request_refund(payment=payment, amount=euros("30.00"), is_paid_back=True)
        refunds_asked.clear()
        found = together(2, lambda _n, p=payment: services.request_refund(payment=p, amount=euros("54.10")))
        refused = [result for result in found if isinstance(result, RefundExceedsCaptured)]
        assert len(refused) == 1
        assert refused[0].params["max"] == "0.00"
        assert len(refunds_asked) == 1
        with platform_context(lux, shop):
            payment.refresh_from_db()
            assert payment.refunded_minor + payment.refund_pending_minor == 8410


def test_control_without_the_lock_both_would_ask_the_gateway(
    make_payment, together, refunds_asked, monkeypatch
):
    take_locks_away(monkeypatch, 2)
    for _round in range(10):
        payment = make_payment(received="84.10")
        refunds_asked.clear()
        together(2, lambda _n, p=payment: services.request_refund(payment=p, amount=euros("54.10")))
        if len(refunds_asked) == 2:
            return
    pytest.fail("The race was never lost: this control proves nothing.")


def test_one_key_sent_three_times_at_once_is_recorded_once(lux, shop, make_payment, together):
    payment = make_payment()
    found = together(
        3,
        lambda _n: services.record_received(payment=payment, amount=euros("84.10"), idempotency_key="once"),
    )
    assert sorted(recording.is_replayed for recording in found) == [False, True, True]
    with platform_context(lux, shop):
        assert selectors.ledger_of(payment=payment).captured_minor == 8410


def test_one_provider_event_delivered_three_times_at_once_is_one(lux, shop, make_payment, together):
    """Case 17."""
    payment = make_payment()
    event = GatewayEvent(Kind.CAPTURED, "evt_1", euros("84.10"))
    found = together(3, lambda _n: services.record_provider_event(payment=payment, event=event))
    assert sorted(recording.is_replayed for recording in found) == [False, True, True]
    with platform_context(lux, shop):
        assert PaymentEvent.objects.filter(provider_event_id="evt_1").count() == 1
        assert Payment.objects.get().captured_minor == 8410


def test_receipts_at_the_same_moment_are_all_counted(lux, shop, make_payment, together):
    payment = make_payment()
    together(4, lambda _n: services.record_received(payment=payment, amount=euros("10.00")))
    with platform_context(lux, shop):
        payment.refresh_from_db()
        assert payment.captured_minor == 4000
        assert selectors.figures_of(selectors.ledger_of(payment=payment))["captured_minor"] == 4000

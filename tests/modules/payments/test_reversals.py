"""A receipt that was mistyped is reversed by an entry of its own, once, and never beyond what is there."""

from __future__ import annotations

import re
from typing import Any

import pytest

from modules.payments import selectors, services
from modules.payments.dashboard import views
from modules.payments.exceptions import IdempotencyKeyReused, NotSupported, ReceiptSpent, UnknownReceipt
from modules.payments.models import Payment, PaymentEvent
from modules.payments.services import reversals
from platform_core.identity.policy import Policy, declared
from platform_core.tenancy.context import platform_context
from tests.modules.payments.api.test_vendor_api import money, record, signed_in
from tests.modules.payments.conftest import euros
from tests.modules.payments.test_dashboard import text_of

pytestmark = pytest.mark.django_db
REASON = "typed 841.00 for 84.10"


@pytest.fixture
def inside(lux, shop):
    return lambda: platform_context(lux, shop)


def receipt_of(payment: Payment) -> PaymentEvent:
    return PaymentEvent.objects.filter(payment=payment, kind="captured").latest("id")


def test_a_reversal_is_an_entry_of_its_own_and_the_status_follows(inside, make_payment, objektiv_clerk):
    payment = make_payment(received="841.00")
    with inside():
        receipt = receipt_of(payment)
        done = services.reverse_receipt(
            payment=payment, receipt_id=receipt.pk, reason=REASON, user=objektiv_clerk, idempotency_key="a"
        )
        again = services.reverse_receipt(
            payment=payment, receipt_id=receipt.pk, reason=REASON, user=objektiv_clerk, idempotency_key="a"
        )
        assert again.is_replayed and again.event == done.event
        with pytest.raises(IdempotencyKeyReused):
            services.reverse_receipt(
                payment=payment, receipt_id=receipt.pk, reason="other", idempotency_key="a"
            )
        event = done.event
        assert (event.kind, event.amount_minor, event.reason) == ("reversed", 84100, REASON)
        assert event.user == objektiv_clerk
        assert selectors.receipt_id_of(event) == receipt.pk
        stored = Payment.objects.get(pk=payment.pk)
        assert (stored.status, stored.captured_minor, stored.expected_minor) == ("pending", 0, 8410)
        assert selectors.differing_payments(latest=10) == []
        # The right amount is recorded afterwards.
        assert services.record_received(payment=payment, amount=euros("84.10")).payment.status == "captured"


def test_a_receipt_is_reversed_once_and_only_one_of_this_payment(inside, make_payment):
    payment, other = make_payment(received="10.00"), make_payment(received="20.00", reference="B-1")
    with inside():
        receipt = receipt_of(payment)
        requested = PaymentEvent.objects.filter(payment=payment, kind="requested").get()
        for wrong in (receipt_of(other).pk, requested.pk, 0):
            with pytest.raises(UnknownReceipt):
                services.reverse_receipt(payment=payment, receipt_id=wrong)
        services.reverse_receipt(payment=payment, receipt_id=receipt.pk)
        services.record_received(payment=payment, amount=euros("10.00"))
        with pytest.raises(UnknownReceipt):
            services.reverse_receipt(payment=payment, receipt_id=receipt.pk)


def test_without_looking_at_earlier_reversals_one_receipt_would_go_twice(inside, make_payment, monkeypatch):
    payment = make_payment(received="10.00")
    with inside():
        receipt = receipt_of(payment)
        services.reverse_receipt(payment=payment, receipt_id=receipt.pk)
        services.record_received(payment=payment, amount=euros("10.00"))
        monkeypatch.setattr(reversals, "reversed_ids", lambda _events: frozenset())
        done = services.reverse_receipt(payment=payment, receipt_id=receipt.pk)
        assert done.payment.captured_minor == 0


def test_money_that_refunds_need_is_not_reversed(inside, make_payment):
    payment = make_payment(received="84.10")
    with inside():
        receipt = receipt_of(payment)
        refund = services.request_refund(payment=payment, amount=euros("4.10")).event
        with pytest.raises(ReceiptSpent) as refusal:
            services.reverse_receipt(payment=payment, receipt_id=receipt.pk)
        assert refusal.value.params["max"] == "80.00"
        services.withdraw_refund(payment=payment, refund_id=refund.refund_id)
        done = services.reverse_receipt(payment=payment, receipt_id=receipt.pk)
        assert (done.payment.status, done.payment.expected_minor) == ("pending", 8410)


def test_what_a_provider_has_told_is_not_the_teams_to_reverse(inside, make_payment):
    payment = make_payment(received="84.10")
    with inside():
        Payment.objects.filter(pk=payment.pk).update(gateway="elsewhere")
        with pytest.raises(NotSupported):
            services.reverse_receipt(payment=payment, receipt_id=receipt_of(payment).pk)


def test_the_team_reverses_a_receipt_on_the_payments_page(inside, clerk, make_payment, objektiv_clerk):
    payment = make_payment(received="841.00")
    with inside():
        receipt = receipt_of(payment)
    page = f"/vendor/payments/{payment.public_id}/"
    address = f"{page}receipts/{receipt.pk}/reversal/"
    assert f'href="{address}"' in text_of(clerk.get(page))
    html = text_of(clerk.get(address))
    assert "Reverse the receipt of €841.00?" in html
    key = re.search(r'name="idempotency_key" value="([^"]+)"', html)
    assert key
    typed: dict[str, Any] = {"idempotency_key": key[1], "note": ""}
    assert "Enter why this receipt does not count." in text_of(clerk.post(address, typed), 422)
    typed["note"] = REASON
    for _click in range(2):
        assert clerk.post(address, typed).status_code == 302
    html = text_of(clerk.get(page))
    assert "Receipt reversed" in html and REASON in html and "Awaiting payment" in html
    assert f'href="{address}"' not in html
    with inside():
        assert PaymentEvent.objects.get(kind="reversed").user_id == objektiv_clerk.pk
    for odd in (0, 2**63):
        assert clerk.get(f"{page}receipts/{odd}/reversal/").status_code == 404
    stated = declared(views.receipt_reversal)
    assert isinstance(stated, Policy) and stated.permission == "payments.change_payment"


def test_scripts_reverse_a_receipt(inside, shop, make_payment, objektiv_clerk):
    script = signed_in(objektiv_clerk.email)
    payment = make_payment(received="841.00")
    (receipt,) = (
        event
        for event in script.get(f"vendor/payments/{payment.public_id}/").json()["events"]
        if event["kind"] == "captured"
    )
    path = f"{payment.public_id}/receipts/{receipt['id']}/reversals/"
    assert record(script, path, {"reason": REASON}, key=None).json()["code"] == "idempotency_key_required"
    assert record(script, path, {}).status_code == 400
    made = record(script, path, {"reason": REASON})
    assert made.status_code == 201, made.content
    event = made.json()["events"][-1]
    assert (event["kind"], event["reverses"], event["amount"]) == ("reversed", receipt["id"], money("841.00"))
    assert (event["reason"], event["person"]) == (REASON, objektiv_clerk.email)
    assert made.json()["status"] == "pending"
    assert record(script, path, {"reason": REASON})["Idempotent-Replayed"] == "true"
    refused = record(script, path, {"reason": REASON}, key="other")
    assert (refused.status_code, refused.json()["code"]) == (409, "unknown_receipt")
    for odd in (0, 2**63):
        assert record(script, f"{payment.public_id}/receipts/{odd}/reversals/", {}).status_code == 404


def test_a_neighbours_receipt_is_not_there(lux, voltwerk, inside, make_payment, objektiv_clerk):
    payment = make_payment(received="10.00")
    with inside():
        receipt = receipt_of(payment)
    with platform_context(lux, voltwerk):
        assert selectors.receipt_of(payment=payment, receipt_id=receipt.pk) is None
        with pytest.raises(Payment.DoesNotExist):
            services.reverse_receipt(payment=payment, receipt_id=receipt.pk)

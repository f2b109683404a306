"""Payments for a team's scripts: read, and recorded once."""

from __future__ import annotations

from typing import Any

import pytest

from modules.payments import services
from modules.payments.models import Payment
from platform_core.modules.state import override_modules
from platform_core.tenancy.context import platform_context
from tests.api_client import Api
from tests.modules.payments.conftest import euros, set_up_methods

pytestmark = pytest.mark.django_db


def signed_in(email: str) -> Api:
    script = Api("lux.localhost")
    assert script.sign_in(email).status_code == 200
    return script


@pytest.fixture
def script(shop: Any, objektiv_clerk: Any) -> Api:
    return signed_in(objektiv_clerk.email)


def record(script: Api, path: str, body: Any, key: str | None = "k") -> Any:
    headers = {"authorization": f"Bearer {script.access}"}
    if key is not None:
        headers["idempotency-key"] = key
    return script.client.post(
        f"/api/v1/vendor/payments/{path}", body, content_type="application/json", headers=headers
    )


def money(amount: str, currency: str = "EUR") -> dict[str, str]:
    return {"amount": amount, "currency": currency}


def test_a_payment_is_listed_and_read_with_its_ledger(script, make_payment, objektiv_clerk):
    payment = make_payment(description="Order A-1042")
    assert record(script, f"{payment.public_id}/receipts/", {"amount": money("30.00")}).status_code == 201
    listed = script.get("vendor/payments/").json()["data"]
    assert [(row["id"], row["status"], row["expected"]) for row in listed] == [
        (payment.public_id, "partially_captured", money("54.10"))
    ]
    read = script.get(f"vendor/payments/{payment.public_id}/")
    found = read.json()
    assert read["ETag"] == f'"{payment.pk}-3"'
    assert found["payment_reference"] == found["instructions"]["reference"]
    assert [(event["kind"], event["amount"]) for event in found["events"]] == [
        ("requested", money("84.10")),
        ("pending", money("84.10")),
        ("captured", money("30.00")),
    ]
    assert [event["person"] for event in found["events"]] == [None, None, objektiv_clerk.email]


def test_payments_are_found_by_what_a_bank_statement_says(script, make_payment):
    payment, other = make_payment(), make_payment(reference="B-7", received="84.10")
    rf = payment.provider_reference
    spaced = " ".join(rf[i : i + 4] for i in range(0, len(rf), 4)).lower()

    def ids(query: str) -> set[str]:
        answer = script.get(f"vendor/payments/?{query}")
        assert answer.status_code == 200, answer.content
        return {row["id"] for row in answer.json()["data"]}

    for query in (f"q={spaced}", "q=a-1042", f"q={payment.public_id}", "reference=A-1042", "status=open"):
        assert ids(query) == {payment.public_id}, query
    assert ids("status=captured&method=bank_transfer") == {other.public_id}
    assert ids("method=cash_on_collection") == set()
    for odd in ("status=odd", "nothing=1", "q=" + "x" * 101):
        assert script.get(f"vendor/payments/?{odd}").status_code == 400


def test_a_refund_stops_at_what_was_received(script, make_payment):
    """Case 14."""
    path = f"{make_payment(received='84.10').public_id}/refunds/"
    paid_back = {"is_paid_back": True}
    assert record(script, path, {"amount": money("30.00"), **paid_back}, "a").status_code == 201
    refused = record(script, path, {"amount": money("54.11")}, "b")
    assert refused.status_code == 422
    assert (refused.json()["code"], refused.json()["params"]["max"]) == ("refund_exceeds_captured", "54.10")
    made = record(script, path, {"amount": money("54.10"), **paid_back}, "c")
    assert (made.status_code, made.json()["status"]) == (201, "refunded")


def test_a_refund_is_owed_until_it_is_completed_or_withdrawn(script, make_payment):
    payment = make_payment(received="84.10")
    path = f"{payment.public_id}/refunds/"
    owed = record(script, path, {"amount": money("10.00"), "reason": "Broken"}, "a").json()
    assert (owed["refund_pending"], owed["refunds"][0]["state"]) == (money("10.00"), "requested")
    refund = owed["refunds"][0]["id"]
    done = record(script, f"{path}{refund}/completions/", {"note": "Transfer of today"}, "b")
    assert (done.status_code, done.json()["status"]) == (201, "partially_refunded")
    assert record(script, f"{path}{refund}/withdrawals/", {}, "c").json()["code"] == "unknown_refund"
    second = record(script, path, {"amount": money("1.00")}, "d").json()["refunds"][1]["id"]
    gone = record(script, f"{path}{second}/withdrawals/", {}, "e").json()
    assert [refund["state"] for refund in gone["refunds"]] == ["succeeded", "failed"]


def test_a_repeated_request_is_recorded_once_and_says_so(script, make_payment):
    path = f"{make_payment().public_id}/receipts/"
    body = {"amount": money("30.00"), "note": "Statement 12"}
    first, again = record(script, path, body), record(script, path, body)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert (first.get("Idempotent-Replayed"), again.get("Idempotent-Replayed")) == (None, "true")
    other = record(script, path, {"amount": money("31.00")})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("key", [None, "", "x" * 256, "a\tb"])
@pytest.mark.parametrize("action", ["receipts", "refunds", "voids", "refunds/rfd_x/completions"])
def test_whoever_moves_money_sends_a_key(script, make_payment, action, key):
    payment = make_payment()
    refused = record(script, f"{payment.public_id}/{action}/", {"amount": money("1.00")}, key)
    assert (refused.status_code, refused.json()["code"]) == (400, "idempotency_key_required")


def test_a_void_ends_a_payment_and_the_state_stands_against_a_second_one(script, make_payment):
    path = f"{make_payment().public_id}/voids/"
    voided = record(script, path, {"reason": "Cancelled"}, "a")
    assert (voided.status_code, voided.json()["status"]) == (201, "voided")
    again = record(script, path, {}, "b")
    assert (again.status_code, again.json()["code"]) == (409, "invalid_transition")
    assert (again.json()["params"]["state"], again.json()["params"]["event"]) == ("voided", "voided")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/amount"),
        ({"amount": money("0.00")}, "/amount"),
        ({"amount": money("-1.00")}, "/amount"),
        ({"amount": money("1.001")}, "/amount"),
        ({"amount": money("1.00", "USD")}, "/amount"),
        ({"amount": 84.1}, "/amount"),
        ({"amount": money("1.00"), "note": "x" * 501}, "/note"),
        ({"amount": money("1.00"), "status": "captured"}, "/status"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_recorded(script, make_payment, body, pointer):
    payment = make_payment()
    refused = record(script, f"{payment.public_id}/receipts/", body)
    assert refused.status_code == 400
    assert [fault["pointer"] for fault in refused.json()["errors"]] == [pointer]
    assert script.get(f"vendor/payments/{payment.public_id}/").json()["version"] == payment.version


def test_a_payment_in_another_currency_takes_none_in_the_shops(lux, shop, script):
    with platform_context(lux, shop):
        payment = services.begin_payment(method="cash_on_collection", amount=euros("5.00"), reference="A")
        Payment.objects.filter(pk=payment.pk).update(currency="USD")
    refused = record(script, f"{payment.public_id}/receipts/", {"amount": money("5.00")})
    assert (refused.status_code, refused.json()["code"]) == (422, "currency_mismatch")


def test_a_neighbours_payment_is_not_there(lux, voltwerk, script):
    with platform_context(lux, voltwerk):
        set_up_methods()
        theirs = services.begin_payment(method="bank_transfer", amount=euros("1.00"), reference="A-1")
    for unknown in (theirs.public_id, "pay_nothing", "x" * 300):
        assert script.get(f"vendor/payments/{unknown}/").status_code == 404
        for action in ("receipts", "refunds", "voids", "refunds/rfd_x/completions"):
            assert record(script, f"{unknown}/{action}/", {"amount": money("1.00")}).status_code == 404
    assert script.get("vendor/payments/").json()["data"] == []
    with platform_context(lux, voltwerk):
        assert services.record_received(payment=theirs, amount=euros("1.00")).payment.version == 3


def test_nobody_enters_without_the_right(lux, shop, make_payment, lux_admin, script):
    payment = make_payment()
    path = f"vendor/payments/{payment.public_id}/"
    assert Api("lux.localhost").get(path).status_code == 401
    staff = Api("lux.localhost")
    staff.sign_in(lux_admin.email)
    assert staff.get(path).status_code in {401, 403}
    with override_modules(lux, off=("payments",)):
        assert script.get(path).status_code == 404
    assert script.get(path).status_code == 200


def test_the_queries_do_not_grow_with_the_payments(script, make_payment, django_assert_max_num_queries):
    make_payment()
    script.get("vendor/payments/")
    with django_assert_max_num_queries(15) as before:
        script.get("vendor/payments/")
    for _number in range(8):
        make_payment()
    with django_assert_max_num_queries(15) as after:
        assert len(script.get("vendor/payments/").json()["data"]) == 9
    assert len(after) == len(before)

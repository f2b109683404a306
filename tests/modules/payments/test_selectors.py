"""What a payment's buyer is told: how to pay, and what has come in."""

from __future__ import annotations

import pytest

from modules.payments.selectors import money_events_of, transfer_of
from modules.payments.services import record_received, void_payment
from tests.modules.payments.conftest import euros

pytestmark = pytest.mark.django_db


def test_a_transfer_is_told_in_groups_with_its_code(in_shop, make_payment):
    payment = make_payment("84.10")
    told = transfer_of(payment)
    assert told is not None
    assert (told.payee, told.iban, told.bic) == ("Objektiv S.à r.l.", "LU28 0019 4006 4475 0000", "BCEELULL")
    assert told.reference.replace(" ", "") == payment.instructions["reference"]
    assert told.amount == euros("84.10")
    assert told.qr.startswith("<svg")


def test_after_a_part_the_rest_is_asked_for(in_shop, make_payment):
    told = transfer_of(make_payment("84.10", received="30.00"))
    assert told is not None
    assert told.amount == euros("54.10")


def test_nothing_is_asked_for_where_nothing_is_expected(in_shop, make_payment):
    assert transfer_of(make_payment("84.10", received="84.10")) is None
    assert transfer_of(make_payment("84.10", method="cash_on_collection", reference="A-2")) is None
    assert transfer_of(void_payment(payment=make_payment("84.10", reference="A-3")).payment) is None


def test_money_that_came_in_is_told_and_nothing_else(in_shop, make_payment):
    payment = make_payment("84.10")
    assert money_events_of(payment=payment) == []
    record_received(payment=payment, amount=euros("30.00"))
    assert [event.amount for event in money_events_of(payment=payment)] == [euros("30.00")]

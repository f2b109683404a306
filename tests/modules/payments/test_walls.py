"""The walls around payments: between shops, and around what was written down for good."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, ProgrammingError, connections, transaction

from modules.payments import selectors, services
from modules.payments.models import Payment, PaymentEvent, PaymentMethod
from platform_core.tenancy.checks import missing_walls
from platform_core.tenancy.context import platform_context
from tests.modules.payments.conftest import euros, set_up_methods

pytestmark = [pytest.mark.django_db, pytest.mark.database]
OWNED = (Payment, PaymentEvent, PaymentMethod)


@pytest.mark.django_db(databases=["default", "owner"])
def test_every_table_has_its_whole_wall(lux):
    assert missing_walls(connections["owner"]) == []


@pytest.mark.parametrize("model", OWNED)
def test_without_a_vendor_there_are_no_rows_and_no_writes(lux, shop, make_payment, model):
    make_payment()
    with platform_context(lux):
        assert not model._base_manager.exists()
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            model._base_manager.bulk_create([model(vendor_id=shop.pk, **minimal(model))])


def minimal(model: type) -> dict[str, object]:
    return {
        Payment: {"public_id": "x", "gateway": "x", "amount_minor": 1, "currency": "EUR"},
        PaymentEvent: {"payment_id": 1, "kind": "pending", "currency": "EUR", "provider": "x"},
        PaymentMethod: {"gateway": "x"},
    }[model]


def test_a_neighbour_sees_and_reaches_nothing(lux, shop, voltwerk, make_payment):
    theirs = make_payment(received="84.10")
    with platform_context(lux, voltwerk):
        set_up_methods()
        assert selectors.payment_of(theirs.public_id) is None
        assert not selectors.payments().exists()
        with pytest.raises(Payment.DoesNotExist):
            services.record_received(payment=theirs, amount=euros("1.00"))
        assert Payment._base_manager.filter(pk=theirs.pk).update(captured_minor=0) == 0
        ours = services.begin_payment(method="bank_transfer", amount=euros("1.00"), reference="A-1")
        with pytest.raises(IntegrityError, match="_wall"), transaction.atomic():
            PaymentEvent.objects.create(payment=theirs, kind="captured", currency="EUR", provider="x")
        # The control: the same line, in a ledger of its own.
        PaymentEvent.objects.create(payment=ours, kind="captured", currency="EUR", provider="x")


@pytest.mark.parametrize("role", ["vendor", "staff"])
def test_what_is_written_in_a_ledger_stays(lux, shop, make_payment, role):
    payment = make_payment(received="84.10")
    vendor = shop if role == "vendor" else None
    with platform_context(lux, vendor, role=role):
        assert PaymentEvent._base_manager.count() == 3
        for write in (
            lambda: PaymentEvent._base_manager.update(amount_minor=1),
            lambda: PaymentEvent._base_manager.filter(pk=0).update(reason="x"),
            lambda: PaymentEvent._base_manager.all()._raw_delete("default"),
            lambda: Payment._base_manager.filter(pk=payment.pk)._raw_delete("default"),
        ):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                write()
        assert PaymentEvent._base_manager.count() == 3


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_control_with_the_right_given_back_a_ledger_could_be_changed(lux, shop, make_payment):
    make_payment()
    with connections["owner"].cursor() as cursor:
        cursor.execute("GRANT UPDATE ON lux.payments_paymentevent TO vendor")
        try:
            with platform_context(lux, shop):
                assert PaymentEvent._base_manager.update(reason="changed") == 2
        finally:
            cursor.execute("REVOKE UPDATE ON lux.payments_paymentevent FROM vendor")

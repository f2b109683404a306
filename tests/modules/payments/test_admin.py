"""The platform's staff look at payments and change none."""

from __future__ import annotations

import pytest

from modules.payments import services
from platform_core.tenancy.context import platform_context
from tests.conftest import PASSWORD
from tests.modules.payments.conftest import euros

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(lux, shop, lux_admin, client_for):
    client = client_for("admin.lux.localhost")
    client.post("/admin/login/", {"email": lux_admin.email, "password": PASSWORD})
    return client


def test_staff_read_a_payment_with_its_ledger(lux, shop, staff, make_payment):
    payment = make_payment(description="Order <b>")
    with platform_context(lux, shop):
        services.record_received(payment=payment, amount=euros("30.00"), note="Statement <12>")
    page = staff.get(f"/admin/payments/payment/{payment.pk}/change/").content.decode()
    for text in (payment.public_id, payment.provider_reference, "€84.10", "€54.10", "Partly paid"):
        assert text in page
    assert "Statement &lt;12&gt;" in page and "Statement <12>" not in page
    assert "(&#x27;" not in page
    # What a provider or a bank sent stands on no page, and the buyer's instructions are the shop's.
    assert 'name="_save"' not in page


def test_a_payments_page_takes_no_change(lux, shop, staff, make_payment):
    payment = make_payment()
    answer = staff.post(f"/admin/payments/payment/{payment.pk}/change/", {"status": "captured"})
    assert answer.status_code == 403
    with platform_context(lux, shop):
        payment.refresh_from_db()
        assert (payment.status, payment.version) == ("pending", 2)


def test_a_statements_reference_finds_its_payment(staff, make_payment):
    payment, _other = make_payment(), make_payment(reference="B-7")
    page = staff.get(f"/admin/payments/payment/?q={payment.provider_reference}").content.decode()
    assert "A-1042" in page and "B-7" not in page


def test_the_first_page_counts_what_is_open(staff, make_payment):
    make_payment()
    make_payment(received="84.10")
    page = " ".join(staff.get("/admin/").content.decode().split())
    assert "Open payments" in page and "money expected or owed back" in page

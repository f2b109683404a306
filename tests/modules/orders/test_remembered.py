"""What is remembered of a shop while carts are looked at, and that a change is seen at once."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone

from modules.catalog.services import set_vat_rate
from modules.orders.models import ShippingMethod
from modules.orders.selectors import checkout_options, view_cart
from modules.orders.services import remove_shipping_method, save_shipping_method
from modules.payments.services import save_method
from platform_core.money import to_minor
from platform_core.tenancy.context import platform_context
from tests.modules.payments.conftest import ACCOUNT

pytestmark = pytest.mark.django_db(transaction=True)


def seen(cart) -> tuple[dict[str, int], set[str], int]:
    """What the cart's page shows of ways to ship and to pay, and its VAT."""
    view = view_cart(cart, language="en")
    offers = {offer.code: offer.price_minor for offer in view.offers}
    return offers, {method.code for method in checkout_options(view).payment}, to_minor(view.tax)


def dearer() -> None:
    method = ShippingMethod.objects.get(code="home")
    save_shipping_method(method=method, code="home", kind="flat", names=method.names, price_minor=700)


def without_parcels() -> None:
    remove_shipping_method(method=ShippingMethod.objects.get(code="parcel"))


def without_transfers() -> None:
    save_method(gateway="bank_transfer", config=ACCOUNT, is_active=False)


def test_a_cart_that_is_looked_at_again_asks_for_itself_alone(case_two, django_assert_num_queries):
    seen(case_two)
    with django_assert_num_queries(2):
        seen(case_two)
    # What is ordered is worked out from what stands in the database.
    with transaction.atomic(), django_assert_num_queries(5):
        view = view_cart(case_two, language="en")
        assert checkout_options(view).payment


@pytest.mark.parametrize("change", [dearer, without_parcels, without_transfers])
@pytest.mark.parametrize("is_told", [True, False], ids=["told", "control"])
def test_what_the_shop_changes_is_seen_at_once(case_two, change, is_told, monkeypatch):
    before = seen(case_two)
    if not is_told:
        for module in ("modules.orders.services.shipping", "modules.payments.services.methods"):
            monkeypatch.setattr(f"{module}.content_changed", lambda: None)
    change()
    assert (seen(case_two) != before) is is_told


def test_a_new_rate_is_seen_at_once(case_two, lux):
    before = seen(case_two)
    with platform_context(lux, role="staff"):
        today = timezone.localdate()
        set_vat_rate(country="LU", tax_category="standard", percent=Decimal(16), valid_from=today)
    assert seen(case_two)[2] < before[2]

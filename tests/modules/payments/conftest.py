"""A shop that takes bank transfers and cash, on a platform where payments are on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from moneyed import Money

from modules.payments.models import Payment
from modules.payments.services import begin_payment, record_received, save_method
from modules.tenancy.models import Vendor
from platform_core.modules.state import override_modules
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.models import Platform
from tests.conftest import PASSWORD
from tests.forms import TeamBrowser

IBAN = "LU280019400644750000"
ACCOUNT = {"payee": "Objektiv S.à r.l.", "iban": IBAN, "bic": "BCEELULL"}
COUNTER = {"place": "12, rue des Roses, Luxembourg", "hint": {"en": "Monday to Friday"}}


def euros(text: str) -> Money:
    return Money(text, "EUR")


def set_up_methods() -> None:
    """Both methods of the house, in the context's shop."""
    save_method(gateway="bank_transfer", config=ACCOUNT, is_active=True, position=1)
    save_method(gateway="cash_on_collection", config=COUNTER, is_active=True, position=2)


@pytest.fixture
def payments_on(lux: Platform) -> Iterator[Platform]:
    with override_modules(lux, on=("payments",)):
        yield lux


@pytest.fixture
def shop(payments_on: Platform, objektiv: Vendor) -> Vendor:
    """The shop Objektiv with both payment methods."""
    with platform_context(payments_on, objektiv):
        set_up_methods()
    return objektiv


@pytest.fixture
def in_shop(payments_on: Platform, shop: Vendor) -> Iterator[Vendor]:
    """The test runs in the shop's context."""
    with platform_context(payments_on, shop):
        yield shop


@pytest.fixture
def make_payment(lux: Platform, shop: Vendor) -> Callable[..., Payment]:
    """`make_payment("84.10", received="30.00")`: by bank transfer unless `method` says otherwise."""

    def make(amount: str = "84.10", *, received: str = "", **facts: Any) -> Payment:
        with platform_context(lux, shop):
            facts = {"method": "bank_transfer", "reference": "A-1042", **facts}
            payment = begin_payment(amount=euros(amount), **facts)
            if received:
                payment = record_received(payment=payment, amount=euros(received)).payment
            return payment

    return make


@pytest.fixture
def team(shop: Vendor) -> Callable[..., Any]:
    """`team("owner@objektiv.test")`: a browser on the platform's host, signed in to the dashboard."""

    def enter(email: str, **options: Any) -> Any:
        visitor = TeamBrowser("lux.localhost", shop.code, **options)
        visitor.post("/vendor/sign-in/", {"email": email, "password": PASSWORD})
        return visitor

    return enter


@pytest.fixture
def owner(team: Callable[..., Any], objektiv_owner: Any) -> Any:
    return team("owner@objektiv.test")


@pytest.fixture
def clerk(team: Callable[..., Any], objektiv_clerk: Any) -> Any:
    return team("staff@objektiv.test")

"""The demo's customers: Anna with an account in each shop, and another password hash in each; and some regulars.

The regulars have no password: nobody signs in as one of them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from modules.customers.models import Customer
from modules.customers.services import register_customer, save_address
from platform_core.demo import PASSWORD, DemoRun
from platform_core.tenancy.context import platform_context

EMAIL = "anna@example.test"
FULL_NAME = "Anna Weber"
HOME: dict[str, Any] = {
    "line1": "12, rue des Roses",
    "line2": "2e étage",
    "postal_code": "L-2445",
    "city": "Luxembourg",
}
WORK: dict[str, Any] = {
    "line1": "45, avenue de la Gare",
    "line2": "Atelier Weber",
    "postal_code": "L-1611",
    "city": "Luxembourg",
}
PARENTS: dict[str, Any] = {"line1": "8, Gässchen", "line2": "", "postal_code": "54439", "city": "Saarburg"}
# Orders name the same people. By name: how many days ago they came at least and at most.
REGULARS = {
    "Marc Thill": (90, 300),
    "Sylvie Kremer": (60, 120),
    "Julie Martin": (20, 28),
    "Claire Petit": (2, 10),
}
UNCONFIRMED, CLOSED = "Claire Petit", "Sylvie Kremer"


def make_customers(run: DemoRun) -> None:
    """Anna's account in every shop, with her addresses, and the regulars'."""
    for seat in run.track(run.seats):
        with platform_context(seat.platform, seat.vendor):
            exists = seat.vendor is not None and Customer.objects.filter(email=EMAIL).exists()
            if run.need("customers", exists=exists) and seat.vendor is not None:
                _make_customer(run, seat.code, seat.vendor.default_language)
                _make_regulars(run, seat.code, seat.vendor.default_language)


def _make_customer(run: DemoRun, shop: str, language: str) -> None:
    chance = run.chance("customer", shop)
    customer = register_customer(
        email=EMAIL, password=PASSWORD, full_name=FULL_NAME, language=language, is_email_confirmed=True
    )
    since = run.midnight - timedelta(days=chance.randrange(30, 500), minutes=chance.randrange(0, 600))
    Customer.objects.filter(pk=customer.pk).update(created_at=since, email_confirmed_at=since)
    save_address(customer=customer, name=FULL_NAME, country="LU", is_default=True, **HOME)
    name, fields, country = chance.choice([(FULL_NAME, WORK, "LU"), ("Familie Weber", PARENTS, "DE")])
    save_address(customer=customer, name=name, country=country, **fields)


def _make_regulars(run: DemoRun, shop: str, language: str) -> None:
    chance = run.chance("regulars", shop)
    made = []
    for name, (least, most) in REGULARS.items():
        since = run.midnight - timedelta(days=chance.randrange(least, most), minutes=chance.randrange(0, 600))
        customer = Customer(
            email=f"{name.split()[0].lower()}@example.test",
            full_name=name,
            language=language,
            is_active=name != CLOSED,
            created_at=since,
            email_confirmed_at=None if name == UNCONFIRMED else since,
        )
        customer.set_unusable_password()
        made.append(customer)
    Customer.objects.bulk_create(made)

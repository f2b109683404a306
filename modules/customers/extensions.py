"""The module's answers to the ground floor's questions."""

from __future__ import annotations

from modules.customers import selectors, services
from modules.customers.demo import EMAIL
from modules.customers.exceptions import SignInRefused
from modules.customers.models import Customer
from platform_core.identity.principals import authenticate_customer, customer_by_id
from platform_core.management.doors import shoppers_of_vendor
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.models import Platform


def customer_with_password(email: str, password: str) -> Customer | None:
    """The customer of the context's shop whom these sign in, or None."""
    try:
        return services.authenticate(email=email, password=password)
    except SignInRefused:
        return None


def demo_shopper_of(platform: Platform, vendor_id: int) -> tuple[str, ...]:
    """The demo's customer, where she has an account in that shop."""
    with platform_context(platform, vendor_id):
        return (EMAIL,) if Customer.objects.filter(email=EMAIL).exists() else ()


customer_by_id.register(selectors.customer_of_id)
authenticate_customer.register(customer_with_password)
shoppers_of_vendor.register(demo_shopper_of)

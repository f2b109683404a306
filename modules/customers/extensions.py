"""The module's answers to the ground floor's questions."""

from __future__ import annotations

from modules.customers import selectors, services
from modules.customers.exceptions import SignInRefused
from modules.customers.models import Customer
from platform_core.identity.principals import authenticate_customer, customer_by_id


def customer_with_password(email: str, password: str) -> Customer | None:
    """The customer of the context's shop whom these sign in, or None."""
    try:
        return services.authenticate(email=email, password=password)
    except SignInRefused:
        return None


customer_by_id.register(selectors.customer_of_id)
authenticate_customer.register(customer_with_password)

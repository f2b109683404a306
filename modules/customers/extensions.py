"""What other modules may answer, and the module's own answers to the ground floor's questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modules.customers import selectors, services
from modules.customers.demo import EMAIL
from modules.customers.exceptions import SignInRefused
from modules.customers.models import Customer
from platform_core.dashboard import HomePanel
from platform_core.extensions import ExtensionPoint
from platform_core.identity.principals import authenticate_customer, customer_by_id
from platform_core.management.doors import shoppers_of_vendor
from platform_core.storefront import private_paths
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.models import Platform
from platform_core.tenancy.requests import VendorRequest


@dataclass(frozen=True, slots=True)
class AccountLink:
    """A page of the account that another module adds to its menu."""

    label: str
    url: str
    icon: str


# Answers: pages of the account, between the overview and the addresses.
account_links: ExtensionPoint[[], Sequence[AccountLink]] = ExtensionPoint("account_links")
# Answers: what there is to do once somebody has signed in or registered, such as taking over what the browser has
# put together before. `kept` is what the browser's session held until then: signing in may begin another one.
signed_in: ExtensionPoint[[VendorRequest, Customer, Mapping[str, Any]], None] = ExtensionPoint("signed_in")
# orders answers: (request, customer) -> what the customer's page in the dashboard shows besides.
customer_panels: ExtensionPoint[[VendorRequest, Customer], tuple[HomePanel, ...]] = ExtensionPoint(
    "customer_panels"
)


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


def accounts() -> tuple[str, ...]:
    """Where the account's pages stand: they say nothing without a sign-in."""
    return ("/account/",)


customer_by_id.register(selectors.customer_of_id)
authenticate_customer.register(customer_with_password)
shoppers_of_vendor.register(demo_shopper_of)
private_paths.register(accounts)

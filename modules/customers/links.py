"""The links that customers get by mail, and what each is signed over: what its use changes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from modules.customers.models import Customer
from platform_core.identity.links import MailLink

PASSWORD_RESET = MailLink("customers.password_reset", timedelta(hours=2))
EMAIL_CONFIRMATION = MailLink("customers.email_confirmation", timedelta(hours=48))


def reset_token(customer: Customer) -> str:
    """Opens the page on which this customer sets a new password, until it is set."""
    return PASSWORD_RESET.token(customer.pk, *_password_of(customer))


def resets(token: str, customer: Customer) -> bool:
    """Whether the token sets a new password for this customer, as the row stands."""
    return PASSWORD_RESET.is_good(token, *_password_of(customer))


def confirmation_token(customer: Customer) -> str:
    """Opens the page on which this customer confirms the e-mail address, until it is confirmed."""
    return EMAIL_CONFIRMATION.token(customer.pk, *_address_of(customer))


def confirms(token: str, customer: Customer) -> bool:
    """Whether the token confirms this customer's e-mail address, as the row stands."""
    return EMAIL_CONFIRMATION.is_good(token, *_address_of(customer))


def _password_of(customer: Customer) -> tuple[Any, ...]:
    return customer.vendor_id, customer.password


def _address_of(customer: Customer) -> tuple[Any, ...]:
    return customer.vendor_id, customer.email, customer.email_confirmed_at

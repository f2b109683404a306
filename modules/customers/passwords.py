"""Which passwords an account may have."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import password_validation

from modules.customers.models import Customer


def validate_password(password: str, customer: Customer) -> None:
    """Raises ValidationError with every rule that `password` breaks.

    The validators were written for users; what they compare with, a customer has too.
    """
    person: Any = customer
    password_validation.validate_password(password, person)

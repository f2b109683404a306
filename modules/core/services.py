"""Commands of people on themselves."""

from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from platform_core.identity.models import User
from platform_core.tenancy.context import platform_context


@transaction.atomic
def update_profile(*, user: User, full_name: str, language: str, time_zone: str) -> User:
    """Change what a person may change of their own row. Raises ValidationError for an unknown value."""
    user.full_name, user.language, user.time_zone = full_name.strip(), language, time_zone
    user.full_clean(validate_unique=False, validate_constraints=False)
    # Only the gatekeeper may write users; nothing but these columns is written.
    with platform_context(role="gatekeeper"):
        user.save(update_fields=["full_name", "language", "time_zone"])
    return user


@transaction.atomic
def change_password(*, user: User, password: str) -> User:
    """Set a new password. Every other session of the person ends. Raises ValidationError for a weak one."""
    validate_password(password, user)
    user.set_password(password)
    with platform_context(role="gatekeeper"):
        user.save(update_fields=["password"])
    return user

"""Commands on one's own account."""

from __future__ import annotations

from django.db import transaction

from platform_core.identity.models import User
from platform_core.tenancy.context import platform_context


@transaction.atomic
def update_profile(*, user: User, full_name: str, language: str, time_zone: str) -> User:
    """Change what a person may change of themselves."""
    user.full_name, user.language, user.time_zone = full_name, language, time_zone
    # Users are the ground floor's: no shop's role may write them.
    with platform_context(role="gatekeeper"):
        user.save(update_fields=["full_name", "language", "time_zone"])
    return user


@transaction.atomic
def change_password(*, user: User, password: str) -> User:
    """Set a new password. Sessions and tokens made with the old one end."""
    user.set_password(password)
    with platform_context(role="gatekeeper"):
        user.save(update_fields=["password"])
    return user

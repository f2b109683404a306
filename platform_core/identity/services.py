"""Commands on users. All run as the gatekeeper, the one role that may write them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any
from zoneinfo import available_timezones

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from platform_core.exceptions import DomainError
from platform_core.identity.audience import Audience
from platform_core.identity.models import User
from platform_core.identity.refresh import revoke_account
from platform_core.tenancy.context import platform_context

# Without the letters and digits that are mistaken for one another when read aloud or typed.
_PASSWORD_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # noqa: S105
_PROFILE_FIELDS = frozenset({"full_name", "language", "time_zone"})
_RIGHTS = frozenset({"is_active", "is_superuser"})


class UserExists(DomainError):
    code = "user_exists"
    default_message = _("There is a user with the e-mail address “%(email)s” already.")


class WrongPassword(DomainError):
    code = "wrong_password"
    status = 422
    default_message = _("This is not your present password. Nothing was changed.")


class LastSuperuser(DomainError):
    code = "last_superuser"
    default_message = _("The installation keeps at least one active superuser. Name another one first.")


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user and the password just set: shown once, stored nowhere."""

    user: User
    password: str


def new_password() -> str:
    """A password to hand over: four groups of four letters and digits, about 79 bits."""
    return "-".join("".join(secrets.choice(_PASSWORD_LETTERS) for _ in range(4)) for _ in range(4))


@transaction.atomic
def create_user(
    *, email: str, password: str = "", full_name: str = "", language: str = "en", is_superuser: bool = False
) -> Credentials:
    """A new user, with the given password or a generated one.

    Raises UserExists, ValidationError for a malformed address or name, or a password the validators refuse.
    """
    user = User(
        email=email.strip().lower(), full_name=full_name.strip(), language=language, is_superuser=is_superuser
    )
    user.clean_fields(exclude={"password"})
    chosen = _set_password(user, password)
    with platform_context(role="gatekeeper"):
        if User.objects.filter(email=user.email).exists():
            raise UserExists(email=user.email)
        try:
            with transaction.atomic():
                user.save(force_insert=True)
        except IntegrityError as error:
            # Another request has made the same user since the look above.
            raise UserExists(email=user.email) from error
    return Credentials(user, chosen)


@transaction.atomic
def update_user(*, user: User, email: str | None = None, **facts: Any) -> User:
    """Change a user's address, name, language, time zone or rights; `facts` that are left out stay.

    Raises UserExists, LastSuperuser, ValidationError.
    """
    unknown = set(facts) - _PROFILE_FIELDS - _RIGHTS
    if unknown:
        raise TypeError(f"A user has no {', '.join(sorted(unknown))} to change.")
    with platform_context(role="gatekeeper"):
        user = User.objects.select_for_update().get(pk=user.pk)
        was_in_charge = user.is_superuser and user.is_active
        if email is not None:
            user.email = email.strip().lower()
            if User.objects.filter(email=user.email).exclude(pk=user.pk).exists():
                raise UserExists(email=user.email)
        for name, value in facts.items():
            setattr(user, name, value.strip() if isinstance(value, str) else value)
        _validate_time_zone(user)
        user.clean_fields(exclude={"password"})
        if was_in_charge and not (user.is_superuser and user.is_active):
            _keep_a_superuser(without=user)
        user.save()
    if not user.is_active:
        # Otherwise the tokens of before would be good again if the account is opened again.
        revoke_account(user.pk, audiences=(Audience.STAFF, Audience.VENDOR))
    return user


@transaction.atomic
def set_password(*, user: User, password: str = "") -> Credentials:
    """Give a user a new password, the given one or a generated one; every session and token of theirs ends.

    Raises ValidationError for a password the validators refuse.
    """
    with platform_context(role="gatekeeper"):
        user = User.objects.select_for_update().get(pk=user.pk)
        chosen = _set_password(user, password)
        user.save(update_fields=["password"])
    return Credentials(user, chosen)


@transaction.atomic
def change_own_password(*, user: User, current_password: str, new_password: str) -> User:
    """A user's own change of password; every other session and token of theirs ends.

    Raises WrongPassword, ValidationError for a password the validators refuse.
    """
    with platform_context(role="gatekeeper"):
        user = User.objects.select_for_update().get(pk=user.pk)
        if not user.check_password(current_password):
            raise WrongPassword
        _set_password(user, new_password)
        user.save(update_fields=["password"])
    return user


def _set_password(user: User, password: str) -> str:
    if password:
        validate_password(password, user)
    chosen = password or new_password()
    user.set_password(chosen)
    return chosen


def _validate_time_zone(user: User) -> None:
    if user.time_zone not in available_timezones():
        raise ValidationError({"time_zone": _("Choose a time zone from the list.")})


def _keep_a_superuser(*, without: User) -> None:
    # The lock serialises two superusers who take away each other's rights.
    others = User.objects.select_for_update().filter(is_superuser=True, is_active=True).exclude(pk=without.pk)
    if not others.exists():
        raise LastSuperuser

"""Signing in by a password that somebody may be changing at the same moment."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import check_password
from django.db.models import QuerySet
from django.utils import timezone


def note_sign_in(rows: QuerySet[Any], person: AbstractBaseUser, password: str) -> bool:
    """Whether this is the person's password, also when the check is done; then `last_login` is now.

    A check takes a while. A password that was changed meanwhile is neither taken nor put back. A hash of an older
    kind is brought up to date. `rows` are where the person's row stands. 1 write.
    """
    read = person.password
    if not check_password(password, read, person.set_password):
        return False
    person.last_login = timezone.now()
    # `set_password` above has run when the hash was of an older kind.
    changes: dict[str, Any] = {"last_login": person.last_login}
    if person.password != read:
        changes["password"] = person.password
    return bool(rows.filter(pk=person.pk, password=read).update(**changes))

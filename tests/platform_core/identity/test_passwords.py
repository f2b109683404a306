"""A password that is changed while somebody signs in with the old one stays changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.hashers import check_password, identify_hasher, make_password
from django.utils import timezone

from modules.customers.models import Customer
from modules.customers.services import register_customer
from platform_core.identity import passwords
from platform_core.identity.models import User
from platform_core.identity.passwords import note_sign_in
from platform_core.tenancy.context import platform_context
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

NEW = "another-horse-battery"


@pytest.fixture
def staff(make_user: Callable[..., User]) -> User:
    return make_user("staff@objektiv.test")


@pytest.fixture
def during(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], None]:
    """`during(act)`: a check of a password takes long enough for `act` to happen meanwhile."""

    def happen(act: Callable[[], Any]) -> None:
        def slow(*args: Any) -> bool:
            result = check_password(*args)
            act()
            return result

        monkeypatch.setattr(passwords, "check_password", slow)

    return happen


def test_a_users_new_password_is_neither_taken_back_nor_passed_by(staff, during):
    def change() -> None:
        User.objects.filter(pk=staff.pk).update(password=make_password(NEW))

    with platform_context(role="operator"):
        during(change)
        assert not note_sign_in(User.objects.all(), User.objects.get(pk=staff.pk), PASSWORD)
        assert User.objects.get(pk=staff.pk).check_password(NEW)


def test_a_customers_new_password_neither(lux, objektiv, during):
    with platform_context(lux, objektiv):
        anna = register_customer(email="anna@example.test", password=PASSWORD, full_name="Anna")
        during(lambda: Customer.objects.filter(pk=anna.pk).update(password=make_password(NEW)))
        assert not note_sign_in(Customer.objects.all(), Customer.objects.get(pk=anna.pk), PASSWORD)
        assert Customer.objects.get(pk=anna.pk).check_password(NEW)


def test_a_sign_in_is_noted_and_writes_no_password(staff, during):
    with platform_context(role="operator"):
        before = User.objects.get(pk=staff.pk)
        assert note_sign_in(User.objects.all(), User.objects.get(pk=staff.pk), PASSWORD)
        after = User.objects.get(pk=staff.pk)
    assert after.password == before.password
    assert after.last_login is not None and after.last_login <= timezone.now()


def test_a_hash_of_an_older_kind_is_brought_up_to_date(staff, settings):
    older = next(
        name for name in ("pbkdf2_sha256", "argon2") if name != identify_hasher(staff.password).algorithm
    )
    settings.PASSWORD_HASHERS = [
        *settings.PASSWORD_HASHERS,
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        "django.contrib.auth.hashers.Argon2PasswordHasher",
    ]
    with platform_context(role="operator"):
        User.objects.filter(pk=staff.pk).update(password=make_password(PASSWORD, hasher=older))
        assert note_sign_in(User.objects.all(), User.objects.get(pk=staff.pk), PASSWORD)
        assert identify_hasher(User.objects.get(pk=staff.pk).password).algorithm != older


def test_whoever_is_shut_out_or_wrong_is_refused(staff):
    with platform_context(role="operator"):
        assert not note_sign_in(User.objects.all(), User.objects.get(pk=staff.pk), "wrong")
        User.objects.filter(pk=staff.pk).update(is_active=False)
        assert not note_sign_in(User.objects.filter(is_active=True), User.objects.get(pk=staff.pk), PASSWORD)

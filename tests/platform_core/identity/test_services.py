"""Users: created, changed and given passwords, by the gatekeeper alone."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from platform_core.identity.models import User
from platform_core.identity.services import (
    LastSuperuser,
    UserExists,
    WrongPassword,
    change_own_password,
    create_user,
    new_password,
    set_password,
    update_user,
)
from platform_core.tenancy.context import platform_context

pytestmark = pytest.mark.django_db
PASSWORD = "correct-horse-battery"


def stored(user: User) -> User:
    with platform_context(role="gatekeeper"):
        return User.objects.get(pk=user.pk)


def test_a_new_user_gets_the_given_password_or_a_generated_one():
    given = create_user(email=" Marie@Example.test ", password="a-quite-long-one", full_name="Marie")
    assert given.user.email == "marie@example.test"
    assert given.password == "a-quite-long-one"
    made = create_user(email="paul@example.test")
    assert len(made.password) == 19
    assert stored(made.user).check_password(made.password)


def test_generated_passwords_differ_and_avoid_look_alikes():
    passwords = {new_password() for _ in range(200)}
    assert len(passwords) == 200
    assert not set("".join(passwords)) & set("il1o0")


@pytest.mark.parametrize("email", ["", "marie", "marie@", "a@b.test\0", "x" * 250 + "@example.test"])
def test_a_malformed_address_is_refused(email: str):
    with pytest.raises(ValidationError):
        create_user(email=email)


@pytest.mark.parametrize("password", ["short", "password123", "marie@example.test"])
def test_a_weak_password_is_refused(password: str):
    with pytest.raises(ValidationError):
        create_user(email="marie@example.test", password=password)


def test_an_address_belongs_to_one_user_whatever_its_case(make_user):
    make_user("marie@example.test")
    other = make_user("paul@example.test")
    with pytest.raises(UserExists):
        create_user(email="MARIE@example.test")
    with pytest.raises(UserExists):
        update_user(user=other, email="Marie@Example.test")


def test_profile_and_rights_are_changed_and_the_rest_stays(make_user):
    user = make_user("marie@example.test", language="fr")
    update_user(user=user, full_name=" Marie Schmit ", time_zone="Europe/Berlin")
    found = stored(user)
    assert (found.full_name, found.time_zone, found.language) == ("Marie Schmit", "Europe/Berlin", "fr")
    with pytest.raises(ValidationError):
        update_user(user=user, time_zone="Mars/Olympus")
    with pytest.raises(ValidationError):
        update_user(user=user, language="xx")
    with pytest.raises(TypeError):
        update_user(user=user, password="x")


def test_the_last_active_superuser_stays_one(superuser, make_user):
    for change in ({"is_superuser": False}, {"is_active": False}):
        with pytest.raises(LastSuperuser):
            update_user(user=superuser, **change)
    make_user("second@wizamart.test", is_superuser=True)
    assert update_user(user=superuser, is_superuser=False).is_superuser is False


def test_a_new_password_ends_every_session(make_user):
    user = make_user("marie@example.test")
    before = user.get_session_auth_hash()
    made = set_password(user=user)
    assert stored(user).check_password(made.password)
    assert stored(user).get_session_auth_hash() != before


def test_ones_own_password_changes_only_with_the_present_one(make_user):
    user = make_user("marie@example.test")
    with pytest.raises(WrongPassword):
        change_own_password(user=user, current_password="wrong", new_password="another-long-one")
    with pytest.raises(ValidationError):
        change_own_password(user=user, current_password=PASSWORD, new_password="short")
    assert stored(user).check_password(PASSWORD)
    change_own_password(user=user, current_password=PASSWORD, new_password="another-long-one")
    assert stored(user).check_password("another-long-one")


def test_it_works_from_any_context_and_gives_it_back(lux, lux_admin):
    with platform_context(lux, role="staff") as context:
        create_user(email="paul@example.test")
        assert context.role == "staff"
        # Not a member: staff does not see the new user.
        assert not User.objects.filter(email="paul@example.test").exists()

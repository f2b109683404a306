"""Accounts and addresses of one shop's customers."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from modules.customers import selectors, services
from modules.customers.exceptions import EmailTaken, SignInRefused, TooManyAddresses, WrongPassword
from modules.customers.models import Address, Customer
from platform_core.identity import passwords
from platform_core.identity.principals import customer_by_id
from platform_core.tenancy.context import platform_context

pytestmark = pytest.mark.django_db

PASSWORD = "correct-horse-battery"
HOME = {
    "name": "Anna Weber",
    "line1": "12, rue de la Gare",
    "line2": "",
    "postal_code": "L-1611",
    "city": "Luxembourg",
    "country": "LU",
}


def register(**changes):
    facts = {"email": "anna@example.test", "password": PASSWORD, "full_name": "Anna Weber", "language": "fr"}
    return services.register_customer(**{**facts, **changes})


def test_a_customer_signs_in_with_what_she_registered_in_any_case(lux, objektiv):
    with platform_context(lux, objektiv):
        anna = register(email=" Anna@Example.TEST ")
        assert anna.email == "anna@example.test"
        assert services.authenticate(email="ANNA@example.test", password=PASSWORD) == anna
        anna.refresh_from_db()
        assert anna.last_login is not None


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("anna@example.test", "wrong"),
        ("nobody@example.test", PASSWORD),
        ("anna@example.test", "a\0b"),
        ("", ""),
    ],
)
def test_unknown_and_wrong_get_the_same_answer(lux, objektiv, email, password):
    with platform_context(lux, objektiv):
        register()
        with pytest.raises(SignInRefused) as caught:
            services.authenticate(email=email, password=password)
    assert caught.value.message == str(SignInRefused.default_message)


def test_unknown_and_wrong_cost_one_hash_each(lux, objektiv, monkeypatch):
    hashes = []
    check, make = passwords.check_password, services.make_password
    monkeypatch.setattr(passwords, "check_password", lambda *a: hashes.append("check") or check(*a))
    monkeypatch.setattr(services, "make_password", lambda *a: hashes.append("make") or make(*a))
    with platform_context(lux, objektiv):
        anna = register()
        Customer.objects.filter(pk=anna.pk).update(is_active=False)
        for email in ("anna@example.test", "nobody@example.test"):
            with pytest.raises(SignInRefused):
                services.authenticate(email=email, password=PASSWORD)
    assert hashes == ["check", "make"]


def test_one_address_has_one_account_in_each_shop(lux, objektiv, voltwerk):
    with platform_context(lux, objektiv):
        here = register()
        with pytest.raises(EmailTaken):
            register(email="ANNA@example.test")
    with platform_context(lux, voltwerk):
        there = register(password="another-password-9")
        assert there.pk != here.pk
        with pytest.raises(SignInRefused):
            services.authenticate(email="anna@example.test", password=PASSWORD)
        assert customer_by_id.first(here.pk) is None
        assert customer_by_id.first(there.pk) == there


@pytest.mark.database
def test_the_database_knows_one_spelling_of_an_address(lux, objektiv):
    with platform_context(lux, objektiv):
        anna = register()
        with pytest.raises(IntegrityError), transaction.atomic():
            Customer.objects.bulk_create([Customer(email=anna.email, full_name="Twin")])
        with pytest.raises(IntegrityError), transaction.atomic():
            Customer.objects.filter(pk=anna.pk).update(email="Anna@Example.test")


@pytest.mark.parametrize(
    "changes",
    [
        {"password": "short"},
        {"password": "password123"},
        {"email": "no-address"},
        {"full_name": " "},
        {"language": "xx"},
        {"full_name": "x" * 151},
    ],
)
def test_a_bad_registration_is_refused(lux, objektiv, changes):
    with platform_context(lux, objektiv):
        with pytest.raises(ValidationError):
            register(**changes)
        assert not Customer.objects.exists()


def test_a_new_password_needs_the_old_one_and_ends_sessions(lux, objektiv):
    with platform_context(lux, objektiv):
        anna = register()
        before = anna.get_session_auth_hash()
        with pytest.raises(WrongPassword):
            services.change_password(customer=anna, current_password="no", new_password="another-password-9")
        with pytest.raises(ValidationError):
            services.change_password(customer=anna, current_password=PASSWORD, new_password="123")
        changed = services.change_password(
            customer=anna, current_password=PASSWORD, new_password="another-password-9"
        )
        assert changed.get_session_auth_hash() != before
        assert services.authenticate(email=anna.email, password="another-password-9") == anna


def test_a_closed_account_is_nobody(lux, objektiv):
    with platform_context(lux, objektiv):
        anna = register()
        Customer.objects.filter(pk=anna.pk).update(is_active=False)
        assert customer_by_id.first(anna.pk) is None


def test_exactly_one_address_is_used_first(lux, objektiv):
    with platform_context(lux, objektiv):
        anna = register()
        home = services.save_address(customer=anna, **HOME)
        work = services.save_address(customer=anna, **{**HOME, "line1": "1, place d'Armes"})
        assert (home.is_default, work.is_default) == (True, False)
        services.save_address(customer=anna, address=work, is_default=True)
        assert list(selectors.addresses_of(customer=anna)) == [work, home]
        assert Address.objects.get(is_default=True) == work
        work.refresh_from_db()
        services.delete_address(address=work)
        assert Address.objects.get(is_default=True) == home


@pytest.mark.parametrize(
    "changes", [{"country": "Luxembourg"}, {"city": " "}, {"line1": "x" * 201}, {"name": ""}]
)
def test_a_bad_address_is_refused(lux, objektiv, changes):
    with platform_context(lux, objektiv):
        anna = register()
        with pytest.raises(ValidationError):
            services.save_address(customer=anna, **{**HOME, **changes})


def test_an_account_holds_a_bounded_number_of_addresses(lux, objektiv, monkeypatch):
    monkeypatch.setattr(services, "MAX_ADDRESSES", 1)
    with platform_context(lux, objektiv):
        anna = register()
        services.save_address(customer=anna, **HOME)
        with pytest.raises(TooManyAddresses):
            services.save_address(customer=anna, **HOME)


def test_an_address_of_somebody_else_cannot_be_changed(lux, objektiv):
    with platform_context(lux, objektiv):
        anna, ben = register(), register(email="ben@example.test")
        home = services.save_address(customer=anna, **HOME)
        with pytest.raises(Address.DoesNotExist):
            services.save_address(customer=ben, address=home, city="Esch")


@pytest.mark.database
def test_the_database_refuses_an_address_for_a_neighbours_customer(lux, objektiv, voltwerk):
    with platform_context(lux, objektiv):
        anna = register()
    with platform_context(lux, voltwerk):
        assert not Customer.objects.exists()
        with pytest.raises(IntegrityError), transaction.atomic():
            Address.objects.create(customer_id=anna.pk, **HOME)


def test_the_team_finds_customers_by_name_or_address(lux, objektiv):
    with platform_context(lux, objektiv):
        anna = register()
        register(email="ben@example.test", full_name="Ben Muller")
        services.save_address(customer=anna, **HOME)
        assert [c.email for c in selectors.customers()] == ["ben@example.test", "anna@example.test"]
        (found,) = selectors.with_address_count(selectors.customers(query="WEBER"))
        assert (found, found.address_count) == (anna, 1)

"""A shop's customers for its team's scripts."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from modules.customers import services
from modules.customers.api import vendor_views
from modules.customers.models import Customer
from platform_core.identity.policy import Policy
from platform_core.tenancy.context import platform_context
from tests.api_client import Api

pytestmark = pytest.mark.django_db
LIST = "vendor/customers/"


@pytest.fixture
def clerk(lux: Any, objektiv_clerk: Any) -> Api:
    script = Api("lux.localhost")
    assert script.sign_in(objektiv_clerk.email).status_code == 200
    return script


@pytest.fixture
def make_customer(lux, objektiv):
    def make(email: str, vendor: Any = objektiv, **facts: Any) -> Customer:
        with platform_context(lux, vendor):
            customer = Customer(email=email, **{"full_name": email.split("@")[0].title(), **facts})
            customer.set_unusable_password()
            customer.save()
        return customer

    return make


def emails(script: Api, query: str = "") -> list[str]:
    response = script.get(f"{LIST}{query}")
    assert response.status_code == 200, response.content
    return [row["email"] for row in response.json()["data"]]


def test_the_list_and_a_customer_have_the_published_form(clerk, lux, objektiv, make_customer):
    anna = make_customer("anna@example.test", email_confirmed_at=timezone.now(), language="lb")
    with platform_context(lux, objektiv):
        services.save_address(
            customer=anna, name="Anna", line1="1, Gaass", postal_code="L-1", city="Esch", country="LU"
        )
    (row,) = clerk.get(LIST).json()["data"]
    assert set(row) == {
        *("id", "email", "email_confirmed_at", "full_name", "language", "is_active", "created_at"),
    }
    customer = clerk.get(f"{LIST}{anna.pk}/").json()
    assert {name: customer[name] for name in row} == row
    assert customer["last_login"] is None
    assert [(a["line1"], a["country"]) for a in customer["addresses"]] == [("1, Gaass", "LU")]
    assert "password" not in str(customer)


def test_the_list_is_searched_filtered_sorted_and_paged(clerk, make_customer):
    make_customer("anna@example.test", email_confirmed_at=timezone.now())
    make_customer("ben@example.test", is_active=False, language="fr")
    make_customer("carl@other.test")
    assert emails(clerk) == ["carl@other.test", "ben@example.test", "anna@example.test"]
    for query, found in (
        ("?q=EXAMPLE", ["ben@example.test", "anna@example.test"]),
        ("?email=Anna@Example.test", ["anna@example.test"]),
        ("?is_active=false", ["ben@example.test"]),
        ("?is_email_confirmed=true", ["anna@example.test"]),
        ("?language=fr", ["ben@example.test"]),
        ("?created_at__gte=2099-01-01T00:00:00Z", []),
        ("?sort=email&limit=2", ["anna@example.test", "ben@example.test"]),
    ):
        assert emails(clerk, query) == found, query
    assert clerk.get(f"{LIST}?colour=blue").status_code == 400


def test_nothing_of_a_neighbour_is_there_and_nothing_is_written(clerk, voltwerk, make_customer):
    theirs = make_customer("carl@example.test", vendor=voltwerk)
    mine = make_customer("anna@example.test")
    assert emails(clerk) == ["anna@example.test"]
    for pk in (theirs.pk, 2**63):
        assert clerk.get(f"{LIST}{pk}/").status_code == 404
    assert clerk.post(LIST, {"email": "x@example.test"}).status_code == 405
    headers = {"authorization": f"Bearer {clerk.access}"}
    address = f"/api/v1/{LIST}{mine.pk}/"
    changed = clerk.client.patch(address, {}, content_type="application/json", headers=headers)
    assert changed.status_code == 405


def test_who_may_not_see_customers_is_refused(clerk, make_customer, monkeypatch):
    anna = make_customer("anna@example.test")
    for view, path in ((vendor_views.Customers, LIST), (vendor_views.CustomerDetail, f"{LIST}{anna.pk}/")):
        assert clerk.get(path).status_code == 200
        needed = Policy(view.policy.audience, "customers.change_customer")
        monkeypatch.setattr(view, "policy", needed)
        assert clerk.get(path).status_code == 403


def test_the_queries_do_not_grow_with_the_customers(clerk, make_customer, django_assert_max_num_queries):
    make_customer("anna@example.test")
    clerk.get(LIST)
    with django_assert_max_num_queries(15) as before:
        clerk.get(LIST)
    for number in range(10):
        make_customer(f"c{number}@example.test")
    with django_assert_max_num_queries(15) as after:
        clerk.get(LIST)
    assert len(after) == len(before)

"""The team reads the shop's customers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from modules.customers import services
from modules.customers.models import Customer
from platform_core.tenancy.context import platform_context
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

HOST = "lux.localhost"
HOME = {
    "name": "Anna",
    "line1": "12, rue <X>",
    "postal_code": "L-1611",
    "city": "Luxembourg",
    "country": "LU",
}


@pytest.fixture
def clerk(objektiv_clerk, client_for):
    client = client_for(HOST)
    client.post("/vendor/sign-in/", {"email": objektiv_clerk.email, "password": PASSWORD})
    return client


@pytest.fixture
def anna(lux, objektiv):
    with platform_context(lux, objektiv):
        anna = services.register_customer(
            email="anna@example.test", password="correct-horse-battery", full_name="Anna <b>", language="lb"
        )
        services.save_address(customer=anna, **HOME)
    return anna


def text_of(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


def test_customers_are_listed_and_found(clerk, anna):
    assert "Anna &lt;b&gt;" in text_of(clerk.get("/vendor/customers/"))
    assert "anna@example.test" in text_of(clerk.get("/vendor/customers/?q=ANNA%40"))
    assert "No customer matches “nobody”" in text_of(clerk.get("/vendor/customers/?q=nobody"))
    for odd in ("page=abc", "page=99999", "q=" + "x" * 2000, "q=%25"):
        assert clerk.get(f"/vendor/customers/?{odd}").status_code == 200


def test_a_customers_page_shows_the_addresses(clerk, anna):
    html = text_of(clerk.get(f"/vendor/customers/{anna.pk}/"))
    assert "12, rue &lt;X&gt;" in html
    assert "Lëtzebuergesch" in html
    assert anna.password not in html


def test_a_shop_without_customers_says_so(clerk):
    assert "No customers yet" in text_of(clerk.get("/vendor/customers/"))


def test_a_neighbours_customer_is_not_there(lux, voltwerk, clerk):
    with platform_context(lux, voltwerk):
        theirs = services.register_customer(
            email="carl@example.test", password="correct-horse-battery", full_name="Carl"
        )
    assert "Carl" not in text_of(clerk.get("/vendor/customers/"))
    for pk in (theirs.pk, 0, 2**63, 10**40):
        assert clerk.get(f"/vendor/customers/{pk}/").status_code == 404


def test_strangers_and_customers_sign_in_first(anna, client_for):
    assert client_for(HOST).get("/vendor/customers/").status_code == 302


def test_the_queries_do_not_grow_with_the_customers(
    lux, objektiv, clerk, anna, django_assert_max_num_queries
):
    clerk.get("/vendor/customers/")
    with django_assert_max_num_queries(15) as before:
        clerk.get("/vendor/customers/")
    with platform_context(lux, objektiv):
        for number in range(10):
            services.register_customer(
                email=f"c{number}@example.test", password="correct-horse-battery", full_name=f"C{number}"
            )
    with django_assert_max_num_queries(15) as after:
        clerk.get("/vendor/customers/")
    assert len(after) == len(before)


def test_the_list_is_narrowed_by_account_and_day_and_keeps_it_in_the_address(lux, objektiv, clerk, anna):
    with platform_context(lux, objektiv):
        for email, facts in (
            ("ben@example.test", {"is_active": False}),
            ("carl@example.test", {"email_confirmed_at": timezone.now()}),
        ):
            other = services.register_customer(
                email=email, password="correct-horse-battery", full_name=email.split("@")[0].title()
            )
            Customer.objects.filter(pk=other.pk).update(**facts)
        Customer.objects.filter(pk=anna.pk).update(created_at=timezone.now() - timedelta(days=90))
    since = (timezone.localdate() - timedelta(days=30)).isoformat()

    def names(query: str) -> list[str]:
        response = clerk.get(f"/vendor/customers/{query}")
        assert response.status_code == 200
        return [customer.full_name for customer in response.context["page"].object_list]

    assert names("?sort=name") == ["Anna <b>", "Ben", "Carl"]
    assert names("?sort=-name") == ["Carl", "Ben", "Anna <b>"]
    assert names("?account=closed") == ["Ben"]
    assert names("?account=unconfirmed") == ["Anna <b>"]
    assert names("?account=open") == ["Carl", "Anna <b>"]
    assert names(f"?since={since}") == ["Carl", "Ben"]
    assert names("?since=never&account=odd&sort=up") == ["Carl", "Ben", "Anna <b>"]
    assert "No customer here" in text_of(clerk.get("/vendor/customers/?since=2099-01-01"))
    html = text_of(clerk.get(f"/vendor/customers/?account=open&since={since}&sort=name"))
    for hidden in ("account", "since", "sort"):
        assert f'type="hidden" name="{hidden}"' in html
    # The home's figure is the count of the list that it leads to.
    home = text_of(clerk.get("/vendor/"))
    assert f'href="/vendor/customers/?since={since}"' in home
    assert "In the last 30 days" in home

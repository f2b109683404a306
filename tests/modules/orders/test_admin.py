"""Orders and shipping methods in a platform's admin: to look at, across its shops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from modules.orders.models import Order, OrderLine, ShippingMethod
from modules.orders.services import add_note, confirm_order, send_order
from modules.tenancy.models import Vendor
from modules.tenancy.services import add_staff
from platform_core.modules.service import module_service
from platform_core.tenancy.context import platform_context
from tests.modules.orders.conftest import switch_orders_off
from tests.modules.orders.test_dashboard import inside, order, order_again  # noqa: F401

pytestmark = pytest.mark.django_db

LUX, MOSEL = "admin.lux.localhost", "admin.mosel.localhost"
ORDERS, METHODS = "/admin/orders/order/", "/admin/orders/shippingmethod/"
PASSWORD = "correct-horse-battery"


@pytest.fixture
def enter(client_for: Callable[..., Client]) -> Callable[..., Client]:
    def signing_in(host: str, user: Any) -> Client:
        client = client_for(host)
        assert client.post("/admin/login/", {"email": user.email, "password": PASSWORD}).status_code == 302
        return client

    return signing_in


@pytest.fixture
def staff(enter, lux_admin) -> Client:
    return enter(LUX, lux_admin)


@pytest.fixture
def mosel_staff(enter, mosel, make_user) -> Client:
    user = make_user("admin@mosel.test")
    with platform_context(role="operator"):
        add_staff(platform=mosel, user=user)
        module_service.enable_module(mosel, "orders")
    return enter(MOSEL, user)


def text_of(response: Any, status: int = 200) -> str:
    assert response.status_code == status
    return response.content.decode()


def test_staff_see_an_order_of_a_shop_with_everything(staff, inside, order, objektiv_clerk):  # noqa: F811
    with inside():
        confirm_order(order=order, user=objektiv_clerk)
        add_note(order=order, note="Call <first>", user=objektiv_clerk)
    listing = text_of(staff.get(ORDERS))
    assert str(order.number) in listing and "Objektiv" in listing and "€84.10" in listing
    page = text_of(staff.get(f"{ORDERS}{order.pk}/change/"))
    for words in (
        "€84.10",
        ">Confirmed<",
        "Bank transfer",
        "17%: €9.04, contained in €62.20",
        "5, rue du Fossé",
        "Awaiting payment",
        "LAMP",
        "Call &lt;first&gt;",
        objektiv_clerk.full_name or objektiv_clerk.email,
    ):
        assert words in page, words
    for refused in ("add/", f"{order.pk}/delete/"):
        assert staff.get(f"{ORDERS}{refused}").status_code == 403
    assert staff.post(f"{ORDERS}{order.pk}/change/", {"email": "x@example.test"}).status_code == 403


def test_orders_are_searched_and_filtered(staff, inside, order, order_again, shop, voltwerk):  # noqa: F811
    other = order_again()
    with inside():
        confirm_order(order=other)

    def found(query: str) -> set[int]:
        page = staff.get(f"{ORDERS}?{query}")
        text_of(page)
        return {row.number for row in page.context["cl"].result_list}

    assert found("") == {order.number, other.number}
    assert found("q=bauer") == found("state__exact=confirmed") == {other.number}
    assert found(f"q={order.number}") == {order.number}
    assert found(f"vendor={voltwerk.pk}") == found("placed_at__lt=2001-01-01+00:00:00%2B00:00") == set()
    assert found(f"vendor={shop.pk}") == {order.number, other.number}
    for odd in ("q=" + "9" * 40, "state__exact=x", "vendor=x", "placed_at__gte=x", "p=x", "o=99"):
        assert staff.get(f"{ORDERS}?{odd}").status_code in {200, 302}


def test_shipping_methods_are_shown(staff, inside, shop):  # noqa: F811
    with inside():
        parcel = ShippingMethod.objects.get(code="parcel")
    assert "Home delivery" in text_of(staff.get(METHODS))
    page = text_of(staff.get(f"{METHODS}{parcel.pk}/change/"))
    assert "up to 2000 g: €4.90" in page and "everywhere" in page
    assert (
        staff.get(f"{METHODS}add/").status_code
        == staff.get(f"{METHODS}{parcel.pk}/delete/").status_code
        == 403
    )


def test_another_platforms_staff_meet_none_of_them(mosel_staff, inside, order):  # noqa: F811
    with inside():
        method = ShippingMethod.objects.first()
    assert "anna@example.test" not in text_of(mosel_staff.get(ORDERS))
    for page in ("change", "history"):
        assert mosel_staff.get(f"{ORDERS}{order.pk}/{page}/").status_code == 404
        assert mosel_staff.get(f"{METHODS}{method.pk}/{page}/").status_code == 404


def test_a_team_does_not_get_in(client_for, order, objektiv_owner):  # noqa: F811
    client = client_for(LUX)
    client.post("/admin/login/", {"email": objektiv_owner.email, "password": PASSWORD})
    assert client.get(ORDERS).status_code == 302


def test_the_first_page_counts_orders_and_without_the_module_nothing_is_left(staff, orders_on, order):  # noqa: F811
    home = text_of(staff.get("/admin/"))
    assert 'href="/admin/orders/order/"' in home and "state__in=placed,confirmed" in home
    switch_orders_off(orders_on)
    home = text_of(staff.get("/admin/"))
    assert "/admin/orders/" not in home
    unknown = staff.get("/admin/nothing/here/").status_code
    assert staff.get(f"{ORDERS}{order.pk}/change/").status_code in {unknown, 404}
    assert "anna@example.test" not in staff.get(ORDERS).content.decode()


def test_the_queries_do_not_grow_with_the_rows(staff, inside, order, order_again, objektiv_clerk):  # noqa: F811
    def queries(address: str) -> int:
        staff.get(address)
        with CaptureQueriesContext(connection) as asked:
            text_of(staff.get(address))
        # What is on, and what menus show, is kept in the process for seconds once it is committed; the test's own
        # transaction never is.
        kept = ("modules", "platform_menu_visibility")
        return sum(not any(name in query["sql"] for name in kept) for query in asked)

    record = f"{ORDERS}{order.pk}/change/"
    before = queries(ORDERS), queries(record)
    for _count in range(3):
        order_again()
    with inside():
        for line in OrderLine.objects.filter(order=order):
            send_order(order=Order.objects.get(pk=order.pk), quantities={line.pk: 1}, user=objektiv_clerk)
    after = queries(ORDERS), queries(record)
    assert after[0] == before[0] <= 15
    # The names of those who acted are one question more.
    assert after[1] <= before[1] + 1 <= 16


def test_vendors_of_the_list_are_named(staff, inside, order, lux, voltwerk: Vendor):  # noqa: F811
    with platform_context(lux, voltwerk):
        copy = Order.objects.create(
            **{
                name: getattr(order, name)
                for name in ("email", "language", "currency", "shipping_code", "shipping_name", "rates")
            },
            **dict.fromkeys(("goods_minor", "shipping_minor", "shipping_net_minor", "shipping_tax_minor"), 0),
            **dict.fromkeys(("gross_minor", "net_minor", "tax_minor"), 0),
            public_id="ord_copy",
            number=4711,
        )
    page = text_of(staff.get(ORDERS))
    assert "4711" in page and "Voltwerk" in page and "Objektiv" in page
    assert "Nothing to pay" in text_of(staff.get(f"{ORDERS}{copy.pk}/change/"))

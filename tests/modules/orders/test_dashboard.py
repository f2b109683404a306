"""The team's pages of orders, as owner and as clerk."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from moneyed import Money

from modules.customers.services import register_customer
from modules.orders.models import Cart, Fulfilment, Order, OrderEvent, OrderLine
from modules.orders.services import (
    add_line,
    cancel_order,
    complete_cart,
    confirm_order,
    create_cart,
    record_payment,
    send_order,
    set_contact,
    set_delivery,
    set_payment,
)
from modules.payments.models import PaymentEvent
from modules.tenancy.models import Vendor
from platform_core.tenancy.context import platform_context
from tests.conftest import PASSWORD
from tests.forms import TeamBrowser, fields_of
from tests.modules.orders.conftest import ADDRESS, switch_orders_off

pytestmark = pytest.mark.django_db

LIST = "/vendor/orders/"


@pytest.fixture
def inside(orders_on, shop):
    """`with inside():` the shop's context, for what a browser's request has left behind."""
    return lambda: platform_context(orders_on, shop)


def enter(email: str) -> TeamBrowser:
    browser = TeamBrowser("lux.localhost", "objektiv")
    assert browser.post("/vendor/sign-in/", {"email": email, "password": PASSWORD}).status_code == 302
    return browser


@pytest.fixture
def owner(shop: Vendor, objektiv_owner: Any) -> Client:
    return enter("owner@objektiv.test")


@pytest.fixture
def clerk(shop: Vendor, objektiv_clerk: Any) -> Client:
    return enter("staff@objektiv.test")


@pytest.fixture
def order(inside, make_product) -> Order:
    """The order of case two, placed before anybody comes: requests find no context left over."""
    with inside():
        make_product("book", 2060, tax_category="super_reduced", weight_grams=400)
        make_product("lamp", 5850, weight_grams=1500)
        cart = create_cart(language="en")
        for sku in ("BOOK", "LAMP"):
            add_line(cart=cart, sku=sku)
        set_contact(cart=cart, email="anna@example.test")
        set_delivery(cart=cart, shipping_address=ADDRESS, shipping_method="home")
        set_payment(cart=cart, payment_method="bank_transfer")
        return complete_cart(cart=cart, key="k").order


@pytest.fixture
def order_again(inside, make_product):
    """`order_again("ben@example.test")`: another order of two lamps for 117.00, delivered for 5.00."""

    def place(email: str = "ben@example.test", name: str = "Ben Bauer", **facts: Any) -> Order:
        with inside():
            if not OrderLine.objects.filter(sku="TORCH").exists():
                make_product("torch", 5850, weight_grams=100)
            cart: Cart = create_cart(language="en")
            add_line(cart=cart, sku="TORCH", quantity=2)
            set_contact(cart=cart, email=email)
            set_delivery(cart=cart, shipping_address={**ADDRESS, "name": name}, shipping_method="home")
            set_payment(cart=cart, payment_method="bank_transfer")
            return complete_cart(cart=cart, key="k").order

    return place


def page_of(order: Order, page: str = "") -> str:
    return f"{LIST}{order.number}/{page}"


def text_of(response: Any, status: int = 200) -> str:
    assert response.status_code == status, response.content.decode()[:2000]
    return response.content.decode()


def rows_of(client: Client, query: str = "") -> list[int]:
    response = client.get(f"{LIST}{query}")
    assert response.status_code == 200
    return [order.number for order in response.context["page"].object_list]


def test_an_order_leads_to_its_payment_where_receipts_are_reversed(clerk, order):
    html = text_of(clerk.get(page_of(order)))
    assert order.payment is not None
    assert f'href="/vendor/payments/{order.payment.public_id}/"' in html
    assert "Ledger, refunds and mistakes" in html


def test_a_shop_without_orders_says_so(clerk):
    assert "No orders yet" in text_of(clerk.get(LIST))


def test_orders_are_listed_searched_filtered_and_sorted(clerk, inside, order, order_again):
    second, third = order_again(), order_again("carl@example.test", "Carl Cuvelier")
    with inside():
        confirm_order(order=second)
        cancel_order(order=third, reason="Sold out")
        record_payment(order=order, amount=Money("84.10", "EUR"))
        reference = Order.objects.get(pk=second.pk).payment.provider_reference
    first_number, second_number, third_number = order.number, second.number, third.number
    assert rows_of(clerk) == [third_number, second_number, first_number]
    assert rows_of(clerk, "?sort=number") == [first_number, second_number, third_number]
    assert rows_of(clerk, "?sort=total")[0] == first_number
    for query, found in (
        ("?q=CARL%40", [third_number]),
        ("?q=bauer", [second_number]),
        (f"?q={first_number}", [first_number]),
        (f"?q=%23{first_number}", [first_number]),
        (f"?q={reference[:4].lower()}+{reference[4:].lower()}", [second_number]),
        ("?status=placed", []),
        ("?status=to_send", [second_number, first_number]),
        ("?status=cancelled", [third_number]),
        ("?status=sold", [second_number, first_number]),
        ("?payment=expected", [second_number]),
        ("?payment=paid", [first_number]),
        ("?payment=voided", [third_number]),
        ("?payment=owed", []),
        ("?status=to_send&payment=paid", [first_number]),
    ):
        assert rows_of(clerk, query) == found, query
    for odd in (
        "page=abc",
        "page=999",
        "q=" + "9" * 40,
        "status=x",
        "sort=x",
        "size=7",
        "payment=x",
    ):
        text_of(clerk.get(f"{LIST}?{odd}"))


def test_days_narrow_the_list_and_say_what_they_come_to(clerk, inside, order, order_again):
    late = order_again()
    with inside():
        Order.objects.filter(pk=order.pk).update(placed_at=timezone.make_aware(datetime(2026, 3, 7, 23, 59)))
        Order.objects.filter(pk=late.pk).update(placed_at=timezone.make_aware(datetime(2026, 3, 8, 0, 0)))
    assert rows_of(clerk, "?since=2026-03-07&until=2026-03-07") == [order.number]
    assert rows_of(clerk, "?since=2026-03-08") == [late.number]
    html = text_of(clerk.get(f"{LIST}?since=2026-03-01&until=2026-03-31"))
    assert "€206.10 in all" in html and "2 orders" in html
    for query, words in (
        ("?since=banana", "Enter a day from 2000 to 2099"),
        ("?until=9999-12-31", "Enter a day from 2000 to 2099"),
        ("?since=0001-01-01", "Enter a day from 2000 to 2099"),
        ("?since=2026-03-08&until=2026-03-07", "This day lies before the first one"),
    ):
        html = text_of(clerk.get(LIST + query))
        assert words in html
        assert f'value="{query.split("=")[1].split("&")[0]}"' in html


def test_the_tabs_count_what_waits_with_the_filters_in_force(clerk, inside, order, order_again):
    second = order_again()
    order_again("carl@example.test")
    with inside():
        confirm_order(order=second)
    counts = {tab["label"]: tab["count"] for tab in clerk.get(LIST).context["tabs"]}
    assert counts["To confirm"] == 2 and counts["To send"] == 1 and counts["Completed"] is None
    counts = {tab["label"]: tab["count"] for tab in clerk.get(f"{LIST}?q=ben@").context["tabs"]}
    assert counts["To confirm"] == 0 and counts["To send"] == 1


def queries_of(client: Client, address: str) -> int:
    """How many queries a warm page makes, but for those on modules and menus.

    What is on is kept in the process once it is committed; the test's own transaction never is.
    """
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        text_of(client.get(address))
    asked = [query["sql"] for query in queries]
    kept = ("modules_version", "platform_modules", "platform_menu_visibility")
    return sum(not any(name in sql for name in kept) for sql in asked)


def test_the_queries_do_not_grow_with_the_orders(clerk, order, order_again):
    one = queries_of(clerk, LIST)
    assert one <= 10
    for _count in range(3):
        order_again()
    assert queries_of(clerk, LIST) == one


def test_the_queries_of_a_record_do_not_grow_with_its_parts(clerk, inside, order, objektiv_clerk):
    with inside():
        for line in OrderLine.objects.all():
            send_order(order=order, quantities={line.pk: 1}, user=objektiv_clerk)
    parts = queries_of(clerk, page_of(order))
    assert parts <= 15
    with inside():
        for cents in ("1.00", "2.00", "3.00"):
            record_payment(order=order, amount=Money(cents, "EUR"), user=objektiv_clerk)
    assert queries_of(clerk, page_of(order)) == parts
    assert queries_of(clerk, "/vendor/") <= 15


def test_the_record_shows_everything_about_an_order(clerk, inside, order, objektiv_clerk):
    with inside():
        anna = register_customer(email="anna@example.test", password=PASSWORD, full_name="Anna Muller")
        Order.objects.filter(pk=order.pk).update(customer=anna)
        confirm_order(order=order, user=objektiv_clerk)
        lamp = OrderLine.objects.get(sku="LAMP")
        send_order(
            order=order,
            quantities={lamp.pk: 1},
            carrier="POST",
            tracking_number="T-1",
            tracking_url="https://post.test/T-1",
            user=objektiv_clerk,
        )
        reference = Order.objects.get(pk=order.pk).payment.provider_reference
    html = text_of(clerk.get(page_of(order)))
    for words in (
        "€84.10",
        "VAT 17%",
        "VAT 3%",
        "5, rue du Fossé",
        f'href="/vendor/customers/{anna.pk}/"',
        reference,
        'href="https://post.test/T-1"',
        "Partly sent",
        "Awaiting payment",
        objektiv_clerk.full_name or objektiv_clerk.email,
        'value="84.10"',
    ):
        assert words in html, words


def test_a_clerk_confirms_an_order(clerk, inside, order, objektiv_clerk):
    response = clerk.post(page_of(order, "confirm/"), {"version": order.version})
    assert response.status_code == 302
    assert f"Order {order.number} is confirmed." in text_of(clerk.get(response["Location"]))
    with inside():
        assert Order.objects.get().state == "confirmed"
        assert OrderEvent.objects.get(kind="confirmed").user_id == objektiv_clerk.pk


def test_parts_are_sent_and_the_rest_is_prefilled(clerk, inside, order):
    with inside():
        book, lamp = OrderLine.objects.order_by("position")
    data = fields_of(text_of(clerk.get(page_of(order))))
    assert data[f"quantity-{book.pk}"] == data[f"quantity-{lamp.pk}"] == "1"
    response = clerk.post(
        page_of(order, "send/"),
        {
            "version": data["version"],
            f"quantity-{book.pk}": "1",
            f"quantity-{lamp.pk}": "0",
            "carrier": "POST",
        },
    )
    assert response.status_code == 302
    with inside():
        assert Fulfilment.objects.get().carrier == "POST"
        assert Order.objects.get().state == "partially_fulfilled"
    html = text_of(clerk.get(page_of(order)))
    data = fields_of(html)
    assert f"quantity-{book.pk}" not in data and data[f"quantity-{lamp.pk}"] == "1"
    assert clerk.post(page_of(order, "send/"), data).status_code == 302
    with inside():
        assert Order.objects.get().state == "fulfilled"
    assert "Record as sent" not in text_of(clerk.get(page_of(order)))


@pytest.mark.parametrize("count", ["2", "-1", "0.5", "many", "1e9", "9" * 30])
def test_a_quantity_that_is_not_open_is_refused_and_nothing_typed_is_lost(clerk, inside, order, count):
    with inside():
        book = OrderLine.objects.get(sku="BOOK")
    html = text_of(
        clerk.post(
            page_of(order, "send/"),
            {
                "version": order.version,
                f"quantity-{book.pk}": count,
                "carrier": "Dem Noper säin Auto",
                "tracking_url": "post",
            },
        ),
        422,
    )
    assert "Enter a whole number from 0 to 1, as many as are still to be sent." in html
    assert f'href="#send_quantity-{book.pk}"' in html and "<title>Error:" in html
    assert f'value="{count}"' in html and 'value="Dem Noper säin Auto"' in html and 'value="post"' in html
    assert "beginning with https://" in html
    with inside():
        assert not Fulfilment.objects.exists()


def test_sending_nothing_is_refused(clerk, inside, order):
    with inside():
        lines = list(OrderLine.objects.all())
    data = {"version": order.version, **{f"quantity-{line.pk}": "" for line in lines}}
    assert "Say of at least one line how many you send." in text_of(
        clerk.post(page_of(order, "send/"), data), 422
    )
    with inside():
        assert Order.objects.get().state == "placed"


def test_money_is_recorded_once_however_often_its_form_is_sent(clerk, inside, order, objektiv_clerk):
    data = fields_of(text_of(clerk.get(page_of(order))))
    assert data["amount"] == "84.10"
    data["note"] = "Statement 12"
    for _time in range(2):
        assert clerk.post(page_of(order, "payment/"), data).status_code == 302
    with inside():
        event = PaymentEvent.objects.get(kind="captured")
        assert (event.amount_minor, event.reason, event.user_id) == (8410, "Statement 12", objektiv_clerk.pk)
        assert Order.objects.get().state == "confirmed"


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("", "Enter the amount that has come in."),
        ("0", "Enter an amount of more than zero."),
        ("-5", "Enter an amount"),
        ("8,4,1", "Enter an amount like 12.50. You typed “8,4,1”."),
        ("1.234", "could mean two amounts"),
        ("84 USD", "is another currency"),
        ("99999999999999", "Enter an amount"),
    ],
)
def test_an_amount_that_is_none_is_refused(clerk, inside, order, amount, words):
    data = {"version": order.version, "amount": amount, "note": "Statement 12", "key": "a"}
    html = text_of(clerk.post(page_of(order, "payment/"), data), 422)
    assert words in html and 'value="Statement 12"' in html and (not amount or f'value="{amount}"' in html)
    with inside():
        assert not PaymentEvent.objects.filter(kind="captured").exists()


def test_a_note_is_kept_and_an_empty_one_refused(clerk, inside, order):
    assert clerk.post(page_of(order, "note/"), {"version": 1, "note": "Call first"}).status_code == 302
    assert "Call first" in text_of(clerk.get(page_of(order)))
    assert "Write the note first." in text_of(
        clerk.post(page_of(order, "note/"), {"version": order.version, "note": "  "}), 422
    )
    with inside():
        assert OrderEvent.objects.filter(kind="note").count() == 1


def test_an_order_is_cancelled_behind_a_question(clerk, inside, order):
    with inside():
        record_payment(order=order, amount=Money("10.00", "EUR"))
    html = text_of(clerk.get(page_of(order, "cancel/")))
    assert f"Cancel order {order.number}?" in html and "€10.00 that came in is owed back" in html
    data = {**fields_of(html), "reason": "Sold out"}
    assert clerk.post(page_of(order, "cancel/"), data).status_code == 302
    with inside():
        found = Order.objects.get()
        assert (found.state, found.cancel_reason) == ("cancelled", "Sold out")
    html = text_of(clerk.get(page_of(order)))
    assert "Refund owed" in html and "Sold out" in html
    assert clerk.get(page_of(order, "cancel/")).status_code == 302


def test_what_somebody_else_has_changed_is_said_and_nothing_typed_is_lost(clerk, inside, order):
    """412 for every form with an old version; the page's next form goes on from the new one."""
    with inside():
        book = OrderLine.objects.get(sku="BOOK")
        confirm_order(order=order)
    old = {"version": order.version}
    for page, typed in (
        ("send/", {f"quantity-{book.pk}": "1", "carrier": "Kept words"}),
        ("payment/", {"amount": "12.34", "note": "Kept words", "key": "a"}),
        ("cancel/", {"reason": "Kept words"}),
        ("confirm/", {}),
    ):
        html = text_of(clerk.post(page_of(order, page), {**old, **typed}), 412)
        assert "This order has changed since you opened its page" in html, page
        assert not typed or 'value="Kept words"' in html, page
        assert f'name="version" value="{order.version + 1}"' in html, page
        assert text_of(clerk.post(page_of(order, page), typed), 412), "Without a version it may be overtaken."
    with inside():
        assert not Fulfilment.objects.exists()
        assert not PaymentEvent.objects.filter(kind="captured").exists()
        assert Order.objects.get().state == "confirmed"
    # The control: what the refused page holds is taken.
    html = text_of(clerk.post(page_of(order, "cancel/"), {**old, "reason": "Kept words"}), 412)
    assert clerk.post(page_of(order, "cancel/"), fields_of(html)).status_code == 302
    with inside():
        assert Order.objects.get().cancel_reason == "Kept words"


def test_the_packing_slip_speaks_the_buyers_language_and_names_no_price(clerk, inside, order):
    with inside():
        Order.objects.filter(pk=order.pk).update(language="fr")
        lamp = OrderLine.objects.get(sku="LAMP")
        send_order(order=order, quantities={lamp.pk: 1})
    html = text_of(clerk.get(page_of(order, "packing-slip/")))
    slip = html[html.index("<section") : html.index("</section>")]
    assert 'lang="fr"' in slip and "Dans ce colis" in slip and "Anna Muller" in slip
    assert "€" not in slip and "LAMP" in slip


def test_a_neighbours_order_and_odd_numbers_are_not_there(clerk, lux, voltwerk, order):
    with platform_context(lux, voltwerk):
        theirs = Order.objects.create(
            public_id="ord_x",
            number=7777,
            email="x@example.test",
            language="en",
            currency="EUR",
            shipping_code="home",
            shipping_name="Home",
            goods_minor=0,
            shipping_minor=0,
            shipping_net_minor=0,
            shipping_tax_minor=0,
            gross_minor=0,
            net_minor=0,
            tax_minor=0,
        )
    for number in (theirs.number, 0, 2**63, 10**40):
        for page in ("", "cancel/", "packing-slip/"):
            assert clerk.get(f"{LIST}{number}/{page}").status_code == 404
        for page in ("confirm/", "send/", "payment/", "note/", "cancel/"):
            assert clerk.post(f"{LIST}{number}/{page}", {"version": 1}).status_code == 404
    assert "7777" not in text_of(clerk.get(LIST))


def test_a_form_address_opened_again_leads_to_the_order(clerk, order):
    for page in ("confirm/", "send/", "payment/", "note/"):
        assert clerk.get(page_of(order, page))["Location"] == page_of(order)


def test_strangers_sign_in_first(order, client_for):
    assert client_for("lux.localhost").get(LIST).status_code == 302


def test_the_homes_figures_are_those_of_the_lists_behind_them(clerk, inside, order, order_again):
    second, third = order_again(), order_again("carl@example.test")
    with inside():
        record_payment(order=order, amount=Money("84.10", "EUR"))
        cancel_order(order=third, reason="Sold out")
        yesterday = order_again("old@example.test")
        Order.objects.filter(pk=yesterday.pk).update(placed_at=timezone.now() - timedelta(days=1))
    response = clerk.get("/vendor/")
    html = text_of(response)
    tiles = {tile.url: tile.number for key in ("tiles", "tasks") for tile in response.context[key]}
    today = f"since={timezone.localdate()}&until={timezone.localdate()}"
    assert tiles[f"{LIST}?{today}"] == 3
    assert tiles[f"{LIST}?status=sold&{today}"] == Money("206.10", "EUR")
    for query in (f"?{today}", "?status=placed", "?status=to_send", "?payment=expected"):
        assert f'href="{LIST}{query.replace("&", "&amp;")}"' in html
        assert len(rows_of(clerk, query)) == tiles[f"{LIST}{query}"] > 0
    assert "€206.10 in all" in text_of(clerk.get(f"{LIST}?status=sold&{today}"))
    assert second.state == "placed"


def test_a_customers_page_leads_to_the_orders(clerk, inside, order, order_again, orders_on):
    other = order_again()
    with inside():
        anna = register_customer(email="anna@example.test", password=PASSWORD, full_name="Anna Muller")
        ben = register_customer(email="ben@example.test", password=PASSWORD, full_name="Ben Bauer")
        Order.objects.filter(pk=order.pk).update(customer=anna)
    html = text_of(clerk.get(f"/vendor/customers/{anna.pk}/"))
    assert f'href="{page_of(order)}"' in html and f'href="{page_of(other)}"' not in html
    assert "has not ordered yet" in text_of(clerk.get(f"/vendor/customers/{ben.pk}/"))
    # The control: without the module the page knows of no orders.
    switch_orders_off(orders_on)
    assert "/vendor/orders/" not in text_of(clerk.get(f"/vendor/customers/{anna.pk}/"))


def test_without_the_module_every_page_is_unknown(clerk, orders_on, order):
    pages = [LIST, page_of(order), page_of(order, "packing-slip/"), "/vendor/shipping/"]
    assert clerk.get(LIST).status_code == 200
    switch_orders_off(orders_on)
    unknown = clerk.get("/vendor/nothing-here/").status_code
    assert [clerk.get(page).status_code for page in pages] == [unknown] * len(pages)
    assert "Orders today" not in text_of(clerk.get("/vendor/"))

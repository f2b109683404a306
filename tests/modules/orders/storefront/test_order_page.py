"""An order as its buyer sees it: by its link, in the account, and nobody else's."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone
from moneyed import Money

from modules.customers.models import Customer
from modules.customers.services import register_customer
from modules.orders.models import Order
from modules.orders.selectors import buyer_timeline, orders, timeline, token_of
from modules.orders.services import add_note, cancel_order, record_payment, send_order
from modules.orders.storefront import orders as page_of_order
from modules.tenancy.services import activate_domain, add_domain
from platform_core.tenancy.context import platform_context
from tests.modules.orders.storefront.conftest import ANNA, HOST, Buyer, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def placed(at_review, inside) -> tuple[str, Order]:
    """The address of an order's page, and the order."""
    address = at_review.order()["Location"]
    with inside():
        return address, orders().get()


def test_the_page_says_all_of_the_order_and_how_to_pay(at_review, placed):
    shown = text_of(at_review.get(placed[0]))
    for text in (
        *("Thank you for your order", "Lamp", "Book", "€84.10", "€9.04", "€0.64", "€5.00", "Home delivery"),
        *(
            "5, rue du Fossé",
            "anna@example.test",
            "LU28 0019 4006 4475 0000",
            "Objektiv S.à r.l.",
            "BCEELULL",
        ),
        *("Awaiting payment", 'class="qr"', "Order placed"),
    ):
        assert text in shown, text
    assert re.search(r"RF\d\d( \w{4})+", shown)


def test_the_page_is_for_whoever_has_its_link_and_for_no_search_engine(placed, client_for):
    page = client_for(HOST).get(placed[0])
    assert page.status_code == 200
    assert 'name="robots" content="noindex"' in text_of(page)
    assert page["X-Robots-Tag"] == "noindex"
    assert "no-store" in page["Cache-Control"]
    assert page["Referrer-Policy"] == "same-origin"
    robots = text_of(client_for(HOST).get("/robots.txt"))
    for path in ("/cart/", "/checkout/", "/orders/", "/fr/cart/"):
        assert f"Disallow: {path}\n" in robots
    sitemap = text_of(client_for(HOST).get("/sitemap.xml"))
    assert not re.search("/(cart|checkout|orders)/", sitemap)


def test_forged_unknown_and_foreign_links_look_like_any_unknown_address(placed, client_for, make_vendor, lux):
    address, order = placed
    make_vendor(lux, "voltwerk")
    elsewhere = client_for("voltwerk.lux.localhost").get(address)
    assert elsewhere.status_code == 404
    for token in (order.public_id, f"{order.public_id}.forged", "x", str(order.number), "x" * 3000):
        assert client_for(HOST).get(f"/orders/{token}/").status_code == 404, token


def test_the_token_of_one_shop_is_none_in_another(placed, lux, make_vendor):
    """Of two shops even an order of the same id would have two links."""
    _address, order = placed
    other = make_vendor(lux, "voltwerk")
    with platform_context(lux, other):
        assert token_of(order) not in placed[0]


def test_the_page_follows_the_order(at_review, placed, inside, objektiv_owner):
    address, order = placed
    with inside():
        record_payment(order=order, amount=Money("84.10", "EUR"), note="from our clerk", user=objektiv_owner)
        send_order(
            order=order,
            quantities={order.lines.first().pk: 1},
            carrier="POST",
            tracking_number="PL123",
            tracking_url="https://track.example/PL123",
            user=objektiv_owner,
        )
        add_note(order=order, note="Difficult person", user=objektiv_owner)
    shown = text_of(at_review.get(address))
    for text in (
        "Partly sent",
        "Money received · €84.10",
        "POST",
        'href="https://track.example/PL123"',
        "Paid",
    ):
        assert text in shown, text
    for secret in ("Difficult person", "from our clerk", objektiv_owner.email, 'class="qr"'):
        assert secret not in shown, secret


def test_the_teams_timeline_would_tell_the_buyer_what_the_team_wrote(
    at_review, placed, inside, objektiv_owner, monkeypatch
):
    """Control."""
    address, order = placed
    with inside():
        add_note(order=order, note="Difficult person", user=objektiv_owner)
        assert "Difficult person" in [entry.note for entry in timeline(order)]
        assert {entry.note for entry in buyer_timeline(order)} == {""}
        assert len(buyer_timeline(order)) == 1
    monkeypatch.setattr(page_of_order, "buyer_timeline", timeline)
    assert text_of(at_review.get(address)).count("<time") > 2


def test_a_cancelled_order_asks_for_no_money(at_review, placed, inside):
    address, order = placed
    with inside():
        cancel_order(order=order)
    shown = text_of(at_review.get(address))
    assert "Order cancelled" in shown
    assert "LU28" not in shown
    assert "Reason of the cancellation" not in shown


def test_a_buyer_reads_why_an_order_was_cancelled(at_review, placed, inside):
    address, order = placed
    with inside():
        cancel_order(order=order, reason="Sold out <for good>")
    shown = text_of(at_review.get(address))
    assert "Reason of the cancellation: Sold out &lt;for good&gt;" in shown


def test_who_collects_pays_at_the_counter(buyer, inside):
    buyer.put_in()
    buyer.fill_in(method="counter", pay="cash_on_collection")
    shown = text_of(buyer.get(buyer.order()["Location"]))
    for text in ("Pay when you collect", "12, rue des Roses, Luxembourg", "Monday to Friday", "€58.50"):
        assert text in shown, text


def test_the_page_speaks_the_language_that_is_asked_for(at_review, placed):
    address = placed[0].replace("/orders/", "/fr/orders/")
    shown = text_of(at_review.get(address))
    assert "84,10\N{NO-BREAK SPACE}€" in shown
    assert "Merci de votre commande" in shown


@pytest.mark.django_db(transaction=True)
def test_the_pages_cost_so_many_queries(at_review, placed, django_assert_max_num_queries):
    at_review.get(placed[0])
    with django_assert_max_num_queries(12):
        at_review.get(placed[0])


# The account.


@pytest.fixture
def annas_order(anna, client_for, orders_in) -> tuple[Buyer, Order]:
    buyer = Buyer(client_for(HOST))
    buyer.post("/account/sign-in/", ANNA)
    buyer.put_in()
    buyer.fill_in()
    buyer.order()
    return buyer, orders_in()[0]


def test_the_account_lists_its_orders(annas_order):
    buyer, order = annas_order
    listed = text_of(buyer.get("/account/orders/"))
    assert f'href="/account/orders/{order.number}/"' in listed
    assert "€63.50" in listed
    shown = text_of(buyer.get(f"/account/orders/{order.number}/"))
    assert "€63.50" in shown
    assert "LU28 0019 4006 4475 0000" in shown
    assert 'href="/account/orders/"' in text_of(buyer.get("/account/"))


def test_orders_of_others_are_not_there(annas_order, inside, client_for):
    _buyer, order = annas_order
    assert client_for(HOST).get(f"/account/orders/{order.number}/").status_code == 302
    with inside():
        register_customer(email="bob@example.test", password=ANNA["password"], full_name="Bob")
    bob = Buyer(client_for(HOST))
    bob.post("/account/sign-in/", {**ANNA, "email": "bob@example.test"})
    assert f"/{order.number}/" not in text_of(bob.get("/account/orders/"))
    for number in (order.number, 2**63, 10**30):
        assert bob.get(f"/account/orders/{number}/").status_code == 404


def test_a_guests_order_is_in_no_account(at_review, placed, anna, client_for):
    buyer = Buyer(client_for(HOST))
    buyer.post("/account/sign-in/", ANNA)
    assert "No order yet" in text_of(buyer.get("/account/orders/"))


def test_what_a_guest_has_ordered_is_the_accounts_once_its_address_is_confirmed(client_for, inside, goods):
    guest = Buyer(client_for(HOST))
    guest.put_in()
    guest.fill_in()
    guest.order()
    with inside():
        anna = register_customer(**ANNA, full_name="Anna")
        register_customer(**{**ANNA, "email": "bob@example.test"}, full_name="Bob", is_email_confirmed=True)
        number = Order.objects.get().number
    buyer, bob = Buyer(client_for(HOST)), Buyer(client_for(HOST))
    buyer.post("/account/sign-in/", ANNA)
    bob.post("/account/sign-in/", {**ANNA, "email": "bob@example.test"})
    # Whoever registers with somebody's address does not see what they have bought.
    assert "No order yet" in text_of(buyer.get("/account/orders/"))
    assert buyer.get(f"/account/orders/{number}/").status_code == 404
    with inside():
        Customer.objects.filter(pk=anna.pk).update(email_confirmed_at=timezone.now())
    assert f'href="/account/orders/{number}/"' in text_of(buyer.get("/account/orders/"))
    assert buyer.get(f"/account/orders/{number}/").status_code == 200
    assert f"/{number}/" not in text_of(bob.get("/account/orders/"))
    assert bob.get(f"/account/orders/{number}/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_the_list_costs_the_same_whatever_its_length(annas_order, inside, django_assert_max_num_queries):
    buyer, order = annas_order
    with inside():
        for number in range(2, 9):
            copy = Order.objects.get(pk=order.pk)
            copy.pk, copy.number, copy.public_id, copy.cart = (
                None,
                order.number + number,
                f"ord_{number}",
                None,
            )
            copy.save(force_insert=True)
    buyer.get("/account/orders/")
    with django_assert_max_num_queries(12):
        listed = text_of(buyer.get("/account/orders/"))
    assert listed.count('class="panel-title"') == 8


# The other kinds of host.


def test_it_works_below_a_path_and_on_the_shops_own_domain(goods, shop, client_for, orders_in):
    with platform_context(role="operator"):
        activate_domain(domain=add_domain(vendor=shop, host="objektiv.localhost", is_primary=True))
    for client, root in (
        (client_for("lux.localhost"), "/vendors/objektiv/shop"),
        (client_for("objektiv.localhost"), ""),
    ):
        # Path mode is a prefix of every address and of every answer's.
        buyer = Buyer(client, root)
        assert f'action="{root}/cart/add/"' in text_of(buyer.get("/products/lamp/"))
        assert buyer.put_in()["Location"] == f"{root}/cart/"
        assert f'href="{root}/checkout/"' in text_of(buyer.get("/cart/"))
        assert buyer.get("/checkout/")["Location"] == f"{root}/checkout/contact/"
        buyer.fill_in()
        address = buyer.order()["Location"]
        assert address.startswith(f"{root}/orders/")
        assert "€63.50" in text_of(client.get(address))
    assert len(orders_in()) == 2

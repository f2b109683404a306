"""The cart of a browser: on the product's page, in the header, on its own page."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from modules.catalog.extensions import variants_in_stock
from modules.catalog.models import Product, Variant
from modules.customers.services import register_customer
from modules.orders.extensions import stock_limits
from modules.orders.models import Cart, CartLine
from modules.orders.services import create_cart
from modules.orders.storefront import basket, carts
from platform_core.modules.service import module_service
from platform_core.sessions.models import Session
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.pagecache import PageCacheMiddleware
from tests.modules.orders.storefront.conftest import ANNA, HOST, Buyer, text_of

pytestmark = pytest.mark.django_db


def lines_of(inside) -> dict[str, int]:
    with inside():
        lines = CartLine.objects.filter(cart__state=Cart.State.OPEN).select_related("variant")
        return {line.variant.sku: line.quantity for line in lines}


def test_a_product_goes_into_the_cart_of_a_browser_that_had_none(buyer, inside):
    page = buyer.get("/products/lamp/")
    assert 'action="/cart/add/"' in text_of(page)
    assert not page.cookies
    answer = buyer.put_in("LAMP", "2")
    assert (answer.status_code, answer["Location"]) == (303, "/cart/")
    shown = text_of(buyer.get("/cart/"))
    assert "“Lamp” is in your cart." in shown
    assert "€117.00" in shown
    assert 'class="site-count">2<' in shown
    assert lines_of(inside) == {"LAMP": 2}


def test_looking_around_begins_no_session(buyer):
    for path in ("/", "/products/", "/products/lamp/", "/cart/", "/checkout/", "/search/?q=lamp"):
        assert not buyer.get(path).cookies.get("wz_shop"), path
    with platform_context(role="gatekeeper"):
        assert not Session.objects.exists()


def test_what_cannot_be_put_in_begins_no_session_and_no_cart(buyer, inside):
    assert "wz_shop" not in buyer.put_in("LAMP", "0").cookies
    with inside():
        assert not Cart.objects.exists()


@pytest.mark.parametrize("typed", ["0", "-1", "1000000000", "0.5", "many", ""])
def test_a_quantity_that_cannot_be_comes_back_as_it_was_typed(buyer, typed):
    answer = buyer.put_in("LAMP", typed)
    assert answer.status_code == 422
    shown = text_of(answer)
    assert "<title>Error:" in shown
    assert f'name="quantity" value="{typed}"' in shown
    assert "Enter a whole number from 1 to 999." in shown


def test_a_product_that_the_shop_does_not_have_is_refused_with_what_to_do(buyer):
    answer = buyer.put_in("NOTHING")
    assert answer.status_code == 422
    assert "Choose another one." in text_of(answer)


def test_what_cannot_be_had_has_no_form_and_says_so(buyer, monkeypatch):
    monkeypatch.setattr(variants_in_stock, "_answers", [lambda ids: dict.fromkeys(ids, False)])
    shown = text_of(buyer.get("/products/lamp/"))
    assert "Not available at present" in shown
    assert "/cart/add/" not in shown
    answer = buyer.put_in("LAMP")
    assert answer.status_code == 409
    assert "“Lamp” cannot be bought at present." in text_of(answer)


def test_with_orders_off_there_is_no_trace_of_a_cart(buyer, lux):
    buyer.put_in("LAMP")
    buyer.get("/cart/")
    with platform_context(role="operator"):
        module_service.disable_module(lux, "orders")
    product = text_of(buyer.get("/products/lamp/"))
    assert "cart" not in product.lower()
    assert "Disallow: /cart/" not in text_of(buyer.get("/robots.txt"))
    unknown = buyer.get("/nothing/")
    for path in ("/cart/", "/checkout/", "/checkout/review/", "/orders/x/", "/account/orders/"):
        answer = buyer.get(path)
        assert answer.status_code == 404, path
        assert text_of(answer).replace(path, "") == text_of(unknown).replace("/nothing/", "")
    assert buyer.put_in("LAMP").status_code == 404


# Other sites, other visitors.


@pytest.mark.parametrize(
    "sender",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": f"https://{HOST}"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_form_of_another_site_puts_nothing_in(goods, inside, client_for, sender):
    buyer = Buyer(client_for(HOST, enforce_csrf_checks=True))
    assert buyer.put_in("LAMP", headers=sender).status_code == 403
    assert lines_of(inside) == {}


def test_without_the_guard_another_site_would_put_something_in(goods, inside, client_for, monkeypatch):
    """Control: it is the guard that refuses, and no token that the form would need."""
    monkeypatch.setattr(carts, "refuse_other_sites", lambda _request: None)
    buyer = Buyer(client_for(HOST, enforce_csrf_checks=True))
    assert buyer.put_in("LAMP", headers={"origin": "https://evil.example"}).status_code == 303
    assert lines_of(inside) == {"LAMP": 1}


@pytest.mark.parametrize("sender", [{"origin": f"http://{HOST}", "sec-fetch-site": "same-origin"}, {}])
def test_a_form_of_the_shop_needs_no_token(goods, inside, client_for, sender):
    buyer = Buyer(client_for(HOST, enforce_csrf_checks=True))
    assert buyer.put_in("LAMP", headers=sender).status_code == 303
    assert lines_of(inside) == {"LAMP": 1}


@pytest.mark.django_db(transaction=True)
def test_no_count_of_one_visitor_reaches_another(buyer, client_for):
    buyer.put_in("LAMP", "7")
    # Where the message is read; a page that sets a cookie is not kept anyhow.
    buyer.get("/cart/")
    for path in ("/", "/products/", "/products/lamp/"):
        assert 'class="site-count">7<' in text_of(buyer.get(path)), path
        stranger = client_for(HOST)
        for _time in ("first", "kept"):
            assert "site-count" not in text_of(stranger.get(path)), path
        assert 'class="site-count">7<' in text_of(buyer.get(path)), path


@pytest.mark.django_db(transaction=True)
def test_if_pages_with_a_session_were_kept_the_count_would_reach_others(buyer, client_for, monkeypatch):
    """Control: pages of a visitor with a session are neither kept nor given from what is kept."""
    monkeypatch.setattr(
        PageCacheMiddleware, "_may_be_cached", staticmethod(lambda request: request.method == "GET")
    )
    buyer.put_in("LAMP", "7")
    # Where the message is read; a page that sets a cookie is not kept anyhow.
    buyer.get("/cart/")
    buyer.get("/products/lamp/")
    assert 'class="site-count">7<' in text_of(client_for(HOST).get("/products/lamp/"))


@pytest.mark.django_db(transaction=True)
def test_a_visitor_without_a_cart_is_given_the_kept_page(buyer, client_for, django_assert_num_queries):
    client_for(HOST).get("/products/lamp/")
    with django_assert_num_queries(0):
        client_for(HOST).get("/products/lamp/")


# The page.


def test_lines_are_changed_and_removed(buyer, inside):
    buyer.put_in("LAMP")
    buyer.put_in("BOOK")
    with inside():
        lamp = CartLine.objects.get(variant__sku="LAMP").pk
        book = CartLine.objects.get(variant__sku="BOOK").pk
    assert buyer.post(f"/cart/lines/{lamp}/", {"quantity": "3"}).status_code == 303
    assert buyer.post(f"/cart/lines/{book}/", {"quantity": "3", "remove": "1"}).status_code == 303
    assert lines_of(inside) == {"LAMP": 3}
    shown = text_of(buyer.get("/cart/"))
    assert "Your cart is changed." in shown
    assert "It is taken out of your cart." in shown
    assert 'class="site-count">3<' in shown


def test_a_quantity_that_is_refused_stays_in_its_field(buyer, inside):
    buyer.put_in("LAMP")
    with inside():
        line = CartLine.objects.get().pk
    answer = buyer.post(f"/cart/lines/{line}/", {"quantity": "1e9"})
    assert answer.status_code == 422
    assert 'value="1e9"' in text_of(answer)
    assert "Enter a whole number from 1 to 999." in text_of(answer)
    assert lines_of(inside) == {"LAMP": 1}


@pytest.mark.parametrize("number", [1, 2**63, 10**30])
def test_a_line_that_is_not_in_the_cart_changes_nothing(buyer, number):
    buyer.put_in("LAMP")
    answer = buyer.post(f"/cart/lines/{number + 10**6}/", {"quantity": "2"})
    assert answer.status_code == 303
    assert "This is not in your cart any more." in text_of(buyer.get("/cart/"))


def test_a_line_of_somebody_elses_cart_is_not_there(buyer, inside, client_for):
    buyer.put_in("LAMP")
    with inside():
        line = CartLine.objects.get().pk
    other = Buyer(client_for(HOST))
    other.put_in("BOOK")
    for data in ({"quantity": "9"}, {"remove": "1"}):
        other.post(f"/cart/lines/{line}/", data)
    assert lines_of(inside) == {"LAMP": 1, "BOOK": 1}


def test_a_changed_price_is_said_once_with_before_and_now(buyer, inside):
    buyer.put_in("LAMP")
    with inside():
        Variant.objects.filter(sku="LAMP").update(price_minor=6000)
    assert "“Lamp” did cost €58.50 and costs €60.00 now." in text_of(buyer.get("/cart/"))
    assert "did cost" not in text_of(buyer.get("/cart/"))


def test_asking_for_the_head_alone_is_no_look_at_the_page(buyer, inside):
    buyer.put_in("LAMP")
    with inside():
        Variant.objects.filter(sku="LAMP").update(price_minor=6000)
    buyer.client.head("/cart/")
    assert "did cost" in text_of(buyer.get("/cart/"))


def test_what_was_withdrawn_is_said_and_leaves_the_header(buyer, inside):
    buyer.put_in("LAMP", 2)
    with inside():
        Product.objects.filter(slug="lamp").update(status=Product.Status.DRAFT)
    shown = text_of(buyer.get("/cart/"))
    assert "“Lamp” cannot be bought any more and was taken out." in shown
    assert "Your cart is empty" in shown
    assert "site-count" not in text_of(buyer.get("/products/book/"))
    assert lines_of(inside) == {}


def test_of_too_few_the_rest_is_kept_and_said(buyer, inside, monkeypatch):
    buyer.put_in("LAMP", 5)
    monkeypatch.setattr(stock_limits, "_answers", [lambda ids: dict.fromkeys(ids, 2)])
    assert "“Lamp”: of the 5 you wanted only 2 are left." in text_of(buyer.get("/cart/"))
    assert lines_of(inside) == {"LAMP": 2}


def test_the_cart_speaks_the_language_of_the_page(buyer, inside):
    buyer.put_in("BOOK")
    shown = text_of(buyer.get("/fr/cart/"))
    assert "Livre" in shown
    assert "20,60\N{NO-BREAK SPACE}€" in shown
    with inside():
        assert Cart.objects.get().language == "fr"


@pytest.mark.django_db(transaction=True)
def test_the_pages_cost_so_many_queries(buyer, django_assert_max_num_queries):
    for sku in ("LAMP", "BOOK"):
        buyer.put_in(sku)
    buyer.get("/cart/")
    with django_assert_max_num_queries(12):
        buyer.get("/cart/")
    with django_assert_max_num_queries(6):
        buyer.get("/products/lamp/")


# Accounts.


def sign_in(client: Client) -> None:
    assert client.post("/account/sign-in/", ANNA).status_code == 302


def test_at_sign_in_the_browsers_cart_joins_the_accounts(anna, client_for, inside, monkeypatch):
    first, second = Buyer(client_for(HOST)), Buyer(client_for(HOST))
    sign_in(first.client)
    first.put_in("LAMP", 1)
    second.put_in("LAMP", 2)
    second.put_in("BOOK", 1)
    monkeypatch.setattr(stock_limits, "_answers", [lambda ids: dict.fromkeys(ids, 2)])
    sign_in(second.client)
    shown = text_of(second.get("/cart/"))
    assert "“Lamp”: your two carts held 3 together, and there are only 2." in shown
    assert lines_of(inside) == {"LAMP": 2, "BOOK": 1}
    assert 'class="site-count">3<' in text_of(second.get("/products/"))
    # The other device sees the same cart.
    assert "Book" in text_of(first.get("/cart/"))


def test_what_another_device_has_ordered_is_counted_no_more(anna, client_for):
    first, second = Buyer(client_for(HOST)), Buyer(client_for(HOST))
    for device in (first, second):
        sign_in(device.client)
    first.put_in("LAMP", 2)
    second.get("/cart/")
    assert 'class="site-count">2<' in text_of(second.get("/products/"))
    first.fill_in()
    first.order()
    assert "Your cart is empty" in text_of(second.get("/cart/"))
    assert "site-count" not in text_of(second.get("/products/"))


def test_the_page_of_a_refused_quantity_loads_anew_as_the_cart(buyer):
    assert buyer.put_in("LAMP", 0).status_code == 422
    buyer.put_in("LAMP")
    for address in ("/cart/add/", "/cart/lines/1/", "/fr/cart/add/", "/fr/cart/lines/1/"):
        answer = buyer.get(address)
        assert (answer.status_code, answer["Location"]) == (
            303,
            "/fr/cart/" if address.startswith("/fr") else "/cart/",
        )


def test_what_there_is_no_room_for_is_said_at_sign_in(anna, client_for, inside, monkeypatch):
    first, second = Buyer(client_for(HOST)), Buyer(client_for(HOST))
    sign_in(first.client)
    first.put_in("LAMP")
    second.put_in("BOOK")
    monkeypatch.setattr("modules.orders.services.carts.MAX_LINES", 1)
    sign_in(second.client)
    assert "“Book” is not in your cart: it holds 100 different articles at most." in text_of(
        second.get("/cart/")
    )
    assert lines_of(inside) == {"LAMP": 1}


def test_whoever_signs_in_later_is_not_led_to_a_guests_order(anna, client_for):
    buyer = Buyer(client_for(HOST))
    buyer.put_in("LAMP")
    buyer.fill_in()
    buyer.order()
    assert "See your last order" in text_of(buyer.get("/cart/"))
    sign_in(buyer.client)
    assert "See your last order" not in text_of(buyer.get("/cart/"))


def test_whoever_registers_keeps_the_cart(goods, client_for, inside):
    buyer = Buyer(client_for(HOST))
    buyer.put_in("LAMP")
    assert buyer.post("/account/register/", {**ANNA, "full_name": "Anna"}).status_code == 302
    with inside():
        assert Cart.objects.get().customer.email == ANNA["email"]
    assert "Lamp" in text_of(buyer.get("/cart/"))


def test_two_devices_of_an_account_share_one_cart(anna, client_for, inside):
    devices = [Buyer(client_for(HOST)) for _number in range(2)]
    for device in devices:
        sign_in(device.client)
    for device in devices:
        device.put_in("LAMP")
    assert lines_of(inside) == {"LAMP": 2}


def test_signing_out_leaves_no_cart_in_the_browser(anna, client_for, inside):
    buyer = Buyer(client_for(HOST))
    sign_in(buyer.client)
    buyer.put_in("LAMP")
    buyer.post("/account/sign-out/")
    assert "Your cart is empty" in text_of(buyer.get("/cart/"))
    assert buyer.get("/checkout/")["Location"] == "/cart/"
    sign_in(buyer.client)
    assert "Lamp" in text_of(buyer.get("/cart/"))


@pytest.fixture
def annas_cart(anna, inside) -> Cart:
    with inside():
        return create_cart(language="en", customer=anna)


def asked_by(cart: Cart, customer: object) -> Any:
    """A request of a browser whose session names that cart."""
    return SimpleNamespace(session={basket.CART: cart.public_id}, customer=customer, LANGUAGE_CODE="en")


def test_an_accounts_cart_is_nobodys_who_is_not_signed_in_to_it(annas_cart, anna, inside):
    with inside():
        bob = register_customer(email="bob@example.test", password=ANNA["password"], full_name="Bob")
        assert basket.cart_of(asked_by(annas_cart, None)) is None
        assert basket.cart_of(asked_by(annas_cart, bob)) is None
        assert basket.cart_of(asked_by(annas_cart, anna)) == annas_cart


def test_without_the_guard_a_session_would_open_anybodys_cart(annas_cart, inside, monkeypatch):
    """Control."""
    monkeypatch.setattr(basket, "_is_of", lambda cart, customer: True)
    with inside():
        assert basket.cart_of(asked_by(annas_cart, None)) == annas_cart

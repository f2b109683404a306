"""The checkout in a browser without scripts: step after step, and one order at its end."""

from __future__ import annotations

import gzip
import re
from threading import Barrier, Thread

import pytest
from django.db import connections
from django.test import Client

from modules.catalog.models import Product, Variant
from modules.cms.services import publish_page, save_page
from modules.customers.services import save_address
from modules.orders.models import Cart, Order, ShippingMethod
from modules.orders.services import add_line, complete_cart, create_cart
from modules.orders.services import checkout as services
from modules.orders.storefront import checkout
from modules.payments.models import PaymentMethod
from tests.modules.orders.conftest import ADDRESS
from tests.modules.orders.storefront.conftest import ANNA, DELIVERY, HOST, Buyer, hidden, text_of

pytestmark = pytest.mark.django_db

STEPS = ("contact", "delivery", "payment", "review")


def cart_in(inside) -> Cart:
    with inside():
        return Cart.objects.get(state=Cart.State.OPEN)


def test_without_anything_in_the_cart_there_is_no_checkout(buyer):
    for step in ("", *(f"{step}/" for step in STEPS)):
        answer = buyer.get(f"/checkout/{step}")
        assert (answer.status_code, answer["Location"]) == (303, "/cart/")
    for step in ("contact", "delivery", "payment"):
        assert buyer.post(f"/checkout/{step}/", {"email": ANNA["email"]})["Location"] == "/cart/"


def test_whoever_jumps_ahead_is_led_to_what_is_missing(buyer):
    buyer.put_in()
    done = (
        ("contact", {"email": ANNA["email"]}),
        ("delivery", DELIVERY),
        ("payment", {"method": "bank_transfer"}),
    )
    for number, (step, data) in enumerate(done):
        assert buyer.get("/checkout/")["Location"] == f"/checkout/{step}/"
        for later in STEPS[number + 1 :]:
            assert buyer.get(f"/checkout/{later}/")["Location"] == f"/checkout/{step}/"
        for later, typed in done[number + 1 :]:
            assert buyer.post(f"/checkout/{later}/", typed)["Location"] == f"/checkout/{step}/"
        assert buyer.post(f"/checkout/{step}/", data)["Location"] == f"/checkout/{STEPS[number + 1]}/"
    assert buyer.get("/checkout/")["Location"] == "/checkout/review/"


def test_a_bad_address_of_mail_stays_in_its_field(buyer):
    buyer.put_in()
    answer = buyer.post("/checkout/contact/", {"email": "anna@"})
    assert answer.status_code == 422
    assert 'value="anna@"' in text_of(answer)
    assert "Enter an e-mail address like name@example.com." in text_of(answer)


def at_delivery(buyer: Buyer) -> Buyer:
    buyer.put_in()
    buyer.post("/checkout/contact/", {"email": ANNA["email"]})
    return buyer


def test_everything_that_is_wrong_with_an_address_is_said_at_once(buyer):
    typed = {
        **DELIVERY,
        "name": "",
        "city": " ",
        "line1": "5, rue <b>",
        "postal_code": "1" * 17,
        "country": "XX",
    }
    answer = at_delivery(buyer).post("/checkout/delivery/", typed)
    shown = text_of(answer)
    assert answer.status_code == 422
    for text in ("name on the letterbox", "Enter the town.", "at most 16 characters", "Choose a country"):
        assert text in shown, text
    assert 'value="5, rue &lt;b&gt;"' in shown


def test_the_method_that_was_chosen_stays_chosen(buyer):
    answer = at_delivery(buyer).post("/checkout/delivery/", {**DELIVERY, "name": ""})
    assert answer.status_code == 422
    assert 'value="home" checked' in text_of(answer)


def test_an_address_typed_before_the_account_had_one_counts(anna, client_for, inside):
    buyer, _saved = signed_in_with_addresses(anna, client_for, inside)
    assert buyer.post("/checkout/delivery/", DELIVERY).status_code == 303
    assert cart_in(inside).shipping_address["name"] == ADDRESS["name"]


def test_a_zero_byte_is_refused_and_not_stored(buyer):
    answer = at_delivery(buyer).post("/checkout/delivery/", {**DELIVERY, "city": "Lux\0"})
    assert answer.status_code == 422


def test_the_ways_of_delivery_are_those_to_the_country(buyer, inside):
    shown = text_of(at_delivery(buyer).get("/checkout/delivery/"))
    assert [code for code in ("home", "parcel", "counter") if f'value="{code}"' in shown] == [
        *("home", "parcel", "counter")
    ]
    answer = buyer.post("/checkout/delivery/", {**DELIVERY, "country": "DE"})
    shown = text_of(answer)
    assert answer.status_code == 422
    assert "This way of delivery does not go to your address." in shown
    assert [code for code in ("home", "parcel", "counter") if f'value="{code}"' in shown] == ["parcel"]
    assert 'value="5, rue du Fossé"' in shown
    assert cart_in(inside).shipping_address == {}
    assert (
        buyer.post("/checkout/delivery/", {**DELIVERY, "country": "DE", "method": "parcel"}).status_code
        == 303
    )


def ways(page) -> list[str]:
    return [code for code in ("home", "parcel", "counter") if f'value="{code}"' in text_of(page)]


@pytest.mark.parametrize(
    ("query", "country", "expected"),
    [
        ("", "Luxembourg", ["home", "parcel", "counter"]),
        ("?country=FR", "France", ["home", "parcel"]),
        ("?country=DE&method=parcel", "Germany", ["parcel"]),
        ("?country=XX", "Luxembourg", ["home", "parcel", "counter"]),
        ("?country=&method=x&saved=x", "Luxembourg", ["home", "parcel", "counter"]),
    ],
)
def test_the_page_shows_what_goes_to_a_country_before_it_is_sent(buyer, inside, query, country, expected):
    page = at_delivery(buyer).get(f"/checkout/delivery/{query}")
    assert ways(page) == expected
    assert f"How the shop delivers: {country}</legend>" in text_of(page)
    assert cart_in(inside).shipping_address == {}


def test_an_address_of_the_account_shows_what_goes_there(anna, client_for, inside):
    buyer, saved = signed_in_with_addresses(anna, client_for, inside)
    page = buyer.get(f"/checkout/delivery/?saved={saved['DE']}&country=LU")
    assert ways(page) == ["parcel"]
    assert re.search(rf'value="{saved["DE"]}"[^>]*checked', text_of(page))


def test_a_country_that_the_shop_does_not_deliver_to_is_said_at_the_country(buyer, inside):
    with inside():
        ShippingMethod.objects.update(countries=["LU"])
    answer = at_delivery(buyer).post("/checkout/delivery/", {**DELIVERY, "country": "DE"})
    assert answer.status_code == 422
    assert "The shop does not deliver these goods to this country. Choose another address." in text_of(answer)
    assert re.search(r'<select name="country"[^>]*aria-invalid="true"', text_of(answer))


def test_goods_that_nobody_has_weighed_are_named_where_nothing_else_ships_them(buyer, inside):
    with inside():
        ShippingMethod.objects.exclude(kind="weight").update(is_active=False)
        Variant.objects.update(weight_grams=None)
    words = "since the shop has not weighed:"
    assert words in text_of(at_delivery(buyer).get("/checkout/delivery/"))
    answer = buyer.post("/checkout/delivery/", {**DELIVERY, "method": "parcel"})
    assert answer.status_code == 422
    assert re.search(rf'href="#id_method\w*">[^<]*{words}', text_of(answer))


def test_the_invoice_may_go_elsewhere(buyer, inside):
    billing = {f"billing_{name}": value for name, value in {**ADDRESS, "name": "Muller S.à r.l."}.items()}
    at_delivery(buyer).post("/checkout/delivery/", {**DELIVERY, **billing})
    assert cart_in(inside).billing_address == {}
    missing = buyer.post("/checkout/delivery/", {**DELIVERY, "other_billing": "on", "billing_country": "LU"})
    assert missing.status_code == 422
    assert 'href="#id_billing_name"' in text_of(missing)
    buyer.post("/checkout/delivery/", {**DELIVERY, **billing, "other_billing": "on"})
    assert cart_in(inside).billing_address["name"] == "Muller S.à r.l."
    shown = text_of(buyer.get("/checkout/payment/"))
    assert "Muller S.à r.l." in shown
    # Changed back.
    assert re.search(
        r'<input[^>]*name="other_billing"[^>]*checked', text_of(buyer.get("/checkout/delivery/"))
    )
    buyer.post("/checkout/delivery/", {**DELIVERY, **billing})
    assert cart_in(inside).billing_address == {}


def signed_in_with_addresses(anna, client_for, inside) -> tuple[Buyer, dict[str, str]]:
    with inside():
        saved = {
            country: str(save_address(customer=anna, **{**ADDRESS, "name": country, "country": country}).pk)
            for country in ("LU", "DE")
        }
    buyer = Buyer(client_for(HOST))
    buyer.post("/account/sign-in/", ANNA)
    buyer.put_in()
    return buyer, saved


def test_an_account_chooses_among_its_addresses(anna, client_for, inside):
    buyer, saved = signed_in_with_addresses(anna, client_for, inside)
    # Her address of mail is known.
    assert buyer.get("/checkout/")["Location"] == "/checkout/delivery/"
    assert re.search(rf'value="{saved["LU"]}"[^>]*checked', text_of(buyer.get("/checkout/delivery/")))
    refused = buyer.post("/checkout/delivery/", {"saved": saved["DE"], "method": "home"})
    assert refused.status_code == 422
    assert buyer.post("/checkout/delivery/", {"saved": saved["DE"], "method": "parcel"}).status_code == 303
    assert cart_in(inside).shipping_address["country"] == "DE"
    typed = {**DELIVERY, "saved": "new", "name": "Aunt"}
    assert buyer.post("/checkout/delivery/", typed).status_code == 303
    assert cart_in(inside).shipping_address["name"] == "Aunt"
    assert buyer.post("/checkout/delivery/", {**DELIVERY, "saved": "new", "name": ""}).status_code == 422


def test_an_address_of_somebody_else_cannot_be_chosen(anna, client_for, inside):
    _buyer, saved = signed_in_with_addresses(anna, client_for, inside)
    bob = Buyer(client_for(HOST))
    bob.post("/account/register/", {**ANNA, "email": "bob@example.test", "full_name": "Bob"})
    bob.put_in("BOOK")
    answer = bob.post("/checkout/delivery/", {"saved": saved["LU"], "method": "home"})
    assert answer.status_code == 422


def test_cash_is_for_what_is_collected(buyer):
    at_delivery(buyer).post("/checkout/delivery/", DELIVERY)
    assert "cash_on_collection" not in text_of(buyer.get("/checkout/payment/"))
    assert buyer.post("/checkout/payment/", {"method": "cash_on_collection"}).status_code == 422
    buyer.post("/checkout/delivery/", {**DELIVERY, "method": "counter"})
    assert buyer.post("/checkout/payment/", {"method": "cash_on_collection"}).status_code == 303
    # Another delivery, and cash does not fit any more.
    buyer.post("/checkout/delivery/", DELIVERY)
    assert buyer.get("/checkout/review/")["Location"] == "/checkout/payment/"


def test_where_nothing_can_be_paid_with_it_is_said(buyer, inside):
    at_delivery(buyer).post("/checkout/delivery/", DELIVERY)
    with inside():
        PaymentMethod.objects.filter(gateway="bank_transfer").update(is_active=False)
    assert "The shop offers no way to pay that fits this delivery." in text_of(
        buyer.get("/checkout/payment/")
    )


def test_the_review_shows_all_that_is_agreed_to(at_review, inside):
    with inside():
        publish_page(
            page=save_page(
                slug="our-terms",
                kind="terms",
                translations={"en": {"title": "Terms", "body_html": "<p>Be fair.</p>"}},
            ).page
        )
    shown = text_of(at_review.get("/checkout/review/"))
    for text in (
        *(
            "anna@example.test",
            "5, rue du Fossé",
            "Home delivery",
            "Bank transfer",
            "€84.10",
            "€9.04",
            "€0.64",
        ),
        *('href="/pages/our-terms/"', "Order and pay</span>", 'href="/checkout/delivery/"', 'name="robots"'),
    ):
        assert text in shown, text


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/fr", "Commander avec obligation de paiement"),
        ("/de", "Zahlungspflichtig bestellen"),
        ("/lb", "Kafen (mat Bezuelpflicht)"),
    ],
)
def test_the_button_says_the_duty_to_pay(at_review, path, words):
    assert f"{words}</span></button>" in text_of(at_review.get(f"{path}/checkout/review/"))


# One order.


def test_an_order_is_placed_and_its_page_is_shown(at_review, orders_in):
    answer = at_review.order()
    assert answer.status_code == 303
    (order,) = orders_in()
    assert order.gross_minor == 8410
    page = at_review.get(answer["Location"])
    assert f"Order {order.number}" in text_of(page)
    assert "€84.10" in text_of(page)
    assert "site-count" not in text_of(page)


def test_sent_twice_from_two_tabs_and_again_it_is_one_order(at_review, orders_in):
    one_tab, other_tab = at_review.review(), at_review.review()
    first = at_review.order(one_tab)
    again = [at_review.order(form) for form in (one_tab, other_tab, one_tab)]
    assert {answer["Location"] for answer in again} == {first["Location"]}
    assert len(orders_in()) == 1
    assert "Nothing was ordered twice." in text_of(at_review.get(first["Location"]))
    # Back, and the page is asked for anew.
    assert at_review.get("/checkout/review/")["Location"] == "/cart/"
    assert first["Location"] in text_of(at_review.get("/cart/"))


def test_if_each_tab_had_its_own_token_the_second_would_be_refused(at_review, inside, orders_in):
    """Control: it is the token of the cart by which the second tab finds the same order."""
    form = at_review.review()
    with inside():
        complete_cart(cart=Cart.objects.get(), key="of another tab")
    assert at_review.order(form)["Location"] == "/cart/"
    assert len(orders_in()) == 1


@pytest.mark.django_db(transaction=True)
def test_a_double_click_is_one_order(at_review, orders_in):
    form, start, answers = at_review.review(), Barrier(2), []

    def click() -> None:
        client = Client(headers={"host": HOST})
        client.cookies = at_review.client.cookies
        start.wait()
        answers.append(Buyer(client).order(form))
        connections.close_all()

    clicks = [Thread(target=click) for _number in range(2)]
    for each in clicks:
        each.start()
    for each in clicks:
        each.join()
    assert len({answer["Location"] for answer in answers}) == 1
    assert len(orders_in()) == 1


@pytest.mark.parametrize("token", ["", "crt_x", "crt_x.forged", "\0"])
def test_a_form_without_its_token_orders_nothing(at_review, orders_in, token):
    form = {**at_review.review(), "token": token}
    assert at_review.order(form)["Location"] == "/checkout/"
    assert "Nothing was ordered." in text_of(at_review.get("/checkout/review/"))
    assert orders_in() == []


def test_the_form_of_another_browsers_cart_orders_nothing(at_review, client_for, orders_in):
    form = at_review.review()
    stranger = Buyer(client_for(HOST))
    stranger.put_in("LAMP")
    stranger.fill_in()
    assert stranger.order(form)["Location"] == "/checkout/"
    assert orders_in() == []


def test_without_the_fingerprint_nothing_is_ordered(at_review, orders_in):
    form = at_review.review()
    for data in ({"token": form["token"]}, {**form, "fingerprint": "0" * 32}):
        assert at_review.order(data).status_code == 409
    assert orders_in() == []


def test_a_price_that_changed_is_said_before_anything_is_ordered(at_review, inside, orders_in):
    form = at_review.review()
    with inside():
        Variant.objects.filter(sku="LAMP").update(price_minor=6000)
    answer = at_review.order(form)
    shown = text_of(answer)
    assert answer.status_code == 409
    assert "“Lamp” did cost €58.50 and costs €60.00 now." in shown
    assert "Nothing was ordered yet" in shown
    assert "€85.60" in shown
    assert orders_in() == []
    agreed = {name: hidden(answer, name) for name in ("token", "fingerprint")}
    assert at_review.order(agreed).status_code == 303
    assert orders_in()[0].gross_minor == 8560


def test_without_asking_for_the_fingerprint_a_change_elsewhere_would_be_ordered_unseen(
    at_review, inside, orders_in, monkeypatch
):
    """Control: another tab has chosen another delivery since."""
    form = at_review.review()
    at_review.post("/checkout/delivery/", {**DELIVERY, "method": "parcel"})
    assert at_review.order(form).status_code == 409
    assert orders_in() == []
    asked = services.complete_cart
    monkeypatch.setattr(
        checkout, "complete_cart", lambda *, fingerprint, **facts: asked(fingerprint=None, **facts)
    )
    assert at_review.order(form).status_code == 303


def test_what_was_withdrawn_is_said_and_the_rest_can_be_ordered(at_review, inside, orders_in):
    form = at_review.review()
    with inside():
        Product.objects.filter(slug="lamp").update(status=Product.Status.DRAFT)
    answer = at_review.order(form)
    assert answer.status_code == 409
    assert "“Lamp” cannot be bought any more and was taken out." in text_of(answer)
    assert at_review.order({name: hidden(answer, name) for name in form}).status_code == 303
    assert orders_in()[0].goods_minor == 2060


def test_where_nothing_is_left_the_cart_says_why(buyer, inside, orders_in):
    buyer.put_in()
    buyer.fill_in()
    form = buyer.review()
    with inside():
        Product.objects.filter(slug="lamp").update(status=Product.Status.DRAFT)
    assert buyer.order(form)["Location"] == "/cart/"
    assert "cannot be bought any more" in text_of(buyer.get("/cart/"))
    assert orders_in() == []


def test_a_change_is_said_at_whichever_step_it_is_seen_first(at_review, inside):
    with inside():
        Variant.objects.filter(sku="LAMP").update(price_minor=6000)
    assert "did cost €58.50" in text_of(at_review.get("/checkout/payment/"))
    assert "did cost" not in text_of(at_review.get("/checkout/review/"))


def test_the_order_is_in_the_language_of_the_page_that_was_agreed_to(at_review, inside, orders_in):
    form = at_review.review()
    page = at_review.get("/fr/checkout/review/")
    assert "Livraison" in text_of(page)
    # The English page, in another tab, was agreed to in English.
    assert at_review.order(form).status_code == 303
    with inside():
        order = Order.objects.get()
        assert (order.language, order.lines.first().title) == ("en", "Book")


def test_a_signed_in_customers_order_is_theirs(anna, client_for, orders_in):
    buyer = Buyer(client_for(HOST))
    buyer.post("/account/sign-in/", ANNA)
    buyer.put_in()
    buyer.fill_in()
    buyer.order()
    assert [order.customer for order in orders_in()] == [anna]


# Forms that are too old.


def browser(client_for) -> Buyer:
    return Buyer(client_for(HOST, enforce_csrf_checks=True))


def test_an_expired_form_comes_back_with_what_was_typed(goods, client_for):
    buyer = browser(client_for)
    buyer.put_in()
    answer = buyer.post(
        "/checkout/contact/",
        {"email": 'a"nna@example.test', "password": "secret"},
        headers={"origin": f"http://{HOST}"},
    )
    shown = text_of(answer)
    assert answer.status_code == 403
    assert "This page was open too long" in shown
    assert 'name="email" value="a&quot;nna@example.test"' in shown
    assert "secret" not in shown
    assert "no-store" in answer["Cache-Control"]
    token = hidden(answer, "csrfmiddlewaretoken")
    sent = {"email": ANNA["email"], "csrfmiddlewaretoken": token}
    again = buyer.post("/checkout/contact/", sent, headers={"origin": f"http://{HOST}"})
    assert again["Location"] == "/checkout/delivery/"


# Cost.


@pytest.mark.django_db(transaction=True)
def test_no_step_costs_more_than_twelve_queries(anna, client_for, inside, django_assert_max_num_queries):
    buyer, _saved = signed_in_with_addresses(anna, client_for, inside)
    buyer.put_in("BOOK")
    buyer.fill_in()
    for path in ("/cart/", *(f"/checkout/{step}/" for step in STEPS)):
        buyer.get(path)
        with django_assert_max_num_queries(12):
            page = buyer.get(path)
        assert page.status_code == 200, path
        assert len(gzip.compress(page.content)) < 14 * 1024, path
        assert "no-store" in page["Cache-Control"], path


def test_who_orders_what_is_no_longer_offered_is_told_that_nothing_was_ordered(at_review, inside):
    form = at_review.review()
    with inside():
        ShippingMethod.objects.filter(code="home").update(is_active=False)
    answer = at_review.order(form)
    assert (answer.status_code, answer["Location"]) == (303, "/checkout/")
    page = at_review.get("/checkout/", follow=True)
    assert "Nothing is ordered yet" in text_of(page)
    with inside():
        assert not Order.objects.exists()


def test_the_form_of_an_earlier_order_leaves_a_new_cart_alone(buyer, inside):
    buyer.put_in()
    buyer.fill_in()
    form = buyer.review()
    first = buyer.order(form)
    buyer.put_in("BOOK", 3)
    again = buyer.order(form)
    assert (again.status_code, again["Location"]) == (303, first["Location"])
    page = text_of(buyer.get("/cart/"))
    assert "Book" in page and 'class="site-count">3<' in page
    with inside():
        assert Order.objects.count() == 1


def test_a_review_whose_cart_went_into_an_accounts_says_that_nothing_was_ordered(anna, client_for, inside):
    with inside():
        saved = create_cart(language="en", customer=anna)
        add_line(cart=saved, sku="BOOK")
    buyer = Buyer(client_for(HOST))
    buyer.put_in()
    buyer.fill_in()
    form = buyer.review()
    buyer.post("/account/sign-in/", ANNA)
    answer = buyer.order(form)
    assert (answer.status_code, answer["Location"]) == (303, "/cart/")
    page = text_of(buyer.get("/cart/"))
    assert "Nothing was ordered: this cart was put together with the one of your account." in page
    assert "Lamp" in page and "Book" in page
    with inside():
        assert not Order.objects.exists()

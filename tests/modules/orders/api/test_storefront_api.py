"""A purchase by script, from the empty cart to the order, and all that may go wrong on the way."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from psycopg.errors import LockNotAvailable

from modules.catalog.models import Variant
from modules.catalog.services import archive_product
from modules.orders.models import Cart, Order, ShippingMethod
from modules.orders.services import create_cart
from platform_core.identity import middleware
from platform_core.modules.service import module_service
from platform_core.tenancy.context import platform_context
from tests.conftest import PASSWORD
from tests.modules.orders.api.conftest import CHOICES, HERE, PATHS, Buyer, euros, queries_of
from tests.modules.orders.conftest import ADDRESS, set_up_shipping, switch_orders_off
from tests.modules.payments.conftest import set_up_methods

pytestmark = pytest.mark.django_db
COMPLETE = "storefront/carts/{}/complete/"


def problem_of(answer: Any) -> tuple[int, str]:
    assert answer["Content-Type"] == "application/problem+json", answer.content
    return answer.status_code, answer.json()["code"]


class TestAPurchase:
    @pytest.mark.parametrize(("host", "prefix"), [(HERE, ""), (PATHS, "/vendors/objektiv/shop")])
    def test_case_two_from_the_cart_to_the_order(self, goods, inside, host, prefix):
        buyer = Buyer(host, prefix)
        made = buyer.post("storefront/carts/")
        assert made.status_code == 201 and made["Cache-Control"] == "private, no-store"
        cart = made.json()
        assert made["Location"].endswith(f"{prefix}/api/v1/storefront/carts/{cart['id']}/")
        assert (cart["lines"], cart["changes"], cart["status"]) == ([], [], "open")
        assert cart["totals"]["gross"] == euros("0.00")
        address = f"storefront/carts/{cart['id']}/"
        buyer.post(f"{address}lines/", {"sku": "BOOK", "quantity": 1})
        cart = buyer.post(f"{address}lines/", {"sku": "LAMP", "quantity": 2}).json()
        book, lamp = cart["lines"]
        assert (lamp["sku"], lamp["title"], lamp["quantity"]) == ("LAMP", "Lamp", 2)
        assert (lamp["unit_price"], lamp["total"], lamp["image"]) == (euros("58.50"), euros("117.00"), None)
        cart = buyer.send("PATCH", f"{address}lines/{lamp['id']}/", {"quantity": 1}).json()
        assert cart["totals"]["goods"] == euros("79.10")
        choices = buyer.get(f"{address}checkout/").json()
        assert [(m["code"], m["price"]) for m in choices["shipping_methods"]] == [
            ("home", euros("5.00")),
            ("parcel", euros("4.90")),
            ("counter", euros("0.00")),
        ]
        assert [(m["code"], m["needs_collection"]) for m in choices["payment_methods"]] == [
            ("bank_transfer", False),
            ("cash_on_collection", True),
        ]
        assert choices["missing"] == ["contact", "delivery", "payment"]
        said = buyer.send("PUT", f"{address}checkout/", CHOICES)
        assert said.status_code == 200, said.content
        assert (said.json()["missing"], said.json()["shipping_method"]) == ([], "home")
        assert said.json()["shipping_address"] == {**ADDRESS, "line2": ""}
        totals = {
            "goods": euros("79.10"),
            "shipping": euros("5.00"),
            "gross": euros("84.10"),
            "net": euros("74.42"),
            "tax": euros("9.68"),
            "rates": [
                {"percent": "17", "gross": euros("62.20"), "net": euros("53.16"), "tax": euros("9.04")},
                {"percent": "3", "gross": euros("21.90"), "net": euros("21.26"), "tax": euros("0.64")},
            ],
        }
        assert said.json()["totals"] == buyer.get(address).json()["totals"] == totals
        placed = buyer.complete(cart["id"])
        assert placed.status_code == 201, placed.content
        order = placed.json()
        assert (order["number"], order["email"], order["status"]) == ("1001", CHOICES["email"], "placed")
        assert order["totals"] == totals
        assert [(line["sku"], line["total"]) for line in order["lines"]] == [
            ("BOOK", euros("20.60")),
            ("LAMP", euros("58.50")),
        ]
        assert (order["payment_status"], order["payment"]["amount"]) == ("pending", euros("84.10"))
        assert order["payment"]["instructions"]["iban"].startswith("LU28")
        assert buyer.get(f"storefront/orders/{order['token']}/").json() == order
        assert buyer.get(address).json()["status"] == "ordered"
        with inside():
            assert Order.objects.count() == 1

    def test_who_collects_may_pay_at_the_counter_and_nobody_else(self, guest):
        cash = {"payment_method": "cash_on_collection"}
        cart_id = guest.ready("LAMP", shipping_method="counter", **cash)
        assert guest.complete(cart_id).json()["shipping_method"] == {
            "code": "counter",
            "name": "At the counter",
            "is_collection": True,
        }
        other = guest.cart("LAMP")
        refused = guest.send("PUT", f"storefront/carts/{other}/checkout/", {**CHOICES, **cash})
        assert problem_of(refused) == (422, "invalid_checkout")
        assert refused.json()["params"]["field"] == "payment_method"

    def test_a_line_is_taken_out(self, guest):
        cart_id = guest.cart("LAMP", "BOOK")
        line = guest.get(f"storefront/carts/{cart_id}/").json()["lines"][0]["id"]
        cart = guest.send("DELETE", f"storefront/carts/{cart_id}/lines/{line}/")
        assert (cart.status_code, [entry["sku"] for entry in cart.json()["lines"]]) == (200, ["BOOK"])
        assert problem_of(guest.send("DELETE", f"storefront/carts/{cart_id}/lines/{line}/")) == (
            404,
            "not_found",
        )
        body = {"quantity": 2}
        assert guest.send("PATCH", f"storefront/carts/{cart_id}/lines/{line}/", body).status_code == 404

    def test_texts_come_in_the_language_that_is_asked_for(self, guest):
        cart_id = guest.cart("LAMP")
        french = guest.send("GET", f"storefront/carts/{cart_id}/checkout/", **{"accept-language": "fr"})
        assert french.json()["shipping_methods"][0]["name"] == "Livraison"
        assert french["Content-Language"] == "fr"

    def test_the_queries_do_not_grow_with_lines(self, guest, inside, make_product):
        with inside():
            for number in range(8):
                make_product(f"p{number}", weight_grams=10)

        def counts(cart_id: str) -> tuple[int, ...]:
            address = f"storefront/carts/{cart_id}/"
            before = [
                len(queries_of(lambda p=path: guest.get(p))) for path in (address, f"{address}checkout/")
            ]
            token = guest.complete(cart_id).json()["token"]
            return (*before, len(queries_of(lambda: guest.get(f"storefront/orders/{token}/"))))

        one, many = guest.ready("LAMP"), guest.ready("LAMP", *(f"P{number}" for number in range(8)))
        assert counts(one) == counts(many) == (5, 6, 2)


class TestOrderingOnce:
    def test_case_21_the_same_key_gets_the_same_answer(self, guest, inside):
        cart_id = guest.ready("LAMP")
        first, second = guest.complete(cart_id, "a key"), guest.complete(cart_id, "a key")
        assert (first.status_code, second.status_code) == (201, 201)
        assert first.content == second.content
        assert "Idempotent-Replayed" not in first and second["Idempotent-Replayed"] == "true"
        assert problem_of(guest.complete(cart_id, "another")) == (409, "cart_closed")
        with inside():
            assert Order.objects.count() == 1

    def test_a_request_without_a_key_is_refused(self, guest):
        cart_id = guest.ready("LAMP")
        assert problem_of(guest.send("POST", COMPLETE.format(cart_id))) == (400, "idempotency_key_required")
        assert problem_of(guest.complete(cart_id, "  ")) == (400, "idempotency_key_required")
        assert guest.complete(cart_id, "k").status_code == 201

    @pytest.mark.parametrize("key", ["k" * 256, "schlüssel", "a\x00b", "a\x7f", "a\tb"])
    def test_a_malformed_key_is_refused(self, guest, key):
        cart_id = guest.ready("LAMP")
        assert problem_of(guest.complete(cart_id, key)) == (400, "invalid_idempotency_key")

    def test_the_longest_key_is_taken(self, guest):
        cart_id = guest.ready("LAMP")
        assert guest.complete(cart_id, "k" * 255).status_code == 201
        assert guest.complete(cart_id, "k" * 255)["Idempotent-Replayed"] == "true"

    def test_while_another_request_is_at_it_the_answer_is_409(self, guest, monkeypatch):
        cart_id = guest.ready("LAMP")

        def held(**_facts: Any) -> Any:
            raise OperationalError("canceling statement due to lock timeout") from LockNotAvailable()

        monkeypatch.setattr("modules.orders.services.complete_cart", held)
        answer = guest.complete(cart_id)
        assert problem_of(answer) == (409, "in_flight") and answer["Retry-After"] == "1"

    def test_an_empty_or_unfinished_cart_is_not_ordered(self, guest):
        empty = guest.cart()
        assert problem_of(guest.complete(empty)) == (409, "cart_empty")
        unfinished = guest.complete(guest.cart("LAMP"))
        assert problem_of(unfinished) == (409, "checkout_incomplete")
        assert unfinished.json()["missing"] == ["contact", "delivery", "payment"]
        assert unfinished.json()["params"] == {}

    def test_an_ordered_cart_is_not_changed(self, guest):
        cart_id = guest.ready("LAMP")
        line = guest.get(f"storefront/carts/{cart_id}/").json()["lines"][0]["id"]
        guest.complete(cart_id)
        for method, path, body in (
            ("POST", "lines/", {"sku": "BOOK"}),
            ("PATCH", f"lines/{line}/", {"quantity": 3}),
            ("DELETE", f"lines/{line}/", None),
            ("PUT", "checkout/", CHOICES),
        ):
            answer = guest.send(method, f"storefront/carts/{cart_id}/{path}", body)
            assert problem_of(answer) == (409, "cart_closed"), method


class TestChanges:
    """What is not as the buyer saw it last is said, never silent."""

    def test_a_new_price_stands_against_the_order_until_it_was_shown(self, guest, inside):
        cart_id = guest.ready("LAMP")
        with inside():
            Variant.objects.filter(sku="LAMP").update(price_minor=6000)
        refused = guest.complete(cart_id)
        assert problem_of(refused) == (409, "cart_changed")
        change = refused.json()["changes"][0]
        assert (change["kind"], change["sku"]) == ("price", "LAMP")
        assert (change["price_before"], change["price_now"]) == (euros("58.50"), euros("60.00"))
        assert guest.get(f"storefront/carts/{cart_id}/").json()["changes"] == [change]
        said = guest.send("PUT", f"storefront/carts/{cart_id}/checkout/", CHOICES).json()
        assert said["changes"] == [change]
        assert guest.get(f"storefront/carts/{cart_id}/").json()["changes"] == []
        assert guest.complete(cart_id).json()["totals"]["gross"] == euros("65.00")

    def test_what_was_withdrawn_leaves_the_cart_and_is_named(self, guest, inside):
        cart_id = guest.ready("LAMP", "BOOK")
        with inside():
            archive_product(product=Variant.objects.get(sku="LAMP").product)
        cart = guest.get(f"storefront/carts/{cart_id}/").json()
        assert [line["sku"] for line in cart["lines"]] == ["BOOK"]
        assert [(c["kind"], c["sku"], c["price_now"]) for c in cart["changes"]] == [
            ("withdrawn", "LAMP", None)
        ]
        assert problem_of(guest.complete(cart_id)) == (409, "cart_changed")
        guest.send("PUT", f"storefront/carts/{cart_id}/checkout/", CHOICES)
        assert [line["sku"] for line in guest.complete(cart_id).json()["lines"]] == ["BOOK"]

    @pytest.mark.parametrize("is_guarded", [True, False], ids=["guarded", "control"])
    def test_a_dearer_delivery_is_not_ordered_unseen(self, guest, inside, is_guarded):
        cart_id = guest.ready("LAMP")
        with inside():
            ShippingMethod.objects.filter(code="home").update(price_minor=7700)
            if not is_guarded:
                Cart.objects.update(agreed_minor=None)
        answer = guest.complete(cart_id)
        if not is_guarded:
            assert answer.json()["totals"]["gross"] == euros("135.50")
            return
        assert problem_of(answer) == (409, "cart_changed")
        with inside():
            assert not Order.objects.exists()
        said = guest.send("PUT", f"storefront/carts/{cart_id}/checkout/", CHOICES).json()
        assert said["totals"]["gross"] == euros("135.50")
        assert guest.complete(cart_id).json()["totals"]["gross"] == euros("135.50")

    def test_who_changes_the_cart_after_the_checkout_agrees_to_what_that_answers(self, guest):
        cart_id = guest.ready("LAMP")
        totals = guest.post(f"storefront/carts/{cart_id}/lines/", {"sku": "BOOK", "quantity": 1}).json()[
            "totals"
        ]
        assert guest.complete(cart_id).json()["totals"] == totals

    def test_nor_is_a_dearer_delivery_after_that_answer(self, guest, inside):
        cart_id = guest.ready("LAMP")
        guest.post(f"storefront/carts/{cart_id}/lines/", {"sku": "BOOK", "quantity": 1})
        with inside():
            ShippingMethod.objects.filter(code="home").update(price_minor=7700)
        assert problem_of(guest.complete(cart_id)) == (409, "cart_changed")
        with inside():
            assert not Order.objects.exists()

    def test_a_cart_that_went_into_an_accounts_was_not_ordered(self, guest, inside):
        cart_id = guest.ready("LAMP")
        with inside():
            Cart.objects.filter(public_id=cart_id).update(state=Cart.State.MERGED)
        assert problem_of(guest.complete(cart_id)) == (409, "cart_merged")


class TestBadInput:
    @pytest.mark.parametrize("quantity", [0, -1, 10**9, 0.5, "two", "", None, True, [1], "1e2", 1e400])
    def test_a_quantity_is_a_whole_number_within_limits(self, guest, quantity):
        cart_id = guest.cart()
        answer = guest.post(f"storefront/carts/{cart_id}/lines/", {"sku": "LAMP", "quantity": quantity})
        assert answer.status_code == 400
        assert guest.get(f"storefront/carts/{cart_id}/").json()["lines"] == []

    def test_more_than_a_line_holds_is_refused_with_the_limit(self, guest):
        cart_id = guest.cart("LAMP")
        answer = guest.post(f"storefront/carts/{cart_id}/lines/", {"sku": "LAMP", "quantity": 999})
        assert problem_of(answer) == (422, "invalid_quantity")
        assert answer.json()["params"]["maximum"] == 999

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            ({}, 400, "validation_failed"),
            ({"sku": "LAMP", "price": 1}, 400, "validation_failed"),
            ({"sku": "x" * 65}, 400, "validation_failed"),
            ({"sku": "NOTHING"}, 422, "unknown_variant"),
            ({"sku": "a\0b"}, 400, "unstorable_text"),
        ],
    )
    def test_a_line_is_refused_by_code(self, guest, body, status, code):
        assert problem_of(guest.post(f"storefront/carts/{guest.cart()}/lines/", body)) == (status, code)

    def test_a_neighbours_article_is_unknown_here(self, guest, lux, voltwerk, make_product):
        with platform_context(lux, voltwerk):
            make_product("theirs")
        answer = guest.post(f"storefront/carts/{guest.cart()}/lines/", {"sku": "THEIRS"})
        assert problem_of(answer) == (422, "unknown_variant")

    @pytest.mark.parametrize(
        ("changed", "status", "field"),
        [
            ({"email": "nobody"}, 422, "email"),
            ({"email": None}, 400, "/email"),
            ({"shipping_method": "drone"}, 422, "shipping_method"),
            ({"payment_method": "shells"}, 422, "payment_method"),
            ({"shipping_address": {**ADDRESS, "country": "DE"}}, 422, "shipping_method"),
            ({"shipping_address": {**ADDRESS, "country": "XX"}}, 422, "shipping_address.country"),
            ({"shipping_address": {**ADDRESS, "city": ""}}, 400, "/shipping_address/city"),
            ({"shipping_address": {**ADDRESS, "city": "x" * 101}}, 400, "/shipping_address/city"),
            ({"shipping_address": {**ADDRESS, "planet": "Mars"}}, 400, "/shipping_address/planet"),
            ({"shipping_address": "5, rue du Fossé"}, 400, "/shipping_address"),
            ({"billing_address": {}}, 400, "/billing_address/name"),
            ({"coupon": "X"}, 400, "/coupon"),
        ],
    )
    def test_a_checkout_is_refused_by_field_and_nothing_of_it_is_kept(self, guest, changed, status, field):
        cart_id = guest.cart("LAMP")
        address = f"storefront/carts/{cart_id}/checkout/"
        before = guest.get(address).json()
        answer = guest.send("PUT", address, {**CHOICES, **changed})
        assert answer.status_code == status, answer.content
        problem = answer.json()
        if status == 422:
            assert (problem["code"], problem["params"]["field"]) == ("invalid_checkout", field)
        else:
            assert field in [fault["pointer"] for fault in problem["errors"]]
        assert guest.get(address).json() == before

    def test_a_refusal_is_told_in_the_language_of_the_request(self, guest):
        cart_id = guest.cart()
        english = guest.complete(cart_id).json()["title"]
        french = guest.send(
            "POST", COMPLETE.format(cart_id), **{"accept-language": "fr", "idempotency-key": "k"}
        ).json()
        assert french["code"] == "cart_empty" and french["title"] != english

    def test_a_huge_body_and_one_that_is_no_json_are_refused(self, guest):
        cart_id = guest.cart()
        address = f"storefront/carts/{cart_id}/lines/"
        assert problem_of(guest.post(address, {"sku": "x" * 2_600_000})) == (413, "too_large")
        for body, kind, expected in (
            (b"{", "application/json", (400, "malformed_json")),
            (b"[]", "application/json", (400, "object_expected")),
            (b"sku=LAMP", "application/x-www-form-urlencoded", (415, "unsupported_media_type")),
        ):
            answer = guest.client.generic("POST", f"/api/v1/{address}", body, content_type=kind)
            assert problem_of(answer) == expected

    @pytest.mark.parametrize(
        "path",
        [
            "carts/crt_nothing/",
            f"carts/{'x' * 300}/",
            "carts/crt_nothing/checkout/",
            "orders/ord_nothing.forged/",
            "orders/..%2f/",
        ],
    )
    def test_what_is_not_there_is_404(self, guest, path):
        assert problem_of(guest.get(f"storefront/{path}")) == (404, "not_found")


class TestWhoseItIs:
    def test_a_customer_gets_the_cart_that_they_have_open(self, signed_in, guest):
        cart_id = signed_in.cart("LAMP")
        again = signed_in.post("storefront/carts/")
        assert (again.status_code, again.json()["id"]) == (201, cart_id)
        assert again.json()["email"] == "anna@example.test"
        assert guest.post("storefront/carts/").json()["id"] != cart_id

    def test_of_two_first_carts_at_once_one_stands(self, signed_in, anna, inside, monkeypatch):
        with inside():
            theirs = create_cart(language="en", customer=anna)
        asked: list[Any] = [None, theirs]
        monkeypatch.setattr(
            "modules.orders.api.storefront_views.open_cart_of", lambda _customer: asked.pop(0)
        )
        assert signed_in.post("storefront/carts/").json()["id"] == theirs.public_id

    def test_a_customers_cart_answers_that_customer_alone(self, signed_in, guest, otto):
        cart_id = signed_in.ready("LAMP")
        line = signed_in.get(f"storefront/carts/{cart_id}/").json()["lines"][0]["id"]
        other = Buyer(HERE)
        other.sign_in(otto.email)
        for stranger in (guest, other):
            for method, path, body in (
                ("GET", "", None),
                ("POST", "lines/", {"sku": "BOOK"}),
                ("PATCH", f"lines/{line}/", {"quantity": 3}),
                ("DELETE", f"lines/{line}/", None),
                ("GET", "checkout/", None),
                ("PUT", "checkout/", CHOICES),
                ("POST", "complete/", None),
            ):
                answer = stranger.send(
                    method, f"storefront/carts/{cart_id}/{path}", body, **{"idempotency-key": "k"}
                )
                assert problem_of(answer) == (404, "not_found"), (method, path)
        assert signed_in.complete(cart_id).status_code == 201

    def test_a_cart_of_another_shop_is_not_there(self, guest, lux, voltwerk):
        with platform_context(lux, voltwerk):
            theirs = create_cart(language="en")
        assert problem_of(guest.get(f"storefront/carts/{theirs.public_id}/")) == (404, "not_found")
        assert Buyer("voltwerk.lux.localhost").get(f"storefront/carts/{theirs.public_id}/").status_code == 200

    def test_a_line_of_another_cart_is_not_there(self, guest):
        mine, theirs = guest.cart("LAMP"), guest.cart("BOOK")
        line = guest.get(f"storefront/carts/{theirs}/").json()["lines"][0]["id"]
        for method, body in (("PATCH", {"quantity": 2}), ("DELETE", None)):
            assert guest.send(method, f"storefront/carts/{mine}/lines/{line}/", body).status_code == 404
        assert len(guest.get(f"storefront/carts/{theirs}/").json()["lines"]) == 1

    def test_orders_are_listed_for_their_buyer_alone(self, signed_in, guest, otto):
        order = signed_in.complete(signed_in.ready("LAMP")).json()
        guests = guest.complete(guest.ready("BOOK")).json()
        listed = signed_in.get("storefront/orders/").json()
        assert [entry["number"] for entry in listed["data"]] == [order["number"]]
        assert (listed["data"][0]["token"], listed["page"]["next"]) == (order["token"], None)
        assert signed_in.get(f"storefront/orders/{order['number']}/").json() == order
        assert problem_of(signed_in.get(f"storefront/orders/{guests['number']}/")) == (404, "not_found")
        assert problem_of(signed_in.get("storefront/orders/99999999999999999999/")) == (404, "not_found")
        other = Buyer(HERE)
        other.sign_in(otto.email)
        assert other.get("storefront/orders/").json()["data"] == []
        assert problem_of(other.get(f"storefront/orders/{order['number']}/")) == (404, "not_found")
        assert problem_of(guest.get("storefront/orders/")) == (401, "unauthenticated")
        assert problem_of(guest.get(f"storefront/orders/{order['number']}/")) == (404, "not_found")

    def test_who_signs_in_with_a_guests_cart_gets_the_order(self, signed_in, guest):
        cart_id = guest.ready("LAMP")
        number = signed_in.complete(cart_id).json()["number"]
        assert signed_in.get(f"storefront/orders/{number}/").status_code == 200

    def test_a_token_of_another_shop_shows_nothing(self, guest, lux, voltwerk, make_product):
        order = guest.complete(guest.ready("LAMP")).json()
        with platform_context(lux, voltwerk):
            set_up_methods()
            set_up_shipping()
            make_product("cable")
        there = Buyer("voltwerk.lux.localhost")
        theirs = there.complete(there.ready("CABLE", shipping_method="home")).json()
        assert theirs["number"] == order["number"]
        assert problem_of(guest.get(f"storefront/orders/{theirs['token']}/")) == (404, "not_found")
        assert problem_of(there.get(f"storefront/orders/{order['token']}/")) == (404, "not_found")

    def test_an_order_that_has_not_changed_is_not_sent_again(self, guest):
        token = guest.complete(guest.ready("LAMP")).json()["token"]
        etag = guest.get(f"storefront/orders/{token}/")["ETag"]
        again = guest.send("GET", f"storefront/orders/{token}/", **{"if-none-match": etag})
        assert (again.status_code, again.content) == (304, b"")


class TestBySession:
    """Pages may call the API with the shop's session; no other site's page may."""

    @pytest.fixture
    def browser(self, goods, anna) -> Client:
        client = Client(headers={"host": HERE}, enforce_csrf_checks=True)
        client.get("/account/sign-in/")
        facts = {"email": anna.email, "password": PASSWORD}
        token = client.cookies["csrftoken"].value if "csrftoken" in client.cookies else ""
        page = client.get("/account/sign-in/").content.decode()
        token = page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0] or token
        assert client.post("/account/sign-in/", {**facts, "csrfmiddlewaretoken": token}).status_code == 302
        return client

    def post(self, browser: Client, token: str = "") -> Any:
        headers = {"x-csrftoken": token} if token else {}
        return browser.post("/api/v1/storefront/carts/", "", content_type="application/json", headers=headers)

    def token_of(self, browser: Client) -> str:
        page = browser.get("/account/profile/").content.decode()
        return page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]

    def test_a_change_needs_the_csrf_token(self, browser, anna, inside):
        assert problem_of(self.post(browser)) == (403, "csrf_failed")
        with inside():
            assert not Cart.objects.exists()
        made = self.post(browser, self.token_of(browser))
        assert made.status_code == 201, made.content
        with inside():
            assert Cart.objects.get().customer_id == anna.pk

    def test_control_without_the_check_another_sites_page_would_change_it(self, browser, monkeypatch):
        monkeypatch.setattr(middleware, "SAFE_METHODS", frozenset({"GET", "POST"}))
        assert self.post(browser).status_code == 201


def test_the_addresses_are_unknown_while_orders_are_off(guest, lux):
    cart_id = guest.ready("LAMP")
    order = guest.complete(guest.ready("BOOK")).json()
    switch_orders_off(lux)
    for method, path in (
        ("POST", "carts/"),
        ("GET", f"carts/{cart_id}/"),
        ("POST", f"carts/{cart_id}/lines/"),
        ("GET", f"carts/{cart_id}/checkout/"),
        ("PUT", f"carts/{cart_id}/checkout/"),
        ("POST", f"carts/{cart_id}/complete/"),
        ("GET", "orders/"),
        ("GET", f"orders/{order['token']}/"),
    ):
        assert problem_of(guest.send(method, f"storefront/{path}")) == (404, "not_found")
    assert "/api/v1/storefront/carts/" not in guest.client.get("/api/schema/").json()["paths"]
    with platform_context(role="operator"):
        module_service.enable_module(lux, "orders")
    assert guest.complete(cart_id).status_code == 201
    assert guest.get(f"storefront/orders/{order['token']}/").json() == {**order, "status": "completed"}
    assert "/api/v1/storefront/carts/" in guest.client.get("/api/schema/").json()["paths"]

"""A shop's orders and ways to ship for its team's scripts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from modules.orders.api import vendor_views
from modules.orders.models import Order, ShippingMethod
from modules.orders.services import confirm_order
from platform_core.modules.service import module_service
from platform_core.tenancy.context import platform_context
from tests.modules.orders.api.conftest import Buyer, Script, euros, queries_of
from tests.modules.orders.conftest import ADDRESS, set_up_shipping, switch_orders_off
from tests.modules.payments.conftest import set_up_methods

pytestmark = pytest.mark.django_db
ACTIONS = ("confirmations", "fulfilments", "cancellations")


def problem_of(answer: Any) -> tuple[int, str]:
    assert answer["Content-Type"] == "application/problem+json", answer.content
    return answer.status_code, answer.json()["code"]


@pytest.fixture
def placed(guest) -> str:
    """The address of the order of case two."""
    number = guest.complete(guest.ready("BOOK", "LAMP")).json()["number"]
    return f"vendor/orders/{number}/"


def act(script: Script, placed: str, action: str, body: Any = None, **headers: str) -> Any:
    """An action on the order as it stands."""
    if "if-match" not in headers:
        headers["if-match"] = script.get(placed)["ETag"]
    return script.send("POST", f"{placed}{action}/", body, **headers)


def pay(script: Script, placed: str, amount: str, key: str = "k", **facts: Any) -> Any:
    body = {"amount": euros(amount), **facts}
    return script.send("POST", f"{placed}payments/", body, **{"idempotency-key": key})


def kinds(order: dict[str, Any]) -> list[str]:
    return [entry["kind"] for entry in order["timeline"]]


class TestTheList:
    @pytest.fixture
    def three(self, guest, inside) -> list[str]:
        """Numbers of three orders, the first one first, a day apart."""
        numbers = []
        for email, name in (
            ("a@x.test", "Anna Muller"),
            ("b@y.test", "Béla 100% Weiss"),
            ("c@x.test", "Cleo"),
        ):
            address = {**ADDRESS, "name": name}
            cart_id = guest.ready("LAMP", email=email, shipping_address=address)
            numbers.append(guest.complete(cart_id).json()["number"])
        with inside():
            for days, number in zip((3, 2, 1), numbers, strict=True):
                order = Order.objects.get(number=number)
                Order.objects.filter(pk=order.pk).update(placed_at=order.placed_at - timedelta(days=days))
        return numbers

    def test_the_latest_come_first_in_pages(self, clerk, three):
        first = clerk.get("vendor/orders/?limit=2").json()
        assert [entry["number"] for entry in first["data"]] == [three[2], three[1]]
        entry = first["data"][0]
        assert (entry["email"], entry["name"], entry["status"]) == ("c@x.test", "Cleo", "placed")
        assert (entry["payment_status"], entry["totals"]["gross"], entry["customer"]) == (
            "pending",
            euros("63.50"),
            None,
        )
        rest = clerk.get(first["page"]["next"].partition("/api/v1/")[2]).json()
        assert [entry["number"] for entry in rest["data"]] == [three[0]]

    def test_it_is_filtered_searched_and_sorted(self, clerk, three, inside):
        with inside():
            order = Order.objects.get(number=three[1])
            confirm_order(order=order)
            moment = order.placed_at.isoformat().replace("+00:00", "Z")
        pay(clerk, f"vendor/orders/{three[0]}/", "63.50")

        def found(query: str) -> list[int]:
            answer = clerk.get(f"vendor/orders/?{query}")
            assert answer.status_code == 200, answer.content
            return [three.index(entry["number"]) for entry in answer.json()["data"]]

        assert found("status=confirmed") == [1, 0]
        assert found("payment_status=captured") == [0]
        assert found(f"q={three[1]}") == [1]
        assert found("q=X.TEST") == [2, 0]
        assert found("q=b%C3%A9la") == found("q=100%25") == [1]
        assert found("q=%25") == [1]
        assert found("q=nobody") == found("q=99999999999999999999") == []
        assert found(f"placed_at__gte={moment}") == [2, 1]
        assert found(f"placed_at__lte={moment}") == [1, 0]
        assert found("sort=number") == [0, 1, 2]
        assert found("sort=-total,number") == [0, 1, 2]

    @pytest.mark.parametrize(
        "query",
        ["status=lost", "payment_status=x", "placed_at__gte=soon", "sort=name", "colour=red"],
    )
    def test_an_undeclared_or_wrong_parameter_is_refused(self, clerk, query):
        assert problem_of(clerk.get(f"vendor/orders/?{query}")) == (400, "invalid_parameters")

    def test_the_queries_do_not_grow_with_orders(self, clerk, three):
        assert len(queries_of(lambda: clerk.get("vendor/orders/?limit=1"))) == 1
        assert len(queries_of(lambda: clerk.get("vendor/orders/"))) == 1
        assert len(queries_of(lambda: clerk.get(f"vendor/orders/{three[0]}/"))) == 5


class TestOneOrder:
    def test_it_shows_everything_that_has_happened(self, clerk, placed):
        answer = clerk.get(placed)
        order = answer.json()
        assert [(line["sku"], line["open_quantity"]) for line in order["lines"]] == [("BOOK", 1), ("LAMP", 1)]
        assert order["totals"]["gross"] == euros("84.10")
        assert order["shipping_method"]["code"] == "home"
        assert sorted(kinds(order)) == ["order.placed", "payment.pending", "payment.requested"]
        again = clerk.send("GET", placed, **{"if-none-match": answer["ETag"]})
        assert again.status_code == 304

    @pytest.mark.parametrize("number", ["1000", "0", "x", "%C2%B2", "-1", "9" * 30, "ord_x"])
    def test_what_is_not_there_is_404(self, clerk, placed, number):
        assert problem_of(clerk.get(f"vendor/orders/{number}/")) == (404, "not_found")
        for action in (*ACTIONS, "payments", "notes"):
            answer = clerk.send("POST", f"vendor/orders/{number}/{action}/", {}, **{"idempotency-key": "k"})
            assert problem_of(answer) == (404, "not_found")

    def test_a_neighbours_order_is_not_there(self, clerk, lux, voltwerk, make_product):
        with platform_context(lux, voltwerk):
            set_up_methods()
            set_up_shipping()
            make_product("cable")
        buyer = Buyer("voltwerk.lux.localhost")
        number = buyer.complete(buyer.ready("CABLE")).json()["number"]
        assert problem_of(clerk.get(f"vendor/orders/{number}/")) == (404, "not_found")
        assert clerk.get("vendor/orders/").json()["data"] == []

    def test_it_is_confirmed_sent_in_part_and_sent_in_full(self, clerk, placed):
        confirmed = act(clerk, placed, "confirmations")
        assert (confirmed.status_code, confirmed.json()["status"]) == (201, "confirmed")
        book, lamp = confirmed.json()["lines"]
        part = act(
            clerk,
            placed,
            "fulfilments",
            {
                "lines": [{"id": book["id"], "quantity": 1}],
                "carrier": "POST",
                "tracking_number": "RR1",
                "tracking_url": "https://post.example/RR1",
            },
            **{"if-match": confirmed["ETag"]},
        )
        assert (part.status_code, part.json()["status"]) == (201, "partially_fulfilled"), part.content
        parcel = part.json()["fulfilments"][0]
        assert (parcel["carrier"], parcel["tracking_number"]) == ("POST", "RR1")
        assert parcel["lines"] == [{"sku": "BOOK", "quantity": 1}]
        assert [line["open_quantity"] for line in part.json()["lines"]] == [0, 1]
        rest = act(clerk, placed, "fulfilments", {}, **{"if-match": part["ETag"]})
        assert (rest.status_code, rest.json()["status"]) == (201, "fulfilled")
        assert problem_of(act(clerk, placed, "fulfilments", {})) == (409, "invalid_transition")
        paid = pay(clerk, placed, "84.10").json()
        assert (paid["status"], paid["payment_status"]) == ("completed", "captured")

    @pytest.mark.parametrize("action", ACTIONS)
    def test_a_change_needs_the_state_that_was_read(self, clerk, placed, action, inside):
        etag = clerk.get(placed)["ETag"]
        assert problem_of(clerk.send("POST", f"{placed}{action}/", {})) == (428, "precondition_required")
        assert clerk.post(f"{placed}notes/", {"note": "Call her"}).status_code == 201
        stale = act(clerk, placed, action, {}, **{"if-match": etag})
        assert problem_of(stale) == (412, "stale_version")
        with inside():
            assert Order.objects.get().state == "placed"
        assert act(clerk, placed, action, {}).status_code == 201

    def test_control_without_the_precondition_a_stale_change_goes_through(self, clerk, placed, monkeypatch):
        monkeypatch.setattr(vendor_views, "require_match", lambda _request, _etag: None)
        assert act(clerk, placed, "confirmations", **{"if-match": '"old"'}).status_code == 201

    def test_what_passes_between_reading_and_the_lock_is_refused(self, clerk, placed, inside, monkeypatch):
        def let_somebody_else_in(*facts: Any) -> None:
            with inside():
                confirm_order(order=Order.objects.get())

        monkeypatch.setattr(vendor_views, "require_match", let_somebody_else_in)
        answer = act(clerk, placed, "cancellations", {}, **{"if-match": "*"})
        assert problem_of(answer) == (412, "stale_version")

    def test_it_is_cancelled_and_what_was_paid_is_owed_back(self, clerk, placed):
        pay(clerk, placed, "84.10")
        cancelled = act(clerk, placed, "cancellations", {"reason": "Sold out"}).json()
        assert (cancelled["status"], cancelled["cancel_reason"]) == ("cancelled", "Sold out")
        assert "order.refund_owed" in kinds(cancelled)
        owed = next(entry for entry in cancelled["timeline"] if entry["kind"] == "order.refund_owed")
        assert owed["amount"] == euros("84.10")
        assert problem_of(act(clerk, placed, "confirmations")) == (409, "invalid_transition")

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            ({"lines": [{"id": 1, "quantity": 1}]}, 404, "not_found"),
            ({"lines": [{"id": 10**30, "quantity": 1}]}, 404, "not_found"),
            ({"lines": []}, 422, "nothing_to_send"),
            ({"lines": "all"}, 400, "validation_failed"),
            ({"tracking_url": "javascript:alert(1)"}, 400, "validation_failed"),
            ({"tracking_url": "x" * 501}, 400, "validation_failed"),
            ({"carrier": "x" * 81}, 400, "validation_failed"),
            ({"driver": "Jean"}, 400, "validation_failed"),
        ],
    )
    def test_a_parcel_that_cannot_be_is_refused(self, clerk, placed, body, status, code):
        assert problem_of(act(clerk, placed, "fulfilments", body)) == (status, code)
        assert clerk.get(placed).json()["fulfilments"] == []

    def test_no_more_leaves_than_is_open_and_each_line_is_named_once(self, clerk, placed):
        line = clerk.get(placed).json()["lines"][0]["id"]
        many = act(clerk, placed, "fulfilments", {"lines": [{"id": line, "quantity": 2}]})
        assert problem_of(many) == (422, "more_than_open")
        twice = act(clerk, placed, "fulfilments", {"lines": [{"id": line, "quantity": 1}] * 2})
        assert problem_of(twice) == (400, "validation_failed")
        assert twice.json()["errors"][0]["pointer"] == "/lines"

    def test_a_note_is_for_the_team(self, clerk, guest, placed):
        noted = clerk.post(f"{placed}notes/", {"note": "Call her"}).json()
        assert (noted["timeline"][-1]["kind"], noted["timeline"][-1]["note"]) == ("order.note", "Call her")
        assert noted["timeline"][-1]["user"] is not None
        for note in ("", "   ", "x" * 1001, None):
            assert problem_of(clerk.post(f"{placed}notes/", {"note": note})) == (400, "validation_failed")


class TestMoneyReceived:
    def test_an_order_that_is_paid_is_confirmed(self, clerk, placed):
        etag = clerk.get(placed)["ETag"]
        part = pay(clerk, placed, "30.00", "one", note="Statement 41")
        assert (part.status_code, part.json()["payment_status"]) == (201, "partially_captured")
        assert part["ETag"] != etag
        assert part.json()["payment"]["expected"] == euros("54.10")
        rest = pay(clerk, placed, "54.10", "two").json()
        assert (rest["status"], rest["payment_status"]) == ("confirmed", "captured")

    def test_one_key_is_recorded_once(self, clerk, placed):
        first, second = pay(clerk, placed, "30.00"), pay(clerk, placed, "30.00")
        assert (first.status_code, second.status_code) == (201, 201)
        assert "Idempotent-Replayed" not in first and second["Idempotent-Replayed"] == "true"
        assert second.json()["payment"]["captured"] == euros("30.00")
        assert problem_of(pay(clerk, placed, "31.00")) == (422, "idempotency_key_reused")
        assert clerk.get(placed).json()["payment"]["captured"] == euros("30.00")

    def test_a_key_is_required(self, clerk, placed):
        body = {"amount": euros("30.00")}
        assert problem_of(clerk.post(f"{placed}payments/", body)) == (400, "idempotency_key_required")
        assert problem_of(pay(clerk, placed, "30.00", "k" * 256)) == (400, "invalid_idempotency_key")

    @pytest.mark.parametrize(
        ("amount", "status"),
        [
            (euros("0.00"), 400),
            (euros("-1.00"), 400),
            (euros("1.001"), 400),
            ({"amount": "1.00", "currency": "USD"}, 400),
            ({"amount": 1, "currency": "EUR"}, 400),
            (euros("9999999999999"), 422),
            (12.5, 400),
        ],
    )
    def test_an_amount_that_cannot_be_is_refused(self, clerk, placed, amount, status):
        answer = clerk.send("POST", f"{placed}payments/", {"amount": amount}, **{"idempotency-key": "k"})
        assert answer.status_code == status, answer.content
        assert clerk.get(placed).json()["payment"]["captured"] == euros("0.00")


class TestShippingMethods:
    PARCEL = {
        "code": "heavy",
        "kind": "weight",
        "names": {"en": "Heavy", "fr": "Lourd"},
        "rates": [
            {"up_to_grams": 30000, "price": euros("19.90")},
            {"up_to_grams": 20000, "price": euros("14.90")},
        ],
        "free_from": euros("500.00"),
        "countries": ["LU"],
        "position": 9,
    }

    def test_one_is_set_up_changed_and_taken_away(self, owner, guest):
        made = owner.post("vendor/shipping-methods/", self.PARCEL)
        assert made.status_code == 201, made.content
        method = made.json()
        assert [rate["up_to_grams"] for rate in method["rates"]] == [20000, 30000]
        assert (method["free_from"], method["price"]) == (euros("500.00"), euros("0.00"))
        address = f"vendor/shipping-methods/{method['id']}/"
        assert made["Location"].endswith(address)
        read = owner.get(address)
        assert read.json() == method and read["ETag"] == made["ETag"]
        listed = owner.get("vendor/shipping-methods/").json()["data"]
        assert [entry["code"] for entry in listed] == ["home", "parcel", "counter", "heavy"]
        changed = owner.send(
            "PATCH", address, {"free_from": None, "names": {"en": "Freight"}}, **{"if-match": read["ETag"]}
        )
        assert changed.status_code == 200, changed.content
        assert (changed.json()["names"], changed.json()["free_from"]) == ({"en": "Freight"}, None)
        assert changed.json()["rates"] == method["rates"] and changed["ETag"] != read["ETag"]
        offered = guest.get(f"storefront/carts/{guest.cart('LAMP')}/checkout/").json()["shipping_methods"]
        assert offered[-1]["code"] == "heavy" and offered[-1]["price"] == euros("14.90")
        assert owner.send("DELETE", address).status_code == 204
        assert problem_of(owner.get(address)) == (404, "not_found")

    def test_a_change_needs_the_state_that_was_read(self, owner, inside):
        with inside():
            pk = ShippingMethod.objects.get(code="home").pk
        address = f"vendor/shipping-methods/{pk}/"
        etag = owner.get(address)["ETag"]
        body = {"price": euros("6.00")}
        assert problem_of(owner.send("PATCH", address, body)) == (428, "precondition_required")
        assert owner.send("PATCH", address, body, **{"if-match": etag}).json()["price"] == euros("6.00")
        assert problem_of(owner.send("PATCH", address, body, **{"if-match": etag})) == (412, "stale_version")

    @pytest.mark.parametrize(
        ("changed", "status", "code"),
        [
            ({"code": "Not A Code"}, 422, "invalid_shipping_method"),
            ({"code": "home"}, 409, "shipping_code_taken"),
            ({"kind": "drone"}, 400, "validation_failed"),
            ({"names": {}}, 422, "invalid_shipping_method"),
            ({"names": {"es": "Envío"}}, 422, "invalid_shipping_method"),
            ({"rates": []}, 422, "invalid_shipping_method"),
            ({"rates": [{"up_to_grams": 0, "price": euros("1.00")}]}, 400, "validation_failed"),
            ({"rates": [{"up_to_grams": 5, "price": euros("100000.01")}]}, 422, "invalid_shipping_method"),
            ({"countries": ["XX"]}, 422, "invalid_shipping_method"),
            ({"position": -1}, 400, "validation_failed"),
            ({"id": 7}, 400, "validation_failed"),
        ],
    )
    def test_what_cannot_be_is_refused_by_code(self, owner, inside, changed, status, code):
        answer = owner.post("vendor/shipping-methods/", {**self.PARCEL, **changed})
        assert problem_of(answer) == (status, code), answer.content
        with inside():
            assert ShippingMethod.objects.count() == 3

    def test_one_of_a_neighbour_is_not_there(self, owner, lux, voltwerk):
        with platform_context(lux, voltwerk):
            set_up_shipping()
            pk = ShippingMethod.objects.first().pk
        for method in ("GET", "PATCH", "DELETE"):
            answer = owner.send(method, f"vendor/shipping-methods/{pk}/", {}, **{"if-match": "*"})
            assert problem_of(answer) == (404, "not_found")
        with platform_context(lux, voltwerk):
            assert ShippingMethod.objects.filter(pk=pk).exists()


class TestWhoMay:
    def test_a_clerk_reads_the_ways_to_ship_and_changes_none(self, clerk, inside):
        with inside():
            pk = ShippingMethod.objects.first().pk
        assert clerk.get("vendor/shipping-methods/").status_code == 200
        assert clerk.get(f"vendor/shipping-methods/{pk}/").status_code == 200
        for method, path in (("POST", ""), ("PATCH", f"{pk}/"), ("DELETE", f"{pk}/")):
            answer = clerk.send(method, f"vendor/shipping-methods/{path}", {})
            assert problem_of(answer) == (403, "permission_denied")
            assert answer.json()["permission"] == "orders.change_shippingmethod"

    def test_nobody_else_comes_in(self, placed, signed_in):
        stranger = Script("lux.localhost")
        addresses = ("vendor/orders/", placed, "vendor/shipping-methods/")
        for address in addresses:
            assert problem_of(stranger.get(address))[0] == 401
            assert signed_in.get(address).status_code == 404
            # A customer's token is good at the shop alone.
            assert problem_of(stranger.get(address, token=signed_in.access)) == (401, "invalid_token")

    def test_seeing_is_not_changing(self, clerk, placed, monkeypatch):
        monkeypatch.setattr(
            "platform_core.identity.principals.permission_codes",
            lambda *_role: frozenset({"orders.view_order"}),
        )
        assert clerk.get(placed).status_code == 200
        for action in (*ACTIONS, "payments", "notes"):
            answer = clerk.send("POST", f"{placed}{action}/", {}, **{"if-match": "*", "idempotency-key": "k"})
            assert problem_of(answer) == (403, "permission_denied"), action
            needed = "payments.change_payment" if action == "payments" else "orders.change_order"
            assert answer.json()["permission"] == needed


def test_the_addresses_are_unknown_while_orders_are_off(owner, placed, lux):
    switch_orders_off(lux)
    for address in ("vendor/orders/", placed, "vendor/shipping-methods/"):
        assert problem_of(owner.get(address)) == (404, "not_found")
    assert problem_of(owner.post(f"{placed}notes/", {"note": "x"})) == (404, "not_found")
    with platform_context(role="operator"):
        module_service.enable_module(lux, "orders")
    assert owner.get(placed).status_code == 200

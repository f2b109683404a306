"""Payments go off on a platform, and orders with them: every address of theirs is an unknown one, until they are back.

The addresses come from the URL configurations, with an order, a cart and a payment that are there.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from modules.customers.services import register_customer
from modules.orders.models import Order, OrderEvent, OrderLine, ShippingMethod
from modules.orders.selectors import token_of
from modules.orders.services import add_line, create_cart, record_payment, send_order
from modules.payments.models import Payment, PaymentEvent
from modules.tenancy.services import add_staff, add_team_member
from platform_core.identity.checks import routes_of
from platform_core.modules.gates import module_of_view
from platform_core.modules.state import read_state
from platform_core.roles import VendorRole
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.middleware import URLCONFS
from platform_core.testing.walks import ask, differences, sibling
from tests.api_client import ANNA, Api
from tests.conftest import PASSWORD
from tests.forms import TeamBrowser
from tests.journeys.goods import begin_to_sell, create_goods, place_order

# Real commits: what a switch changes is told only then.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.proof]

MODULES = ("payments", "orders")
SHOP, PLATFORM, ADMIN = "kellerei.mosel.localhost", "mosel.localhost", "admin.mosel.localhost"
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
# All of them are asked by the contract of the modules, with values that are nobody's.
METHODS = ("get", "post", "delete")


def run(*words: str) -> Any:
    """What `manage.py modules` says as JSON."""
    out = io.StringIO()
    call_command("modules", *words, "--platform", "mosel", "--json", stdout=out)
    return json.loads(out.getvalue())


def on_now(platform: Any) -> set[str]:
    with platform_context(role="operator"):
        return set(read_state(platform.pk).enabled) & set(MODULES)


@pytest.fixture
def shop(mosel: Any, kellerei: Any) -> Any:
    """A shop that has sold a bag, which is paid for and sent; Anna has another in her cart."""
    begin_to_sell(kellerei)
    create_goods(kellerei)
    with platform_context(mosel, kellerei):
        anna = register_customer(email=ANNA, password=PASSWORD, full_name="Anna", language="en")
        cart = create_cart(language="en", customer=anna)
        add_line(cart=cart, sku="BAG")
    order = place_order(kellerei, "BAG")
    with platform_context(mosel, kellerei):
        Order.objects.filter(pk=order.pk).update(customer=anna)
        record_payment(order=order, amount=order.gross)
        send_order(order=Order.objects.get())
        assert Order.objects.get().state == "completed"
    return kellerei


@pytest.fixture
def values(mosel: Any, shop: Any) -> Iterator[Callable[[str, str], str]]:
    """What a parameter of a route is here."""
    with platform_context(mosel, shop):
        order, payment, method = Order.objects.get(), Payment.objects.get(), ShippingMethod.objects.get()
        line = order.cart.__class__.objects.get(state="open").lines.get()
        known = {
            "number": str(order.number),
            "reference": str(order.number),
            "token": token_of(order),
            "cart_id": line.cart.public_id,
            "line_id": str(line.pk),
            "public_id": payment.public_id,
            "event_id": str(PaymentEvent.objects.get(payment=payment, kind="captured").pk),
            "refund_id": "rfd_1",
            "gateway": "bank_transfer",
            "pk": str(method.pk),
        }
        keys = {"order": order.pk, "payment": payment.pk, "shippingmethod": method.pk}

    def value(route: str, name: str) -> str:
        return str(keys[route.split("/")[2]]) if name == "object_id" else known[name]

    return value


@pytest.fixture
def people(
    shop: Any,
    make_user: Callable[..., Any],
    superuser: Any,
    client_for: Callable[..., Client],
) -> dict[str, dict[str, Client]]:
    """Site → who → a browser or a script in which they have signed in while everything was on."""

    owner, admin = make_user("owner@kellerei.test"), make_user("admin@mosel.test")
    with platform_context(role="operator"):
        add_team_member(vendor=shop, user=owner, role=VendorRole.OWNER)
        add_staff(platform=shop.platform, user=admin)
    customer, staff, team = client_for(SHOP), client_for(ADMIN), TeamBrowser(PLATFORM, shop.code)
    script = Api(PLATFORM)
    for visitor, path, email in (
        (customer, "/account/sign-in/", ANNA),
        (team, "/vendor/sign-in/", owner.email),
        (staff, "/admin/login/", admin.email),
    ):
        assert visitor.post(path, {"email": email, "password": PASSWORD}).status_code == 302
    assert script.sign_in(owner.email).status_code == 200
    bearer = {"host": PLATFORM, "authorization": f"Bearer {script.access}"}
    return {
        "storefront": {"anybody": client_for(SHOP), "Anna": customer},
        "platform": {
            "anybody": client_for(PLATFORM),
            "owner": team,
            "owner's script": Client(headers=bearer),
        },
        "admin": {"anybody": client_for(ADMIN), "admin": staff},
    }


def addresses(site: str, value: Callable[[str, str], str]) -> list[str]:
    """Every address of both modules on a kind of site."""
    return sorted(
        "/" + PARAMETER.sub(lambda match, route=route: value(route, match[1]), route)  # type: ignore[misc]
        for route, pattern in routes_of(import_module(URLCONFS[site]).urlpatterns)
        if module_of_view(pattern.callback) in MODULES
    )


def given_away(people: dict[str, dict[str, Client]], value: Callable[[str, str], str]) -> list[str]:
    """Where an address of theirs answers otherwise than an unknown one."""
    found = []
    for site, visitors in people.items():
        for path in addresses(site, value):
            for who, client in visitors.items():
                if who == "admin":
                    # The platform's staff are told why there is nothing.
                    found += [f"{who}: {path}"] * (client.get(path, follow=False).status_code != 404)
                    continue
                found += [f"{who}: {text}" for text in differences(client, path, METHODS)]
    return found


def known_to_nobody(people: dict[str, dict[str, Client]], value: Callable[[str, str], str]) -> list[str]:
    """Addresses of theirs that answer each visitor and each method like an unknown one."""
    return [
        path
        for site, visitors in people.items()
        for path in addresses(site, value)
        if all(
            ask(client, method, path) == ask(client, method, sibling(path))
            for client in visitors.values()
            for method in METHODS
        )
    ]


def rows(platform: Any, shop: Any) -> dict[str, list[Any]]:
    """All that is kept of orders and payments."""
    with platform_context(platform, shop):
        kinds: tuple[Any, ...] = (Order, OrderLine, OrderEvent, Payment, PaymentEvent, ShippingMethod)
        return {kind.__name__: list(kind.objects.order_by("pk").values()) for kind in kinds}


def shown(people: dict[str, dict[str, Client]], value: Callable[[str, str], str]) -> dict[str, int]:
    """How each address answers whoever may see it."""
    return {
        f"{site}: {path}": min(client.get(path).status_code for client in visitors.values())
        for site, visitors in people.items()
        for path in addresses(site, value)
    }


def test_off_nothing_tells_of_them_and_on_again_nothing_is_lost(
    mosel: Any, shop: Any, values: Any, people: dict[str, dict[str, Client]]
) -> None:
    seen = shown(people, values)
    # The control: while they are on, no address of theirs answers like an unknown one.
    assert known_to_nobody(people, values) == []
    before = rows(mosel, shop)

    preview = run("disable", "payments", "--dry-run")
    assert sorted(preview["changed"]) == sorted(MODULES)
    assert on_now(mosel) == set(MODULES)
    with pytest.raises(CommandError) as unsaid:
        run("disable", "payments")
    assert unsaid.value.returncode == 2 and "orders would go off with payments" in str(unsaid.value)
    run("disable", "payments", "--yes")
    assert on_now(mosel) == set()

    assert given_away(people, values) == []

    run("enable", "orders")
    assert on_now(mosel) == set(MODULES)
    assert rows(mosel, shop) == before
    assert shown(people, values) == seen

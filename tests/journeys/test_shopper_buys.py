"""A shopper without scripts buys, in French: from a product's page to the order, with one total everywhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.test import Client
from playwright.sync_api import Page, Route

from modules.customers.services import register_customer
from modules.orders.models import Order
from modules.tenancy.services import activate_domain, add_domain
from platform_core.outbox.models import OutboxMessage
from platform_core.outbox.services import do
from platform_core.tenancy.context import platform_context
from tests.conftest import PASSWORD
from tests.journeys.goods import begin_to_sell, create_goods
from tests.modules.orders.conftest import orders_on, set_up_shipping
from tests.modules.payments.conftest import set_up_methods
from tests.platform_core.ui.browser import Shown, chromium, follow, serve

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

__all__ = ["orders_on"]
HOST = "objektiv.lux.localhost"
ORIGIN = f"http://{HOST}"
PRESETS = ("atelier", "signal")


@pytest.fixture
def shop(orders_on: Any, make_vendor: Callable[..., Any], request: pytest.FixtureRequest) -> Any:
    """A shop with a lens for 249 euros, that sells."""
    vendor = make_vendor(orders_on, "objektiv", theme=getattr(request, "param", PRESETS[0]))
    create_goods(vendor)
    with platform_context(orders_on, vendor):
        set_up_methods()
        set_up_shipping()
    return vendor


def _serve(client: Client, route: Route) -> None:
    """As `serve`, with what a browser says of a form, and with the page behind a 303."""
    request = route.request
    if request.method != "POST":
        serve(client, route)
        return
    answer = client.generic(
        "POST",
        urlsplit(request.url).path,
        request.post_data or "",
        content_type=request.headers["content-type"],
        headers={
            "origin": f"http://{urlsplit(request.url).netloc}",
            "hx-request": request.headers.get("hx-request"),
        },
    )
    if answer.status_code == 303 and "hx-request" in request.headers:
        answer = client.get(answer["Location"], headers={"hx-request": "true"})
    if answer.status_code == 303:
        # Playwright cannot fulfil a request with a redirect: the browser is sent there by the page.
        body = f'<!doctype html><meta http-equiv="refresh" content="0;url={answer["Location"]}">'
        route.fulfill(status=200, content_type="text/html", body=body)
        return
    route.fulfill(status=answer.status_code, headers=dict(answer.items()), body=answer.content)


@pytest.fixture
def open_page(client_for: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Page]]:
    # Playwright keeps an event loop in this thread; every query of this test still runs one after another.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with chromium() as browser:

        def make(host: str = HOST, **options: Any) -> Page:
            client = client_for(host, enforce_csrf_checks=True)
            page = browser.new_context(reduced_motion="reduce", **options).new_page()
            page.route("**/*", lambda route: _serve(client, route))
            return page

        yield make


def deliver_all() -> None:
    """Send what waits in the outbox."""
    with platform_context(role="operator"):
        waiting = list(OutboxMessage.objects.filter(state="waiting").values_list("pk", flat=True))
    for number in waiting:
        do(number)


def _amounts(page: Page) -> list[str]:
    """The totals that a page shows, as they are written."""
    return [
        text.replace("\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}")
        for text in page.locator(".total dd").all_text_contents()
    ]


def _buy(page: Page, visit: Callable[[str], None], shop: str = ORIGIN) -> list[str]:
    """From the product to the order; returns the totals seen from the review on."""
    page.goto(f"{shop}/fr/products/lens/")
    visit("product")
    page.get_by_label("Quantité").fill("2")
    page.get_by_role("button", name="Ajouter au panier").click()
    said = page.locator(".toast-text, main .messages")
    said.wait_for()
    words = said.inner_text().replace("\N{NO-BREAK SPACE}", " ")
    assert words == "« Objectif 50 mm, Black » est dans votre panier."
    if "/cart/" not in page.url:
        # With scripts one stays on the product's page.
        visit("added")
        page.get_by_role("link", name="Voir votre panier").click()
    page.wait_for_url("**/fr/cart/")
    visit("cart")
    page.get_by_role("link", name="Passer la commande").click()
    page.wait_for_url(re.compile(r"/fr/checkout/(contact|delivery)/$"))
    if page.url.endswith("/contact/"):
        # Whoever is signed in has said it already.
        visit("contact")
        page.get_by_label("Adresse e-mail").fill("anna@example.test")
        page.get_by_role("button", name="Continuer vers la livraison").click()
        page.wait_for_url("**/fr/checkout/delivery/")
    follow(page.get_by_role("button", name="Continuer vers le paiement"))
    assert page.title().startswith("Erreur")
    visit("delivery")
    form = page.locator(".typed-address")
    for label, value in (
        ("Nom", "Anna Muller"),
        ("Rue et numéro", "5, rue du Fossé"),
        ("Code postal", "1536"),
        ("Localité", "Luxembourg"),
    ):
        form.get_by_label(label).fill(value)
    assert not page.locator("#id_billing_name").is_visible()
    page.get_by_label("La facture va à une autre adresse").check()
    assert page.locator("#id_billing_name").is_visible()
    page.get_by_label("La facture va à une autre adresse").uncheck()
    page.locator("[name=method]").first.check()
    page.get_by_role("button", name="Continuer vers le paiement").click()
    page.wait_for_url("**/fr/checkout/payment/")
    visit("payment")
    page.locator('[value="bank_transfer"]').check()
    page.get_by_role("button", name="Continuer vers la vérification").click()
    page.wait_for_url("**/fr/checkout/review/")
    visit("review")
    seen = _amounts(page)
    page.get_by_role("button", name="Commander avec obligation de paiement").click()
    page.wait_for_url("**/fr/orders/**")
    visit("order")
    return seen + _amounts(page)


def test_a_shopper_without_scripts_buys_in_french(shop: Any, open_page: Any) -> None:
    page = open_page(java_script_enabled=False, viewport={"width": 360, "height": 780})
    shown = _buy(page, lambda _place: None)
    assert "Merci de votre commande" in page.locator("h1").inner_text()
    with platform_context(shop.platform, shop):
        (order,) = Order.objects.select_related("payment")
        assert (order.language, order.gross_minor, order.payment.amount_minor) == ("fr", 50300, 50300)
    assert set(shown) == {"503,00\N{NO-BREAK SPACE}€"}
    deliver_all()
    (confirmation,) = (message for message in mail.outbox if message.to == ["anna@example.test"])
    assert "503,00\N{NO-BREAK SPACE}€" in confirmation.body
    address = re.search(r"http://\S+/fr/orders/\S+", confirmation.body)
    assert address is not None
    assert urlsplit(address[0]).path == urlsplit(page.url).path


def _money_of(text: str) -> str:
    """A page as one line, with one kind of space before its currency signs."""
    return re.sub(r"[\s\u00a0\u202f]+", " ", text)


@pytest.mark.parametrize(
    "root",
    [
        "http://objektiv.lux.localhost",
        "http://objektiv.localhost",
        "http://lux.localhost/vendors/objektiv/shop",
    ],
    ids=["below the platform", "own domain", "path"],
)
def test_one_order_is_the_same_to_everybody_wherever_it_was_placed(
    objektiv: Any,
    objektiv_owner: Any,
    lux_admin: Any,
    client_for: Any,
    open_page: Any,
    root: str,
) -> None:
    create_goods(objektiv)
    begin_to_sell(objektiv)
    with platform_context(objektiv.platform, objektiv):
        register_customer(
            email="anna@example.test", password=PASSWORD, full_name="Anna Muller", language="fr"
        )
    with platform_context(role="operator"):
        activate_domain(domain=add_domain(vendor=objektiv, host="objektiv.localhost"))
    page = open_page(urlsplit(root).netloc, java_script_enabled=False)
    page.goto(f"{root}/fr/account/sign-in/")
    page.get_by_label("Adresse e-mail").fill("anna@example.test")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Se connecter").click()
    page.wait_for_url("**/fr/account/")
    shown = _buy(page, lambda _place: None, root)
    assert [_money_of(amount) for amount in shown] == ["503,00 €"] * len(shown)
    with platform_context(objektiv.platform, objektiv):
        (order,) = Order.objects.all()
    assert order.gross_minor == 50300

    page.goto(f"{root}/fr/account/orders/{order.number}/")
    assert "503,00 €" in _money_of(page.locator("main").inner_text())
    deliver_all()
    to_anna = (message for message in mail.outbox if message.to == ["anna@example.test"])
    (confirmation,) = (message for message in to_anna if str(order.number) in message.subject)
    assert "503,00 €" in _money_of(confirmation.body)
    # Mails lead to the shop's own domain, wherever it was ordered.
    assert "http://objektiv.localhost/fr/orders/" in confirmation.body

    owner = client_for("lux.localhost")
    owner.post("/vendor/sign-in/", {"email": objektiv_owner.email, "password": PASSWORD})
    assert "€503.00" in owner.get(f"/vendor/orders/{order.number}/").content.decode()
    by_script = owner.get(f"/api/v1/vendor/orders/{order.number}/").json()
    assert by_script["totals"]["gross"] == {"amount": "503.00", "currency": "EUR"}
    staff = client_for("admin.lux.localhost")
    staff.post("/admin/login/", {"email": lux_admin.email, "password": PASSWORD})
    assert "€503.00" in staff.get(f"/admin/orders/order/{order.pk}/change/").content.decode()


@pytest.mark.parametrize(
    ("shop", "mode", "width"),
    [
        ("atelier", "light", 360),
        ("signal", "dark", 360),
        ("signal", "light", 1280),
        ("atelier", "dark", 1280),
    ],
    indirect=["shop"],
)
def test_axe_finds_nothing_on_the_way(shop: Any, open_page: Any, mode: str, width: int) -> None:
    page = open_page(color_scheme=mode, bypass_csp=True, viewport={"width": width, "height": 900})
    faults = []

    def visit(place: str) -> None:
        shown = Shown(page)
        faults.extend(f"{place}: {fault}" for fault in (*shown.sideways(), *shown.violations()))

    _buy(page, visit)
    assert faults == []

"""Every page there is, in Chromium: axe finds nothing, in light and dark.

The pages are not listed here. Each door is walked along its links, from its first page and from every address of
its URL configuration; one page of each route is then shown. A route whose parameters the walk never comes to know
fails the test, unless it stands in `OUT_OF_REACH`.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from django_celery_results.models import TaskResult
from moneyed import Money
from playwright.sync_api import Page, Route

from modules.catalog.models import Category, Product
from modules.catalog.services import create_category, create_product, update_category, update_product
from modules.cms.services import publish_page, save_default_page, save_page
from modules.customers.links import confirmation_token, reset_token
from modules.customers.models import Customer
from modules.customers.services import register_customer, save_address
from modules.payments.services import begin_payment, record_received, request_refund, save_method
from modules.tenancy.invitations import invite_staff, invite_team_member
from modules.tenancy.models import Vendor
from modules.tenancy.selectors import invitation_token
from modules.tenancy.services import add_domain, suspend_vendor
from platform_core.identity.models import User
from platform_core.identity.resets import PASSWORD_RESET
from platform_core.modules.registry import OPTIONAL_MODULES
from platform_core.modules.state import override_modules
from platform_core.roles import VendorRole
from platform_core.tenancy.context import platform_context
from tests.conftest import PASSWORD
from tests.journeys.goods import begin_to_sell, place_order
from tests.modules.orders.storefront.conftest import Buyer
from tests.platform_core.ui.browser import Shown, chromium, serve_file

pytestmark = [pytest.mark.django_db, pytest.mark.browser, pytest.mark.proof]

SHOP, PLATFORM, HUB, STAFF = "objektiv.lux.localhost", "lux.localhost", "localhost", "admin.lux.localhost"
# Addresses for scripts, probes and files: nothing for eyes.
NOT_FOR_EYES = ("api/", "health", "metrics", "media/", "static/")
PHONE: Any = {"width": 360, "height": 740}
TOO_WIDE = """() => {
    const width = document.documentElement.clientWidth
    if (document.documentElement.scrollWidth <= width) return []
    return [...document.body.querySelectorAll('*')]
        .filter(e => e.getBoundingClientRect().right > width + 0.5)
        .map(e => `${e.tagName}.${e.className} ${e.textContent.trim().slice(0, 40)}`)
}"""
LANGUAGES = ("fr/", "de/", "lb/")
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
WINDOW: Any = {"width": 1280, "height": 900}
# So that a page offers what depends on its row: a closed vendor can be opened, an open one closed.
ROWS_PER_ROUTE = 3
# Django's own: the list of an app leads home here, and what matches nothing is unknown.
# A line of a cart is changed there, and shown in the cart; so are the settings of a module.
OUT_OF_REACH = re.compile(r"admin/(\^\(\?P<app_label>|\(\?P<url>)|cart/lines/|vendor/settings/<")


class Door:
    """A site and who comes to it; `pages` is route → (who sees it, where, what)."""

    def __init__(self, host: str, start: str, *visitors: Client, by_mail: tuple[str, ...] = ()) -> None:
        # `by_mail` are addresses that no page links to: those of mails, and what a plan that lacks something leads to.
        self.host, self.start, self.visitors, self.by_mail = host, start, visitors, by_mail
        self.urlconf = visitors[0].get(start).wsgi_request.urlconf  # type: ignore[attr-defined]
        self.routes = [
            route for route in _routes(get_resolver(self.urlconf)) if not route.startswith(NOT_FOR_EYES)
        ]
        self.pages: dict[str, tuple[Client, str, HttpResponse]] = {}
        self.values: dict[str, dict[str, Any]] = {}

    def walk(self) -> list[str]:
        """Fill `pages`; the routes whose parameters nobody knows are returned."""
        for client in self.visitors:
            waiting = [self.start, *(f"/{route}" for route in self.routes if not _has_parameters(route))]
            waiting += self.by_mail
            known, visits = set(waiting), Counter[str]()
            while waiting:
                address = waiting.pop(0)
                new = [link for link in self._links(client, address, visits) if link not in known]
                known.update(new)
                waiting += new
        unmet = [route for route in self.routes if route not in self.pages and not OUT_OF_REACH.match(route)]
        return [route for route in unmet if _has_parameters(route) and not self._try(route)]

    def _links(self, client: Client, address: str, visits: Counter[str]) -> list[str]:
        """Visit a page, note it under its route, and say where it leads on this host."""
        answer = client.get(address)
        if answer.status_code != 200 or not answer["Content-Type"].startswith("text/html"):
            return []
        # As the request was resolved, since outside of it no platform says which modules are on; a kept page was not.
        match = answer.wsgi_request.resolver_match or resolve(address, self.urlconf)  # type: ignore[attr-defined]
        visits[match.route] += 1
        if visits[match.route] > ROWS_PER_ROUTE:
            return []
        self.pages.setdefault(match.route, (client, address, answer))
        self.values.setdefault(match.route, match.kwargs)
        found = re.findall(r'<a [^>]*?href="([^"]*)"', answer.content.decode())
        links = [urlsplit(urljoin(f"http://{self.host}{address}", unescape(href))) for href in found]
        return [
            link.path
            for link in links
            if link.hostname == self.host and not link.path[1:].startswith((*NOT_FOR_EYES, *LANGUAGES))
        ]

    def _try(self, route: str) -> bool:
        """Visit an address of a route that no link leads to, made of its neighbours' values, where there are any."""
        names = set(PARAMETER.findall(route))
        near = [other for other in self.values if names <= set(self.values[other])]
        if not near:
            return False
        values = self.values[max(near, key=lambda other: len(os.path.commonprefix([route, other])))]
        address = "/" + PARAMETER.sub(lambda name: str(values[name[1]]), route)
        self._links(self.visitors[-1], address, Counter())
        return True


def _has_parameters(route: str) -> bool:
    return "<" in route


def _routes(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield route
        else:
            yield from _routes(entry, route)


@pytest.fixture
def every_module(lux: Any) -> Iterator[None]:
    """What is off has no pages."""
    with override_modules(lux, on=tuple(OPTIONAL_MODULES)):
        yield


@pytest.fixture
def everything(
    lux: Any,
    every_module: None,
    objektiv: Vendor,
    voltwerk: Vendor,
    objektiv_owner: Any,
    lux_admin: Any,
    superuser: Any,
) -> None:
    """A row for every screen: what a door shows of nothing is tested elsewhere."""
    with connection.cursor() as cursor:
        # While the browser looks at the pages, the test's transaction has nothing to do.
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    with platform_context(lux, objektiv):
        account = {"payee": "Objektiv", "iban": "LU280019400644750000", "bic": "BCEELULL"}
        save_method(gateway="bank_transfer", config=account, is_active=True)
        save_method(gateway="cash_on_collection", config={"place": "Here"}, is_active=True)
        amount = Money("84.10", "EUR")
        begin_payment(method="cash_on_collection", amount=amount, reference="A-1")
        paid = begin_payment(method="bank_transfer", amount=amount, reference="A-2", description="Lens")
        record_received(payment=paid, amount=amount * 2, note="Statement 12")
        request_refund(payment=paid, amount=amount)
        create_category(slug="lenses", translations={"en": {"name": "Lenses"}, "fr": {"name": "Objectifs"}})
        for slug, colours in (("lens", ("Black", "Silver")), ("bag", ("Red",))):
            create_product(
                slug=slug,
                translations={"en": {"title": slug.title(), "description": "Sharp."}},
                variants=[
                    {"sku": f"{slug}-{colour}".upper(), "options": {"en": colour}, "price_minor": 9900}
                    for colour in colours
                ],
                category_slugs=("lenses",),
            )
        words = {"en": {"title": "About us", "body_html": "<h2>Since 1998</h2><p>In Luxembourg.</p>"}}
        publish_page(page=save_page(slug="about", translations=words).page)
        anna = register_customer(email="anna@example.test", password=PASSWORD, full_name="Anna Weber")
        save_address(customer=anna, name="Anna", line1="1, rue", postal_code="1111", city="Lux", country="LU")
    begin_to_sell(objektiv)
    place_order(objektiv, "LENS-BLACK", "BAG-RED")
    with platform_context(lux, role="staff"):
        save_default_page(slug="imprint", translations=words)
    with platform_context(role="operator"):
        add_domain(vendor=objektiv, host="objektiv.example.test")
        suspend_vendor(vendor=voltwerk)
        TaskResult.objects.create(task_id="t-1", task_name="sample", status="SUCCESS", meta="{}")
    for platform, role, person in ((lux, "staff", lux_admin), (None, "operator", superuser)):
        with platform_context(platform, role=role):
            LogEntry.objects.create(
                user_id=person.pk,
                content_type=ContentType.objects.get_for_model(Vendor),
                object_id=str(objektiv.pk),
                object_repr="Objektiv",
                action_flag=CHANGE,
                change_message="Suspended.",
            )


@pytest.fixture
def signed_in(client_for: Callable[..., Client]) -> Callable[..., Client]:
    def enter(host: str, address: str, email: str) -> Client:
        client = client_for(host)
        assert client.post(address, {"email": email, "password": PASSWORD}).status_code == 302
        return client

    return enter


def _faults(door: Door, client: Client) -> list[str]:
    """What axe finds on the pages that this visitor was the first to see."""
    # A part of a page, such as what the admin's palette fetches, is no page by itself.
    seen = {
        address: answer
        for visitor, address, answer in door.pages.values()
        if visitor is client and b"<html" in answer.content
    }
    with chromium() as browser:
        window = browser.new_context(viewport=WINDOW, reduced_motion="reduce", bypass_csp=True)
        window.route("**/*", lambda route: _show(seen, route))
        page = window.new_page()
        return [
            f"{address} ({mode}): {fault}"
            for address, answer in seen.items()
            for mode, fault in _faults_in_both_modes(page, f"http://{door.host}{address}", answer)
        ]


def _show(seen: Mapping[str, HttpResponse], route: Route) -> None:
    """The pages as the walk has got them, and files of the checkout.

    They are not asked for again: Playwright calls back from an event loop, where Django has another connection,
    which sees nothing of the test's rows and would lead everybody to the sign-in page.
    """
    path = urlsplit(route.request.url).path
    answer = seen.get(path)
    if answer is None:
        serve_file(route)
        return
    route.fulfill(status=answer.status_code, headers=dict(answer.items()), body=answer.content)


def _faults_in_both_modes(page: Page, url: str, answer: HttpResponse) -> Iterator[tuple[str, str]]:
    page.emulate_media(color_scheme="light")
    page.goto(url)
    title = re.search(r"<title[^>]*>(.*?)</title>", answer.content.decode(), re.DOTALL)
    assert title is not None
    assert page.title() == " ".join(unescape(title[1]).split()), url
    for mode in ("light", "dark"):
        if mode == "dark":
            page.emulate_media(color_scheme="dark")
            # The admin asks the system once, when the page opens.
            page.evaluate("document.querySelector('[x-bind=themeBindings]')?.classList.add('dark')")
        for fault in Shown(page).violations():
            yield mode, fault


def _check(door: Door) -> None:
    assert door.walk() == []
    assert [fault for client in door.visitors for fault in _faults(door, client)] == []


def _fill_cart(client: Client, *, orders: bool) -> None:
    """Something in the cart and every step done; with `orders`, ordered, and the cart empty."""
    buyer = Buyer(client)
    buyer.put_in("BAG-RED")
    buyer.fill_in()
    if orders:
        assert buyer.order().status_code == 303


def test_the_storefront(everything, lux, objektiv, client_for, signed_in):
    stranger, guest = client_for(SHOP), client_for(SHOP)
    anna = signed_in(SHOP, "/account/sign-in/", "anna@example.test")
    with platform_context(lux, objektiv):
        customer = Customer.objects.get()
    by_mail = (
        f"/account/forgotten/{reset_token(customer)}/",
        f"/account/confirm/{confirmation_token(customer)}/",
    )
    # The guest's empty cart leads to the last order, and Anna's account to hers; her cart is full once more.
    _fill_cart(guest, orders=True)
    _fill_cart(anna, orders=True)
    _fill_cart(anna, orders=False)
    door = Door(SHOP, "/", stranger, guest, anna, by_mail=by_mail)
    _check(door)
    steps = {f"checkout/{step}/" for step in ("contact", "delivery", "payment", "review")}
    assert steps | {"cart/", "orders/<str:token>/", "account/orders/<int:number>/"} <= set(door.pages)


def _reset_of(home: str, user: Any) -> str:
    """Where a user would set a new password by a mail."""
    return f"{home}forgotten/{PASSWORD_RESET.token(user.pk, user.password)}/"


def test_the_dashboard(objektiv, objektiv_owner, everything, client_for, signed_in):
    owner = signed_in(PLATFORM, "/vendor/sign-in/", "owner@objektiv.test")
    with platform_context(role="operator"):
        asked = invite_team_member(vendor=objektiv, email="new@objektiv.test", role=VendorRole.CLERK)
    by_mail = (_reset_of("/vendor/", objektiv_owner), f"/vendor/invitation/{invitation_token(asked)}/")
    by_mail += ("/vendor/upgrade/own_domains/",)
    _check(Door(PLATFORM, "/vendor/", client_for(PLATFORM), owner, by_mail=by_mail))


def _wider_than_a_phone(page: Page, url: str) -> list[str]:
    """The innermost elements that make the page scroll sideways."""
    page.goto(url)
    return page.evaluate(TOO_WIDE)  # type: ignore[no-any-return]


@pytest.mark.parametrize("language", ["en", "fr", "de", "lb"])
def test_the_dashboard_on_a_phone(everything, lux, objektiv, objektiv_owner, signed_in, language):
    with platform_context(role="operator"):
        User.objects.filter(pk=objektiv_owner.pk).update(language=language)
    title = "Allgemeng Verkafs- a Liwwerkonditioune fir all eis Clienten"
    with platform_context(lux, objektiv):
        save_page(
            slug="about", translations={"lb": {"title": title, "body_html": f"<h2>{'Wuert' * 12}</h2>"}}
        )
        update_category(category=Category.objects.get(), translations={"lb": {"name": title}})
        update_product(product=Product.objects.get(slug="lens"), translations={"lb": {"title": title}})
    owner = signed_in(PLATFORM, "/vendor/sign-in/", "owner@objektiv.test")
    door = Door(PLATFORM, "/vendor/", owner)
    door.walk()
    seen = {address: answer for _client, address, answer in door.pages.values()}
    assert title in seen["/vendor/pages/about/edit/"].content.decode()
    with chromium() as browser:
        window = browser.new_context(viewport=PHONE, reduced_motion="reduce", bypass_csp=True)
        window.route("**/*", lambda route: _show(seen, route))
        page = window.new_page()
        wide = {
            address: found
            for address in seen
            if (found := _wider_than_a_phone(page, f"http://{PLATFORM}{address}"))
        }
        # Control: what is too wide is found.
        page.evaluate("document.querySelector('main').style.minWidth = '361px'")
        assert page.evaluate(TOO_WIDE)
    assert wide == {}


def test_the_platforms_admin(lux, lux_admin, everything, client_for, signed_in):
    staff = signed_in(STAFF, "/admin/login/", "admin@lux.test")
    with platform_context(role="operator"):
        asked = invite_staff(platform=lux, email="admin@mosel.test")
    by_mail = (_reset_of("/admin/", lux_admin), f"/admin/invitation/{invitation_token(asked)}/")
    _check(Door(STAFF, "/admin/", client_for(STAFF), staff, by_mail=by_mail))


def test_the_hubs_admin(superuser, everything, client_for, signed_in):
    operator = signed_in(HUB, "/admin/login/", "root@wizamart.test")
    by_mail = (_reset_of("/admin/", superuser),)
    _check(Door(HUB, "/admin/", client_for(HUB), operator, by_mail=by_mail))

"""Every page there is, in Chromium: axe finds nothing, in light and dark.

The pages are not listed here. Each door is walked along its links, from its first page and from every address of
its URL configuration; one page of each route is then shown. A route whose parameters the walk never comes to know
fails the test, unless it stands in `OUT_OF_REACH`.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from django_celery_results.models import TaskResult
from playwright.sync_api import Page

from modules.catalog.services import create_category, create_product
from modules.cms.services import publish_page, save_default_page, save_page
from modules.customers.services import register_customer, save_address
from modules.tenancy.models import Vendor
from modules.tenancy.services import add_domain, suspend_vendor
from platform_core.tenancy.context import platform_context
from tests.conftest import PASSWORD
from tests.platform_core.ui.browser import Shown, chromium, serve

pytestmark = [pytest.mark.django_db, pytest.mark.browser, pytest.mark.proof]

SHOP, PLATFORM, HUB, STAFF = "objektiv.lux.localhost", "lux.localhost", "localhost", "admin.lux.localhost"
# Addresses for scripts, probes and files: nothing for eyes.
NOT_FOR_EYES = ("api/", "health", "metrics", "media/", "static/")
LANGUAGES = ("fr/", "de/", "lb/")
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
WINDOW: Any = {"width": 1280, "height": 900}
# So that a page offers what depends on its row: a closed vendor can be opened, an open one closed.
ROWS_PER_ROUTE = 3
# Django's own: the list of an app leads home here, and what matches nothing is unknown.
OUT_OF_REACH = re.compile(r"admin/(\^\(\?P<app_label>|\(\?P<url>)")


class Door:
    """A site and who comes to it; `pages` is route → (who sees it, where)."""

    def __init__(self, host: str, start: str, *visitors: Client) -> None:
        self.host, self.start, self.visitors = host, start, visitors
        self.urlconf = visitors[0].get(start).wsgi_request.urlconf  # type: ignore[attr-defined]
        self.routes = [
            route for route in _routes(get_resolver(self.urlconf)) if not route.startswith(NOT_FOR_EYES)
        ]
        self.pages: dict[str, tuple[Client, str]] = {}
        self.values: dict[str, dict[str, Any]] = {}

    def walk(self) -> list[str]:
        """Fill `pages`; the routes whose parameters nobody knows are returned."""
        for client in self.visitors:
            waiting = [self.start, *(f"/{route}" for route in self.routes if not _has_parameters(route))]
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
        match = resolve(address, self.urlconf)
        visits[match.route] += 1
        if visits[match.route] > ROWS_PER_ROUTE:
            return []
        self.pages.setdefault(match.route, (client, address))
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
def everything(
    lux: Any, objektiv: Vendor, voltwerk: Vendor, objektiv_owner: Any, lux_admin: Any, superuser: Any
) -> None:
    """A row for every screen: what a door shows of nothing is tested elsewhere."""
    with platform_context(lux, objektiv):
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
    with chromium() as browser:
        window = browser.new_context(viewport=WINDOW, reduced_motion="reduce", bypass_csp=True)
        window.route("**/*", lambda route: serve(client, route))
        page = window.new_page()
        return [
            f"{address} ({mode}): {fault}"
            for visitor, address in door.pages.values()
            if visitor is client
            for mode, fault in _faults_in_both_modes(page, f"http://{door.host}{address}")
        ]


def _faults_in_both_modes(page: Page, url: str) -> Iterator[tuple[str, str]]:
    page.emulate_media(color_scheme="light")
    page.goto(url)
    for mode in ("light", "dark"):
        if mode == "dark":
            page.emulate_media(color_scheme="dark")
            # The admin asks the system once, when the page opens.
            page.evaluate("document.querySelector('[x-bind=themeBindings]')?.classList.add('dark')")
        for fault in Shown(page).violations():
            yield mode, fault


def _check(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    # Playwright keeps an event loop in this thread; every query of this test still runs one after another.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    assert door.walk() == []
    assert [fault for client in door.visitors for fault in _faults(door, client)] == []


def test_the_storefront(everything, client_for, signed_in, monkeypatch):
    anna = signed_in(SHOP, "/account/sign-in/", "anna@example.test")
    _check(Door(SHOP, "/", client_for(SHOP), anna), monkeypatch)


def test_the_dashboard(everything, client_for, signed_in, monkeypatch):
    owner = signed_in(PLATFORM, "/vendor/sign-in/", "owner@objektiv.test")
    _check(Door(PLATFORM, "/vendor/", client_for(PLATFORM), owner), monkeypatch)


def test_the_platforms_admin(everything, client_for, signed_in, monkeypatch):
    staff = signed_in(STAFF, "/admin/login/", "admin@lux.test")
    _check(Door(STAFF, "/admin/", client_for(STAFF), staff), monkeypatch)


def test_the_hubs_admin(everything, client_for, signed_in, monkeypatch):
    operator = signed_in(HUB, "/admin/login/", "root@wizamart.test")
    _check(Door(HUB, "/admin/", client_for(HUB), operator), monkeypatch)

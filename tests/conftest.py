"""Fixtures every test may use: two platforms, their vendors and people, and clients for their hosts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client, TransactionTestCase

from modules.customers.services import register_customer
from modules.tenancy.models import Company, Vendor
from modules.tenancy.services import add_staff, add_team_member, create_vendor
from platform_core.identity.models import User
from platform_core.modules.menu_visibility import menu_memory
from platform_core.modules.state import module_states
from platform_core.roles import VendorRole
from platform_core.tenancy import pagecache
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.hosts import host_directory
from platform_core.tenancy.models import Platform
from platform_core.testing.world import World
from tests.databases import cloned_database, empty_tables, use_database
from tests.skips import watch_skips

PASSWORD = "correct-horse-battery"


def pytest_configure(config: pytest.Config) -> None:
    watch_skips(config)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any) -> Iterator[None]:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    with django_db_blocker.unblock(), cloned_database(worker) as urls:
        use_database(*urls)
        yield


def _clean_up(test: TransactionTestCase) -> None:
    empty_tables()


# Django would TRUNCATE as the role the tests connect as, which may not.
TransactionTestCase._fixture_teardown = _clean_up  # type: ignore[assignment, method-assign]


@pytest.fixture(autouse=True)
def _forget_between_tests() -> Iterator[None]:
    """Caches outlive a test's transaction: what it remembered would point at rows that are gone."""
    for cache in caches.all(initialized_only=True):
        cache.clear()
    # A version remembered from the last test would change in the middle of this one.
    pagecache.content_versions.forget()
    pagecache.kept_pages.forget()
    host_directory.forget()
    module_states.forget()
    menu_memory.forget()
    yield
    for cache in caches.all(initialized_only=True):
        cache.clear()
    host_directory.forget()


def _platform(code: str) -> Platform:
    with platform_context(role="operator"):
        return Platform.objects.prefetch_related("domains").get(code=code)


@pytest.fixture
def lux(db: None) -> Platform:
    return _platform("lux")


@pytest.fixture
def mosel(db: None) -> Platform:
    return _platform("mosel")


@pytest.fixture
def make_vendor(db: None) -> Callable[..., Vendor]:
    """`make_vendor(platform, code, **facts)`: an active vendor with its company."""

    def make(platform: Platform, code: str, **facts: Any) -> Vendor:
        with platform_context(role="operator"):
            company = Company.objects.create(platform=platform, legal_name=f"{code.title()} S.à r.l.")
            facts.setdefault("name", code.title())
            return create_vendor(platform=platform, company=company, code=code, **facts)

    return make


@pytest.fixture
def objektiv(lux: Platform, make_vendor: Callable[..., Vendor]) -> Vendor:
    return make_vendor(lux, "objektiv")


@pytest.fixture
def voltwerk(lux: Platform, make_vendor: Callable[..., Vendor]) -> Vendor:
    return make_vendor(lux, "voltwerk")


@pytest.fixture
def kellerei(mosel: Platform, make_vendor: Callable[..., Vendor]) -> Vendor:
    return make_vendor(mosel, "kellerei")


@pytest.fixture
def make_user(db: None) -> Callable[..., User]:
    """`make_user(email, **fields)` with the password `PASSWORD`."""

    def make(email: str, **fields: Any) -> User:
        with platform_context(role="gatekeeper"):
            return User.objects.create_user(email, PASSWORD, **fields)

    return make


@pytest.fixture
def superuser(make_user: Callable[..., User]) -> User:
    return make_user("root@wizamart.test", is_superuser=True)


@pytest.fixture
def lux_admin(lux: Platform, make_user: Callable[..., User]) -> User:
    user = make_user("admin@lux.test")
    with platform_context(role="operator"):
        add_staff(platform=lux, user=user)
    return user


@pytest.fixture
def objektiv_owner(objektiv: Vendor, make_user: Callable[..., User]) -> User:
    user = make_user("owner@objektiv.test")
    with platform_context(role="operator"):
        add_team_member(vendor=objektiv, user=user, role=VendorRole.OWNER)
    return user


@pytest.fixture
def objektiv_clerk(objektiv: Vendor, make_user: Callable[..., User]) -> User:
    user = make_user("staff@objektiv.test")
    with platform_context(role="operator"):
        add_team_member(vendor=objektiv, user=user, role=VendorRole.CLERK)
    return user


@pytest.fixture
def client_for() -> Callable[..., Client]:
    """`client_for("objektiv.lux.localhost")`: a browser on that host."""

    def make(host: str, **options: Any) -> Client:
        return Client(headers={"host": host}, **options)

    return make


@pytest.fixture
def contract_world(
    lux: Platform,
    objektiv: Vendor,
    objektiv_owner: User,
    lux_admin: User,
    superuser: User,
    kellerei: Vendor,
    client_for: Callable[..., Client],
) -> World:
    """The people and sites that a module's contract is held with; each has signed in while everything was on."""
    shop, platform, admin = "objektiv.lux.localhost", "lux.localhost", "admin.lux.localhost"
    with platform_context(lux, objektiv):
        register_customer(email="anna@example.test", password=PASSWORD, full_name="Anna", language="en")

    def browser(host: str, door: str, email: str) -> Client:
        client = client_for(host)
        assert client.post(door, {"email": email, "password": PASSWORD}).status_code == 302
        return client

    def script(email: str) -> Client:
        body = {"email": email, "password": PASSWORD}
        answer = client_for(platform).post("/api/v1/auth/token/", body, content_type="application/json")
        return Client(headers={"host": platform, "authorization": f"Bearer {answer.json()['access']}"})

    return World(
        platform=lux,
        vendor=objektiv,
        staff=lux_admin,
        neighbour=client_for("kellerei.mosel.localhost"),
        people={
            "storefront": {
                "anonymous": client_for(shop),
                "customer": browser(shop, "/account/sign-in/", "anna@example.test"),
            },
            "platform": {
                "anonymous": client_for(platform),
                "owner": browser(platform, "/vendor/sign-in/", objektiv_owner.email),
                "owner's script": script(objektiv_owner.email),
                "admin's script": script(lux_admin.email),
            },
            "admin": {
                "anonymous": client_for(admin),
                "admin": browser(admin, "/admin/login/", lux_admin.email),
                "superuser": browser(admin, "/admin/login/", superuser.email),
            },
        },
    )

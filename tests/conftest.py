"""Fixtures every test may use: two platforms, their vendors and people, and clients for their hosts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client, TransactionTestCase

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

from __future__ import annotations

from collections.abc import Callable

import pytest

from modules.customers.models import Customer
from modules.customers.services import register_customer
from modules.tenancy.models import Vendor
from platform_core.tenancy import middleware
from platform_core.tenancy.context import platform_context
from tests.api_client import ANNA, Api
from tests.conftest import PASSWORD


@pytest.fixture
def token_sites(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every site with the API's real sign-in and sample routes behind it."""
    folder = "tests.platform_core.identity"
    for kind in ("platform", "admin"):
        monkeypatch.setitem(middleware.URLCONFS, kind, f"{folder}.platform_token_urls")
    monkeypatch.setitem(middleware.URLCONFS, "storefront", f"{folder}.shop_token_urls")


@pytest.fixture
def api(token_sites: None) -> Callable[..., Api]:
    """`api("lux.localhost")`: a script's client on that host."""
    return Api


@pytest.fixture
def make_customer(db: None) -> Callable[..., Customer]:
    """`make_customer(vendor, email=ANNA)`, with the password `PASSWORD`."""

    def make(vendor: Vendor, email: str = ANNA) -> Customer:
        with platform_context(vendor.platform, vendor):
            return register_customer(email=email, password=PASSWORD, full_name="Anna Weber")

    return make

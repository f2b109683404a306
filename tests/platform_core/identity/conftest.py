from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from modules.customers.models import Customer
from modules.customers.services import register_customer
from modules.tenancy.models import Vendor
from platform_core.tenancy import middleware
from platform_core.tenancy.context import platform_context
from tests.conftest import PASSWORD

ANNA = "anna@example.test"


@pytest.fixture
def token_sites(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every site with the API's real sign-in and sample routes behind it."""
    folder = "tests.platform_core.identity"
    for kind in ("platform", "admin"):
        monkeypatch.setitem(middleware.URLCONFS, kind, f"{folder}.platform_token_urls")
    monkeypatch.setitem(middleware.URLCONFS, "storefront", f"{folder}.shop_token_urls")


class Api:
    """A script's client on one host, with the tokens it holds."""

    def __init__(self, host: str, prefix: str = "") -> None:
        self.client = Client(headers={"host": host}, enforce_csrf_checks=True)
        self.prefix = prefix
        self.access = ""
        self.refresh = ""

    def request(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Any:
        bearer = self.access if token is None else token
        headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
        return self.client.generic(
            method,
            f"{self.prefix}/api/v1/{path}",
            self.client._encode_json(body, "application/json") if body is not None else "",
            content_type="application/json",
            headers=headers,
        )

    def get(self, path: str, token: str | None = None) -> Any:
        return self.request("GET", path, token=token)

    def post(self, path: str, body: Any = None, token: str | None = None) -> Any:
        return self.request("POST", path, body, token=token)

    def sign_in(self, email: str, password: str = PASSWORD, **more: str) -> Any:
        response = self.post("auth/token/", {"email": email, "password": password, **more}, token="")
        if response.status_code == 200:
            self.access, self.refresh = response.json()["access"], response.json()["refresh"]
        return response

    def renew(self, refresh: str | None = None) -> Any:
        response = self.post("auth/token/refresh/", {"refresh": refresh or self.refresh})
        if response.status_code == 200:
            self.access, self.refresh = response.json()["access"], response.json()["refresh"]
        return response


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

"""The proxy fetches certificates only for hosts that this installation serves."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from modules.tenancy.models import Vendor
from modules.tenancy.services import activate_domain, add_domain
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.hosts import host_directory
from platform_core.tenancy.models import Platform

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(client_for) -> Callable[..., int]:
    def asking(domain: str, **extra) -> int:
        return client_for("web:8000").get("/internal/tls-ask", {"domain": domain}, **extra).status_code

    return asking


@pytest.mark.parametrize(
    "domain",
    [
        "localhost",
        "lux.localhost",
        "admin.lux.localhost",
        "objektiv.lux.localhost",
        "OBJEKTIV.lux.localhost.",
    ],
)
def test_served_hosts_get_a_certificate(ask, objektiv, domain: str):
    assert ask(domain) == 200


@pytest.mark.parametrize(
    "domain",
    ["", "example.test", "nobody.lux.localhost", "www.objektiv.lux.localhost", "lux.localhost.evil.test"]
    + ["a" * 300, "nul\0.lux.localhost", "objektiv.mosel.localhost", "'; DROP TABLE x; --"],
)
def test_other_hosts_get_none(ask, objektiv, mosel, domain: str):
    assert ask(domain) == 404


def test_without_a_domain_the_answer_is_404(client_for):
    assert client_for("localhost").get("/internal/tls-ask").status_code == 404


def test_a_vendors_own_domain_gets_one_only_after_proof(ask, objektiv: Vendor):
    with platform_context(role="operator"):
        domain = add_domain(vendor=objektiv, host="objektiv.example.test")
    assert ask("objektiv.example.test") == 404
    with platform_context(role="operator"):
        activate_domain(domain=domain)
    host_directory.forget()
    assert ask("objektiv.example.test") == 200


def test_a_suspended_platform_gets_none(ask, lux: Platform, objektiv):
    with platform_context(role="operator"):
        Platform.objects.filter(pk=lux.pk).update(status=Platform.Status.SUSPENDED)
    host_directory.forget()
    assert ask("lux.localhost") == 404
    assert ask("objektiv.lux.localhost") == 404


@pytest.mark.parametrize(
    "extra",
    [
        {"REMOTE_ADDR": "203.0.113.9"},
        {"REMOTE_ADDR": "2001:db8::1"},
        {"headers": {"X-Forwarded-For": "203.0.113.9"}},
        {"headers": {"Forwarded": "for=203.0.113.9"}},
        {"REMOTE_ADDR": "garbage"},
    ],
)
def test_a_visitor_cannot_ask(ask, extra):
    assert ask("localhost", **extra) == 404


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "172.18.0.5", "10.1.2.3", ""])
def test_the_proxy_can_ask(ask, address: str):
    assert ask("localhost", REMOTE_ADDR=address) == 200

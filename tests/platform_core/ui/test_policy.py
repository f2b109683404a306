"""Every page has a strict policy; a shop's theme is allowed by its hash and the admin has its own policy."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from platform_core.ui.context_processors import mode_of_request, ui
from platform_core.ui.middleware import ContentPolicyMiddleware
from platform_core.ui.themes import resolve_theme


def _request(
    path: str = "/", *, theme: Any = None, site_kind: str = "storefront", mode: str = ""
) -> HttpRequest:
    request = RequestFactory().get(path)
    request.site_kind = site_kind  # type: ignore[attr-defined]
    request.vendor = SimpleNamespace(theme=theme, country="LU") if theme else None  # type: ignore[attr-defined]
    if mode:
        request.COOKIES["wz_mode"] = mode
    return request


def _policy(request: HttpRequest) -> dict[str, str]:
    response: Any = ContentPolicyMiddleware(lambda _request: HttpResponse("x"))(request)
    directives = response["Content-Security-Policy"].split("; ")
    return {name: rest for name, _space, rest in (directive.partition(" ") for directive in directives)}


def test_pages_allow_nothing_inline_and_nothing_from_elsewhere() -> None:
    policy = _policy(_request(site_kind="hub"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["font-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["object-src"] == "'none'"
    assert policy["form-action"] == "'self'"


@pytest.mark.parametrize("theme", ["atelier", "signal", {"preset": "signal", "mode": "light"}])
def test_a_storefront_allows_its_theme_by_hash_and_is_the_same_for_everybody(theme: Any) -> None:
    first, second = _policy(_request(theme=theme)), _policy(_request("/products/", theme=theme, mode="dark"))
    expected = resolve_theme(
        "signal" if isinstance(theme, dict) else theme, {"mode": "light"} if isinstance(theme, dict) else {}
    )
    assert first["style-src"] == f"'self' {expected.style_hash}"
    assert first == second
    assert "nonce" not in " ".join(first.values())
    assert "unsafe-inline" not in " ".join(first.values())


def test_only_the_admin_may_use_inline_styles() -> None:
    assert (
        "'unsafe-inline'" in _policy(_request("/admin/platform_core/user/", site_kind="admin"))["style-src"]
    )
    assert "'unsafe-inline'" not in _policy(_request("/administration/", site_kind="admin"))["style-src"]


def test_a_page_that_changes_the_policy_keeps_the_theme() -> None:
    request = _request(theme="atelier")

    def view(_request: HttpRequest) -> HttpResponse:
        response = HttpResponse("x")
        response._csp_update = {"style-src": ["https://example.org"]}  # type: ignore[attr-defined]
        return response

    response: Any = ContentPolicyMiddleware(view)(request)
    header = response["Content-Security-Policy"]
    assert resolve_theme("atelier").style_hash in header
    assert "https://example.org" in header


def test_the_policy_covers_answers_given_before_a_tenant_is_known() -> None:
    order = settings.MIDDLEWARE
    tenancy = order.index("platform_core.tenancy.middleware.TenancyMiddleware")
    assert order.index("platform_core.ui.middleware.ContentPolicyMiddleware") < tenancy


def test_the_mode_is_the_shops_choice_then_the_readers_then_the_systems() -> None:
    assert mode_of_request(_request(theme="signal", mode="light")) == "dark"
    assert mode_of_request(_request(theme="atelier", mode="light")) == "light"
    assert mode_of_request(_request(theme="atelier", mode="<script>")) == ""
    assert mode_of_request(_request(theme="atelier")) == ""
    assert mode_of_request(_request(site_kind="platform", mode="dark")) == "dark"


def test_a_request_that_knows_nothing_still_gets_interface_facts() -> None:
    facts = ui(RequestFactory().get("/"))
    assert facts["ui"].mode == ""
    assert facts["ui"].theme is None
    assert facts["region"] == ""

"""The controls of the matrix: with one guard taken away it must say so."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied

from modules.catalog.models import Product
from modules.catalog.selectors import product_for_editing
from modules.customers.models import Address, Customer
from modules.orders.api.storefront_views import CartView
from modules.orders.selectors import cart_by_id
from platform_core.identity.audience import Audience
from platform_core.tenancy.context import current_context, platform_context
from tests.isolation.matrix.asking import Findings
from tests.isolation.matrix.stage import Stage

pytestmark = [pytest.mark.proof, pytest.mark.database]


@pytest.fixture
def matrix(stage: Stage) -> Callable[..., Findings]:
    """`matrix(place, actors, routes, guard)`: what a part of the matrix finds once `guard` is taken away.

    The part is explored first: what is found out is how the site is with all its guards.
    """

    def run(place: str, actors: list[str], only: list[str], take_away: Callable[[], object]) -> Findings:
        with stage.plan(place) as plan:
            plan.explore(*only)
            plan.run([stage.actors[name] for name in actors])
            assert plan.asker.findings.wrong == [], plan.asker.findings.report()
            take_away()
            plan.run([stage.actors[name] for name in actors])
            return plan.asker.findings

    return run


def test_without_the_gate_a_clerk_reads_and_writes_what_only_owners_may(matrix, monkeypatch):
    gate = "platform_core.identity.middleware.check_policy"
    found = matrix(
        "lux",
        ["alpha-clerk@alpha-vendor-session"],
        ["api/v1/vendor/team/", "vendor/pages/<str:slug>/delete/"],
        lambda: monkeypatch.setattr(gate, lambda *_args: None),
    )
    assert any("shows a mark of user:alpha-owner" in leak for leak in found.leaks), found.report()
    assert any("DELETE lux.cms_page " in change for change in found.changes), found.report()


def test_without_its_owner_a_cart_answers_whoever_knows_its_id(matrix, monkeypatch):
    found = matrix(
        "alpha",
        ["otto@alpha-customer-session"],
        ["api/v1/storefront/carts/<str:cart_id>/checkout/"],
        lambda: monkeypatch.setattr(CartView, "cart", lambda _view, cart_id: cart_by_id(cart_id)),
    )
    assert any("shows a mark of alpha:anna" in leak for leak in found.leaks), found.report()
    assert any("UPDATE lux.orders_cart " in change for change in found.changes), found.report()


def test_without_the_wall_in_the_database_a_team_sees_its_neighbour(matrix, monkeypatch):
    """The selectors' own filter goes with it: in role staff they take every shop's rows."""

    def as_staff(platform: Any = None, vendor: Any = None, role: str = "vendor") -> Any:
        return (
            platform_context(platform, None, "staff") if vendor else platform_context(platform, vendor, role)
        )

    middleware = "platform_core.identity.middleware.platform_context"
    found = matrix(
        "lux",
        ["alpha-owner@alpha-vendor-session"],
        ["vendor/products/", "vendor/categories/", "api/v1/vendor/products/<int:pk>/archive/"],
        lambda: monkeypatch.setattr(middleware, as_staff),
    )
    assert any("shows a mark of beta" in leak for leak in found.leaks), found.report()
    assert any("UPDATE lux.catalog_product " in change for change in found.changes), found.report()


def test_without_the_place_in_the_session_it_opens_other_doors(matrix, monkeypatch):
    """Somebody who works for a shop and for its platform: the dashboard's session must not open the admin."""
    found = matrix(
        "lux-admin",
        ["double@alpha-vendor-session"],
        ["admin/tenancy/company/"],
        lambda: monkeypatch.setattr("platform_core.identity.sessions._stamp", lambda *_args: {}),
    )
    assert any("shows a mark of beta:firm" in leak for leak in found.leaks), found.report()


def test_without_the_audience_in_the_token_it_opens_other_doors(matrix, monkeypatch):
    every = {Audience.STAFF, Audience.VENDOR, Audience.CUSTOMER}
    found = matrix(
        "alpha",
        ["lux-staff@lux-staff-token"],
        ["api/v1/storefront/"],
        lambda: monkeypatch.setattr("platform_core.identity.tokens._accepted", lambda *_args: every),
    )
    assert any("shows a mark of beta" in leak for leak in found.leaks), found.report()


def test_without_the_customers_filter_one_reads_and_writes_anothers_addresses(matrix, monkeypatch):
    selector = "modules.customers.selectors.addresses_of"
    found = matrix(
        "alpha",
        ["anna@alpha-customer-session"],
        ["account/addresses/"],
        lambda: monkeypatch.setattr(selector, lambda *, customer: Address.objects.all()),
    )
    assert any("shows a mark of alpha:otto" in leak for leak in found.leaks), found.report()
    assert any("It is a row of alpha:otto" in change for change in found.changes), found.report()


def test_a_foreign_row_that_is_refused_and_not_unknown_is_told(matrix, monkeypatch):
    def refusing(*, pk: int) -> Product | None:
        with platform_context(current_context().platform, role="staff"):
            exists = Product.objects.filter(pk=pk).exists()
        found = product_for_editing(pk=pk)
        if exists and found is None:
            raise PermissionDenied
        return found

    found = matrix(
        "lux",
        ["alpha-owner@alpha-vendor-session"],
        ["vendor/products/<int:pk>/archive/"],
        lambda: monkeypatch.setattr("modules.catalog.dashboard.views.product_for_editing", refusing),
    )
    assert any("403 for 404" in difference for difference in found.differences), found.report()


def test_what_is_logged_and_mailed_is_read_too(matrix, monkeypatch):
    def telling(*, customer: Customer, **_facts: Any) -> None:
        other = Customer.objects.exclude(pk=customer.pk).order_by("pk").last()
        assert other is not None
        logging.getLogger("wizamart.sample").warning("saved", extra={"beside": other.full_name})
        mail.send_mail("Saved", other.full_name, None, [customer.email])

    found = matrix(
        "alpha",
        ["anna@alpha-customer-session"],
        ["account/profile/"],
        lambda: monkeypatch.setattr("modules.customers.services.update_profile", telling),
    )
    for where in ("in a mail", "in the log"):
        assert any(f"shows a mark of alpha:otto {where}" in leak for leak in found.leaks), found.report()


def test_a_page_that_fails_is_told(matrix, monkeypatch):
    def failing(**_facts: Any) -> None:
        raise LookupError

    found = matrix(
        "alpha",
        ["anna@alpha-customer-session"],
        ["account/profile/"],
        lambda: monkeypatch.setattr("modules.customers.services.update_profile", failing),
    )
    assert any("answers 500" in error and "LookupError" in error for error in found.errors), found.report()

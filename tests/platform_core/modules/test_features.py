"""Plans: what a shop's plan lacks is refused with the way to get it, and nothing else changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.template import engines
from django.test import Client
from django.urls import path
from rest_framework.response import Response

from modules.core.dashboard.urls import urlpatterns as core_urls
from platform_core.api.permissions import needs_feature
from platform_core.api.views import ApiView
from platform_core.identity import middleware as gate
from platform_core.identity.audience import Audience
from platform_core.identity.checks import check_routes_declare_policies
from platform_core.identity.policy import Policy, policy
from platform_core.modules.definition import FeatureSpec
from platform_core.modules.features import FeatureNotInPlan, PlanAnswer, feature_gate, plan_answers
from platform_core.modules.registry import registry
from platform_core.modules.state import override_modules
from platform_core.tenancy import middleware as tenancy_middleware
from platform_core.tenancy.context import PlatformRef, VendorRef, platform_context
from platform_core.testing.walks import as_one_with, as_optional
from tests.api_client import Api
from tests.conftest import PASSWORD
from tests.platform_core.identity import sample_urls

pytestmark = pytest.mark.django_db
Asked = list[tuple[PlatformRef | VendorRef, str]]


@pytest.fixture
def plan() -> Iterator[dict[str, Any]]:
    """A seller of plans: what it says by feature, and what it was asked."""
    says: dict[str, Any] = {"asked": []}

    def answer(subject: PlatformRef | VendorRef, spec: FeatureSpec) -> PlanAnswer | None:
        says["asked"].append((subject.code, spec.code))
        said = says.get(spec.code)
        if isinstance(said, Exception):
            raise said
        return said

    plan_answers.register(answer)
    says["answer"] = answer
    yield says
    plan_answers.unregister(answer)


@pytest.fixture
def owner(objektiv_owner, client_for) -> Client:
    client = client_for("lux.localhost")
    client.post("/vendor/sign-in/", {"email": objektiv_owner.email, "password": PASSWORD})
    return client


# The question.


def test_without_a_seller_of_plans_all_is_included(lux, objektiv):
    for subject in (lux, objektiv, lux.ref, objektiv.ref):
        assert feature_gate.check(subject, "own_domains").allowed


def test_a_plan_answers_for_the_shop_that_asks(lux, objektiv, plan):
    plan["own_domains"] = PlanAnswer(is_included=False, required_tier="Pro")
    decision = feature_gate.check(objektiv, "own_domains")
    assert (decision.allowed, decision.reason, decision.required_tier) == (False, "not_in_plan", "Pro")
    assert decision.upgrade_url == "/vendor/upgrade/own_domains/"
    assert plan["asked"] == [("objektiv", "own_domains")]
    plan["own_domains"] = None
    assert feature_gate.check(lux, "own_domains").allowed


@pytest.mark.parametrize(
    ("used", "quantity", "is_allowed"),
    [(0, 1, True), (2, 1, True), (3, 1, False), (0, 3, True), (0, 4, False)],
)
def test_a_limit_leaves_room_or_not(objektiv, plan, used: int, quantity: int, is_allowed: bool):
    plan["own_domains"] = PlanAnswer(is_included=True, limit=3, used=used)
    decision = feature_gate.check(objektiv, "own_domains", quantity)
    assert decision.allowed is is_allowed
    assert (decision.limit, decision.used) == (3, used)
    assert decision.reason == ("" if is_allowed else "limit_reached")


def test_a_feature_of_a_module_that_is_off_is_in_no_plan(lux, objektiv):
    with as_optional("tenancy"):
        assert feature_gate.check(objektiv, "own_domains").allowed
        with override_modules(lux, off=("tenancy",)):
            assert feature_gate.check(objektiv, "own_domains").reason == "module_off"
    assert feature_gate.check(objektiv, "nothing_of_this_name").reason == "unknown_feature"


def test_a_seller_of_plans_that_is_off_is_not_asked(lux, objektiv, plan):
    plan["own_domains"] = PlanAnswer(is_included=False)
    plan["answer"].__module__ = "modules.orders.plans"
    with platform_context(lux, objektiv):
        with override_modules(lux, on=("payments", "orders")):
            assert not feature_gate.check_here("own_domains").allowed
        with override_modules(lux, off=("orders",)):
            assert feature_gate.check_here("own_domains").allowed


def test_a_plan_that_cannot_be_asked_refuses_nothing(objektiv, plan, caplog):
    plan["own_domains"] = RuntimeError("billing is away")
    assert feature_gate.check(objektiv, "own_domains").allowed
    assert "plan_not_known" in caplog.text


@pytest.mark.parametrize("said", [True, {"is_included": False}, PlanAnswer(is_included=True, limit="5")])
def test_a_plan_that_answers_with_something_else_refuses_nothing(objektiv, plan, caplog, said):
    plan["own_domains"] = said
    assert feature_gate.check(objektiv, "own_domains").allowed
    assert "plan_not_known" in caplog.text


@pytest.mark.parametrize("url", ["javascript:alert(1)", "//elsewhere.example", "data:text/html,x", "plans"])
def test_what_is_no_address_leads_to_the_houses_page(objektiv, plan, url: str):
    plan["own_domains"] = PlanAnswer(is_included=False, upgrade_url=url)
    assert feature_gate.check(objektiv, "own_domains").upgrade_url == "/vendor/upgrade/own_domains/"


def test_what_a_service_requires_is_refused_in_words(lux, objektiv, plan):
    plan["own_domains"] = PlanAnswer(is_included=True, limit=2, used=2)
    with platform_context(lux, objektiv), pytest.raises(FeatureNotInPlan) as refusal:
        feature_gate.require_here("own_domains")
    assert refusal.value.message == "Your plan has 2 of “Own domains”, and 2 are in use."
    plan["own_domains"] = PlanAnswer(is_included=True, limit=2, used=1)
    with platform_context(lux, objektiv):
        feature_gate.require_here("own_domains")


# The gate, in the order module → sign-in → permission → feature.


def claim(api: Api, host: str) -> Any:
    return api.post("vendor/domains/", {"host": host})


@pytest.fixture
def scripts(objektiv_owner, objektiv_clerk) -> dict[str, Api]:
    found = {"owner": Api("lux.localhost"), "clerk": Api("lux.localhost"), "nobody": Api("lux.localhost")}
    found["owner"].sign_in(objektiv_owner.email)
    found["clerk"].sign_in(objektiv_clerk.email)
    return found


def test_a_script_is_told_what_its_plan_lacks(scripts, plan):
    plan["own_domains"] = PlanAnswer(is_included=False, required_tier="Pro")
    response = claim(scripts["owner"], "shop.example.com")
    assert response.status_code == 403
    body = response.json()
    assert (body["code"], body["feature"], body["required_tier"]) == (
        "feature_not_in_plan",
        "own_domains",
        "Pro",
    )
    # Seeing them needs no plan: what a shop has is kept and shown.
    assert scripts["owner"].get("vendor/domains/").status_code == 200
    # Sign-in and permission are asked before.
    assert claim(scripts["nobody"], "shop.example.com").status_code == 401
    assert claim(scripts["clerk"], "shop.example.com").json()["code"] == "permission_denied"
    plan["own_domains"] = PlanAnswer(is_included=True)
    assert claim(scripts["owner"], "shop.example.com").status_code == 201


def test_control_without_the_gate_a_shop_takes_what_its_plan_lacks(scripts, plan, monkeypatch):
    plan["own_domains"] = PlanAnswer(is_included=False)
    monkeypatch.setattr(gate, "check_plan", lambda *_args: None)
    assert claim(scripts["owner"], "shop.example.com").status_code == 201


@policy(Audience.PUBLIC, feature="own_domains")
def in_a_shop(request: Any) -> Any:
    return sample_urls.report(request)


@policy(Audience.VENDOR, "tenancy.manage_team", feature="own_domains")
def in_the_dashboard(request: Any) -> Any:
    return sample_urls.report(request)


@policy(Audience.STAFF, feature="own_domains")
def in_the_admin(request: Any) -> Any:
    return sample_urls.report(request)


class Gated(ApiView):
    policy = Policy(Audience.VENDOR)

    def get_permissions(self) -> list[Any]:
        return [needs_feature("own_domains")()]

    def get(self, request: Any) -> Response:
        return Response({})


@pytest.fixture
def sample_routes(monkeypatch: pytest.MonkeyPatch) -> None:
    routes = [
        path("in-a-shop/", in_a_shop),
        path("vendor/in-the-dashboard/", in_the_dashboard),
        path("admin/in-the-admin/", in_the_admin),
        path("api/v1/vendor/gated/", Gated.as_view()),
    ]
    monkeypatch.setattr(sample_urls, "urlpatterns", routes)
    for kind in ("storefront", "platform", "admin"):
        urlconf = __import__(tenancy_middleware.URLCONFS[kind], fromlist=["urlpatterns"])
        monkeypatch.setattr(urlconf, "urlpatterns", [*routes, *urlconf.urlpatterns])
    from django.urls import clear_url_caches  # noqa: PLC0415

    clear_url_caches()


def test_pages_by_whom_they_are_for(
    sample_routes, owner, objektiv, lux_admin, objektiv_clerk, client_for, plan, scripts
):
    visitor, staff = client_for("objektiv.lux.localhost"), client_for("admin.lux.localhost")
    staff.post("/admin/login/", {"email": lux_admin.email, "password": PASSWORD})
    clerk = client_for("lux.localhost")
    clerk.post("/vendor/sign-in/", {"email": objektiv_clerk.email, "password": PASSWORD})
    for is_included in (True, False):
        plan["own_domains"] = PlanAnswer(is_included=is_included, required_tier="Pro")
        assert visitor.get("/in-a-shop/").status_code == (200 if is_included else 404)
        page = owner.get("/vendor/in-the-dashboard/")
        assert page.status_code == (200 if is_included else 403)
        assert ("It comes with the plan “Pro”." in page.content.decode()) is not is_included
        # The permission is asked first, and platform staff are let through and told.
        assert "plan" not in clerk.get("/vendor/in-the-dashboard/").content.decode()
        assert staff.get("/admin/in-the-admin/").status_code == 200
        assert scripts["owner"].get("vendor/gated/").status_code == (200 if is_included else 403)
    assert "“Own domains” is not in the plan." in staff.get("/admin/").content.decode()


def test_the_page_about_a_feature(owner, plan):
    address = "/vendor/upgrade/own_domains/"
    assert "This is in your plan" in owner.get(address).content.decode()
    plan["own_domains"] = PlanAnswer(is_included=False, upgrade_url="https://billing.example/plans")
    page = owner.get(address).content.decode()
    assert 'href="https://billing.example/plans"' in page
    plan["own_domains"] = PlanAnswer(is_included=False)
    assert "Ask the people of" in owner.get(address).content.decode()
    assert owner.get("/vendor/upgrade/nothing_of_this_name/").status_code == 404


def test_a_part_of_a_page_is_shown_where_the_plan_has_its_feature(lux, objektiv, plan):
    source = '{% load modules %}{% if_feature "own_domains" %}yes{% else %}no{% endif_feature %}'
    with platform_context(lux, objektiv):
        assert engines["django"].from_string(source).render() == "yes"
        plan["own_domains"] = PlanAnswer(is_included=False)
        assert engines["django"].from_string(source).render() == "no"


def test_a_policy_that_names_an_unknown_feature_is_a_fault(monkeypatch):
    assert check_routes_declare_policies() == []
    view: Callable[..., Any] = next(route.callback for route in core_urls if route.name == "upgrade")
    monkeypatch.setattr(view, "policy", Policy(Audience.VENDOR, feature="nothing_of_this_name"))
    assert [fault.id for fault in check_routes_declare_policies()] == ["platform_core.E046"]


def test_features_have_names(lux):
    assert registry().features["own_domains"][0] == "tenancy"
    with as_one_with("tenancy", features=("by_code_alone",)):
        assert registry().features["by_code_alone"][1] == FeatureSpec("by_code_alone", "by_code_alone")

"""The modules' pages: what is on and why, what a switch would do, and switching."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from platform_core.admin_site.module_graph import draw
from platform_core.modules.definition import FeatureSpec
from platform_core.modules.features import PlanAnswer, plan_answers
from platform_core.modules.models import ModuleChange, PlatformModule
from platform_core.modules.overview import module_overview
from platform_core.modules.registry import isolated_registry, registry
from platform_core.modules.service import module_service
from platform_core.modules.state import read_state
from platform_core.observability import health
from platform_core.observability.health import Trouble
from platform_core.tenancy.context import platform_context
from tests.platform_core.admin_site.conftest import HUB, LUX, MOSEL
from tests.sample_modules import beside_the_installed, graph_of_the_seeds, module

pytestmark = pytest.mark.django_db


def _open_orders(platform_id: int) -> list[str]:
    return ["2 orders are open."]


@pytest.fixture(autouse=True)
def seeds() -> Iterator[None]:
    """payments ← billing, orders; inventory ← marketplace; and a module that something stands against."""
    samples = [config for config in graph_of_the_seeds() if not config.definition.is_core]
    with beside_the_installed(*samples, module("gift-cards", can_disable=_open_orders)):
        yield


@pytest.fixture
def client(enter: Any, lux_admin: Any) -> Any:
    return enter(LUX, lux_admin)


def text_of(response: Any) -> str:
    """What a wide window shows."""
    body = re.sub(r"(?s)<(script|style).*?</\1>", "", response.content.decode())
    body = re.sub(r'(?s)<span class="plain-narrow">.*?</span>', "", body)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def version_on(response: Any) -> str:
    return re.search(r'name="version" value="(\d+)"', response.content.decode())[1]  # type: ignore[index]


def version_of(platform: Any) -> str:
    with platform_context(role="operator"):
        return str(read_state(platform.pk).version)


def on(platform: Any) -> frozenset[str]:
    with platform_context(role="operator"):
        return read_state(platform.pk).enabled


def enable(platform: Any, code: str) -> None:
    with platform_context(role="operator"):
        module_service.enable_module(platform, code)


def test_the_table_tells_state_cause_and_what_is_gone(client, lux):
    enable(lux, "orders")
    page = text_of(client.get("/admin/modules/"))
    assert "Payments On Came on with Orders – – 1.0.0" in page
    assert "Orders On Switched by somebody" in page
    assert "Inventory Off As the module comes" in page
    # One group for each tier.
    groups = r"Version Core Catalogue .*? On Always on .*? Optional Gift-Cards .*? Payments On .*? Internal Dev-Tools Off"
    assert re.search(groups, page)
    assert "Missing" not in page


def test_a_module_that_is_gone_is_missing_and_stays_told(client, lux):
    enable(lux, "inventory")
    with isolated_registry(
        *(c for c in registry().configs if c.definition.code not in {"inventory", "marketplace"})
    ):
        assert "inventory Missing Not installed any more; its settings are kept." in text_of(
            client.get("/admin/modules/")
        )


def test_a_module_that_cannot_be_used_is_listed_with_the_reason(client, lux):
    enable(lux, "inventory")
    rest = [config for config in registry().configs if config.definition.code != "inventory"]
    with isolated_registry(*rest, module("inventory", requires=("shelves",))):
        page = text_of(client.get("/admin/modules/"))
        assert client.get("/admin/modules/inventory/").status_code == 404
    assert (
        "inventory Unusable It is off everywhere until whoever runs this installation has mended it:" in page
    )
    assert "inventory requires shelves, which is not installed." in page
    assert "Missing" not in page


def test_of_two_that_conflict_the_second_says_which_to_switch_off(client, lux):
    with beside_the_installed(module("stripe", conflicts=("paypal",)), module("paypal")):
        enable(lux, "stripe")
        page = text_of(client.get("/admin/modules/paypal/"))
        assert "Not together with Stripe" in page
        assert "paypal and stripe cannot be on together." in page
        assert client.post("/admin/modules/paypal/", {"version": version_of(lux)}).status_code == 422
        assert "paypal" not in on(lux)


def test_a_glue_module_is_announced_and_comes_along(client, lux):
    joined = ("payments", "inventory")
    with beside_the_installed(
        *(module(code) for code in joined), module("bridge", requires=joined, auto_enable_with=joined)
    ):
        enable(lux, "payments")
        page = client.get("/admin/modules/inventory/")
        assert "These come on with it: Bridge" in text_of(page)
        client.post("/admin/modules/inventory/", {"version": version_on(page)})
        page = text_of(client.get("/admin/modules/bridge/"))
        assert "On · By itself, with what it requires" in page
        assert "On by itself with Payments , Inventory" in page


def test_what_comes_on_once_another_is_off_is_said_before_and_after(client, lux):
    with platform_context(lux, role="operator"):
        for code in ("paypal", "stripe"):
            PlatformModule.objects.create(platform=lux, module_code=code, is_enabled=True)
    with beside_the_installed(module("stripe", conflicts=("paypal",)), module("paypal")):
        assert "Stripe Off Comes on once Paypal is off" in text_of(client.get("/admin/modules/"))
        page = client.get("/admin/modules/paypal/")
        assert "These were asked for before, and come on once it is off: Stripe" in text_of(page)
        answer = client.post("/admin/modules/paypal/", {"version": version_on(page)}, follow=True)
        assert "Switched on: Stripe. Switched off: Paypal." in text_of(answer)


def test_the_drawing_has_each_module_below_what_it_requires_and_joins_those_that_conflict(lux):
    modules = [
        module("core", is_core=True),
        module("stripe", conflicts=("paypal",)),
        module("paypal"),
        module("invoices", requires=("stripe",)),
        module("mails", requires=("invoices",)),
        *(module(f"more-{number}") for number in range(9)),
    ]
    with isolated_registry(*modules), platform_context(role="operator"):
        drawing = draw(module_overview(lux).modules)
    boxes = {box.code: box for box in drawing.boxes}
    assert len(boxes) == len(modules)
    assert boxes["stripe"].y < boxes["invoices"].y < boxes["mails"].y
    assert sorted(line.is_conflict for line in drawing.lines) == [False, False, True]
    places = {(box.x, box.y) for box in drawing.boxes}
    assert len(places) == len(boxes)
    assert all(
        box.x + box.width <= drawing.width and box.y + box.height <= drawing.height for box in drawing.boxes
    )
    with isolated_registry(), platform_context(role="operator"):
        assert draw(module_overview(lux).modules).boxes == ()


def test_the_table_is_drawn_too_and_each_box_leads_to_its_module(client, lux):
    enable(lux, "payments")
    page = client.get("/admin/modules/").content.decode()
    drawn = page.partition('<figure class="plain-graph">')[2].partition("</figure>")[0]
    assert '<a href="/admin/modules/payments/">' in drawn
    assert "Payments</text>" in drawn
    assert drawn.count("<a ") == len(registry().definitions)
    assert "style=" not in drawn


def test_switching_on_shows_what_comes_along_and_does_it(client, lux, lux_admin):
    page = client.get("/admin/modules/orders/")
    assert "These come on with it: Payments" in text_of(page)
    answer = client.post(
        "/admin/modules/orders/", {"version": version_on(page), "reason": "The shops may sell"}, follow=True
    )
    assert "Switched on: Payments, Orders." in text_of(answer)
    assert {"payments", "orders"} <= on(lux)
    assert "The shops may sell" in text_of(answer)
    with platform_context(lux, role="staff"):
        change = ModuleChange.objects.order_by("pk").last()
    assert (change.source, change.user_id) == ("admin", lux_admin.pk)


def test_switching_off_shows_what_goes_along_and_what_is_no_longer_needed(client, lux):
    enable(lux, "orders")
    assert "Nothing would need these any more" in text_of(client.get("/admin/modules/orders/"))
    page = client.get("/admin/modules/payments/")
    assert "These require it and go off with it: Orders" in text_of(page)
    client.post("/admin/modules/payments/", {"version": version_on(page)})
    assert not {"payments", "orders"} & on(lux)


def test_who_has_seen_another_state_looks_again_first(client, lux):
    page = client.get("/admin/modules/orders/")
    enable(lux, "payments")
    stale = client.post("/admin/modules/orders/", {"version": version_on(page), "reason": "To sell"})
    assert stale.status_code == 422
    assert "changed meanwhile" in text_of(stale)
    assert 'value="To sell"' in stale.content.decode()
    assert "orders" not in on(lux)
    client.post("/admin/modules/orders/", {"version": version_on(stale)})
    assert "orders" in on(lux)


AGAINST = "Something stands against it: Gift-Cards 2 orders are open."


def test_what_stands_against_it_is_said_before(client, lux, monkeypatch):
    enable(lux, "gift-cards")
    may = "platform_core.identity.principals.Principal.may"
    monkeypatch.setattr(may, lambda _self, code: code != "core.force_module")
    page = client.get("/admin/modules/gift-cards/")
    assert AGAINST in text_of(page)
    assert "Switch off" not in text_of(page)
    answer = {"version": version_of(lux), "force": "on", "reason": "The law changed"}
    refused = client.post("/admin/modules/gift-cards/", answer)
    assert refused.status_code == 422
    assert "gift-cards" in on(lux)


def test_who_may_force_it_ticks_that_they_have_read_it_and_says_why(client, lux):
    enable(lux, "gift-cards")
    page = client.get("/admin/modules/gift-cards/")
    assert AGAINST in text_of(page)
    version = version_on(page)
    for missing, said in (
        ({"reason": "The law changed"}, "Tick this to switch it off all the same."),
        ({"force": "on"}, "Say why it is to go off all the same."),
    ):
        refused = client.post("/admin/modules/gift-cards/", {"version": version, **missing})
        assert refused.status_code == 422
        assert said in text_of(refused)
        assert "gift-cards" in on(lux)
    answer = {"version": version, "force": "on", "reason": "The law changed"}
    done = text_of(client.post("/admin/modules/gift-cards/", answer, follow=True))
    assert "Switched off: Gift-Cards." in done
    assert "Against it stood: 2 orders are open." in done
    assert "gift-cards" not in on(lux)


def ill() -> None:
    raise Trouble("On mosel, 3 orders differ from their payments.")


def test_the_health_of_a_module_that_is_on_is_told_and_its_details_to_the_operator_alone(
    client, lux, superuser, enter, monkeypatch
):
    enable(lux, "orders")
    monkeypatch.setattr(health, "_module_checks", {})
    with beside_the_installed(
        module("orders", requires=("payments",), health_check=f"{__name__}.ill"),
        module("inventory", health_check=f"{__name__}.ill"),
    ):
        page = text_of(client.get("/admin/modules/"))
        assert "Orders On Switched by somebody Unhealthy Unhealthy – 1.0.0" in page
        # What is off here is nobody's trouble here.
        assert "Inventory Off As the module comes – – 1.0.0" in page
        assert (
            '<span class="plain-narrow">1.0.0 · Unhealthy</span>'
            in client.get("/admin/modules/").content.decode()
        )
        assert "Health Unhealthy Requires" in text_of(client.get("/admin/modules/orders/"))
        page = text_of(enter(LUX, superuser).get("/admin/modules/orders/"))
        assert "Health Unhealthy · On mosel, 3 orders differ" in page


def test_what_the_plan_has_of_a_module_is_told(client, lux):
    def plan(_subject: Any, spec: FeatureSpec) -> PlanAnswer | None:
        return {
            "returns": PlanAnswer(is_included=False),
            "gift_notes": PlanAnswer(is_included=False, required_tier="Pro"),
            "carts": PlanAnswer(is_included=True, limit=5, used=3),
        }.get(spec.code)

    features = tuple(
        FeatureSpec(code, code.title()) for code in ("returns", "gift_notes", "carts", "orders_by_mail")
    )
    enable(lux, "orders")
    plan_answers.register(plan)
    try:
        with beside_the_installed(module("orders", requires=("payments",), features=features)):
            page = text_of(client.get("/admin/modules/orders/"))
    finally:
        plan_answers.unregister(plan)
    assert (
        "Plan Returns: Not in the plan Gift_Notes: Comes with the plan “Pro” Carts: 3 of 5 in use"
        " Orders_By_Mail: In the plan"
    ) in page


def test_what_modules_keep_is_told_before_a_switch(client, lux):
    with beside_the_installed(
        module("payments", data_summary=lambda _id: [("Payments", 58)]),
        module("orders", requires=("payments",), data_summary=lambda _id: [("Orders", 47), ("Carts", 3)]),
    ):
        enable(lux, "orders")
        page = text_of(client.get("/admin/modules/payments/"))
        assert "Keeps on this platform Payments: 58" in page
        assert "These require it and go off with it: Orders (Orders: 47, Carts: 3)" in page


def test_a_change_of_settings_shows_before_and_after_and_no_secret(client, lux):
    class Gateway(BaseModel):
        account: str = ""
        api_key: SecretStr | None = None

    with beside_the_installed(module("payments", config_schema=Gateway)):
        with platform_context(role="operator"):
            values = {"account": "wizamart", "api_key": "sk_never_told"}
            module_service.set_module_config(lux, "payments", values)
        response = client.get("/admin/modules/payments/")
    assert 'account: before "" after wizamart' in text_of(response)
    assert "api_key: a secret, not told" in text_of(response)
    assert "sk_never_told" not in response.content.decode()


def test_an_experimental_module_says_so(client):
    with beside_the_installed(module("inventory", is_experimental=True)):
        assert "Inventory Experimental Off" in text_of(client.get("/admin/modules/"))
        assert "Experimental: it works, and may still change." in text_of(
            client.get("/admin/modules/inventory/")
        )


def test_a_core_module_has_nothing_to_switch(client):
    page = client.get("/admin/modules/core/")
    assert "A core module is on everywhere and always" in text_of(page)
    assert "Switch off" not in text_of(page)
    assert client.post("/admin/modules/core/", {"version": "0"}).status_code == 422


@pytest.mark.parametrize("sent", [{}, {"version": ""}, {"version": "x"}])
def test_a_form_without_a_version_changes_nothing_and_says_so(client, lux, sent):
    refused = client.post("/admin/modules/payments/", {**sent, "reason": "To sell"})
    assert refused.status_code == 422
    assert "The form came without the version that it was made for." in text_of(refused)
    assert 'value="To sell"' in refused.content.decode()
    assert "payments" not in on(lux)
    client.post("/admin/modules/payments/", {"version": version_on(refused), "reason": "To sell"})
    assert "payments" in on(lux)


def test_a_version_of_another_size_changes_nothing(client, lux):
    refused = client.post("/admin/modules/payments/", {"version": "9" * 30})
    assert refused.status_code == 422
    assert "changed meanwhile" in text_of(refused)
    assert "payments" not in on(lux)


def test_what_is_wrong_with_the_reason_is_said_beside_what_is_wrong_with_the_version(client, lux):
    refused = client.post("/admin/modules/payments/", {"reason": "x" * 501})
    assert refused.status_code == 422
    assert "x" * 501 in refused.content.decode()
    assert "at most 500 characters" in text_of(refused)


def test_an_unknown_module_is_not_found(client):
    assert client.get("/admin/modules/nothing-of-this-name/").status_code == 404


def test_only_who_holds_the_permission_sees_and_switches(client, lux, monkeypatch):
    assert 'href="/admin/modules/"' in client.get("/admin/").content.decode()
    may = "platform_core.identity.principals.Principal.may"
    monkeypatch.setattr(may, lambda _self, code: code in (None, "core.view_module"))
    page = client.get("/admin/modules/payments/")
    assert "You may look at this, and not switch it." in text_of(page)
    assert client.post("/admin/modules/payments/", {"version": "0"}).status_code == 403
    assert "payments" not in on(lux)
    monkeypatch.setattr(may, lambda _self, code: code is None)
    assert client.get("/admin/modules/payments/").status_code == 403
    assert client.get("/admin/modules/").status_code == 403
    assert 'href="/admin/modules/"' not in client.get("/admin/").content.decode()


def test_the_hub_has_no_such_page_and_other_platforms_are_untouched(enter, superuser, client, lux, mosel):
    hub = enter(HUB, superuser)
    assert hub.get("/admin/modules/").status_code == 404
    assert 'href="/admin/modules/"' not in hub.get("/admin/").content.decode()
    client.post("/admin/modules/payments/", {"version": version_on(client.get("/admin/modules/payments/"))})
    assert "payments" in on(lux)
    assert "payments" not in on(mosel)
    assert "Payments Off" in text_of(enter(MOSEL, superuser).get("/admin/modules/"))

"""Modules by API: staff of a platform see and switch its modules, and nobody else does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel, Field, SecretStr

from platform_core.modules.models import ModuleChange, PlatformModule
from platform_core.modules.registry import isolated_registry, registry
from platform_core.modules.service import module_service
from platform_core.modules.state import read_state
from platform_core.tenancy.context import platform_context
from tests.api_client import Api
from tests.sample_modules import beside_the_installed, graph_of_the_seeds
from tests.sample_modules import module as sample

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def seeds() -> Iterator[None]:
    """The installed modules and those of the seeds: payments ← billing, orders; inventory ← marketplace.

    And one that something stands against.
    """
    samples = [config for config in graph_of_the_seeds() if not config.definition.is_core]
    gift_cards = sample("gift-cards", can_disable=lambda _platform_id: ["2 cards are open."])
    with beside_the_installed(*samples, gift_cards):
        yield


@pytest.fixture
def staff(lux: Any, lux_admin: Any) -> Api:
    script = Api("lux.localhost")
    assert script.sign_in(lux_admin.email).status_code == 200
    return script


def on(platform: Any) -> frozenset[str]:
    with platform_context(role="operator"):
        return read_state(platform.pk).enabled


def module(staff: Api, code: str) -> dict[str, Any]:
    return staff.get(f"modules/{code}/").json()


class TestSeeing:
    def test_all_modules_each_after_what_it_requires(self, staff):
        answer = staff.get("modules/").json()
        codes = [found["code"] for found in answer["data"]]
        assert codes == list(registry().definitions)
        assert codes.index("payments") < codes.index("orders")
        assert (answer["version"], answer["missing"]) == (0, [])

    def test_what_cannot_be_used_is_told_with_the_reason(self, staff):
        rest = [config for config in registry().configs if config.definition.code != "inventory"]
        with isolated_registry(*rest, sample("inventory", requires=("shelves",))):
            answer = staff.get("modules/").json()
            refused = staff.post("modules/inventory/enable/", {})
        reason = "inventory requires shelves, which is not installed."
        unusable = {row["code"]: row["reason"] for row in answer["unusable"]}
        assert unusable["inventory"] == reason
        assert "inventory" not in [row["code"] for row in answer["data"]]
        assert (refused.status_code, refused.json()["code"]) == (409, "incompatible_module")
        assert reason in refused.json()["detail"]

    def test_the_second_of_two_that_conflict_is_refused(self, staff):
        with beside_the_installed(sample("stripe", conflicts=("paypal",)), sample("paypal")):
            assert staff.post("modules/paypal/enable/", {}).status_code == 200
            refused = staff.post("modules/stripe/enable/", {})
            found = module(staff, "stripe")
        assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
        assert (found["conflicts"], found["is_enabled"]) == (["paypal"], False)

    def test_one_module_with_its_place_in_the_graph(self, staff):
        found = module(staff, "payments")
        assert found == {
            "code": "payments",
            "name": "Payments",
            "description": "",
            "version": "1.0.0",
            "tier": "optional",
            "is_enabled": False,
            "cause": "default",
            "requires": [],
            "required_by": found["required_by"],
            "conflicts": [],
            "auto_enable_with": [],
            "is_experimental": False,
            "needs_attention": {},
            "enabled_at": None,
            "disabled_at": None,
        }
        assert sorted(found["required_by"]) == ["billing", "orders"]
        assert module(staff, "core")["cause"] == "core"

    def test_a_preview_tells_what_modules_keep(self, staff):
        kept = sample("payments", data_summary=lambda _id: [("Payments", 58)])
        with beside_the_installed(kept):
            answer = staff.post("modules/payments/enable/", {"dry_run": True})
        assert answer.json()["data"] == {"payments": {"Payments": 58}}

    def test_an_unknown_module_is_not_found(self, staff):
        assert staff.get("modules/nothing-of-this-name/").status_code == 404

    def test_what_the_client_has_is_not_sent_again(self, staff):
        answer = staff.get("modules/")
        again = staff.client.get(
            "/api/v1/modules/",
            headers={"authorization": f"Bearer {staff.access}", "if-none-match": answer["ETag"]},
        )
        assert again.status_code == 304
        staff.post("modules/payments/enable/", {})
        assert staff.get("modules/")["ETag"] != answer["ETag"]

    def test_a_module_that_is_gone_is_listed_as_missing(self, staff, lux):
        staff.post("modules/payments/enable/", {})
        with isolated_registry(*(c for c in registry().configs if c.definition.code != "payments")):
            answer = staff.get("modules/").json()
        assert answer["missing"] == ["payments"]

    def test_the_root_and_the_document_name_it(self, staff):
        assert Api("lux.localhost").get("").json()["modules"] == "http://lux.localhost/api/v1/modules/"
        paths = staff.client.get("/api/schema/").json()["paths"]
        assert {
            "/api/v1/modules/",
            "/api/v1/modules/{code}/",
            "/api/v1/modules/{code}/enable/",
            "/api/v1/modules/{code}/disable/",
        } <= set(paths)


class TestSwitching:
    def test_on_with_all_that_it_requires(self, staff, lux, lux_admin):
        answer = staff.post("modules/orders/enable/", {"reason": "The shops may sell"})
        assert answer.status_code == 200
        assert answer.json() == {
            "changed": ["payments", "orders"],
            "unchanged": [],
            "plan": [
                {"code": "payments", "verb": "enable", "cause": "dependency-of:orders"},
                {"code": "orders", "verb": "enable", "cause": "direct"},
            ],
            "no_longer_needed": [],
            "version": 1,
            "is_dry_run": False,
            "objections": {},
            "data": {},
        }
        assert {"payments", "orders"} <= on(lux)
        with platform_context(lux, role="staff"):
            change = ModuleChange.objects.order_by("pk").last()
        assert (change.source, change.user_id, change.reason) == ("api", lux_admin.pk, "The shops may sell")

    def test_off_takes_along_what_requires_it(self, staff, lux):
        staff.post("modules/orders/enable/", {})
        answer = staff.post("modules/payments/disable/", {}).json()
        assert answer["changed"] == ["orders", "payments"]
        assert not {"payments", "orders"} & on(lux)
        assert module(staff, "orders")["cause"] == "dependency-of:payments"

    def test_without_cascade_it_says_what_stands_against_it(self, staff, lux):
        staff.post("modules/orders/enable/", {})
        answer = staff.post("modules/payments/disable/", {"cascade": False})
        assert (answer.status_code, answer.json()["code"]) == (409, "blocked")
        assert answer.json()["reasons"] == {"orders": ["requires payments"]}
        assert {"payments", "orders"} <= on(lux)

    def test_a_dry_run_changes_nothing(self, staff, lux):
        answer = staff.post("modules/orders/enable/", {"dry_run": True}).json()
        assert (answer["changed"], answer["version"], answer["is_dry_run"]) == (
            ["payments", "orders"],
            0,
            True,
        )
        assert "orders" not in on(lux)

    def test_doing_it_again_changes_nothing(self, staff):
        staff.post("modules/payments/enable/", {})
        answer = staff.post("modules/payments/enable/", {}).json()
        assert (answer["changed"], answer["unchanged"], answer["version"]) == ([], ["payments"], 1)

    @pytest.mark.parametrize("seen", ["an old one", "another platform's", "nonsense", "no etag"])
    def test_who_has_seen_another_state_is_told_so(self, staff, lux, mosel, seen):
        first = staff.get("modules/")["ETag"]
        staff.post("modules/payments/enable/", {})
        etags = {
            "an old one": first,
            "another platform's": f'"modules-{mosel.pk}-1"',
            "nonsense": '"x"',
            "no etag": "5",
        }
        answer = self.with_etag(staff, etags[seen])
        assert (answer.status_code, answer.json()["code"]) == (412, "stale_version")
        assert "-1" not in answer.json()["detail"]
        assert "inventory" not in on(lux)
        with platform_context(lux, role="staff"):
            refused = ModuleChange.objects.get(action="refused", module_code="inventory")
        assert (refused.source, refused.details["code"]) == ("api", "stale_version")
        assert self.with_etag(staff, staff.get("modules/")["ETag"]).status_code == 200

    def test_by_force_it_goes_off_whatever_stands_against_it(self, staff, lux, lux_admin):
        staff.post("modules/gift-cards/enable/", {})
        blocked = staff.post("modules/gift-cards/disable/", {"reason": "The law changed"})
        assert (blocked.status_code, blocked.json()["reasons"]) == (
            409,
            {"gift-cards": ["2 cards are open."]},
        )
        unsaid = staff.post("modules/gift-cards/disable/", {"force": True})
        assert (unsaid.status_code, unsaid.json()["code"]) == (422, "reason_needed")
        preview = staff.post("modules/gift-cards/disable/", {"force": True, "dry_run": True}).json()
        assert (preview["changed"], preview["objections"]) == (["gift-cards"], blocked.json()["reasons"])
        assert "gift-cards" in on(lux)
        done = staff.post("modules/gift-cards/disable/", {"force": True, "reason": "The law changed"})
        assert done.json()["objections"] == {"gift-cards": ["2 cards are open."]}
        assert "gift-cards" not in on(lux)
        with platform_context(lux, role="staff"):
            row = ModuleChange.objects.latest("pk")
        assert (row.user_id, row.reason, row.details["objections"]) == (
            lux_admin.pk,
            "The law changed",
            ["2 cards are open."],
        )

    def test_force_needs_a_permission_of_its_own(self, staff, lux, monkeypatch):
        staff.post("modules/gift-cards/enable/", {})
        held = ("core.view_module", "core.change_module")
        may = "platform_core.identity.principals.Principal.may"
        monkeypatch.setattr(may, lambda _self, code: code in (None, *held))
        answer = staff.post("modules/gift-cards/disable/", {"force": True, "reason": "x"})
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
        assert answer.json()["permission"] == "core.force_module"
        assert "gift-cards" in on(lux)

    def test_in_another_language_it_is_another_answer_and_the_same_version(self, staff):
        def listed(language: str, **headers: str) -> Any:
            known = {"authorization": f"Bearer {staff.access}", "accept-language": language, **headers}
            return staff.client.get("/api/v1/modules/", headers=known)

        german = listed("de")["ETag"]
        assert listed("de", **{"if-none-match": german}).status_code == 304
        assert listed("en", **{"if-none-match": german}).status_code == 200
        assert self.with_etag(staff, german).status_code == 200

    def test_of_several_versions_the_present_one_counts(self, staff):
        first = staff.get("modules/")["ETag"]
        staff.post("modules/payments/enable/", {})
        present = staff.get("modules/")["ETag"]
        assert self.with_etag(staff, f'{first}, "x"').status_code == 412
        assert self.with_etag(staff, f"{first}, {present}").status_code == 200

    @staticmethod
    def with_etag(staff: Api, etag: str) -> Any:
        return staff.client.post(
            "/api/v1/modules/inventory/enable/",
            {},
            content_type="application/json",
            headers={"authorization": f"Bearer {staff.access}", "if-match": etag},
        )

    @pytest.mark.parametrize(
        ("address", "body", "status", "code"),
        [
            ("modules/nothing-of-this-name/enable/", {}, 404, "unknown_module"),
            ("modules/core/disable/", {}, 409, "core_module"),
            ("modules/payments/enable/", {"reason": "x" * 501}, 400, "validation_failed"),
            ("modules/payments/enable/", {"reason": 7, "why": "x"}, 400, "validation_failed"),
            ("modules/payments/enable/", {"cascade": True}, 400, "validation_failed"),
            ("modules/payments/enable/", [], 400, "object_expected"),
        ],
    )
    def test_bad_input_is_refused_by_name(self, staff, lux, address, body, status, code):
        before = on(lux)
        answer = staff.post(address, body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert on(lux) == before


class Billing(BaseModel):
    trial_days: int = Field(14, ge=0, le=90)
    api_key: SecretStr | None = None


class TestConfig:
    @pytest.fixture(autouse=True)
    def _billing(self) -> Iterator[None]:
        schema = {"config_schema": Billing, "default_config": {"trial_days": 30}}
        with beside_the_installed(sample("billing", **schema)):
            yield

    def test_settings_are_told_and_changed_without_a_word_of_secrets(self, staff, lux):
        first = staff.get("modules/billing/config/")
        assert first.json()["config"] == {"trial_days": 30}
        assert first.json()["secrets"] == {"api_key": False}
        assert first.json()["schema"]["properties"]["trial_days"]["default"] == 30
        body = {"config": {"trial_days": 7, "api_key": "sk_live_1"}, "reason": "New year"}
        dry = staff.request("PATCH", "modules/billing/config/", {**body, "dry_run": True})
        assert (dry.json()["changed"], dry.json()["version"]) == (["api_key", "trial_days"], 0)
        changed = staff.request("PATCH", "modules/billing/config/", body)
        assert changed.json() == {
            "changed": ["api_key", "trial_days"],
            "before": {"trial_days": 30},
            "after": {"trial_days": 7},
            "version": 1,
            "is_dry_run": False,
        }
        found = staff.get("modules/billing/config/").json()
        assert (found["config"], found["secrets"]) == ({"trial_days": 7}, {"api_key": True})
        audit = staff.get("modules/billing/audit/")
        assert audit.json()["data"][0]["details"]["after"] == {"trial_days": 7}
        assert audit.json()["data"][0]["reason"] == "New year"
        assert "sk_live" not in f"{found} {audit.content} {changed.content}"
        back = staff.request("PATCH", "modules/billing/config/", {"reset": ["trial_days", "api_key"]})
        assert back.json()["after"] == {"trial_days": 30}
        assert staff.get("modules/billing/config/").json()["secrets"] == {"api_key": False}

    def test_what_is_wrong_is_said_by_name(self, staff):
        body = {"config": {"trial_days": 91, "api_key": "sk_live_1"}}
        refused = staff.request("PATCH", "modules/billing/config/", body)
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_config")
        assert refused.json()["fields"] == {"trial_days": "Give 90 or less."}
        assert "sk_live" not in refused.content.decode()
        assert staff.request("PATCH", "modules/billing/config/", {"config": []}).status_code == 400
        assert staff.get("modules/nothing/config/").status_code == 404

    def test_an_old_version_is_refused(self, staff):
        etag = staff.get("modules/billing/config/")["ETag"]
        staff.post("modules/payments/enable/", {})
        answer = staff.client.patch(
            "/api/v1/modules/billing/config/",
            {"config": {"trial_days": 7}},
            content_type="application/json",
            headers={"authorization": f"Bearer {staff.access}", "if-match": etag},
        )
        assert (answer.status_code, answer.json()["code"]) == (412, "stale_version")

    def test_who_may_only_look_changes_nothing(self, staff, monkeypatch):
        may = "platform_core.identity.principals.Principal.may"
        monkeypatch.setattr(may, lambda _self, code: code != "core.change_module")
        assert staff.get("modules/billing/config/").status_code == 200
        refused = staff.request("PATCH", "modules/billing/config/", {"config": {"trial_days": 7}})
        assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")

    def test_settings_that_need_attention_are_told_where_it_is_on(self, staff, lux):
        with platform_context(role="operator"):
            PlatformModule.objects.create(
                platform=lux, module_code="billing", is_enabled=True, config={"trial_days": 400}
            )
        staff.post("modules/payments/enable/", {})
        assert module(staff, "billing")["needs_attention"] == {"trial_days": "Give 90 or less."}
        assert staff.get("modules/billing/config/").json()["faults"] == {"trial_days": "Give 90 or less."}


class TestAudit:
    def test_what_was_done_and_refused_is_told_latest_first_in_pages(self, staff, lux, lux_admin):
        staff.post("modules/orders/enable/", {"reason": "The shops may sell"})
        staff.post("modules/orders/disable/", {"reason": "Not yet"})
        staff.request("POST", "modules/gift-cards/enable/", {})
        assert staff.post("modules/gift-cards/disable/", {}).status_code == 409
        page = staff.get("modules/orders/audit/?limit=1").json()
        assert [(row["action"], row["reason"], row["by"], row["source"]) for row in page["data"]] == [
            ("disabled", "Not yet", str(lux_admin), "api")
        ]
        rest = staff.client.get(
            page["page"]["next"], headers={"authorization": f"Bearer {staff.access}"}
        ).json()["data"]
        assert [(row["action"], row["cause"], row["version"]) for row in rest] == [("enabled", "direct", 1)]
        assert rest[0]["request_id"] and rest[0]["at"].endswith("Z")
        [refused, _enabled] = staff.get("modules/gift-cards/audit/").json()["data"]
        assert (refused["action"], refused["details"]["code"]) == ("refused", "blocked")
        assert "2 cards are open." in refused["details"]["message"]
        [took_along] = staff.get("modules/payments/audit/").json()["data"]
        assert took_along["cause"] == "dependency-of:orders"

    def test_what_is_gone_is_told_of_and_what_never_was_is_not(self, staff, lux):
        staff.post("modules/inventory/enable/", {})
        rest = [c for c in registry().configs if c.definition.code not in {"inventory", "marketplace"}]
        with isolated_registry(*rest):
            assert len(staff.get("modules/inventory/audit/").json()["data"]) == 1
            assert staff.get("modules/marketplace/audit/").status_code == 404

    def test_other_platforms_do_not_read_it(self, staff, mosel, objektiv_owner):
        staff.post("modules/inventory/enable/", {})
        with platform_context(role="operator"):
            module_service.enable_module(mosel, "inventory", reason="Of Mosel alone")
        assert [row["reason"] for row in staff.get("modules/inventory/audit/").json()["data"]] == [""]
        team = Api("lux.localhost")
        team.sign_in(objektiv_owner.email)
        assert team.get("modules/inventory/audit/").status_code in {401, 403}


class TestWho:
    @pytest.mark.parametrize("method", ["GET", "POST"])
    @pytest.mark.parametrize("host", ["lux.localhost", "mosel.localhost"])
    def test_a_shops_team_and_other_platforms_staff_are_refused(
        self, lux, mosel, objektiv_owner, lux_admin, method, host
    ):
        address = "modules/" if method == "GET" else "modules/payments/enable/"
        for person in (objektiv_owner, lux_admin):
            script = Api("lux.localhost")
            script.sign_in(person.email)
            elsewhere = Api(host)
            elsewhere.access = script.access
            answer = elsewhere.request(method, address, {} if method == "POST" else None)
            allowed = person == lux_admin and host == "lux.localhost"
            assert (answer.status_code == 200) is allowed
        assert "payments" not in on(mosel)

    def test_nobody_is_told_to_sign_in(self, lux):
        answer = Api("lux.localhost").get("modules/")
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")

    @pytest.mark.parametrize("host", ["localhost", "objektiv.lux.localhost"])
    def test_other_hosts_have_no_such_address(self, objektiv, host):
        assert Api(host).get("modules/").status_code in {401, 404}

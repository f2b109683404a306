"""`manage.py modules`: what there is, what is on where, and switching it by hand."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from pydantic import BaseModel, Field, SecretStr

from platform_core.modules.definition import ModuleConfig
from platform_core.modules.models import ModuleChange, PlatformModule
from platform_core.modules.registry import isolated_registry
from platform_core.modules.service import module_service
from platform_core.modules.state import read_state
from platform_core.tenancy.context import platform_context
from tests.sample_modules import graph_of_the_seeds, module

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _modules_of_the_seeds() -> Any:
    with isolated_registry(*graph_of_the_seeds()):
        yield


def run(*words: str) -> str:
    out = io.StringIO()
    call_command("modules", *words, stdout=out)
    return out.getvalue()


def refused(*words: str) -> tuple[int, str]:
    with pytest.raises(CommandError) as caught:
        run(*words)
    return caught.value.returncode, str(caught.value)


def on_now(platform: Any) -> set[str]:
    with platform_context(role="operator"):
        return set(read_state(platform.pk).enabled) - {"core"}


def test_modules_are_listed_with_their_state_on_a_platform(lux):
    lines = run("list").splitlines()
    assert lines[0].split() == ["code", "tier", "version", "requires", "name"]
    assert lines[1].split() == ["core", "core", "1.0.0", "Core"]
    run("enable", "billing", "--platform", "lux")
    found = {entry["code"]: entry for entry in json.loads(run("list", "--platform", "lux", "--json"))}
    assert (found["billing"]["on"], found["billing"]["cause"]) == (True, "direct")
    assert (found["payments"]["on"], found["payments"]["cause"]) == (True, "dependency-of:billing")
    assert (found["orders"]["on"], found["orders"]["cause"]) == (False, "default")
    assert (found["core"]["on"], found["core"]["cause"]) == (True, "core")


def test_a_module_comes_on_and_goes_off_with_a_word_about_the_rest(lux, mosel):
    assert run("enable", "billing", "--platform", "lux", "--dry-run").startswith(
        "Dry run, nothing was changed: lux:"
    )
    assert on_now(lux) == set()
    assert run("enable", "billing", "--platform", "lux") == "lux: payments, billing switched on.\n"
    assert run("enable", "billing", "--platform", "lux") == "lux: nothing was to be done.\n"
    assert on_now(mosel) == set()
    code, message = refused("disable", "payments", "--platform", "lux")
    assert code == 2
    assert "billing would go off with payments" in message
    assert on_now(lux) == {"payments", "billing"}
    told = run("disable", "billing", "--platform", "lux")
    assert told == "lux: billing switched off. No longer needed, and still on: payments.\n"
    run("enable", "orders", "--all")
    assert on_now(mosel) == {"payments", "orders"}
    assert json.loads(run("disable", "payments", "--platform", "mosel", "--yes", "--json"))["changed"] == [
        "orders",
        "payments",
    ]


def test_what_needs_a_word_on_one_platform_is_done_on_none(lux, mosel):
    run("enable", "payments", "--platform", "lux")
    run("enable", "billing", "--platform", "mosel")
    code, message = refused("disable", "payments", "--all")
    assert code == 2
    assert "On mosel billing would go off" in message
    assert (on_now(lux), on_now(mosel)) == ({"payments"}, {"payments", "billing"})


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("enable", "nobody", "--platform", "lux"), 1, "no module “nobody”"),
        (("show", "nobody"), 1, "Modules: core"),
        (("enable", "billing", "--platform", "nowhere"), 1, "Platforms: lux, mosel"),
        (("disable", "core", "--platform", "lux"), 1, "core module"),
    ],
)
def test_what_cannot_be_done_is_said(lux, mosel, words, code, said):
    returned, message = refused(*words)
    assert returned == code
    assert said in message


def test_a_blocker_ends_with_2_and_its_reason(lux):
    open_payments = module("payments", can_disable=lambda _id: ["3 payments are open."])
    with isolated_registry(open_payments):
        run("enable", "payments", "--platform", "lux")
        code, message = refused("disable", "payments", "--platform", "lux")
    assert code == 2
    assert "3 payments are open." in message


def test_a_refusal_stands_in_the_history_and_a_dry_run_does_not(lux):
    open_payments = module("payments", can_disable=lambda _id: ["3 payments are open."])
    with isolated_registry(open_payments), platform_context(role="operator"):
        run("enable", "payments", "--platform", "lux")
        kept = ModuleChange.objects.filter(platform_code="lux", action=ModuleChange.Action.REFUSED)
        refused("disable", "payments", "--platform", "lux", "--dry-run")
        assert not kept.exists()
        refused("disable", "payments", "--platform", "lux", "--reason", "Enough sold.")
        assert [(row.module_code, row.source) for row in kept] == [("payments", "cli")]


def test_a_module_is_told_about_and_the_graph_is_drawn(lux):
    with platform_context(role="operator"):
        module_service.enable_module(lux, "payments")
    facts = json.loads(run("show", "payments", "--json"))
    assert facts["required_by"] == ["billing", "orders"]
    assert facts["on"] == ["lux"]
    assert "  billing --> payments" in run("graph").splitlines()
    assert '  "marketplace" -> "inventory";' in run("graph", "--format", "dot").splitlines()


def test_where_a_modules_parts_are_is_told():
    installed = (c for c in apps.get_app_configs() if isinstance(c, ModuleConfig))
    with isolated_registry(*installed, module("gift-cards")):
        facts = json.loads(run("show", "core", "--json"))
        assert (facts["is_self_contained"], facts["services_path"]) == (True, "modules.core.services")
        assert (facts["locales_path"], facts["models_path"]) == ("locale", "modules.core.models")
        assert ["is_self_contained", "yes"] in [line.split() for line in run("show", "core").splitlines()]
        # A module that has no such part.
        lines = [line.split() for line in run("show", "gift-cards").splitlines()]
    assert ["models_path", "-"] in lines


def test_faults_of_definitions_are_said_and_the_command_goes_on(lux):
    with isolated_registry(
        module("a", requires=("b",)), module("b", requires=("a",)), module("c", is_core=True)
    ):
        out = io.StringIO()
        with pytest.raises(CommandError):
            call_command("modules", "check", stdout=out)
        assert "requires itself" in out.getvalue()
        assert {entry["code"]: entry["tier"] for entry in json.loads(run("list", "--json"))} == {
            "c": "core",
            "a": "unusable",
            "b": "unusable",
        }
    assert run("check", "--json") != ""


def test_a_reason_is_refused_where_it_would_be_cut(lux):
    code, said = refused("enable", "billing", "--platform", "lux", "--reason", "x" * 501)
    assert "it has 501 letters: use 500 at most" in said
    assert (code, on_now(lux)) == (1, set())
    run("enable", "billing", "--platform", "lux", "--reason", "x" * 500)
    with platform_context(lux, role="staff"):
        assert {row.reason for row in ModuleChange.objects.all()} == {"x" * 500}


def test_by_force_it_goes_off_with_a_reason(lux):
    with isolated_registry(module("payments", can_disable=lambda _platform_id: ["3 payments are open."])):
        run("enable", "payments", "--platform", "lux")
        assert refused("disable", "payments", "--platform", "lux")[0] == 2
        code, said = refused("disable", "payments", "--platform", "lux", "--force")
        assert (code, said) == (2, "--force needs --reason: say why it goes off.")
        assert on_now(lux) == {"payments"}
        told = run("disable", "payments", "--platform", "lux", "--force", "--dry-run")
        assert "Against it, payments: 3 payments are open." in told
        assert on_now(lux) == {"payments"}
        words = ("--platform", "lux", "--force", "--reason", "The bank is closed", "--json")
        facts = json.loads(run("disable", "payments", *words))
        assert facts["objections"] == {"payments": ["3 payments are open."]}
        assert on_now(lux) == set()


def test_a_refusal_for_all_platforms_names_the_one_that_refuses(lux, mosel):
    with isolated_registry(module("payments", can_disable=lambda pk: ["Open."] if pk == lux.pk else [])):
        run("enable", "payments", "--all")
        assert refused("disable", "payments", "--all") == (
            2,
            "lux: Something stands against it. payments: Open.",
        )
        assert (on_now(lux), on_now(mosel)) == ({"payments"}, {"payments"})


def test_what_comes_on_after_the_preview_does_not_go_off_unasked(lux, monkeypatch):
    run("enable", "payments", "--platform", "lux")
    disable = module_service.disable_module

    def slowly(platform: Any, code: str, **options: Any) -> Any:
        if not options.get("dry_run"):
            module_service.enable_module(platform, "billing")
        return disable(platform, code, **options)

    monkeypatch.setattr(module_service, "disable_module", slowly)
    code, said = refused("disable", "payments", "--platform", "lux")
    assert (code, "were changed meanwhile" in said) == (1, True)
    assert on_now(lux) == {"payments", "billing"}


class TestAudit:
    def test_latest_first_of_one_platform_or_of_all_with_who_and_why(self, lux, mosel, lux_admin):
        with platform_context(role="operator"):
            module_service.enable_module(lux, "payments", user=lux_admin, reason="To sell", source="admin")
        run("enable", "inventory", "--platform", "mosel")
        with pytest.raises(CommandError):
            run("disable", "core", "--platform", "lux", "--yes")
        rows = json.loads(run("audit", "--all", "--json"))
        assert [(row["platform"], row["module"], row["action"], row["by"]) for row in rows] == [
            ("lux", "core", "refused", "Command"),
            ("mosel", "inventory", "enabled", "Command"),
            ("lux", "payments", "enabled", str(lux_admin)),
        ]
        assert rows[0]["details"]["code"] == "core_module"
        assert [row["module"] for row in json.loads(run("audit", "--platform", "mosel", "--json"))] == [
            "inventory"
        ]
        assert [row["reason"] for row in json.loads(run("audit", "payments", "--all", "--json"))] == [
            "To sell"
        ]
        assert len(json.loads(run("audit", "--all", "--limit", "1", "--json"))) == 1
        told = run("audit", "--platform", "lux")
        assert "core is a core module: it is on everywhere and always." in told
        assert "To sell" in told

    def test_of_what_is_gone_too_and_an_unknown_code_is_named(self, lux):
        run("enable", "inventory", "--platform", "lux")
        with isolated_registry(module("core", is_core=True)):
            assert "inventory" in run("audit", "inventory", "--all")
            assert "There is no module “orders”" in refused("audit", "orders", "--all")[1]
        assert run("audit", "orders", "--all") == "Nothing was done and nothing refused.\n"

    @pytest.mark.parametrize("number", ["0", "-1", "x", "10001"])
    def test_a_limit_that_is_none_is_refused(self, number):
        with pytest.raises(CommandError, match="use a number from 1 to 10000"):
            run("audit", "--all", f"--limit={number}")


class Billing(BaseModel):
    trial_days: int = Field(14, ge=0, le=90)
    fee: Decimal = Decimal("0.50")
    tags: list[str] = []
    is_live: bool = False
    api_key: SecretStr | None = None


class TestConfig:
    @pytest.fixture(autouse=True)
    def _billing(self) -> Any:
        with isolated_registry(
            module("billing", config_schema=Billing),
            module("plain", default_config={"days": 3}),
            module("bare"),
        ):
            yield

    def told(self, *words: str) -> Any:
        return json.loads(run("config", *words, "--json"))

    def test_settings_are_read_from_words_and_told_without_secrets(self, lux, monkeypatch):
        monkeypatch.setattr("sys.stdin", io.StringIO("sk_live_1\n"))
        words = ("trial_days=30", "fee=1.25", 'tags=["a", "b"]', "is_live=yes", "api_key=-")
        assert run("config", "billing", *words, "--platform", "lux") == (
            "lux: api_key, fee, is_live, tags, trial_days changed.\n"
        )
        with platform_context(role="operator"):
            found = module_service.get_module_config(lux, "billing")
        assert (found["trial_days"], found["fee"], found["tags"], found["is_live"]) == (
            30,
            Decimal("1.25"),
            ["a", "b"],
            True,
        )
        assert found["api_key"].get_secret_value() == "sk_live_1"
        rows = {row["setting"]: row["value"] for row in self.told("billing", "--platform", "lux")}
        assert rows["api_key"] == "(set)"
        assert rows["trial_days"] == 30
        assert "sk_live" not in run("config", "billing", "--platform", "lux")
        assert "sk_live" not in run("audit", "--platform", "lux", "--json")

    def test_a_reset_and_a_dry_run(self, lux):
        run("config", "billing", "trial_days=30", "--platform", "lux")
        assert self.told("billing", "--reset", "trial_days", "--platform", "lux", "--dry-run") == {
            "dry_run": True,
            "platform": "lux",
            "changed": ["trial_days"],
            "before": {"trial_days": 30},
            "after": {"trial_days": 14},
        }
        assert run("config", "billing", "--reset", "trial_days", "--platform", "lux") == (
            "lux: trial_days changed.\n"
        )
        assert run("config", "billing", "trial_days=14", "--platform", "lux") == "lux: nothing changed.\n"

    def test_what_one_platform_refuses_is_changed_on_none(self, lux, mosel):
        with platform_context(role="operator"):
            PlatformModule.objects.create(platform=mosel, module_code="billing", config={"fee": "dear"})
        code, said = refused("config", "billing", "trial_days=7", "--all", "--reason", "New year")
        assert (code, said) == (1, "mosel: fee: Give a number.")
        with platform_context(role="operator"):
            assert module_service.get_module_config(lux, "billing")["trial_days"] == 14
            assert [(row.action, row.reason) for row in ModuleChange.objects.all()] == [
                ("refused", "New year")
            ]

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (("billing", "trial_days"), "“trial_days” is no NAME=VALUE."),
            (("billing", "=3"), "“=3” is no NAME=VALUE."),
            (("billing", "trial_days=soon"), "trial_days: Give a whole number."),
            (("billing", "trial_days=91"), "trial_days: Give 90 or less."),
            (("billing", "days=3"), "There is no such setting; there are: trial_days"),
            (("plain", "days=3.5"), "days: Give a whole number."),
            (("bare", "days=3"), "There is no such setting; there are none."),
            (("nothing", "days=3"), "There is no module “nothing”"),
        ],
    )
    def test_bad_input_is_named(self, lux, words, said):
        code, told = refused("config", *words, "--platform", "lux")
        assert code == 1
        assert said in told

    def test_settings_without_a_schema_keep_their_kind(self, lux):
        assert run("config", "plain", "days=5", "--platform", "lux") == "lux: days changed.\n"
        assert run("config", "bare", "--platform", "lux") == "bare has no settings.\n"

"""`manage.py modules`: what there is, what is on where, and switching it by hand."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

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
    assert run("enable", "billing", "--platform", "lux") == "lux: nothing switched on.\n"
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


def test_a_module_is_told_about_and_the_graph_is_drawn(lux):
    with platform_context(role="operator"):
        module_service.enable_module(lux, "payments")
    facts = json.loads(run("show", "payments", "--json"))
    assert facts["required_by"] == ["billing", "orders"]
    assert facts["on"] == ["lux"]
    assert "  billing --> payments" in run("graph").splitlines()
    assert '  "marketplace" -> "inventory";' in run("graph", "--format", "dot").splitlines()


def test_faults_of_definitions_are_said_and_the_command_goes_on(lux):
    with isolated_registry(
        module("a", requires=("b",)), module("b", requires=("a",)), module("c", is_core=True)
    ):
        out = io.StringIO()
        with pytest.raises(CommandError):
            call_command("modules", "check", stdout=out)
        assert "requires itself" in out.getvalue()
        assert [entry["code"] for entry in json.loads(run("list", "--json"))] == ["c"]
    assert run("check", "--json") != ""

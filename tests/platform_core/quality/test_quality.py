"""Grades from facts: each fact is met by ours, and there is a module of which it is not."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db.migrations import Migration, RunPython, RunSQL
from pydantic import BaseModel, Field

from platform_core.identity.policy import Audience, Policy
from platform_core.modules.checks import check_definitions
from platform_core.modules.definition import FrontendType, MenuItem
from platform_core.modules.registry import registry
from platform_core.quality import FACTS, Grade, Report, report_on
from platform_core.quality.facts import NotApplicable
from platform_core.quality.grades import Finding
from platform_core.quality.subject import Subject
from platform_core.testing.walks import as_one_with
from tests.sample_modules import beside_the_installed, module

FACT = {fact.name: fact for fact in FACTS}
HELLO = "from django.utils.translation import gettext as _\n\nHELLO = _('Hello')\n"


def subject_of(code: str, tests: Path | None = None, **facts: Any) -> Subject:
    """A module of ours that says something else of itself."""
    config = copy.copy(next(config for config in registry().configs if config.definition.code == code))
    config.definition = replace(config.definition, **facts)  # type: ignore[misc]
    return Subject(config, tests)


def found(name: str, subject: Subject) -> list[str]:
    return list(FACT[name].find(subject))


def seen(subject: Subject, **values: Any) -> Subject:
    """A subject that has other routes, tables or migrations than the module's."""
    vars(subject).update(values)
    return subject


class Untitled(BaseModel):
    """Settings whose author has said little of them."""

    words: str = "Welcome"
    anything: Any = None


def not_reversible() -> dict[str, Migration]:
    forwards, backwards = (Migration(name, "orders") for name in ("0001_fill", "0002_auto_20260101"))
    forwards.operations = [RunPython(lambda apps, schema_editor: None), RunSQL("SELECT 1")]
    return {migration.name: migration for migration in (forwards, backwards)}


Case = Callable[[Path, pytest.MonkeyPatch], tuple[Subject, int]]


def _tests_of_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Subject, int]:
    text = 'class TestContract(ModuleContractTestCase):\n    code = "payments"\n'
    text += 'class TestDefinition(DefinitionTestCase):\n    code = "orders"\n'
    (tmp_path / "test_contract.py").write_text(text)
    return subject_of("orders", tests=tmp_path), 1


def _no_policies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Subject, int]:
    monkeypatch.setattr("platform_core.quality.facts.declared", lambda _view: None)
    subject = subject_of("payments")
    return subject, len(subject.routes)


def _no_permissions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Subject, int]:
    monkeypatch.setattr("platform_core.quality.facts.declared", lambda _view: Policy(Audience.VENDOR))
    subject = subject_of("payments")
    return subject, len([route for route in subject.routes if route.door != "admin"])


def _untranslated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Subject, int]:
    (tmp_path / "apps.py").write_text(HELLO)
    return Subject(module("gift-cards", path=tmp_path)), 3


def _broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Subject, int]:
    with as_one_with("orders", version="one"), as_one_with("payments", version="two"):
        messages = check_definitions()
    monkeypatch.setattr("platform_core.quality.facts.check_definitions", lambda: messages)
    return subject_of("orders"), 1


def _without_api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Subject, int]:
    subject = subject_of("orders")
    return seen(subject, routes=tuple(route for route in subject.routes if route.door != "api")), 1


def _undocumented(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Subject, int]:
    return Subject(module("gift-cards", path=Path(settings.BASE_DIR) / "modules" / "gift_cards")), 1


PLAIN = {FrontendType.VENDOR: (MenuItem("orders", "Orders", url_name="dashboard:orders:list", icon="none"),)}
# How a module comes to be of which a fact is not met, and how many things are then amiss.
NOT_MET: dict[str, list[Case]] = {
    "sound definition": [_broken],
    "name and description": [lambda *_: (subject_of("orders", description=""), 1)],
    "contract test": [lambda tmp_path, _: (subject_of("orders", tests=tmp_path), 1), _tests_of_another],
    "guarded routes": [_no_policies],
    "health check": [lambda *_: (subject_of("orders", health_check=None), 1)],
    "permissions": [_no_permissions],
    "translations": [_untranslated],
    "data summary": [lambda *_: (subject_of("orders", data_summary=None), 1)],
    "migrations": [
        lambda *_: (seen(subject_of("orders"), migrations={}), 1),
        lambda *_: (seen(subject_of("orders"), migrations=not_reversible()), 3),
    ],
    "typed settings": [
        lambda *_: (subject_of("orders", default_config={"days": 3}), 1),
        lambda *_: (subject_of("orders", config_schema=Untitled), 3),
    ],
    "API": [_without_api],
    "menu items": [
        lambda *_: (subject_of("orders", menu_items={}), 1),
        lambda *_: (subject_of("orders", menu_items=PLAIN), 1),
    ],
    "fate of its data": [
        lambda *_: (subject_of("orders", keeps_data=""), 1),
        lambda *_: (subject_of("orders", on_purge="modules.orders.hooks.data_summary"), 1),
    ],
    "documentation": [_undocumented, lambda tmp_path, _: (Subject(module("gift-cards", path=tmp_path)), 1)],
}


def test_of_each_fact_there_is_a_module_that_does_not_meet_it():
    assert set(NOT_MET) == set(FACT)


@pytest.mark.parametrize(
    ("name", "case"), [(name, case) for name, cases in NOT_MET.items() for case in cases]
)
def test_a_fact_that_is_not_met_is_told(name, case, tmp_path, monkeypatch):
    subject, count = case(tmp_path, monkeypatch)
    assert len(found(name, subject)) == count


class Titled(BaseModel):
    """Settings as they are to be."""

    days: int = Field(3, title="Days")


def test_settings_with_types_and_titles_will_do():
    assert found("typed settings", subject_of("orders", config_schema=Titled)) == []


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("health check", "catalog"),
        ("data summary", "core"),
        ("migrations", "core"),
        ("typed settings", "orders"),
        ("API", "core"),
        ("fate of its data", "catalog"),
    ],
)
def test_what_a_fact_could_not_be_about_is_not_asked(name, code):
    subject = subject_of(code)
    if code == "core":
        subject = seen(subject, tables=())
    with pytest.raises(NotApplicable):
        found(name, subject)


def test_a_module_without_routes_is_asked_nothing_of_them(tmp_path):
    config = module("gift-cards", path=tmp_path)
    for name in ("guarded routes", "permissions", "API", "menu items", "translations"):
        with pytest.raises(NotApplicable):
            found(name, Subject(config))


def finding(grade: Grade, state: str) -> Finding:
    return Finding(next(fact for fact in FACTS if fact.grade is grade), state)


@pytest.mark.parametrize(
    ("states", "grade"),
    [
        (("met", "met", "met"), Grade.GOLD),
        (("met", "does not apply", "met"), Grade.GOLD),
        (("met", "met", "not met"), Grade.SILVER),
        (("met", "not met", "met"), Grade.BRONZE),
        (("not met", "met", "met"), Grade.NONE),
    ],
)
def test_a_grade_is_what_nothing_stands_against(states, grade):
    grades = (Grade.BRONZE, Grade.SILVER, Grade.GOLD)
    findings = tuple(finding(*pair) for pair in zip(grades, states, strict=True))
    assert Report("orders", findings).grade is grade


@pytest.mark.parametrize("code", [config.definition.code for config in registry().configs])
def test_all_of_ours_are_gold(code):
    config = next(config for config in registry().configs if config.definition.code == code)
    report = report_on(config)
    assert [(f.fact.name, f.details) for f in report.findings if f.is_against] == []
    assert report.grade is Grade.GOLD


def test_the_command_tells_what_to_do_and_fails_below_what_is_asked_for(capsys):
    config = module("gift-cards", path=Path(settings.BASE_DIR) / "modules" / "gift_cards")
    with beside_the_installed(config):
        call_command("modules", "check", "gift-cards", "--quality")
        told = capsys.readouterr().out
        assert told.startswith("gift-cards: none\n")
        assert "  bronze  not met         name and description\n" in told
        assert "To do: Say in its definition what it does." in told
        with pytest.raises(CommandError, match="Below bronze: gift-cards."):
            call_command("modules", "check", "gift-cards", "--quality", "--at-least", "bronze")
        capsys.readouterr()
        call_command("modules", "check", "gift-cards", "--quality", "--json")
        [facts] = json.loads(capsys.readouterr().out)
    assert (facts["code"], facts["grade"]) == ("gift-cards", "none")
    assert {entry["fact"] for entry in facts["facts"]} == set(FACT)


@pytest.mark.parametrize("words", [["orders"], ["--at-least", "gold"], ["--tests", "tests"]])
def test_what_goes_with_quality_is_refused_without_it(words):
    with pytest.raises(CommandError, match="go with --quality"):
        call_command("modules", "check", *words)


def test_an_unknown_module_is_refused():
    with pytest.raises(CommandError, match="There is no module"):
        call_command("modules", "check", "nothing", "--quality")

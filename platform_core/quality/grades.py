"""Bronze, silver and gold: a module has a grade when every fact of it and of those below is met."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from platform_core.modules.definition import ModuleConfig
from platform_core.quality import facts
from platform_core.quality.subject import Subject


class Grade(IntEnum):
    NONE = 0
    BRONZE = 1
    SILVER = 2
    GOLD = 3

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True)
class Fact:
    """Something that holds or does not, which grade asks for it, and what to do where it does not hold."""

    name: str
    grade: Grade
    find: Callable[[Subject], Iterator[str]]
    hint: str


FACTS = (
    Fact("sound definition", Grade.BRONZE, facts.sound_definition, "Mend what `modules check` says."),
    Fact("name and description", Grade.BRONZE, facts.words, "Say in its definition what it does."),
    Fact(
        "contract test",
        Grade.BRONZE,
        facts.contract,
        "Write class TestContract(ModuleContractTestCase); name tests that stand elsewhere by --tests.",
    ),
    Fact("guarded routes", Grade.BRONZE, facts.guarded_routes, "Say whom each is for: @policy(Audience.…)."),
    Fact("health check", Grade.SILVER, facts.health, "Name a function that raises Trouble: health_check."),
    Fact(
        "permissions",
        Grade.SILVER,
        facts.permissions,
        "Ask for a permission in the policy of each page that is not public.",
    ),
    Fact(
        "translations",
        Grade.SILVER,
        facts.translations,
        "manage.py messages [--folder FOLDER], then fill in the catalogues.",
    ),
    Fact("data summary", Grade.SILVER, facts.data_summary, "Say what it keeps: data_summary."),
    Fact(
        "migrations",
        Grade.SILVER,
        facts.migrations,
        "Name each by what it does, and give each operation its way back.",
    ),
    Fact(
        "typed settings",
        Grade.GOLD,
        facts.settings_typed,
        "Write a pydantic model with a type and a title for each: config_schema.",
    ),
    Fact("API", Grade.GOLD, facts.api, "Offer scripts what the team's pages offer: api/urls.py."),
    Fact("menu items", Grade.GOLD, facts.menu_items, "Lead to its pages by menu_items with icons of Lucide."),
    Fact(
        "fate of its data",
        Grade.GOLD,
        facts.fate_of_data,
        "Delete it when asked to, on_purge, or say why nobody may: keeps_data.",
    ),
    Fact(
        "documentation",
        Grade.GOLD,
        facts.documentation,
        f"Write docs/modules/<label>.md, or the package's README, in {facts.FEWEST_WORDS} words or more.",
    ),
)


@dataclass(frozen=True)
class Finding:
    """One fact of one module: met, not met, or without anything that it could be about."""

    fact: Fact
    state: str
    details: tuple[str, ...] = ()

    @property
    def is_against(self) -> bool:
        return self.state == "not met"


@dataclass(frozen=True)
class Report:
    """What was found of a module."""

    code: str
    findings: tuple[Finding, ...]

    @property
    def grade(self) -> Grade:
        """The best grade with nothing against it, nor against one below."""
        missed = [finding.fact.grade for finding in self.findings if finding.is_against]
        return Grade(min(missed, default=Grade.GOLD + 1) - 1)


def report_on(config: ModuleConfig, tests: Path | None = None) -> Report:
    """Look at every fact of a module. `tests` is where its tests stand, if not where they are looked for."""
    subject = Subject(config, tests)
    return Report(config.definition.code, tuple(_finding(fact, subject) for fact in FACTS))


def _finding(fact: Fact, subject: Subject) -> Finding:
    try:
        found = tuple(fact.find(subject))
    except facts.NotApplicable as reason:
        return Finding(fact, "does not apply", (str(reason),))
    return Finding(fact, "not met" if found else "met", found)

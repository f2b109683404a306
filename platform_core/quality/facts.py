"""What is looked at, each as a function of (subject) → what is amiss: nothing where it is met.

One that does not apply, such as migrations where there is no table, raises NotApplicable and says why.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from django.conf import settings
from django.core.checks import CheckMessage
from django.db.migrations import RunPython, RunSQL
from django.utils import translation

from platform_core.identity.audience import Audience
from platform_core.identity.policy import Policy, declared
from platform_core.modules.checks import check_definitions
from platform_core.modules.config import schema_of
from platform_core.modules.definition import FrontendType
from platform_core.quality.subject import Route, Subject
from platform_core.ui import messages
from platform_core.ui.icons import icon_names

# Who needs a permission: shoppers hold none, and what is public is for everybody.
WITH_PERMISSIONS = {Audience.VENDOR, Audience.STAFF, Audience.OPERATOR}
NAMED = re.compile(r"\d{4}_(?!auto_)[a-z][a-z0-9_]+\Z")


class NotApplicable(Exception):
    """There is nothing that the fact could be about; the message says what is missing."""


def sound_definition(subject: Subject) -> Iterator[str]:
    code = subject.definition.code
    yield from (
        f"{message.id}: {message.msg}"
        for message in _messages()
        if message.is_serious() and message.obj == code
    )


def _messages() -> list[CheckMessage]:
    with translation.override("en"):
        return check_definitions()


def words(subject: Subject) -> Iterator[str]:
    for name in ("name", "description"):
        if not str(getattr(subject.definition, name)).strip():
            yield f"no {name}"


def contract(subject: Subject) -> Iterator[str]:
    # What is on everywhere is never off: of `core` and `tenancy` only what they say of themselves can be tested.
    wanted = {"ModuleContractTestCase"} | ({"DefinitionTestCase"} if subject.definition.is_core else set())
    classes = [bases for code, bases in subject.test_classes() if code == subject.definition.code]
    if not any(bases & wanted for bases in classes):
        yield f"no class of {' or '.join(sorted(wanted))} in {subject.tests_folder or 'tests, which are not here'}"


def guarded_routes(subject: Subject) -> Iterator[str]:
    _require(subject.routes, "It has no routes.")
    yield from (str(route) for route in subject.routes if declared(route.pattern.callback) is None)


def health(subject: Subject) -> Iterator[str]:
    if subject.definition.is_core:
        raise NotApplicable("It is core: the installation's own checks look at what it needs.")
    if subject.definition.health_check is None:
        yield "no health_check"


def permissions(subject: Subject) -> Iterator[str]:
    _require(subject.routes, "It has no routes.")
    yield from (f"{route} ({method})" for route in subject.routes for method in _without_permission(route))


def _without_permission(route: Route) -> Iterator[str]:
    """The methods of a route that somebody with permissions may use without one."""
    if getattr(route.pattern.callback, "model_admin", None) is not None:
        # A screen of the admin asks for one by each action.
        return
    stated = declared(route.pattern.callback)
    policies = {"all": stated} if isinstance(stated, Policy) else dict(stated or {})
    for method, policy in policies.items():
        if policy.audience in WITH_PERMISSIONS and policy.permission is None and not policy.is_for_all:
            yield method


def translations(subject: Subject) -> Iterator[str]:
    part = messages.part_of_folder(subject.folder)
    states = messages.states(subject.folder, [part])
    _require(states, "It has no texts.")
    for state in states:
        if state.untranslated:
            first = ", ".join(repr(text) for text in state.untranslated[:3])
            yield f"{state.language}: {len(state.untranslated)} of {state.text_count} texts, such as {first}"
        yield from (f"{state.language}: {fault}" for fault in state.faults)


def data_summary(subject: Subject) -> Iterator[str]:
    _require(subject.tables, "It has no tables.")
    if subject.definition.data_summary is None:
        yield "no data_summary"


def migrations(subject: Subject) -> Iterator[str]:
    _require(subject.tables, "It has no tables.")
    if not subject.migrations:
        yield "no migrations"
    for name, migration in subject.migrations.items():
        if not NAMED.match(name):
            yield f"{name}: the name says nothing"
        yield from (
            f"{name}: {operation.describe()}: cannot be taken back"
            for operation in migration.operations
            if not _is_reversible(operation)
        )


def _is_reversible(operation: Any) -> bool:
    if isinstance(operation, RunPython):
        return operation.reverse_code is not None
    if isinstance(operation, RunSQL):
        return operation.reverse_sql is not None
    return bool(operation.reversible)


def settings_typed(subject: Subject) -> Iterator[str]:
    definition = subject.definition
    if definition.config_schema is None and not definition.default_config:
        raise NotApplicable("It has no settings.")
    if definition.config_schema is None:
        yield "default_config without a config_schema"
        return
    for name, field in schema_of(definition).model_fields.items():
        if field.annotation is Any or Any in get_args(field.annotation):
            yield f"{name} may be anything"
        if not field.title:
            yield f"{name} has no title"


def api(subject: Subject) -> Iterator[str]:
    _require(subject.routes_at("dashboard"), "It has no pages in the dashboard.")
    _require(subject.tables, "It keeps no rows that an API could tell.")
    if not subject.routes_at("api"):
        yield "pages in the dashboard, and no API"


def menu_items(subject: Subject) -> Iterator[str]:
    _require(subject.routes_at("dashboard"), "It has no pages in the dashboard.")
    items = subject.definition.menu_items
    if not items.get(FrontendType.VENDOR):
        yield "no item in the dashboard's menu"
    for frontend in (FrontendType.VENDOR, FrontendType.ADMIN):
        for item in items.get(frontend, ()):
            if item.icon not in icon_names():
                yield f"{frontend}: {item.id} has no icon that there is"


def fate_of_data(subject: Subject) -> Iterator[str]:
    _require(subject.tables, "It has no tables.")
    definition = subject.definition
    if definition.is_core:
        raise NotApplicable("It is core: its data goes with the platform.")
    if definition.on_purge is None and not str(definition.keeps_data):
        yield "neither on_purge nor keeps_data"
    if definition.on_purge is not None and str(definition.keeps_data):
        yield "on_purge and keeps_data contradict each other"


def documentation(subject: Subject) -> Iterator[str]:
    if subject.is_of_the_house:
        docs, label = Path(settings.BASE_DIR) / "docs", subject.config.label
        places = [docs / f"{label}.md", docs / "modules" / f"{label}.md", subject.folder / "README.md"]
        if not any(_has_words(place) for place in places):
            yield "no page in docs/modules/ and no README.md"
        return
    distribution = subject.distribution
    if distribution is None or len(_description_of(distribution).split()) < FEWEST_WORDS:
        yield "its package has no README"


# Less says nothing that the description of the definition has not said.
FEWEST_WORDS = 20


def _has_words(page: Path) -> bool:
    return page.exists() and len(page.read_text().split()) >= FEWEST_WORDS


def _description_of(distribution: Any) -> str:
    facts = distribution.metadata
    return str(facts.get_payload() or facts.get("Description") or "")


def _require(things: Any, text: str) -> None:
    """Raises NotApplicable where there is no such thing."""
    if not things:
        raise NotApplicable(text)

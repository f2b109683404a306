"""Which modules are on, given what was asked for, and what a switch turns. Functions of definitions and wishes.

A wish is what the platform's row says of a module: on or off. What nobody has decided has none, and neither has a
glue module that went off with others: it is on again with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from platform_core.modules import graph
from platform_core.modules.exceptions import Blocked, Conflict, Contradiction, CoreModule
from platform_core.modules.models import AUTO, DEPENDENCY_PREFIX, DIRECT, WAITED_PREFIX, PlatformModule
from platform_core.modules.registry import registry

Verb = Literal["enable", "disable"]
Wishes = Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Step:
    """One module that a switch turns, and why: direct, dependency-of:<code>, waited-for:<code> or auto."""

    code: str
    verb: Verb
    cause: str


def wishes_of(rows: Iterable[tuple[str, bool, bool]]) -> dict[str, bool]:
    """The wishes in rows of (code, is_enabled, locked_off). Those of unknown modules count for nothing."""
    definitions = registry().definitions
    return {
        code: is_enabled
        for code, is_enabled, locked_off in rows
        if code in definitions and (is_enabled or locked_off or not definitions[code].auto_enable_with)
    }


def in_force(wishes: Wishes) -> frozenset[str]:
    """The modules that are on: core ones always, others only with all they require and without what they conflict with.

    Of two asked for that conflict, as a release may have it, the one that the registry has first is on.
    """
    definitions = registry().definitions
    rivals = graph.rivals(definitions)
    on: set[str] = set()
    for code in definitions:
        if (
            _is_asked_for(code, wishes)
            and on.issuperset(definitions[code].requires)
            and not rivals[code] & on
        ):
            on.add(code)
    return frozenset(on)


def waiting(wishes: Wishes) -> frozenset[str]:
    """The modules that would be on if what they require were, or what they conflict with were not."""
    glue = {code for code, found in registry().definitions.items() if found.auto_enable_with}
    asked_for = {code for code in registry().definitions if _is_asked_for(code, wishes)}
    return frozenset(asked_for - {code for code in glue if code not in wishes}) - in_force(wishes)


def _is_asked_for(code: str, wishes: Wishes) -> bool:
    found = registry().definitions[code]
    return found.is_core or wishes.get(code, found.default_enabled or bool(found.auto_enable_with))


def plan_enable(code: str, wishes: Wishes) -> tuple[list[Step], list[str]]:
    """What switching a module on turns, in the order it is done, and what is on already of all that it requires.

    Raises Conflict.
    """
    definitions = registry().definitions
    on = in_force(wishes)
    needed = graph.closure([code], definitions)
    _refuse_rivals(needed, on)
    # With these on, others have all they waited for: they come on as well, like any other and not unseen.
    after = in_force({**wishes, **dict.fromkeys(needed, True)})
    if on - after:
        _refuse_rivals(after, on)

    def cause(one: str) -> str:
        if one == code:
            return DIRECT
        if one in needed:
            return f"{DEPENDENCY_PREFIX}{code}"
        return _cause_of_other(one, wishes, code)

    steps = [Step(one, "enable", cause(one)) for one in definitions if one in after - on]
    return steps, [one for one in definitions if one in needed & on]


def plan_disable(code: str, wishes: Wishes, *, cascade: bool) -> tuple[list[Step], list[str]]:
    """What switching a module off turns, in the order it is done, and what is off already of all that requires it.

    Raises CoreModule, or Blocked without `cascade` where others require it.
    """
    definitions = registry().definitions
    if code in registry().core_codes:
        raise CoreModule(module=code)
    on = in_force(wishes)
    affected = graph.dependents([code], definitions)
    others = sorted((affected & on) - {code})
    if others and not cascade:
        raise Blocked(
            {other: [format_lazy(gettext_lazy("requires {module}"), module=code)] for other in others}
        )
    ordered = [one for one in reversed(list(definitions)) if one in affected]
    turned = on & affected
    if code in waiting(wishes) or (definitions[code].auto_enable_with and code not in wishes):
        # One that is off for now is not to come on by itself any more.
        turned |= {code}
    after = in_force({**wishes, **dict.fromkeys(turned, False)})
    steps = [
        Step(one, "disable", DIRECT if one == code else f"{DEPENDENCY_PREFIX}{code}")
        for one in ordered
        if one in turned
    ]
    # What only a conflict with these has kept off.
    steps += [
        Step(one, "enable", _cause_of_other(one, wishes, code)) for one in definitions if one in after - on
    ]
    return steps, [one for one in ordered if one not in turned]


def plan_towards(wanted: Mapping[str, bool], wishes: Wishes) -> list[Step]:
    """What it takes that modules are on or off as wanted: those that go off first, dependents before what they require.

    Modules that are not named go along where they must. Raises CoreModule, Conflict, and Contradiction where not all of it can be had.
    """
    definitions = registry().definitions
    for code, is_wanted in wanted.items():
        refused = sorted(one for one in graph.closure([code], definitions) if wanted.get(one) is False)
        if is_wanted and refused:
            raise Contradiction(module=code, other=refused[0])
    now, steps = dict(wishes), dict[str, Step]()
    for code in [code for code in reversed(list(definitions)) if wanted.get(code) is False]:
        _take(plan_disable(code, now, cascade=True)[0], now, steps)
    for code in [code for code in definitions if wanted.get(code)]:
        _take(plan_enable(code, now)[0], now, steps)
    before, after = in_force(wishes), in_force(now)
    for code in wanted:
        if (code in after) is not wanted[code]:
            raise Contradiction(module=code, other=steps[code].cause.partition(":")[2] or code)
    off = [steps[code] for code in reversed(list(definitions)) if code in steps and code not in after]
    return off + [steps[code] for code in definitions if code in after - before]


def _take(plan: Iterable[Step], now: dict[str, bool], steps: dict[str, Step]) -> None:
    for step in plan:
        steps[step.code] = step
        now[step.code] = step.verb == "enable"


def no_longer_needed(
    plan: Iterable[Step], on: frozenset[str], rows: Mapping[str, PlatformModule]
) -> tuple[str, ...]:
    """Of what the modules of a plan required: those that came on for others, and that no module on requires."""
    definitions = registry().definitions
    asked_for = graph.closure([step.code for step in plan if step.verb == "disable"], definitions)
    required = {needed for code in on for needed in definitions[code].requires}
    return tuple(
        code
        for code in definitions
        if code in on & asked_for
        and code not in required
        and code in rows
        and rows[code].cause.startswith(DEPENDENCY_PREFIX)
    )


def _cause_of_other(one: str, wishes: Wishes, code: str) -> str:
    is_glue = bool(registry().definitions[one].auto_enable_with)
    return AUTO if is_glue and one not in wishes else f"{WAITED_PREFIX}{code}"


def _refuse_rivals(wanted: frozenset[str], on: frozenset[str]) -> None:
    """Raises Conflict where a module that is to come on conflicts with one that is on, or that comes with it."""
    rivals = graph.rivals(registry().definitions)
    for one in registry().definitions:
        if one in wanted:
            for other in sorted(rivals[one] & (on | wanted)):
                raise Conflict(module=one, other=other)

"""Which module requires which: order, closure, circles. Pure functions of definitions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from platform_core.modules.definition import ModuleDefinition

Definitions = Mapping[str, ModuleDefinition]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a definition. `number` is that of its system check, `platform_core.E0nn`."""

    number: int
    code: str
    text: str
    hint: str


def closure(codes: Iterable[str], definitions: Definitions) -> frozenset[str]:
    """The modules of `codes` and all that they require, however far. Unknown codes are left out."""
    return _reachable(codes, {code: found.requires for code, found in definitions.items()})


def dependents(codes: Iterable[str], definitions: Definitions) -> frozenset[str]:
    """The modules of `codes` and all that require them, however far."""
    asked_by: dict[str, list[str]] = {code: [] for code in definitions}
    for code, found in definitions.items():
        for required in found.requires:
            asked_by.setdefault(required, []).append(code)
    return _reachable((code for code in codes if code in definitions), asked_by)


def rivals(definitions: Definitions) -> dict[str, frozenset[str]]:
    """By code, the modules that it cannot be on together with, whichever of the two says so."""
    found: dict[str, set[str]] = {code: set() for code in definitions}
    for code, definition in definitions.items():
        for other in definition.conflicts:
            if other in definitions:
                found[code].add(other)
                found[other].add(code)
    return {code: frozenset(others) for code, others in found.items()}


def _reachable(codes: Iterable[str], links: Mapping[str, Iterable[str]]) -> frozenset[str]:
    found: set[str] = set()
    waiting = list(codes)
    while waiting:
        code = waiting.pop()
        if code not in found and code in links:
            found.add(code)
            waiting += links[code]
    return frozenset(found)


def in_order(definitions: Definitions) -> list[str]:
    """Every code after all that it requires and wishes to come after, then core first, then by code.

    A circle of mere wishes (`after`) is no fault: such wishes are passed over.
    """
    required = {code: set(found.requires) & set(definitions) for code, found in definitions.items()}
    wished = {
        code: required[code] | (set(found.after) & set(definitions)) for code, found in definitions.items()
    }
    try:
        return _sorted(wished, definitions)
    except CycleError:
        return _sorted(required, definitions)


def _sorted(links: Mapping[str, set[str]], definitions: Definitions) -> list[str]:
    sorter: TopologicalSorter[str] = TopologicalSorter(links)
    sorter.prepare()
    ordered: list[str] = []
    ready: list[str] = []
    while sorter.is_active():
        ready += sorter.get_ready()
        ready.sort(key=lambda code: (not definitions[code].is_core, code))
        code = ready.pop(0)
        ordered.append(code)
        sorter.done(code)
    return ordered


def circle_in(definitions: Definitions) -> list[str]:
    """One circle of requirements as the path back to where it begins, or nothing."""
    sorter: TopologicalSorter[str] = TopologicalSorter(
        {code: set(found.requires) & set(definitions) for code, found in definitions.items()}
    )
    try:
        sorter.prepare()
    except CycleError as error:
        path: list[Any] = error.args[1]
        # graphlib tells who is required by whom; people read who requires whom.
        return list(reversed(path))
    return []


def sound(definitions: Definitions) -> tuple[dict[str, ModuleDefinition], list[Fault]]:
    """The modules that can be used, and why the others cannot: a broken one takes along what requires it.

    A core module that requires an optional one is used, since core modules are on everywhere: that the other
    is on as well cannot be promised, which is what the fault says.
    """
    faults: list[Fault] = []
    usable = dict(definitions)
    while circle := circle_in(usable):
        path = " → ".join(circle)
        for code in set(circle):
            faults.append(
                Fault(13, code, f"{code} requires itself: {path}.", "Take one of these out of `requires`.")
            )
            del usable[code]
    while broken := {
        code: missing
        for code, found in usable.items()
        if (missing := sorted(set(found.requires) - set(usable)))
    }:
        for code, missing in broken.items():
            for required in missing:
                known = required in definitions
                faults.append(
                    Fault(
                        14,
                        code,
                        f"{code} requires {required}, which {'is broken' if known else 'is not installed'}.",
                        "Mend that one first." if known else "Install it, or correct the code in `requires`.",
                    )
                )
            del usable[code]
    for code, found in usable.items():
        for required in found.requires:
            if found.is_core and not usable[required].is_core:
                faults.append(
                    Fault(
                        15,
                        code,
                        f"{code} is core and requires {required}, which is {usable[required].tier}.",
                        "Core modules require core modules only: turn the arrow, with an extension point.",
                    )
                )
    return usable, faults

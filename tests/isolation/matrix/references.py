"""Own rows named in a body, and the same body naming others' rows instead.

An id names one row of the installation, so a value that is one is a reference, whatever its field is called.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.isolation.matrix.routes import MISSING_NUMBER, MISSING_WORD
from tests.isolation.matrix.world import NAMING_FIELDS, Row, World

# Ids of what the tests' database is made with, such as 1, are no other number's equal.
SHORTEST_ID = 5


def own_references(world: World, body: Any) -> list[tuple[Row, str]]:
    """(row, field) of each row that the body names, by a value or within a field's name."""
    if not body:
        return []
    words = set(_words(body))
    found = []
    for row in world.rows:
        for name in NAMING_FIELDS:
            value = row.value(name)
            if name == "pk" and len(value) < SHORTEST_ID:
                continue
            if value and (value in words or (name == "pk" and value in "\n".join(words))):
                found.append((row, name))
    return found


def marked_words(body: Any) -> tuple[str, ...]:
    """The words with a mark that a body holds."""
    return tuple(re.findall("zq[0-9a-z]+", "\n".join(_words(body)))) if body else ()


def _words(body: Any) -> Iterator[str]:
    if isinstance(body, dict):
        for key, value in body.items():
            yield str(key)
            yield from _words(value)
    elif isinstance(body, list | tuple):
        for value in body:
            yield from _words(value)
    else:
        yield str(body)


def swapped(
    world: World, body: Any, reference: tuple[Row, str], whose: dict[str, frozenset[str]]
) -> Iterator[tuple[Any, str, str]]:
    """(body, the word put in, whose it is): in the reference's place a row of each of `whose`, last one of nobody."""
    row, name = reference
    own = row.value(name)
    for scopes in whose.values():
        fitting = (r for r in world.rows_of(row.model) if r.scope in scopes and r.value(name))
        other = next(fitting, None)
        if other is not None and other.value(name) != own:
            yield _replaced(body, own, other.value(name)), other.value(name), other.scope
    word = MISSING_NUMBER if name == "pk" else MISSING_WORD
    yield _replaced(body, own, word), word, ""


def _replaced(body: Any, own: str, other: str) -> Any:
    if isinstance(body, tuple):
        return tuple((key.replace(own, other), value.replace(own, other)) for key, value in body)
    return json.loads(json.dumps(body).replace(own, other))

"""Two people change one thing at once: what each has changed is told from what the form was opened with.

A field that only one of them has changed is that one's. One that both have changed, and differently, is a conflict,
which the person who saves last decides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import QueryDict

from modules.catalog.dashboard.fields import PriceField
from platform_core.ui.fields import WholeNumberField

OPENED = "opened"
CHOICE_PREFIX = "choose:"
SALT = "catalog.opened-form"
# What is no fact of the thing itself.
NOT_COMPARED = frozenset({"id", "version", "pictures", "kept", "remove"})


@dataclass(frozen=True, slots=True)
class Part:
    """A form of the page. `key` names what it is about, however its rows are numbered; `label` says it to people."""

    key: str
    form: Any
    label: str = ""

    @property
    def fields(self) -> Iterable[tuple[str, forms.BoundField]]:
        return ((name, self.form[name]) for name in self.form.fields if name not in NOT_COMPARED)


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field that two people have changed. `name` is what the choice between the two is posted as."""

    name: str
    label: str
    theirs: str
    yours: str
    anchor: str


@dataclass(slots=True)
class Merge:
    """What came of it: what is to be decided, and the labels of what was taken over from the other person."""

    conflicts: list[Conflict] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)


def snapshot(parts: Iterable[Part]) -> str:
    """What the form is opened with, for the form to bring back: a mark of each value, not the value."""
    marks = {f"{part.key}.{name}": _mark(bound) for part in parts for name, bound in part.fields}
    return signing.dumps(marks, salt=SALT, compress=True)


def merge(data: QueryDict, mine: Iterable[Part], theirs: Iterable[Part]) -> Merge:
    """Write into `data` what only the other person has changed, and find what both have.

    Where the form does not say what it was opened with, every difference is a conflict.
    """
    opened = _read(data.get(OPENED, ""))
    found, result = {part.key: part for part in theirs}, Merge()
    for part in mine:
        other = found.get(part.key)
        saved = dict(other.fields) if other else {}
        for name, bound in part.fields:
            if name not in saved or _fact(bound) == _fact(saved[name]):
                continue
            before = opened.get(f"{part.key}.{name}")
            label = f"{part.label}{bound.field.label}"
            if before == _mark(bound):
                put(data, bound.html_name, saved[name])
                result.taken.append(label)
            elif before != _mark(saved[name]):
                result.conflicts.append(
                    Conflict(bound.html_name, label, _shown(saved[name]), _shown(bound), bound.id_for_label)
                )
    return result


def with_choices(data: QueryDict, saved: Mapping[str, forms.BoundField]) -> QueryDict:
    """What was sent, with the saved value wherever the person chose "theirs". `saved` are fields by posted name."""
    names = [
        key.removeprefix(CHOICE_PREFIX)
        for key, value in data.items()
        if key.startswith(CHOICE_PREFIX) and value == "theirs"
    ]
    copy = data.copy()
    for name in names:
        if name in saved:
            put(copy, name, saved[name])
    return copy


def put(data: QueryDict, name: str, bound: forms.BoundField) -> None:
    """The field's value under `name`, as a browser would send it."""
    value = bound.value()
    if isinstance(value, list | tuple):
        data.setlist(name, [str(item) for item in value])
    elif isinstance(bound.field, forms.BooleanField):
        data.setlist(name, ["on"] if value else [])
    else:
        data[name] = "" if value is None else str(value)


def _read(text: str) -> dict[str, str]:
    try:
        marks = signing.loads(text, salt=SALT)
    except signing.BadSignature:
        return {}
    return marks if isinstance(marks, dict) else {}


def _mark(bound: forms.BoundField) -> str:
    return hashlib.blake2b(_fact(bound).encode("utf-8", "replace"), digest_size=6).hexdigest()


def _fact(bound: forms.BoundField) -> str:
    """The value in one form, whether it was typed or stored."""
    value = bound.value()
    if isinstance(value, list | tuple):
        return "\n".join(sorted(str(item) for item in value))
    if isinstance(bound.field, PriceField | WholeNumberField):
        try:
            return str(bound.field.to_python(value))
        except ValidationError:
            return str(value)
    return _shown(bound)


def _shown(bound: forms.BoundField) -> str:
    """A field's value as a person reads it."""
    value = bound.value()
    choices = dict(getattr(bound.field, "choices", ()) or ())
    if isinstance(value, list | tuple):
        return ", ".join(str(choices.get(item, item)).lstrip("– ") for item in value)
    if isinstance(bound.field, forms.BooleanField):
        return "✓" if value in (True, "on", "true", "1") else "–"
    return str(choices.get(value, "" if value is None else value)).strip().replace("\r\n", "\n")

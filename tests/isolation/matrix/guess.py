"""What a careful person would type into a field, told by its name and kind."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

from tests.conftest import PASSWORD
from tests.isolation.matrix.people import Actor
from tests.isolation.matrix.world import Row, World

NEW_PASSWORD = "another-Horse-battery-9"
# Fields called otherwise than the model they name.
ALIASES = {"parent": "category", "tenant": "platform", "cover": "productimage", "shop": "vendor"}
# By the end of a field's name; the first that fits.
WORDS: tuple[tuple[str, str], ...] = (
    ("postal_code", "L-1611"),
    ("time_zone", "Europe/Luxembourg"),
    ("language", "en"),
    ("languages", "en"),
    ("country", "LU"),
    ("currency", "EUR"),
    ("percent", "17"),
    ("price", "12.00"),
    ("amount", "12.00"),
    ("position", "3"),
    ("quantity", "1"),
    ("phone", "+352 26 12 34 56"),
    ("vat_id", "LU12345678"),
    ("valid_from", "2031-01-01"),
    ("_at", "2026-01-02T03:04:05Z"),
    ("_on", "2026-01-02"),
    ("role", "vendor_clerk"),
    ("shipping_method", "home"),
    ("payment_method", "bank_transfer"),
)
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Guesser:
    """Guesses in the name of one actor, who refers to rows that are theirs: those whose scope they may see."""

    world: World
    actor: Actor
    sees: frozenset[str]

    def text(self, name: str, kind: str = "text", hint: str = "") -> str:
        """A text for the field `name`; `kind` is HTML's or JSON schema's, `hint` its autocomplete word."""
        last = name.rpartition("-")[2]
        if kind == "password" or last in ("password", "current_password", "new_password"):
            is_new = last in ("new", "new_password") or hint == "new-password"
            return NEW_PASSWORD if is_new else PASSWORD
        if last == "refresh":
            return self.actor.refresh
        number = next(_numbers)
        if kind == "email" or last.endswith("email"):
            is_own = hint == "username" or kind == "sign-in"
            return self.actor.email if is_own and self.actor.email else f"typed{number}@example.test"
        if last in ("host", "domain"):
            return f"typed{number}.example.test"
        if last in ("slug", "code", "sku"):
            return f"typed-{number}"
        for ending, word in WORDS:
            if last.endswith(ending):
                return word
        if kind in ("number", "integer"):
            return "3"
        if kind in ("date", "datetime-local"):
            return "2026-01-02"
        return f"Typed {number}"

    def row(self, name: str) -> Row | None:
        """An own row of the model that a field called `name` refers to."""
        rows = (row for model in self.models_named(name) for row in self.world.rows_of(model))
        return next((row for row in rows if row.scope in self.sees), None)

    def models_named(self, name: str) -> set[str]:
        last = name.rpartition("-")[2].removesuffix("_id").removesuffix("_slugs").lower()
        last = ALIASES.get(last, last)
        words = {last, last.removesuffix("s"), f"{last.removesuffix('ies')}y", last.replace("_", "")}
        return {word for word in words if self.world.rows_of(word)}

    def reference(self, name: str, *, is_number: bool) -> Any:
        """A value that names an own row, or None where `name` is no model's."""
        row = self.row(name)
        if row is None:
            return None
        return row.pk if is_number else row.values.get("slug") or row.values.get("code")

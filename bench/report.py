"""Figures in plain tables, each line with its budget and whether it is kept."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

Value = str | float | int | None


@dataclass(frozen=True)
class Line:
    """One measured thing. `is_firm` marks a budget that a busy machine cannot break: it decides the exit code."""

    name: str
    values: tuple[Value, ...]
    budget: str = ""
    is_kept: bool | None = None
    is_firm: bool = False

    @property
    def verdict(self) -> str:
        return "" if self.is_kept is None else "ok" if self.is_kept else "over"


@dataclass
class Table:
    """The figures of one group. `columns` names the values and how they are written: {"ms": ".2f"}."""

    title: str
    columns: dict[str, str]
    notes: Sequence[str] = ()
    lines: list[Line] = field(default_factory=list)

    def add(
        self,
        name: str,
        *values: Value,
        budget: str = "",
        is_kept: bool | None = None,
        is_firm: bool = False,
    ) -> None:
        """One more line."""
        self.lines.append(Line(name, values, budget, is_kept, is_firm))

    @property
    def is_over(self) -> bool:
        """Whether a firm budget is not kept."""
        return any(line.is_firm and line.is_kept is False for line in self.lines)

    def text(self) -> str:
        """The table with its title and notes."""
        head = ["", *self.columns, "budget", ""]
        body = [[line.name, *self._cells(line), line.budget, line.verdict] for line in self.lines]
        widths = [max(len(row[place]) for row in [head, *body]) for place in range(len(head))]
        edge = len(self.columns)
        rows = [
            "  ".join(
                f"{cell:>{width}}" if 0 < place <= edge else f"{cell:<{width}}"
                for place, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in [head, *body]
        ]
        return "\n".join([self.title, *self.notes, *rows, ""])

    def as_json(self) -> dict[str, Any]:
        """The table as objects, its numbers unrounded."""
        return {
            "title": self.title,
            "notes": list(self.notes),
            "lines": [
                {
                    "name": line.name,
                    **dict(zip(self.columns, line.values, strict=True)),
                    "budget": line.budget,
                    "verdict": line.verdict,
                    "firm": line.is_firm,
                }
                for line in self.lines
            ],
        }

    def _cells(self, line: Line) -> list[str]:
        return [
            "–" if value is None else value if isinstance(value, str) else format(value, form)
            for value, form in zip(line.values, self.columns.values(), strict=True)
        ]


def say(line: str) -> None:
    """What is going on, beside the tables."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()

"""What a table of figures says, and what decides the exit code."""

from __future__ import annotations

import pytest

from bench.__main__ import main
from bench.report import Table


def test_a_line_carries_its_budget_and_its_verdict() -> None:
    table = Table("Pages", {"queries": "d", "ms": ".1f"}, notes=("Warm.",))
    table.add("list", 2, 12.345, budget="6 queries", is_kept=True)
    table.add("bare", None, 0.1)
    assert table.text().splitlines() == [
        "Pages",
        "Warm.",
        "      queries    ms  budget",
        "list        2  12.3  6 queries  ok",
        "bare        –   0.1",
    ]


def test_only_a_firm_budget_that_is_over_decides() -> None:
    table = Table("Pages", {"ms": ".1f"})
    table.add("slow", 99.0, is_kept=False)
    table.add("small", 1.0, is_kept=True, is_firm=True)
    assert not table.is_over
    table.add("large", 1.0, is_kept=False, is_firm=True)
    assert table.is_over


def test_the_figures_are_written_unrounded() -> None:
    table = Table("Pages", {"ms": ".1f"})
    table.add("list", 12.345, budget="20 ms", is_kept=True)
    assert table.as_json()["lines"] == [
        {"name": "list", "ms": 12.345, "budget": "20 ms", "verdict": "ok", "firm": False}
    ]


def test_an_unknown_group_is_refused_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refusal:
        main(["rate"])
    assert refusal.value.code == 2
    assert "there is no group rate: choose from start, pages" in capsys.readouterr().err

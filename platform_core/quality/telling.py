"""How reports are told: to people fact by fact, to scripts as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from platform_core.quality.grades import Finding, Report


def in_words(reports: Iterable[Report]) -> str:
    """A block of lines for each module: its grade, then each fact with what is amiss and what to do."""
    return "\n\n".join("\n".join(_lines(report)) for report in reports)


def _lines(report: Report) -> Iterator[str]:
    yield f"{report.code}: {report.grade}"
    for finding in report.findings:
        yield f"  {finding.fact.grade!s:<7} {finding.state:<15} {finding.fact.name}{_reason(finding)}"
        if finding.is_against:
            yield from (f"            {detail}" for detail in finding.details)
            yield f"            To do: {finding.fact.hint}"


def _reason(finding: Finding) -> str:
    """Why a fact does not apply, behind its name."""
    return "" if finding.is_against or not finding.details else f" ({' '.join(finding.details)})"


def as_facts(reports: Iterable[Report]) -> list[dict[str, Any]]:
    """One object for each module."""
    return [
        {
            "code": report.code,
            "grade": str(report.grade),
            "facts": [
                {
                    "fact": finding.fact.name,
                    "grade": str(finding.fact.grade),
                    "state": finding.state,
                    "details": list(finding.details),
                    "hint": finding.fact.hint if finding.is_against else "",
                }
                for finding in report.findings
            ],
        }
        for report in reports
    ]

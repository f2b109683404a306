"""What a look at an installation finds, and how it is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass

from django.core.management.base import BaseCommand
from django.db import DatabaseError


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `status` is ok, fault or skipped; `advice` says what to do."""

    name: str
    status: str
    text: str = ""
    advice: str = ""


Look = tuple[str, Callable[[], list[Finding]]]


def report(command: BaseCommand, looks: Iterable[Look], *, as_json: bool) -> None:
    """Look at all of it and tell what was found. Raises SystemExit with 1 where something is not well."""
    found = [finding for name, look in looks for finding in _examined(name, look)]
    faults = [finding for finding in found if finding.status == "fault"]
    if as_json:
        told = {"healthy": not faults, "findings": [asdict(finding) for finding in found]}
        command.stdout.write(json.dumps(told, ensure_ascii=False))
    else:
        for finding in found:
            command.stdout.write(f"{finding.status:<8} {finding.name}: {finding.text}".rstrip(": "))
            if finding.advice:
                command.stdout.write(f"         {finding.advice}")
        count = len(faults)
        command.stdout.write(
            "All is well." if not faults else f"{count} {'fault' if count == 1 else 'faults'}."
        )
    if faults:
        raise SystemExit(1)


def _examined(name: str, look: Callable[[], list[Finding]]) -> list[Finding]:
    try:
        return look() or [Finding(name, "ok")]
    except DatabaseError as error:
        # The first line names the fault; what follows may name hosts and users.
        advice = "Check DATABASE_URL, and that PostgreSQL runs."
        return [Finding(name, "fault", f"PostgreSQL refused: {type(error).__name__}.", advice)]

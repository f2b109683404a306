"""`manage.py messages`: gather the texts to translate and compile the catalogues; `--check` only looks."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from platform_core.ui import messages
from platform_core.ui.compile_messages import compile_folder, compile_messages


class Command(BaseCommand):
    help = "Bring the message catalogues in step with the texts and compile them."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="Change nothing; fail where a catalogue is behind."
        )
        parser.add_argument(
            "--folder", type=Path, help="Of a module of another package alone, by its folder with apps.py."
        )
        parser.add_argument("--json", action="store_true", help="Print how far each catalogue is as JSON.")
        parser.add_argument("--missing", action="store_true", help="List the texts without a translation.")

    def handle(
        self,
        *args: Any,
        check: bool,
        json: bool,
        missing: bool,
        folder: Path | None = None,
        **options: Any,
    ) -> None:
        project = folder.resolve() if folder else messages.PROJECT_DIR
        parts = [messages.part_of_folder(project)] if folder else None
        if not check:
            for path in messages.update(project, parts):
                self.stderr.write(str(path.relative_to(project)))
            compile_folder(project) if folder else compile_messages()
        found = messages.states(project, parts)
        self.stdout.write(_as_json(found) if json else _as_lines(found, missing))
        late = [
            f"{_place(state)}: {len(state.untranslated)} texts without a translation"
            for state in found
            if check and state.untranslated and state.language in messages.COMPLETE
        ]
        broken = [f"{_place(state)}: {fault}" for state in found for fault in state.faults]
        if late or broken:
            raise CommandError("\n".join([*late, *broken]))


def _place(state: messages.State) -> str:
    path = state.path
    return (
        path.relative_to(messages.PROJECT_DIR) if path.is_relative_to(messages.PROJECT_DIR) else path
    ).as_posix()


def _as_json(found: list[messages.State]) -> str:
    return json.dumps(
        [
            {
                "catalogue": _place(state),
                "language": state.language,
                "texts": state.text_count,
                "untranslated": list(state.untranslated),
                "faults": list(state.faults),
            }
            for state in found
        ],
        ensure_ascii=False,
        indent=2,
    )


def _as_lines(found: list[messages.State], missing: bool) -> str:
    lines = []
    for state in found:
        done = state.text_count - len(state.untranslated)
        lines.append(f"{_place(state):<60} {done:>5} of {state.text_count}")
        if missing:
            lines += [f"    {text!r}" for text in state.untranslated]
    return "\n".join(lines)

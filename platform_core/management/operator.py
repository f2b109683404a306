"""The base of the operators' commands: sub-commands, `--json`, `--dry-run` and exit codes, the same for all.

Exit codes: 0 done, 1 failed, 2 usage or needs confirmation. Output is plain lines without escape codes.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error as DatabaseError
from django.db import transaction

from platform_core.exceptions import DomainError
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.models import Platform
from platform_core.trouble import is_database_trouble

FAILED, NEEDS_CONFIRMATION = 1, 2


class OperatorCommand(BaseCommand):
    """Calls `do_<sub-command>` with its options, as the operator; a dry run is taken back in the end."""

    changes: ClassVar[frozenset[str]] = frozenset()
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        subparsers = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        for name, sub in self.actions(subparsers).items():
            sub.add_argument("--json", action="store_true", dest="as_json", help="print JSON")
            if name in self.changes:
                sub.add_argument(
                    "--dry-run", action="store_true", help="say what would be done, and do nothing"
                )

    def actions(self, subparsers: Any) -> dict[str, ArgumentParser]:
        """The parsers of the sub-commands by name."""
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        action = options["action"]
        self.as_json = bool(options["as_json"])
        self.is_dry = bool(options.get("dry_run"))
        run = getattr(self, f"do_{action}")
        _require_text(options)
        try:
            with platform_context(role="operator"):
                if not self.is_dry:
                    run(**options)
                    return
                with transaction.atomic():
                    run(**options)
                    transaction.set_rollback(True)
        except DomainError as error:
            raise CommandError(error.message, returncode=FAILED) from error
        except ValidationError as error:
            raise CommandError(_sentence(error), returncode=FAILED) from error
        except DatabaseError as error:
            if not is_database_trouble(error):
                raise
            raise CommandError(
                "PostgreSQL does not answer. Check DATABASE_URL, and that the server runs: manage.py doctor",
                returncode=FAILED,
            ) from error

    def platform(self, code: str) -> Platform:
        """The platform with this code. Raises CommandError that names those there are."""
        platform = Platform.objects.prefetch_related("domains").filter(code=code).first()
        if platform is None:
            known = ", ".join(Platform.objects.order_by("code").values_list("code", flat=True)) or "none yet"
            raise CommandError(f"There is no platform “{code}”. Platforms: {known}.", returncode=FAILED)
        return platform

    def tell(self, text: str, **facts: Any) -> None:
        """Say what was done: the sentence, or with --json the facts."""
        if self.as_json:
            self.stdout.write(json.dumps({"dry_run": self.is_dry, **facts}, default=str, ensure_ascii=False))
            return
        self.stdout.write(f"Dry run, nothing was changed: {text}" if self.is_dry else text)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, empty: str) -> None:
        """List rows in aligned columns, or with --json as objects."""
        facts = [list(row) for row in rows]
        if self.as_json:
            objects = [dict(zip(columns, row, strict=True)) for row in facts]
            self.stdout.write(json.dumps(objects, default=str, ensure_ascii=False))
            return
        found = [[_words(value) for value in row] for row in facts]
        if not found:
            self.stdout.write(empty)
            return
        lines = [list(columns), *found]
        widths = [max(len(line[place]) for line in lines) for place in range(len(columns))]
        for line in lines:
            self.stdout.write(
                "  ".join(f"{value:<{width}}" for value, width in zip(line, widths, strict=True)).rstrip()
            )


def _require_text(options: Mapping[str, Any]) -> None:
    """PostgreSQL stores neither NUL nor what Python makes of bytes in another encoding than the terminal's."""
    for name, value in options.items():
        if isinstance(value, str) and (
            "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value)
        ):
            raise CommandError(f"The value of “{name}” is no text in UTF-8. Type it anew.", returncode=FAILED)


def _sentence(error: ValidationError) -> str:
    """What is wrong in one line, each fault after the name of its field."""
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    return " ".join(
        " ".join(faults) if name == NON_FIELD_ERRORS else f"{name}: {' '.join(faults)}"
        for name, faults in error.message_dict.items()
    )


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)

"""`manage.py modules list|show|audit|graph|check`."""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError
from django.db import DatabaseError

from platform_core.identity.people import people_behind
from platform_core.management.modules_command.common import ModulesPart, codes_in, with_platform
from platform_core.management.modules_command.grading import add_quality_arguments, tell_quality
from platform_core.management.operator import FAILED
from platform_core.modules.checks import check_definitions
from platform_core.modules.graph import rivals
from platform_core.modules.models import ModuleChange
from platform_core.modules.overview import module_changes, module_overview
from platform_core.modules.registry import dependents, registry
from platform_core.modules.state import read_state
from platform_core.modules.surroundings import check_files, orphan_rows
from platform_core.tenancy.models import Platform

MAX_ENTRIES = 10_000


def _count(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= MAX_ENTRIES:
        raise ArgumentTypeError(f"use a number from 1 to {MAX_ENTRIES}")
    return int(text)


def _in_words(value: Any) -> str:
    """A fact about a module: a text, codes, whether something is so, or nothing."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return codes_in(value or "-")


def _details_in_words(details: dict[str, Any]) -> str:
    """What stands in a change's details, in a line."""
    before, after = details.get("before", {}), details.get("after", {})
    words = [
        details.get("message", ""),
        *details.get("objections", ()),
        # Of a secret nothing is told but that it was changed.
        *(
            f"{name}: {json.dumps(before[name], ensure_ascii=False)} → {json.dumps(after[name], ensure_ascii=False)}"
            if name in after
            else f"{name} (secret)"
            for name in details.get("changed", ())
        ),
        *(f"{count} {what}" for what, count in details.get("deleted", {}).items()),
    ]
    return " ".join(filter(None, words))


class Looking(ModulesPart):
    """What asks and changes nothing."""

    def looking(self, subparsers: Any) -> dict[str, ArgumentParser]:
        parsers = {
            "list": subparsers.add_parser("list", help="list the modules, with --platform their state there"),
            "show": subparsers.add_parser("show", help="tell all about a module"),
            "audit": subparsers.add_parser("audit", help="tell what was done and refused, latest first"),
            "graph": subparsers.add_parser("graph", help="draw which module requires which"),
            "check": subparsers.add_parser("check", help="say what is wrong with the definitions"),
        }
        parsers["list"].add_argument("--platform", metavar="CODE")
        parsers["show"].add_argument("--platform", metavar="CODE", help="with its state there")
        parsers["show"].add_argument("code", help="the module's code, as in modules list")
        parsers["audit"].add_argument("code", nargs="?", help="of one module alone, also of one that is gone")
        parsers["audit"].add_argument(
            "--limit", type=_count, default=50, help="how many entries, 50 by itself"
        )
        with_platform(parsers["audit"])
        parsers["graph"].add_argument("--format", choices=("dot", "mermaid"), default="mermaid")
        add_quality_arguments(parsers["check"])
        return parsers

    def do_list(self, *, platform: str | None, **_rest: Any) -> None:
        definitions = registry().definitions
        if platform is None:
            columns = ("code", "tier", "version", "requires", "name")
            rows: list[tuple[Any, ...]] = [
                (code, found.tier, found.version, codes_in(found.requires), str(found.name))
                for code, found in definitions.items()
            ]
            rows += [
                (code, "unusable", "", "", reason) for code, reason in sorted(registry().reasons.items())
            ]
            rows += [
                (code, "not allowed", "", "", "Its package is installed: add it to MODULES_ALLOW to load it.")
                for code in settings.MODULES_FOUND.not_allowed
            ]
        else:
            overview = module_overview(self.platform(platform))
            columns = ("code", "tier", "on", "cause", "name")
            rows = [
                (status.code, status.tier, status.is_enabled, status.cause, str(status.name))
                for status in overview.modules
            ]
            rows += [(code, "unusable", False, None, reason) for code, reason in overview.unusable]
            rows += [(code, "missing", False, None, "") for code in overview.missing]
        self.table(columns, rows, empty="No modules are installed.")

    def do_show(self, *, code: str, platform: str | None, **_rest: Any) -> None:
        found = self.definition(code)
        config = next(config for config in registry().configs if config.definition is found)
        facts: dict[str, Any] = {
            "code": found.code,
            "name": str(found.name),
            "description": str(found.description),
            "version": found.version,
            "tier": found.tier,
            "requires": list(found.requires),
            "required_by": sorted(dependents(code) - {code}),
            "conflicts": sorted(rivals(registry().definitions)[code]),
            "auto_enable_with": list(found.auto_enable_with),
            "permissions": [permission.code for permission in found.permissions],
            "on": [p.code for p in Platform.objects.order_by("code") if code in read_state(p.pk).enabled],
            "is_self_contained": config.is_self_contained,
            **config.paths,
        }
        if platform is not None:
            status = module_overview(self.platform(platform)).module(code)
            assert status is not None
            attention = [f"{name or 'all'}: {text}" for name, text in status.needs_attention.items()]
            facts |= {"is_on": status.is_enabled, "cause": status.cause, "needs_attention": attention}
        self.tell("\n".join(f"{name:<18} {_in_words(value)}" for name, value in facts.items()), **facts)

    def do_audit(self, *, code: str | None, platform: str | None, limit: int, **_rest: Any) -> None:
        changes = (
            ModuleChange.objects.order_by("-pk")
            if platform is None
            else module_changes(self.platform(platform))
        )
        if code is not None:
            changes = changes.filter(module_code=code)
            if code not in registry().definitions and not changes.exists():
                self.definition(code)
        found = list(changes[:limit])
        people = people_behind(found)
        columns = ("at", "platform", "module", "action", "cause", "by", "reason", "details")
        self.table(
            (*columns, "version", "request_id") if self.as_json else columns,
            [
                (
                    # To the second for people; --json has it whole.
                    change.at.isoformat() if self.as_json else f"{change.at:%Y-%m-%d %H:%M:%S}",
                    change.platform_code,
                    change.module_code,
                    change.action,
                    change.cause,
                    people.get(change.user_id or 0) or change.get_source_display(),
                    change.reason,
                    change.details if self.as_json else _details_in_words(change.details),
                    *((change.version, change.request_id) if self.as_json else ()),
                )
                for change in found
            ],
            empty="Nothing was done and nothing refused.",
        )

    def do_graph(self, *, format: str, **_rest: Any) -> None:
        links = [
            (code, needed) for code, found in registry().definitions.items() for needed in found.requires
        ]
        if self.as_json:
            self.tell("", nodes=list(registry().definitions), links=links)
            return
        if format == "dot":
            lines = [f'  "{code}";' for code in registry().definitions]
            lines += [f'  "{code}" -> "{needed}";' for code, needed in links]
            self.stdout.write("\n".join(["digraph modules {", *lines, "}"]))
            return
        names = {code: found.label for code, found in registry().definitions.items()}
        lines = [f'  {names[code]}["{code}"]' for code in names]
        lines += [f"  {names[code]} --> {names[needed]}" for code, needed in links]
        self.stdout.write("\n".join(["graph TD", *lines]))

    def do_check(
        self,
        *,
        code: str | None,
        quality: bool,
        at_least: str | None,
        tests: Path | None,
        **_rest: Any,
    ) -> None:
        if quality:
            if code is not None:
                self.definition(code)
            tell_quality(self, code, at_least, tests)
            return
        if code or at_least or tests:
            raise CommandError("A module, --at-least and --tests go with --quality.", returncode=FAILED)
        found = [*check_definitions(), *check_files()]
        try:
            found += orphan_rows()
        except (DatabaseError, ImproperlyConfigured):
            # Definitions are right or wrong without a database, or with one that is not set up yet.
            self.stderr.write("No database answers: the platforms' rows were not looked at.")
        self.table(
            ("id", "module", "fault", "hint"),
            [(message.id, message.obj, message.msg, message.hint) for message in found],
            empty=f"{len(registry().definitions)} modules, no faults.",
        )
        if any(message.is_serious() for message in found):
            raise CommandError("Some definitions have faults.", returncode=FAILED)

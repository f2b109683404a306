"""`manage.py modules list|show|enable|disable|config|audit|graph|check`."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError
from contextlib import suppress
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError
from django.db import DatabaseError

from platform_core.identity.people import people_behind
from platform_core.management.operator import FAILED, NEEDS_CONFIRMATION, OperatorCommand
from platform_core.modules.checks import check_definitions
from platform_core.modules.config import OVERALL, Change, schema_of, shown_values, value_in_text
from platform_core.modules.definition import ModuleDefinition
from platform_core.modules.exceptions import Blocked, ModuleRefusal
from platform_core.modules.graph import rivals
from platform_core.modules.journal import MAX_REASON_LENGTH
from platform_core.modules.models import ModuleChange
from platform_core.modules.overview import module_changes, module_overview
from platform_core.modules.registry import dependents, registry
from platform_core.modules.service import ToggleResult, module_service
from platform_core.modules.state import read_state
from platform_core.modules.surroundings import check_files, orphan_rows
from platform_core.tenancy.models import Platform

MAX_ENTRIES = 10_000
WORDS = {"enable": "on", "disable": "off"}


def _reason(text: str) -> str:
    if len(text) > MAX_REASON_LENGTH:
        raise ArgumentTypeError(f"it has {len(text)} letters: use {MAX_REASON_LENGTH} at most")
    return text


def _count(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= MAX_ENTRIES:
        raise ArgumentTypeError(f"use a number from 1 to {MAX_ENTRIES}")
    return int(text)


def _details_in_words(details: dict[str, Any]) -> str:
    """What stands in a change's details, in a line."""
    words = [
        details.get("message", ""),
        *details.get("objections", ()),
        ", ".join(details.get("changed", ())),
    ]
    return " ".join(filter(None, words))


class Command(OperatorCommand):
    """The modules of the installation, and which of them each platform has on."""

    help = "List modules, and switch them on and off for platforms."
    changes: ClassVar[frozenset[str]] = frozenset({"enable", "disable", "config"})

    def actions(self, subparsers: Any) -> dict[str, ArgumentParser]:
        parsers = {
            "list": subparsers.add_parser("list", help="list the modules, with --platform their state there"),
            "show": subparsers.add_parser("show", help="tell all about a module"),
            "enable": subparsers.add_parser("enable", help="switch a module on, with all that it requires"),
            "disable": subparsers.add_parser(
                "disable", help="switch a module off, with all that requires it"
            ),
            "config": subparsers.add_parser("config", help="tell a module's settings, and change them"),
            "audit": subparsers.add_parser("audit", help="tell what was done and refused, latest first"),
            "graph": subparsers.add_parser("graph", help="draw which module requires which"),
            "check": subparsers.add_parser("check", help="say what is wrong with the definitions"),
        }
        for name in ("show", "enable", "disable", "config"):
            parsers[name].add_argument("code", help="the module's code, as in modules list")
        parsers["audit"].add_argument("code", nargs="?", help="of one module alone, also of one that is gone")
        parsers["audit"].add_argument(
            "--limit", type=_count, default=50, help="how many entries, 50 by itself"
        )
        parsers["list"].add_argument("--platform", metavar="CODE")
        parsers["config"].add_argument(
            "assignments",
            nargs="*",
            metavar="NAME=VALUE",
            help="lists and objects as JSON; NAME=- reads the value from standard input, for secrets",
        )
        parsers["config"].add_argument(
            "--reset", action="append", default=[], metavar="NAME", help="have its default again"
        )
        for name in ("enable", "disable", "audit", "config"):
            where = parsers[name].add_mutually_exclusive_group(required=True)
            where.add_argument("--platform", metavar="CODE")
            where.add_argument("--all", action="store_true", help="for every platform")
        for name in ("enable", "disable", "config"):
            parsers[name].add_argument(
                "--reason", type=_reason, default="", help="written down beside the change"
            )
        parsers["disable"].add_argument(
            "--force", action="store_true", help="whatever stands against it; needs --reason"
        )
        parsers["disable"].add_argument(
            "--yes", action="store_true", help="also when other modules go off with it"
        )
        parsers["graph"].add_argument("--format", choices=("dot", "mermaid"), default="mermaid")
        return parsers

    def do_list(self, *, platform: str | None, **_rest: Any) -> None:
        definitions = registry().definitions
        if platform is None:
            columns = ("code", "tier", "version", "requires", "name")
            rows: list[tuple[Any, ...]] = [
                (code, found.tier, found.version, self._codes(found.requires), str(found.name))
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

    def do_show(self, *, code: str, **_rest: Any) -> None:
        found = self._definition(code)
        facts = {
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
        }
        self.tell("\n".join(f"{name:<16} {self._codes(value)}" for name, value in facts.items()), **facts)

    def do_enable(self, *, code: str, platform: str | None, reason: str, **_rest: Any) -> None:
        for chosen in self._platforms(platform):
            result = module_service.enable_module(
                chosen, code, reason=reason, source="cli", dry_run=self.is_dry
            )
            self._report(chosen, result)

    def do_disable(
        self, *, code: str, platform: str | None, reason: str, yes: bool, force: bool, **_rest: Any
    ) -> None:
        if force and not reason.strip() and not self.is_dry:
            raise CommandError("--force needs --reason: say why it goes off.", returncode=NEEDS_CONFIRMATION)
        platforms = list(self._platforms(platform))
        previewed: dict[int, int] = {}
        # Asked for all of them first: a question in the middle would leave it half done.
        for chosen in platforms:
            try:
                preview = module_service.disable_module(chosen, code, force=force, dry_run=True)
            except ModuleRefusal as refusal:
                if not self.is_dry:
                    # Asked for in earnest: the refusal leaves its row in the history.
                    with suppress(ModuleRefusal):
                        module_service.disable_module(chosen, code, reason=reason, source="cli", force=force)
                raise CommandError(f"{chosen.code}: {refusal.message}", returncode=FAILED) from refusal
            previewed[chosen.pk] = preview.version
            others = [step.code for step in preview.plan if step.verb == "disable" and step.code != code]
            if others and not yes and not self.is_dry:
                raise CommandError(
                    f"On {chosen.code} {self._codes(others)} would go off with {code}. Nothing is deleted."
                    f" To do it: manage.py modules disable {code} --platform {chosen.code} --yes",
                    returncode=NEEDS_CONFIRMATION,
                )
        for chosen in platforms:
            result = module_service.disable_module(
                chosen,
                code,
                reason=reason,
                source="cli",
                force=force,
                dry_run=self.is_dry,
                # What somebody else has switched on since would go off unasked.
                expected_version=previewed[chosen.pk],
            )
            self._report(chosen, result)

    def do_config(
        self,
        *,
        code: str,
        platform: str | None,
        assignments: list[str],
        reset: list[str],
        reason: str,
        **_rest: Any,
    ) -> None:
        definition = self._definition(code)
        if not assignments and not reset:
            self._tell_settings(definition, platform)
            return
        schema, wanted = schema_of(definition), dict[str, Any]()
        for entry in assignments:
            name, sign, text = entry.partition("=")
            if not sign or not name:
                raise CommandError(f"“{entry}” is no NAME=VALUE.", returncode=FAILED)
            if text == "-":
                text = sys.stdin.readline().removesuffix("\n")
            wanted[name] = value_in_text(schema, name, text)
        platforms = list(self._platforms(platform))
        # Asked for all of them first: what one platform refuses is changed on no other.
        for is_dry in (True,) if self.is_dry else (True, False):
            for chosen in platforms:
                change = self._configure(chosen, code, wanted, reset, reason, is_dry=is_dry)
                if is_dry == self.is_dry:
                    self.tell(
                        f"{chosen.code}: {self._codes(change.names) or 'nothing'} changed.",
                        platform=chosen.code,
                        changed=list(change.names),
                        before=change.before,
                        after=change.after,
                    )

    def _configure(
        self,
        platform: Platform,
        code: str,
        wanted: dict[str, Any],
        reset: list[str],
        reason: str,
        *,
        is_dry: bool,
    ) -> Change:
        try:
            return module_service.set_module_config(
                platform, code, wanted, reset=reset, reason=reason, source="cli", dry_run=is_dry
            )
        except ModuleRefusal as refusal:
            if is_dry and not self.is_dry:
                # Asked for in earnest: the refusal leaves its row in the history.
                with suppress(ModuleRefusal):
                    module_service.set_module_config(
                        platform, code, wanted, reset=reset, reason=reason, source="cli"
                    )
            raise CommandError(f"{platform.code}: {refusal.message}", returncode=FAILED) from refusal

    def _tell_settings(self, definition: ModuleDefinition, platform: str | None) -> None:
        """The settings as they are, of secrets whether they are set."""
        rows: list[tuple[Any, ...]] = []
        for chosen in self._platforms(platform):
            found = module_service.get_module_settings(chosen, definition.code)
            config, secrets = shown_values(definition, found)
            told = config | {name: "(set)" if is_set else None for name, is_set in secrets.items()}
            for name in schema_of(definition).model_fields:
                rows.append((chosen.code, name, told[name], str(found.faults.get(name, ""))))
            if OVERALL in found.faults:
                rows.append((chosen.code, "", None, str(found.faults[OVERALL])))
        self.table(
            ("platform", "setting", "value", "fault"), rows, empty=f"{definition.code} has no settings."
        )

    def do_audit(self, *, code: str | None, platform: str | None, limit: int, **_rest: Any) -> None:
        changes = (
            ModuleChange.objects.order_by("-pk")
            if platform is None
            else module_changes(self.platform(platform))
        )
        if code is not None:
            changes = changes.filter(module_code=code)
            if code not in registry().definitions and not changes.exists():
                self._definition(code)
        found = list(changes[:limit])
        people = people_behind(found)
        self.table(
            ("at", "platform", "module", "action", "cause", "by", "reason", "details"),
            [
                (
                    # To the second for people; --json has it whole.
                    change.at if self.as_json else f"{change.at:%Y-%m-%d %H:%M:%S}",
                    change.platform_code,
                    change.module_code,
                    change.action,
                    change.cause,
                    people.get(change.user_id or 0) or change.get_source_display(),
                    change.reason,
                    change.details if self.as_json else _details_in_words(change.details),
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

    def do_check(self, **_rest: Any) -> None:
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

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            super().handle(*args, **options)
        except CommandError as error:
            if isinstance(error.__cause__, Blocked):
                error.returncode = NEEDS_CONFIRMATION
            raise

    def _report(self, platform: Platform, result: ToggleResult) -> None:
        spare = result.no_longer_needed
        turned = {
            verb: self._codes([step.code for step in result.plan if step.verb == verb])
            for verb in ("enable", "disable")
        }
        done = [f"{codes} switched {WORDS[verb]}" for verb, codes in turned.items() if codes]
        text = f"{platform.code}: {', '.join(done) or 'nothing was to be done'}."
        for one, texts in result.objections.items():
            text += f" Against it, {one}: {' '.join(str(said) for said in texts)}"
        if spare:
            text += f" No longer needed, and still on: {self._codes(spare)}."
        self.tell(
            text,
            platform=platform.code,
            changed=list(result.changed),
            unchanged=list(result.unchanged),
            no_longer_needed=list(spare),
            version=result.version,
            objections={one: [str(said) for said in texts] for one, texts in result.objections.items()},
        )

    def _platforms(self, code: str | None) -> list[Platform]:
        if code is not None:
            return [self.platform(code)]
        return list(Platform.objects.prefetch_related("domains").order_by("code"))

    def _definition(self, code: str) -> ModuleDefinition:
        found = registry().definitions.get(code)
        if found is None and code in registry().reasons:
            raise CommandError(registry().reasons[code], returncode=FAILED)
        if found is None:
            known = self._codes(registry().definitions)
            raise CommandError(f"There is no module “{code}”. Modules: {known}.", returncode=FAILED)
        return found

    @staticmethod
    def _codes(value: Any) -> str:
        return value if isinstance(value, str) else ", ".join(value)

"""`manage.py modules config`."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from functools import partial
from typing import Any

from django.core.management.base import CommandError

from platform_core.management.modules_command.common import ModulesPart, codes_in, with_platform, with_reason
from platform_core.management.operator import FAILED
from platform_core.modules.config import OVERALL, Change, schema_of, shown_values, value_in_text
from platform_core.modules.definition import ModuleDefinition
from platform_core.modules.service import module_service
from platform_core.tenancy.models import Platform


class Configuring(ModulesPart):
    """A module's settings."""

    def configuring(self, subparsers: Any) -> dict[str, ArgumentParser]:
        parser = subparsers.add_parser("config", help="tell a module's settings, and change them")
        parser.add_argument("code", help="the module's code, as in modules list")
        parser.add_argument(
            "assignments",
            nargs="*",
            metavar="NAME=VALUE",
            help="lists and objects as JSON; NAME=- reads the value from standard input, for secrets",
        )
        parser.add_argument(
            "--reset", action="append", default=[], metavar="NAME", help="have its default again"
        )
        with_platform(parser)
        with_reason(parser)
        return {"config": parser}

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
        definition = self.definition(code)
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
        platforms = list(self.platforms(platform))
        # Asked for all of them first: what one platform refuses is changed on no other.
        for is_dry in (True,) if self.is_dry else (True, False):
            for chosen in platforms:
                change = self._configure(chosen, code, wanted, reset, reason, is_dry=is_dry)
                if is_dry == self.is_dry:
                    self.tell(
                        f"{chosen.code}: {codes_in(change.names) or 'nothing'} changed.",
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
        really = partial(
            module_service.set_module_config, platform, code, wanted, reset=reset, reason=reason, source="cli"
        )
        with self.previewing(platform, really):
            return really(dry_run=is_dry)

    def _tell_settings(self, definition: ModuleDefinition, platform: str | None) -> None:
        """The settings as they are, of secrets whether they are set."""
        rows: list[tuple[Any, ...]] = []
        for chosen in self.platforms(platform):
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

"""`manage.py modules enable|disable`."""

from __future__ import annotations

from argparse import ArgumentParser
from functools import partial
from typing import Any

from django.core.management.base import CommandError

from platform_core.management.modules_command.common import (
    ModulesPart,
    as_json,
    codes_in,
    kept_in,
    turned_in,
    with_platform,
    with_reason,
)
from platform_core.management.operator import NEEDS_CONFIRMATION
from platform_core.modules.service import ToggleResult, module_service
from platform_core.tenancy.models import Platform


class Switching(ModulesPart):
    """One module on or off, with all that goes along."""

    def switching(self, subparsers: Any) -> dict[str, ArgumentParser]:
        parsers = {
            "enable": subparsers.add_parser("enable", help="switch a module on, with all that it requires"),
            "disable": subparsers.add_parser(
                "disable", help="switch a module off, with all that requires it"
            ),
        }
        for parser in parsers.values():
            parser.add_argument("code", help="the module's code, as in modules list")
            with_platform(parser)
            with_reason(parser)
        parsers["disable"].add_argument(
            "--force", action="store_true", help="whatever stands against it; needs --reason"
        )
        parsers["disable"].add_argument(
            "--yes", action="store_true", help="also when other modules go off with it"
        )
        parsers["enable"].add_argument("--yes", action="store_true", help="nothing is asked here anyway")
        return parsers

    def do_enable(self, *, code: str, platform: str | None, reason: str, **_rest: Any) -> None:
        for chosen in self.platforms(platform):
            result = module_service.enable_module(
                chosen, code, reason=reason, source="cli", dry_run=self.is_dry
            )
            self._report(chosen, result)

    def do_disable(
        self, *, code: str, platform: str | None, reason: str, yes: bool, force: bool, **_rest: Any
    ) -> None:
        if force and not reason.strip() and not self.is_dry:
            raise CommandError("--force needs --reason: say why it goes off.", returncode=NEEDS_CONFIRMATION)
        platforms = list(self.platforms(platform))
        previewed: dict[int, int] = {}
        # Asked for all of them first: a question in the middle would leave it half done.
        for chosen in platforms:
            really = partial(
                module_service.disable_module, chosen, code, reason=reason, source="cli", force=force
            )
            with self.previewing(chosen, really):
                preview = module_service.disable_module(chosen, code, force=force, dry_run=True)
            previewed[chosen.pk] = preview.version
            others = [step.code for step in preview.plan if step.verb == "disable" and step.code != code]
            if others and not yes and not self.is_dry:
                raise CommandError(
                    f"On {chosen.code} {codes_in(others)} would go off with {code}. Nothing is deleted."
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

    def _report(self, platform: Platform, result: ToggleResult) -> None:
        spare = result.no_longer_needed
        text = f"{platform.code}: {', '.join(turned_in(result.plan)) or 'nothing was to be done'}."
        for one, texts in result.objections.items():
            text += f" Against it, {one}: {' '.join(str(said) for said in texts)}"
        if spare:
            text += f" No longer needed, and still on: {codes_in(spare)}."
        self.tell(
            text + kept_in(result.data),
            platform=platform.code,
            changed=list(result.changed),
            unchanged=list(result.unchanged),
            no_longer_needed=list(spare),
            version=result.version,
            data=as_json(result.data),
            objections={one: [str(said) for said in texts] for one, texts in result.objections.items()},
        )

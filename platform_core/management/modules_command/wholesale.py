"""`manage.py modules sync|clone|purge`."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from functools import partial
from pathlib import Path
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
from platform_core.management.operator import FAILED, NEEDS_CONFIRMATION
from platform_core.modules.desired import Brought, Wanted
from platform_core.modules.service import module_service
from platform_core.modules.sync import SyncFault, read_wanted
from platform_core.tenancy.models import Platform


class Wholesale(ModulesPart):
    """Many modules at once, and a module's data."""

    def wholesale(self, subparsers: Any) -> dict[str, ArgumentParser]:
        parsers = {
            "sync": subparsers.add_parser(
                "sync", help="bring platforms to what a file says; again changes nothing"
            ),
            "clone": subparsers.add_parser(
                "clone", help="give a platform the modules and settings of another"
            ),
            "purge": subparsers.add_parser(
                "purge", help="delete for ever what a module that is off keeps on a platform"
            ),
        }
        parsers["sync"].add_argument("--file", required=True, help="YAML; - reads it from standard input")
        parsers["sync"].add_argument("--platform", metavar="CODE", help="of the file, this one alone")
        parsers["clone"].add_argument(
            "source", metavar="SOURCE", help="the code of the platform to take after"
        )
        parsers["purge"].add_argument("code", help="the module's code, also of one that is gone")
        for name in ("clone", "purge"):
            with_platform(parsers[name], or_all=False)
        for name, parser in parsers.items():
            with_reason(parser)
            what = "without asking" if name == "purge" else "also when modules go off"
            parser.add_argument("--yes", action="store_true", help=what)
        return parsers

    def do_sync(self, *, file: str, platform: str | None, reason: str, yes: bool, **_rest: Any) -> None:
        wanted = _read(file)
        if platform is not None:
            if platform not in wanted:
                raise CommandError(
                    f"The file says nothing of “{platform}”, but of: {codes_in(wanted)}.", returncode=FAILED
                )
            wanted = {platform: wanted[platform]}
        chosen = [(self.platform(code), wish) for code, wish in wanted.items()]

        def bring(target: Platform, wish: Wanted, **how: Any) -> Brought:
            return module_service.bring_to(target, wish, reason=reason, source="cli", **how)

        self._bring(chosen, bring, yes=yes, again=f"modules sync --file {file}")

    def do_clone(self, *, source: str, platform: str, reason: str, yes: bool, **_rest: Any) -> None:
        theirs, ours = self.platform(source), self.platform(platform)
        if theirs == ours:
            raise CommandError(f"{source} is itself already. Name another platform.", returncode=FAILED)

        def bring(target: Platform, _wish: Wanted, **how: Any) -> Brought:
            return module_service.clone_platform_modules(theirs, target, reason=reason, source="cli", **how)

        self._bring([(ours, Wanted())], bring, yes=yes, again=f"modules clone {source} --platform {platform}")

    def _bring(
        self,
        chosen: list[tuple[Platform, Wanted]],
        bring: Callable[..., Brought],
        *,
        yes: bool,
        again: str,
    ) -> None:
        """Ask it of all of them first, then do it, one platform after the other."""
        versions: dict[int, int] = {}
        for target, wish in chosen:
            with self.previewing(target, partial(bring, target, wish)):
                preview = bring(target, wish, dry_run=True)
            versions[target.pk] = preview.version
            off = [step.code for step in preview.plan if step.verb == "disable"]
            if off and not yes and not self.is_dry:
                raise CommandError(
                    f"On {target.code} {codes_in(off)} would go off.{kept_in(preview.data)} Nothing is deleted."
                    f" To do it: manage.py {again} --yes",
                    returncode=NEEDS_CONFIRMATION,
                )
            if self.is_dry:
                self._tell_brought(target, preview)
        for target, wish in () if self.is_dry else chosen:
            # What somebody else has changed since would go off unasked.
            self._tell_brought(target, bring(target, wish, expected_version=versions[target.pk]))

    def _tell_brought(self, platform: Platform, done: Brought) -> None:
        words = turned_in(done.plan)
        words += [f"{code} configured ({codes_in(change.names)})" for code, change in done.settings.items()]
        if done.menus:
            words.append(f"in menus {codes_in(done.menus)}")
        text = f"{platform.code}: {'; '.join(words) or 'nothing was to be done'}.{kept_in(done.data)}"
        for code, faults in done.left_off.items():
            told = " ".join(f"{name}: {fault}" for name, fault in faults.items())
            text += f" The settings of {code} were not taken over: {told}"
        for code, names in done.secrets.items():
            text += f" Set anew, since secrets are not taken over: {code} {codes_in(names)}."
        self.tell(
            text,
            platform=platform.code,
            changed=[step.code for step in done.plan],
            plan=[{"code": step.code, "verb": step.verb, "cause": step.cause} for step in done.plan],
            settings={code: list(change.names) for code, change in done.settings.items()},
            menus=list(done.menus),
            data=as_json(done.data),
            left_off={code: dict(faults) for code, faults in done.left_off.items()},
            secrets=dict(done.secrets),
            version=done.version,
        )

    def do_purge(self, *, code: str, platform: str, reason: str, yes: bool, **_rest: Any) -> None:
        chosen = self.platform(platform)
        really = partial(module_service.purge_module, chosen, code, reason=reason, source="cli")
        with self.previewing(chosen, really):
            found = really(dry_run=True)
        told = ", ".join(f"{count} {what}" for what, count in found.counts) or "what it keeps"
        if not self.is_dry and not yes:
            raise CommandError(
                f"On {chosen.code} this deletes for ever of {code}: {told}. To do it: manage.py modules purge {code}"
                f" --platform {chosen.code} --reason … --yes",
                returncode=NEEDS_CONFIRMATION,
            )
        if not self.is_dry:
            with self.previewing(chosen, really):
                found = really()
        self.tell(
            f"{chosen.code}: deleted of {code}: {told}.",
            platform=chosen.code,
            module=code,
            deleted={str(what): count for what, count in found.counts},
            version=found.version,
        )


def _read(file: str) -> dict[str, Wanted]:
    """What the file wants, by platform. Raises CommandError with all its faults."""
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text()
        return read_wanted(text, os.environ)
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{file} cannot be read: {error}.", returncode=FAILED) from error
    except SyncFault as fault:
        raise CommandError("\n".join(fault.faults), returncode=FAILED) from fault

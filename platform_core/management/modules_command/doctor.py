"""`manage.py modules doctor`."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any

from platform_core.management.findings import Finding, report
from platform_core.management.modules_command.common import ModulesPart, codes_in
from platform_core.modules.checks import check_definitions
from platform_core.modules.models import CONFLICT_PREFIX
from platform_core.modules.overview import ModuleOverview, module_overview
from platform_core.modules.registry import registry
from platform_core.modules.surroundings import check_files
from platform_core.observability.health import HEALTHY, examine, module_checks
from platform_core.tenancy.models import Platform


class Examining(ModulesPart):
    """A look at the modules of the installation and of every platform, with what to do."""

    def examining(self, subparsers: Any) -> dict[str, ArgumentParser]:
        parser = subparsers.add_parser("doctor", help="look all modules over and say what to do about it")
        parser.add_argument("--platform", metavar="CODE", help="of the platforms, this one alone")
        return {"doctor": parser}

    def do_doctor(self, *, platform: str | None, **_rest: Any) -> None:
        chosen = self.platforms(platform)
        looks = (
            ("definitions", _definitions),
            ("platforms", lambda: _of_platforms(chosen)),
            ("health", _health),
        )
        report(self, looks, as_json=self.as_json)


def _definitions() -> list[Finding]:
    """What is wrong with modules wherever they are."""
    return [
        Finding(
            "definitions",
            "fault" if message.is_serious() else "skipped",
            f"{str(message.id).removeprefix('platform_core.')} {message.msg}",
            message.hint or "",
        )
        for message in [*check_definitions(), *check_files()]
    ]


def _of_platforms(platforms: Iterable[Platform]) -> list[Finding]:
    """What platforms have rows of and cannot have on, and settings that are not valid any more."""
    return [
        finding
        for platform in platforms
        for finding in _of_platform(platform.code, module_overview(platform))
    ]


def _of_platform(platform: str, overview: ModuleOverview) -> list[Finding]:
    found = [
        Finding(
            platform,
            "fault",
            f"{code} is not installed, and there is a row of it.",
            f"Install its package again, or: manage.py modules purge {code} --platform {platform} --reason … --yes",
        )
        for code in overview.missing
    ]
    for module in overview.modules:
        if module.needs_attention:
            names = codes_in(name or "all of them together" for name in module.needs_attention)
            found.append(
                Finding(
                    platform,
                    "fault",
                    f"The settings of {module.code} are not valid: {names}.",
                    f"See them: manage.py modules config {module.code} --platform {platform}",
                )
            )
        if module.cause.startswith(CONFLICT_PREFIX) or module.cause == "waiting":
            needed = [
                code for code in registry().definitions[module.code].requires if not _is_on(overview, code)
            ]
            rival = module.cause.removeprefix(CONFLICT_PREFIX)
            found.append(
                Finding(
                    platform,
                    "skipped",
                    f"{module.code} was asked for and is off: "
                    + (f"{codes_in(needed)} is off." if needed else f"{rival} is on."),
                    f"Switch it off for good, or {codes_in(needed) + ' on' if needed else rival + ' off'}.",
                )
            )
    return found


def _is_on(overview: ModuleOverview, code: str) -> bool:
    status = overview.module(code)
    return status is not None and status.is_enabled


def _health() -> list[Finding]:
    """What the modules that are on somewhere say of themselves."""
    return [
        Finding(
            result.name, "ok" if result.status == HEALTHY else "fault", str(result.facts.get("error", ""))
        )
        for result in examine(module_checks()).results
    ]

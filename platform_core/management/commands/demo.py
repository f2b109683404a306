"""`manage.py demo`: build the demo's platforms, shops, products and people, or what is missing of them."""

from __future__ import annotations

import json
import logging
import sys
import time
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, OutputWrapper
from django.db import DatabaseError
from django.utils import timezone

from platform_core.demo import (
    DEFAULT_SEED,
    PASSWORD,
    PLATFORMS,
    DemoRun,
    DemoStep,
    Reporter,
    StepResult,
    build,
    demo_host,
    steps_in_order,
    tear_down,
)
from platform_core.demo.people import SUPERUSER
from platform_core.demo.platforms import demo_platforms
from platform_core.exceptions import DomainError
from platform_core.tenancy.models import Platform
from platform_core.tenancy.services import has_owner

FAILED, NEEDS_CONFIRMATION, USAGE = 1, 2, 2
# Some years of history fit before it.
FIRST_DAY = date(2000, 1, 1)
BAR_WIDTH = 24


class Terminal(Reporter):
    """Lines, and on a terminal a bar that is drawn over itself."""

    def __init__(self, out: OutputWrapper) -> None:
        self.out = out
        self.is_terminal = out.isatty()
        self.has_bar = False

    def line(self, text: str) -> None:
        self.clear()
        self.out.write(text)

    def progress(self, name: str, done: int, total: int) -> None:
        if self.is_terminal:
            filled = BAR_WIDTH * done // max(total, 1)
            bar = "█" * filled + "░" * (BAR_WIDTH - filled)
            self.out.write(f"\r\033[K{name:<12} {bar} {done}/{total}", ending="")
            self.out.flush()
            self.has_bar = True

    def clear(self) -> None:
        if self.has_bar:
            self.out.write("\r\033[K", ending="")
            self.has_bar = False


class Command(BaseCommand):
    """Safe to run again: what is there is counted and left as it is."""

    help = (
        "Build the demo: two platforms with six shops, their products, pages and people. What is there"
        " already stays as it is. Refused unless DEMO=1 or DEBUG."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--seed", type=int, default=DEFAULT_SEED, help="the same seed makes the same data (default: 1)"
        )
        parser.add_argument(
            "--day",
            type=date.fromisoformat,
            metavar="YYYY-MM-DD",
            help="build it as of this day (default: today); orders and figures lie before it",
        )
        parser.add_argument(
            "--reset",
            action="store_true",
            help="first delete the platforms lux and mosel with everything in them",
        )
        parser.add_argument("--yes", action="store_true", help="do not ask before --reset")
        parser.add_argument("--dry-run", action="store_true", help="say what is missing and write nothing")
        parser.add_argument("--json", action="store_true", help="answer in JSON and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        self._refuse_in_production()
        terminal = Reporter() if options["json"] else Terminal(self.stdout)
        run = DemoRun(
            seed=options["seed"],
            day=options["day"],
            dry_run=options["dry_run"],
            is_reset=options["reset"],
            reporter=terminal,
        )
        if not FIRST_DAY <= run.today <= timezone.localdate(run.started_at):
            raise CommandError(
                f"Choose a day from {FIRST_DAY} to today: no order of the demo lies in the future.",
                returncode=USAGE,
            )
        logger = logging.getLogger("platform_core")
        level = logger.level
        try:
            # The steps' own lines say the same, and a log line would tear the bar.
            logger.setLevel(logging.WARNING)
            if not run.dry_run:
                self._require_owner(resets=options["reset"])
            if options["reset"] and run.dry_run:
                self._say_reset(run)
            else:
                if options["reset"]:
                    self._reset(run, confirmed=options["yes"])
                build(run, on_step=lambda step: self._say_result(run, step))
        except DomainError as error:
            raise CommandError(error.message, returncode=FAILED) from error
        except DatabaseError as error:
            first_line = str(error).strip().partition("\n")[0]
            raise CommandError(
                f"The database does not answer as it should: {first_line}. Start it, run `manage.py migrate`"
                " and try again; what the demo has made so far is kept.",
                returncode=FAILED,
            ) from error
        finally:
            logger.setLevel(level)
        seconds = round(time.monotonic() - started, 1)
        if options["json"]:
            self.stdout.write(json.dumps(_summary(run, seconds), indent=2))
        else:
            self._say_end(run, seconds)

    def _refuse_in_production(self) -> None:
        if not (settings.DEMO or settings.DEBUG):
            raise CommandError(
                "The demo's sign-ins have a password that everybody knows. Set DEMO=1 to build it here.",
                returncode=FAILED,
            )

    def _require_owner(self, *, resets: bool) -> None:
        ready = [platform for platform in demo_platforms() if platform.status == Platform.Status.ACTIVE]
        if not has_owner() and (resets or len(ready) < len(PLATFORMS)):
            raise CommandError(
                "Making a platform needs the owner of the tables. Set DATABASE_OWNER_URL.",
                returncode=FAILED,
            )

    def _say_reset(self, run: DemoRun) -> None:
        for platform in demo_platforms():
            run.report(f"Would delete the platform {platform.code} with everything in it and make it anew.")

    def _reset(self, run: DemoRun, *, confirmed: bool) -> None:
        names = " and ".join(platform.code for platform in demo_platforms())
        if not names:
            return
        if not confirmed:
            if not sys.stdin.isatty():
                raise CommandError(
                    f"--reset deletes the platforms {names} with everything in them. Add --yes to do it.",
                    returncode=NEEDS_CONFIRMATION,
                )
            answer = input(f"Delete the platforms {names} with everything in them? Type yes: ")
            if answer.strip().lower() not in {"y", "yes"}:
                raise CommandError("Nothing was deleted.", returncode=NEEDS_CONFIRMATION)
        tear_down(run)

    def _say_result(self, run: DemoRun, step: DemoStep) -> None:
        made = "would make" if run.dry_run else "made"
        run.report(f"{step.name:<12} {_words(run.results[step.name], made)}")

    def _say_end(self, run: DemoRun, seconds: float) -> None:
        if run.dry_run:
            self.stdout.write("Nothing was written.")
            return
        made = sum(sum(result.made.values()) for result in run.results.values())
        state = "The demo stands" if made else "The demo is complete already; nothing was changed"
        self.stdout.write(f"{state} ({seconds} s). Everybody's password is {PASSWORD}.")
        self.stdout.write(f"  {demo_host('').lstrip('.')}/admin/  {SUPERUSER}")
        for platform in PLATFORMS:
            self.stdout.write(f"  admin.{platform.host}/admin/  admin@{platform.code}.test")


def _words(result: StepResult, made: str) -> str:
    groups = ((made, result.made), ("there already", result.kept))
    parts = [
        f"{verb}: " + ", ".join(f"{kind} {count}" for kind, count in counts.items())
        for verb, counts in groups
        if counts
    ]
    return "; ".join(parts) or "nothing to do"


def _summary(run: DemoRun, seconds: float) -> dict[str, Any]:
    return {
        "seed": run.seed,
        "day": run.today.isoformat(),
        "dry_run": run.dry_run,
        "seconds": seconds,
        "steps": [
            {
                "name": step.name,
                "made": dict(sorted(run.results[step.name].made.items())),
                "kept": dict(sorted(run.results[step.name].kept.items())),
            }
            for step in steps_in_order()
            if step.name in run.results
        ],
    }

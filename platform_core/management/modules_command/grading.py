"""`modules check --quality`: its arguments, and telling what was found."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import CommandError

from platform_core.management.operator import FAILED, OperatorCommand
from platform_core.modules.registry import registry
from platform_core.quality import Grade, report_on
from platform_core.quality.telling import as_facts, in_words


def add_quality_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("code", nargs="?", help="with --quality of one module alone")
    parser.add_argument("--quality", action="store_true", help="tell the grade of each: bronze, silver, gold")
    parser.add_argument(
        "--at-least", choices=[str(grade) for grade in Grade if grade], help="fail where one is below"
    )
    parser.add_argument(
        "--tests", type=Path, help="where the tests of a package stand that is not installed from sources"
    )


def tell_quality(
    command: OperatorCommand, code: str | None, at_least: str | None, tests: Path | None
) -> None:
    """Tell the grades of one module or of all. Raises CommandError where one is below what is asked for."""
    configs = registry().configs
    reports = [report_on(config, tests) for config in configs if code in (None, config.definition.code)]
    told = json.dumps(as_facts(reports), ensure_ascii=False) if command.as_json else in_words(reports)
    command.stdout.write(told)
    below = [report.code for report in reports if at_least and report.grade < Grade[at_least.upper()]]
    if below:
        raise CommandError(f"Below {at_least}: {', '.join(below)}.", returncode=FAILED)

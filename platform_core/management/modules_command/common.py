"""What the parts of `manage.py modules` share."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from django.core.management.base import CommandError

from platform_core.management.operator import FAILED, OperatorCommand
from platform_core.modules.definition import ModuleDefinition
from platform_core.modules.exceptions import ModuleRefusal
from platform_core.modules.hooks import Counts
from platform_core.modules.journal import MAX_REASON_LENGTH
from platform_core.modules.plan import Step
from platform_core.modules.registry import registry
from platform_core.tenancy.models import Platform

WORDS = {"enable": "on", "disable": "off"}


def reason(text: str) -> str:
    """The type of `--reason`."""
    if len(text) > MAX_REASON_LENGTH:
        raise ArgumentTypeError(f"it has {len(text)} letters: use {MAX_REASON_LENGTH} at most")
    return text


def with_reason(parser: ArgumentParser) -> None:
    parser.add_argument("--reason", type=reason, default="", help="written down beside the change")


def with_platform(parser: ArgumentParser, *, or_all: bool = True) -> None:
    """`--platform CODE`, or where it can be done for all of them `--all`."""
    if not or_all:
        parser.add_argument("--platform", metavar="CODE", required=True)
        return
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--platform", metavar="CODE")
    where.add_argument("--all", action="store_true", help="for every platform")


def codes_in(value: Any) -> str:
    return value if isinstance(value, str) else ", ".join(value)


def turned_in(plan: Sequence[Step]) -> list[str]:
    """What a plan turns, as “payments, orders switched on”."""
    turned = {verb: [step.code for step in plan if step.verb == verb] for verb in WORDS}
    return [f"{codes_in(codes)} switched {WORDS[verb]}" for verb, codes in turned.items() if codes]


def kept_in(data: Mapping[str, Counts]) -> str:
    """What modules keep, as “ Kept: orders 12 orders, 3 carts.”; empty where that is nothing."""
    told = [
        f"{code} {', '.join(f'{count} {what}' for what, count in counts if count)}"
        for code, counts in data.items()
        if any(count for _what, count in counts)
    ]
    return f" Kept: {'; '.join(told)}." if told else ""


def as_json(data: Mapping[str, Counts]) -> dict[str, dict[str, int]]:
    return {code: {str(what): count for what, count in counts} for code, counts in data.items()}


class ModulesPart(OperatorCommand):
    """Base of the parts: finding platforms and modules by code, and telling refusals."""

    @contextmanager
    def previewing(self, platform: Platform, really: Callable[[], object]) -> Iterator[None]:
        """Ask what would be done before `really` is. Raises CommandError with a refusal and the platform's code.

        What was asked for in earnest leaves the refusal's row in the history.
        """
        try:
            yield
        except ModuleRefusal as refusal:
            if not self.is_dry:
                with suppress(ModuleRefusal):
                    really()
            raise CommandError(f"{platform.code}: {refusal.message}", returncode=FAILED) from refusal

    def platforms(self, code: str | None) -> list[Platform]:
        """The platform of a code, or all of them. Raises CommandError."""
        if code is not None:
            return [self.platform(code)]
        return list(Platform.objects.prefetch_related("domains").order_by("code"))

    def definition(self, code: str) -> ModuleDefinition:
        """Raises CommandError that names the modules there are."""
        found = registry().definitions.get(code)
        if found is None and code in registry().reasons:
            raise CommandError(registry().reasons[code], returncode=FAILED)
        if found is None:
            known = codes_in(registry().definitions)
            raise CommandError(f"There is no module “{code}”. Modules: {known}.", returncode=FAILED)
        return found

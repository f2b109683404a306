"""Calling what modules say of themselves, each as the platform's staff, none able to break more than its own switch."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import models, transaction
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

from platform_core.modules.counters import hook_failed
from platform_core.modules.definition import Hook, load_hook
from platform_core.modules.exceptions import HookFailed
from platform_core.modules.plan import Step
from platform_core.modules.registry import registry
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.models import Platform

logger = logging.getLogger(__name__)

Text = str | Promise
# (what is counted, how many), in the order they are told.
Counts = Sequence[tuple[Text, int]]


def call(hook: Hook, platform: Platform, code: str, name: str, *args: Any) -> Any:
    """Call a hook as the platform's staff. Raises HookFailed, and logs why.

    One that hangs loses its transaction: PostgreSQL ends a session that is idle within one for ten seconds.
    """
    try:
        with platform_context(platform, role="staff"), transaction.atomic():
            return load_hook(hook)(*(args or (platform.pk,)))
    except Exception as error:
        logger.exception("module_hook_failed", extra={"module_code": code, "hook": name})
        hook_failed(code, name)
        raise HookFailed(module=code, hook=name) from error


def objections_to(platform: Platform, plan: Iterable[Step], *, force: bool) -> dict[str, list[Text]]:
    """What the plan's modules have against it. Raises HookFailed, unless it goes on by force anyway."""
    objections: dict[str, list[Text]] = {}
    for step in plan:
        question = f"can_{step.verb}"
        hook = getattr(registry().definitions[step.code], question)
        if hook is None:
            continue
        try:
            found = call(hook, platform, step.code, question)
            if found:
                objections[step.code] = _reasons_in(found, step.code, question)
        except HookFailed:
            if not force:
                raise
            objections[step.code] = [gettext_lazy("It could not be asked: the log says why.")]
    return objections


def _reasons_in(answer: Any, code: str, question: str) -> list[Text]:
    """The reasons that a hook gives, many or one alone. Raises HookFailed for what is none, such as True."""
    reasons = [answer] if isinstance(answer, str | Promise) or not isinstance(answer, Iterable) else [*answer]
    if not all(isinstance(reason, str | Promise) for reason in reasons):
        raise _not_understood(code, question)
    return reasons


def _not_understood(code: str, name: str) -> HookFailed:
    logger.error("module_hook_failed", extra={"module_code": code, "hook": name})
    hook_failed(code, name)
    return HookFailed(module=code, hook=name)


def data_of(platform: Platform, codes: Iterable[str]) -> dict[str, Counts]:
    """What modules keep on a platform, by code, of those that say it. One that cannot say it now is left out."""
    found: dict[str, Counts] = {}
    for code in codes:
        hook = registry().definitions[code].data_summary
        if hook is None:
            continue
        try:
            found[code] = _counts_in(call(hook, platform, code, "data_summary"), code)
        except HookFailed:
            continue
    return found


def _counts_in(answer: Any, code: str) -> Counts:
    """The counts that a hook gives. Raises HookFailed for what is none."""
    entries = answer if isinstance(answer, list | tuple) else [answer]
    if not all(
        isinstance(entry, list | tuple)
        and len(entry) == 2
        and isinstance(entry[0], str | Promise)
        and isinstance(entry[1], int)
        for entry in entries
    ):
        raise _not_understood(code, "data_summary")
    return [(what, count) for what, count in entries]


def count_rows(*kinds: type[models.Model]) -> Counts:
    """How many rows there are of some models, as the context sees them: for a module's `data_summary`."""
    return [(capfirst(str(kind._meta.verbose_name_plural)), kind._default_manager.count()) for kind in kinds]

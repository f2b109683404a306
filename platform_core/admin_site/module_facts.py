"""What the admin tells of a module besides its switch: its health, its plan, what it keeps, what was done about it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from platform_core.identity.people import people_behind
from platform_core.modules.features import Decision, feature_gate
from platform_core.modules.models import ModuleChange
from platform_core.modules.registry import registry
from platform_core.observability.health import DEGRADED, HEALTHY, UNHEALTHY, Result, examine, module_checks
from platform_core.tenancy.context import PlatformRef

# A page does not wait for a check that hangs as long as /health does.
HEALTH_SECONDS = 1.0


def results_of_health() -> dict[str, Result]:
    """What the modules that are on somewhere say of themselves, by code: for the installation as a whole."""
    found = examine(module_checks(), HEALTH_SECONDS)
    return {result.name.removeprefix("module:"): result for result in found.results}


def health_in_words(result: Result | None) -> str:
    """The state alone: the details are the operator's, and may name other platforms."""
    if result is None:
        return ""
    return {HEALTHY: _("Healthy"), DEGRADED: _("Degraded"), UNHEALTHY: _("Unhealthy")}[result.status]


def plan_of(platform: PlatformRef, code: str) -> list[tuple[str, str, bool]]:
    """(feature, what the platform's plan says of it, whether it is included) of a module's features."""
    return [
        (str(spec.name), _said(decision), decision.allowed)
        for spec in registry().definitions[code].feature_specs
        if (decision := feature_gate.check(platform, spec.code)).reason != "module_off"
    ]


def _said(decision: Decision) -> str:
    if decision.limit is not None:
        return _("%(used)s of %(limit)s in use") % {"used": decision.used, "limit": decision.limit}
    if decision.allowed:
        return _("In the plan")
    if decision.required_tier:
        return _("Comes with the plan “%(tier)s”") % {"tier": decision.required_tier}
    return _("Not in the plan")


def with_words(changes: Iterable[ModuleChange]) -> None:
    """Give each change its `person`, and of settings `values`: (name, before, after), of a secret without the last two."""
    found = list(changes)
    people = people_behind(found)
    for change in found:
        # Without a person: where it came from.
        change.person = people.get(change.user_id or 0) or change.get_source_display()  # type: ignore[attr-defined]
        before, after = change.details.get("before", {}), change.details.get("after", {})
        change.values = [  # type: ignore[attr-defined]
            (name, _as_text(before.get(name)), _as_text(after[name])) if name in after else (name, None, None)
            for name in change.details.get("changed", ())
        ]


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)

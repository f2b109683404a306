"""System checks of what stands around the modules: their tests, their translations and the platforms' rows.

Only warnings: nothing of it keeps a module from doing its work.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import DEFAULT_DB_ALIAS, DatabaseError, transaction

from platform_core.modules.models import PlatformModule
from platform_core.modules.registry import registry
from platform_core.tenancy.context import platform_context


@register(Tags.models)
def check_files(**_kwargs: Any) -> list[CheckMessage]:
    """W038: a module of this checkout without tests. W039: one without translations."""
    found: list[CheckMessage] = []
    modules, tests = Path(settings.BASE_DIR) / "modules", Path(settings.BASE_DIR) / "tests"
    for config in registry().configs:
        folder, code = Path(config.path), config.definition.code
        # What is installed as a package brings its tests elsewhere; an image for production brings none.
        if folder.parent == modules and tests.is_dir():
            own = tests / "modules" / config.label
            if not any(own.rglob("test_*.py")):
                found.append(
                    _warning(38, code, "has no tests", f"Write some: {own.relative_to(settings.BASE_DIR)}/.")
                )
        if folder.is_dir() and not any(folder.glob("locale/*/LC_MESSAGES/django.po")):
            found.append(_warning(39, code, "has no translations", "Make them: manage.py messages."))
    return found


@register(Tags.database)
def check_rows(databases: Sequence[str] | None = None, **_kwargs: Any) -> list[CheckMessage]:
    """W040, where a command looks at the database. Before the first migration there is no table to look into."""
    if DEFAULT_DB_ALIAS not in (databases or ()):
        return []
    try:
        with transaction.atomic():
            return orphan_rows()
    except DatabaseError:
        return []


def orphan_rows() -> list[CheckMessage]:
    """W040: rows of a module that is not installed. A broken one is, and is told of by its fault."""
    known = registry()
    installed = {*known.definitions, *known.reasons, *(c.label.replace("_", "-") for c in known.left_out)}
    with platform_context(role="operator"):
        rows = PlatformModule.objects.exclude(module_code__in=installed)
        pairs = rows.order_by("module_code", "platform__code").values_list("module_code", "platform__code")
        platforms: dict[str, list[str]] = {}
        for code, platform in pairs:
            platforms.setdefault(code, []).append(platform)
    return [
        _warning(
            40,
            code,
            f"is not installed, and there are rows of it: {', '.join(names)}",
            "Install it again, or leave the rows: they count as off.",
        )
        for code, names in platforms.items()
    ]


def _warning(number: int, code: str, text: str, hint: str) -> CheckMessage:
    return Warning(f"{code} {text}.", hint=hint, obj=code, id=f"platform_core.W{number:03}")

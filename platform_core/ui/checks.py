"""System checks of the interface: every icon that templates and menus name exists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from platform_core.modules.definition import with_children
from platform_core.modules.registry import module_configs
from platform_core.ui.icons import icon_names

_IN_TEMPLATES = re.compile(r"""\{%\s*icon\s+["']([\w-]+)["']|\bicon(?:_end)?="([\w-]+)\"""")


def icons_in_source(source: str) -> Iterator[str]:
    """The names of icons that a template's source names literally."""
    for match in _IN_TEMPLATES.finditer(source):
        yield match.group(1) or match.group(2)


def template_files() -> Iterator[Path]:
    """Our own templates: the project's and those of its apps."""
    engines: list[dict[str, Any]] = settings.TEMPLATES
    folders = [Path(folder) for engine in engines for folder in engine.get("DIRS", [])]
    root = Path(settings.BASE_DIR)
    for config in apps.get_app_configs():
        folder = Path(config.path)
        if folder.is_relative_to(root) and ".venv" not in folder.parts:
            folders.append(folder / "templates")
    for folder in folders:
        yield from sorted(folder.rglob("*.html"))


@register("templates")
def check_icons(app_configs: Any = None, **options: Any) -> list[CheckMessage]:
    """platform_core.E301: a template or a menu item names an icon that Lucide does not have."""
    known = icon_names()
    problems: list[CheckMessage] = []
    for path in template_files():
        for name in icons_in_source(path.read_text(encoding="utf-8")):
            if name not in known:
                problems.append(_unknown(name, str(path)))
    for config in module_configs():
        for items in config.definition.menu_items.values():
            problems += [
                _unknown(item.icon, config.name)
                for item in with_children(items)
                if item.icon and item.icon not in known
            ]
    return problems


def _unknown(name: str, place: str) -> Error:
    return Error(
        f"There is no Lucide icon {name!r} ({place}).",
        hint="Look it up on lucide.dev, in the version that requirements/base.txt locks.",
        id="platform_core.E301",
    )

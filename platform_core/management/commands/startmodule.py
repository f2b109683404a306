"""`manage.py startmodule CODE`: a module that works, passes every check and its own tests, as a place to begin."""

from __future__ import annotations

import json
import re
from argparse import ArgumentParser
from collections.abc import Iterator
from keyword import iskeyword
from pathlib import Path
from string import Template
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import Resolver404, resolve

from platform_core.modules.definition import FrontendType, with_children
from platform_core.modules.registry import CODE, registry
from platform_core.tenancy.middleware import NEUTRAL_PREFIXES, OPERATIONS_PATHS, URLCONFS

TEMPLATE_DIR = Path(__file__).resolve().parents[1] / "module_template"
SUFFIX = ".tpl"
# Addresses, names and permissions are made of the code, each of which stands on one line.
MAX_CODE_LENGTH = 32
# The name stands in Python strings and in templates.
NAME = re.compile(r"[^\"\\{}%$\n\r]{1,60}\Z")


class Command(BaseCommand):
    help = "Make a module: its folder, a page of its own in shops and in the dashboard, and its tests."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code", help="lower-case letters, digits and hyphens, as in “gift-cards”")
        parser.add_argument("--name", help="what people call it, in English; made from the code if left out")
        parser.add_argument(
            "--project", type=Path, default=settings.BASE_DIR, help="the checkout to make it in"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would be made, and make nothing")
        parser.add_argument("--json", action="store_true", dest="as_json", help="print JSON")

    def handle(self, *args: Any, code: str, name: str | None, project: Path, **options: Any) -> None:
        label = code.replace("-", "_")
        name = name or code.replace("-", " ").capitalize()
        self._refuse_bad(code, label, name)
        words = {
            "code": code,
            "label": label,
            "name": name,
            "class_name": "".join(word.capitalize() for word in code.split("-")),
        }
        listed = project / "config" / "settings" / "modules.py"
        folders = {"module": project / "modules" / label, "tests": project / "tests" / "modules" / label}
        for folder in folders.values():
            if folder.exists():
                raise CommandError(f"{folder} exists already: choose another code, or remove it first.")
        settings_text = _with_module(listed.read_text(), label)
        texts = {}
        for source in sorted(TEMPLATE_DIR.rglob(f"*{SUFFIX}")):
            kind, *rest = source.relative_to(TEMPLATE_DIR).parts
            target = folders[kind].joinpath(*_own_place(rest, label))
            texts[target] = Template(source.read_text()).substitute(words)
        if not options["dry_run"]:
            for target, text in texts.items():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text)
            listed.write_text(settings_text)
        files = [str(target.relative_to(project)) for target in (*texts, listed)]
        self.stdout.write(self._told(code, label, files, **options))

    @staticmethod
    def _told(
        code: str, label: str, files: list[str], *, dry_run: bool, as_json: bool, **_options: Any
    ) -> str:
        if as_json:
            return json.dumps({"dry_run": dry_run, "code": code, "app": f"modules.{label}", "files": files})
        if dry_run:
            return "\n".join(["Dry run, nothing was changed. These would be written:", *files])
        return (
            f"Made modules/{label} and tests/modules/{label}, and listed it in config/settings/modules.py."
            f" It is off everywhere. Next: manage.py modules enable {code} --platform CODE,"
            " and manage.py messages for its translations."
        )

    @staticmethod
    def _refuse_bad(code: str, label: str, name: str) -> None:
        """Raises CommandError for a code or a name that could be nobody's, or is somebody's."""
        if not CODE.match(code) or code.endswith("-") or "--" in code:
            raise CommandError(
                f"“{code}” is no code: use lower-case letters, digits and single hyphens, starting with a letter,"
                " as in “gift-cards”."
            )
        if len(code) > MAX_CODE_LENGTH:
            raise CommandError(
                f"“{code}” has {len(code)} letters: choose a code of {MAX_CODE_LENGTH} at most. The name may be longer."
            )
        if iskeyword(label):
            raise CommandError(f"“{code}” is a word of Python's: choose another code.")
        if label in {config.label for config in apps.get_app_configs()}:
            raise CommandError(f"There is an app “{label}” already: choose another code.")
        if code in dict(settings.LANGUAGES):
            raise CommandError(f"/{code}/ is where pages in another language stand: choose another code.")
        for prefix in (*OPERATIONS_PATHS, *NEUTRAL_PREFIXES):
            if f"/{code}/".startswith(prefix):
                raise CommandError(
                    f"What begins with {prefix} is answered before any module is asked: choose another code."
                )
        for urlconf, address in (("storefront", f"/{code}/"), ("platform", f"/vendor/{code}/")):
            if _is_taken(address, URLCONFS[urlconf]):
                raise CommandError(f"Something answers at {address} already: choose another code.")
        owner = next((one for one, items in _menus_of_teams() if code in items), None)
        if owner is not None:
            raise CommandError(f"{owner} has a menu item “{code}” already: choose another code.")
        if not NAME.match(name):
            raise CommandError(
                "Give a name of at most 60 characters without quotation marks, braces, “%”, “$” and “\\”."
            )


def _menus_of_teams() -> Iterator[tuple[str, set[str]]]:
    """Module codes, each with the ids of its items in the dashboard's menu."""
    for code, found in registry().definitions.items():
        yield code, {item.id for item in with_children(found.menu_items.get(FrontendType.VENDOR, ()))}


def _is_taken(address: str, urlconf: str) -> bool:
    try:
        resolve(address, urlconf=urlconf)
    except Resolver404:
        return False
    return True


def _own_place(parts: list[str], label: str) -> list[str]:
    """Where a file of the template goes: templates stand in a folder of the module's own, tests bear its name."""
    *folders, name = parts
    if folders[:1] == ["templates"]:
        folders.insert(1, label)
    return [*folders, name.removesuffix(SUFFIX).replace("test_module", f"test_{label}")]


def _with_module(text: str, label: str) -> str:
    """The settings' list with one more module of platforms. Raises CommandError if it is not where it was."""
    before, opening, rest = text.partition("PLATFORM_MODULES: list[str] = [\n")
    entries, closing, after = rest.partition("]\n")
    if not opening or not closing:
        raise CommandError(
            "config/settings/modules.py has no PLATFORM_MODULES as it came: list the module yourself, as"
            f' "modules.{label}", once it is made.'
        )
    return f'{before}{opening}{entries}    "modules.{label}",\n{closing}{after}'

"""`manage.py startmodule CODE`: a module that works, passes every check and its own tests, as a place to begin."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
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
from platform_core.ui.compile_messages import compile_folder
from platform_core.ui.messages import translate_folder

TEMPLATE_DIR = Path(__file__).resolve().parents[1] / "module_template"
SUFFIX = ".tpl"
# Addresses, names and permissions are made of the code, each of which stands on one line.
MAX_CODE_LENGTH = 32
# The name stands in Python strings and in templates.
NAME = re.compile(r"[^\"\\{}%$\n\r]{1,60}\Z")
MODEL = re.compile(r"(?=.{1,20}\Z)[a-z]+(_[a-z]+)*\Z")
# English is the source.
LANGUAGES = ("fr", "de", "lb")
CATALOGUES = [f"locale/{language}/LC_MESSAGES/django.po" for language in LANGUAGES]


@dataclass(frozen=True)
class Wanted:
    """What is to be made: names of the module, and the words that the template's files are filled with."""

    code: str
    name: str
    model: str
    is_package: bool
    # The module's name in the languages that it was given in.
    names: dict[str, str]

    @property
    def label(self) -> str:
        return self.code.replace("-", "_")

    @property
    def package(self) -> str:
        """The dotted name of the module's package."""
        return f"wizamart_{self.label}" if self.is_package else f"modules.{self.label}"

    @property
    def distribution(self) -> str:
        return f"wizamart-{self.code}"

    @property
    def words(self) -> dict[str, str]:
        model_class = _camel(self.model)
        return {
            "code": self.code,
            "label": self.label,
            "name": self.name,
            "package": self.package,
            "distribution": self.distribution,
            "class_name": _camel(self.label),
            "model": self.model,
            "models": f"{self.model[:-1]}ies" if self.model.endswith("y") else f"{self.model}s",
            "model_class": model_class,
            "model_lower": model_class.lower(),
            # PostgreSQL's and Django's limit is 30 letters.
            "index": f"{self.label[:20]}_new_ix",
        }

    def folders(self, project: Path) -> dict[str, Path]:
        """Where each part of the template goes."""
        if self.is_package:
            root = project / self.distribution
            return {"module": root / "src" / self.package, "tests": root / "tests", "package": root}
        module = project / "modules" / self.label
        return {"module": module, "tests": project / "tests" / "modules" / self.label, "house": module}


def _camel(label: str) -> str:
    return "".join(word.capitalize() for word in label.split("_"))


class Command(BaseCommand):
    help = "Make a module: a table, pages in shops and in the dashboard, an API, settings, and its tests."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code", help="lower-case letters, digits and hyphens, as in “gift-cards”")
        parser.add_argument("--name", help="what people call it, in English; made from the code if left out")
        for language in LANGUAGES:
            parser.add_argument(f"--{language}", metavar="NAME", help=f"what it is called in “{language}”")
        parser.add_argument("--model", default="entry", help="what a row of its table is, as in “gift_card”")
        parser.add_argument(
            "--package", action="store_true", help="as a package of its own instead of in this checkout"
        )
        parser.add_argument(
            "--project", type=Path, default=settings.BASE_DIR, help="the folder to make it in"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would be made, and make nothing")
        parser.add_argument("--json", action="store_true", dest="as_json", help="print JSON")

    def handle(self, *args: Any, code: str, name: str | None, project: Path, **options: Any) -> None:
        names = {language: options[language] for language in LANGUAGES if options.get(language)}
        wanted = Wanted(
            code, name or code.replace("-", " ").capitalize(), options["model"], options["package"], names
        )
        self._refuse_bad(wanted)
        folders = wanted.folders(project)
        for folder in folders.values():
            if folder.exists():
                raise CommandError(f"{folder} exists already: choose another code, or remove it first.")
        texts = dict(_files(wanted, folders))
        if not wanted.is_package:
            listed = project / "config" / "settings" / "modules.py"
            texts[listed] = _with_module(listed.read_text(), wanted.label)
        catalogues = [folders["module"] / place for place in CATALOGUES]
        if not options["dry_run"]:
            for target, text in texts.items():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text)
            known = json.loads((TEMPLATE_DIR / "translations.json").read_text())
            known[wanted.name] = [names.get(language, "") for language in LANGUAGES]
            translate_folder(folders["module"], known)
            compile_folder(folders["module"])
            _tidy(folders.values())
        files = [str(target.relative_to(project)) for target in (*texts, *catalogues)]
        self.stdout.write(_told(wanted, files, dry_run=options["dry_run"], as_json=options["as_json"]))

    @staticmethod
    def _refuse_bad(wanted: Wanted) -> None:
        """Raises CommandError for a code or a name that could be nobody's, or is somebody's."""
        code, label = wanted.code, wanted.label
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
        if not MODEL.match(wanted.model) or iskeyword(wanted.model):
            raise CommandError("Name the model by lower-case words, 20 letters at most, as in “gift_card”.")
        if not all(NAME.match(text) for text in (wanted.name, *wanted.names.values())):
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


def _told(wanted: Wanted, files: list[str], *, dry_run: bool, as_json: bool) -> str:
    if as_json:
        facts = {"dry_run": dry_run, "code": wanted.code, "app": wanted.package, "files": files}
        return json.dumps(facts)
    if dry_run:
        return "\n".join(["Dry run, nothing was changed. These would be written:", *files])
    if wanted.is_package:
        return (
            f"Made {wanted.distribution}/. Next: install it, name {wanted.code} in MODULES_ALLOW, then"
            f" manage.py modules check --quality {wanted.code}."
        )
    return (
        f"Made modules/{wanted.label} and tests/modules/{wanted.label}, and listed it in config/settings/modules.py."
        f" It is off everywhere. Next: manage.py migrate, then manage.py modules enable {wanted.code} --platform CODE."
    )


def _files(wanted: Wanted, folders: dict[str, Path]) -> Iterator[tuple[Path, str]]:
    """(where, what) of each file of the template that goes with what is wanted."""
    for source in sorted(TEMPLATE_DIR.rglob(f"*{SUFFIX}")):
        kind, *rest = source.relative_to(TEMPLATE_DIR).parts
        if kind not in folders:
            continue
        target = folders[kind].joinpath(*_own_place(rest, wanted))
        if wanted.is_package and kind == "tests" and target.name == "__init__.py":
            # Its tests are no package: another of that name, Wizamart's own, is imported beside them.
            continue
        yield target, Template(source.read_text()).substitute(wanted.words)


def _tidy(folders: Iterable[Path]) -> None:
    """Bring what was made into the shape that `make lint` wants, whatever names it is filled with. Needs ruff."""
    ruff = Path(sys.executable).with_name("ruff")
    if not ruff.exists():
        return
    style = ["--quiet", "--config", str(settings.BASE_DIR / "pyproject.toml"), *map(str, folders)]
    subprocess.run([str(ruff), "check", "--select", "I", "--fix", *style], check=True)
    subprocess.run([str(ruff), "format", *style], check=True)


def _own_place(parts: list[str], wanted: Wanted) -> list[str]:
    """Where a file of the template goes: templates stand in a folder of the module's own, tests bear its name."""
    *folders, name = parts
    if folders[:1] == ["templates"]:
        folders.insert(1, wanted.label)
    if parts == ["conftest.py.tpl"]:
        folders = ["tests"]
    name = name.replace("test_module", f"test_{wanted.label}").replace("0001_first", f"0001_{wanted.model}")
    return [*folders, name.removesuffix(SUFFIX)]


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

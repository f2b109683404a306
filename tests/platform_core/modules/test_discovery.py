"""Modules of other packages, and what keeps one out: the site and the commands stay up each time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from platform_core import VERSION
from platform_core.embedded import PROJECT_DIR
from platform_core.modules.discovery import discover

APPS = """
from platform_core.modules import ModuleConfig, ModuleDefinition


class Config(ModuleConfig):
    name = "{package}"
    label = "{package}"
    definition = ModuleDefinition(code="{code}", name="{code}", {fields})
"""


class Packages:
    """A folder on the path, with what an installer would put there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, package: str, *, fields: str = "", name: str = "", apps: str = APPS, **files: str) -> str:
        """Install a package with one module; returns the name of its entry point."""
        code = package.replace("_", "-")
        home, info = self.folder / package, self.folder / f"{package}-1.0.dist-info"
        home.mkdir()
        info.mkdir()
        (home / "__init__.py").touch()
        (home / "apps.py").write_text(apps.format(package=package, code=code, fields=fields))
        for file, text in files.items():
            (home / f"{file}.py").write_text(text)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(
            f"[wizamart.modules]\n{name or code} = {package}.apps:Config\n"
        )
        return name or code


@pytest.fixture
def packages(tmp_path: Path) -> Packages:
    return Packages(tmp_path)


@pytest.fixture
def run(packages: Packages) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run Python with these packages installed, and the modules of `allow` allowed."""

    def go(*words: str, allow: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        server = dict.fromkeys(
            ("DATABASE_URL", "DATABASE_OWNER_URL"), "postgresql://nobody@127.0.0.1:1/nothing"
        )
        return subprocess.run(
            [sys.executable, "-W", "ignore", *words],
            cwd=PROJECT_DIR,
            env=os.environ
            | server
            | {"REDIS_URL": "redis://127.0.0.1:1/0", "PYTHONPATH": str(packages.folder)}
            | {"DJANGO_SETTINGS_MODULE": "config.settings.local", "MODULES_ALLOW": allow}
            | environment,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return go


def listed(answer: subprocess.CompletedProcess[str]) -> dict[str, dict[str, str]]:
    assert answer.returncode == 0, answer.stderr
    return {row["code"]: row for row in json.loads(answer.stdout)}


LIST = ("manage.py", "modules", "list", "--json")
# Starts like a process that serves, asks a page, and runs commands: no server but this process is needed.
SITE = """
import io, json, sys
import django
django.setup()
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, SystemCheckError
from django.test import Client
from platform_core.modules import lifecycle
lifecycle.startup("web")

def command(*words):
    out, code, error = io.StringIO(), 0, ""
    try:
        call_command("modules", *words, stdout=out, stderr=io.StringIO())
    except CommandError as failed:
        code, error = failed.returncode, str(failed)
    return code, out.getvalue(), error

def other_command():
    # As any command that has not said that it does without checks.
    try:
        BaseCommand(stdout=io.StringIO(), stderr=io.StringIO()).check(databases=None)
    except SystemCheckError as failed:
        return str(failed)
    return ""

print(json.dumps({
    "status": Client(raise_request_exception=False).get("/health/live", headers={"host": "localhost"}).status_code,
    "list": json.loads(command("list", "--json")[1]),
    "check": command("check", "--json"),
    "show": command("show", sys.argv[1]),
    "other": other_command(),
}))
"""


def test_only_what_is_allowed_is_loaded(packages, run):
    packages.add("gifts", name="gifts")
    packages.add("never_asked", apps="raise SystemExit('loaded')")
    found = listed(run(*LIST, allow="gifts"))
    assert found["gifts"]["tier"] == "optional"
    assert found["never-asked"]["tier"] == "not allowed"
    assert "MODULES_ALLOW" in found["never-asked"]["name"]
    assert set(found) >= {"core", "catalog", "orders"}


def test_safe_mode_loads_none_of_them(packages, run):
    packages.add("gifts")
    found = listed(run(*LIST, allow="gifts", MODULES_SAFE_MODE="1"))
    assert found["gifts"]["tier"] == "not allowed"
    assert found["orders"]["tier"] == "optional"


BROKEN: dict[str, tuple[dict[str, str], str]] = {
    "import_error": ({"apps": "import nothing_of_this_name"}, "ModuleNotFoundError"),
    "syntax_error": ({"apps": "def"}, "SyntaxError"),
    "ends_the_process": ({"apps": "raise SystemExit(3)"}, "SystemExit"),
    "broken_models": ({"models": "import nothing_of_this_name"}, "models.py cannot be loaded"),
    "half_of_the_models": (
        {
            "models": "from django.db import models\nclass Half(models.Model):\n    pass\n"
            "class Other(models.Model):\n    made_of = nothing"
        },
        "models.py cannot be loaded: NameError",
    ),
    "raising_ready": (
        {"apps": APPS + "    def ready(self):\n        raise ValueError('not ready')\n"},
        "ready() cannot be loaded",
    ),
    "no_module": (
        {"apps": "from django.apps import AppConfig\nclass Config(AppConfig):\n    name = '{package}'\n"},
        "is no ModuleConfig",
    ),
    "missing_package": ({"fields": 'requires_packages=("nothing-of-this-name>=2",)'}, "is not installed"),
    "old_package": ({"fields": 'requires_packages=("django>=99",)'}, "needs the package django>=99, and"),
    "wrong_version": (
        {"fields": 'requires_platform_core=">=99"'},
        f"is for Wizamart >=99, and this is {VERSION}",
    ),
    "unreadable_range": ({"fields": 'requires_platform_core="new"'}, "cannot be read"),
    "circle": ({"fields": 'requires=("circle",)'}, "circle requires itself"),
    "requires_nobody": ({"fields": 'requires=("nobody",)'}, "requires nobody"),
    "settings_of_nowhere": (
        {"fields": 'config_schema="nothing.here.Schema"'},
        "config_schema cannot be used",
    ),
    "settings_of_no_model": ({"fields": 'config_schema="pydantic.BaseModel"'}, "which is no pydantic model"),
    "bad_definition": ({"fields": 'requires="orders"'}, "requires is 'orders'"),
}


@pytest.mark.parametrize("kind", sorted(BROKEN))
def test_a_module_that_cannot_be_used_takes_nothing_else_down(packages, run, kind):
    """The list names the module and the reason, the check fails, and site and commands go on."""
    facts, said = BROKEN[kind]
    code = packages.add(kind, **facts)
    answer = run("-c", SITE, code, allow=code)
    assert answer.returncode == 0, answer.stderr
    told = json.loads(answer.stdout)
    assert told["status"] == 200
    found = {row["code"]: row for row in told["list"]}
    assert (found[code]["tier"], said in found[code]["name"]) == ("unusable", True), found[code]
    assert found["core"]["tier"] == "core" and found["orders"]["tier"] == "optional"
    status, rows, _error = told["check"]
    faults = [row for row in json.loads(rows) if row["module"].replace("_", "-") == code]
    assert status == 1
    assert faults and all(row["id"].startswith("platform_core.E") and row["hint"] for row in faults)
    assert told["other"] == ""
    assert told["show"][0] == 1
    assert told["show"][2] == found[code]["name"]


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("hook_of_nowhere", 'on_enable="nothing.here"'),
        ("odd_version", 'version="1"'),
        ("odd_feature", 'features=("Own-Domains",)'),
    ],
)
def test_a_fault_that_leaves_a_module_usable_keeps_no_command_from_running(packages, run, kind, fields):
    code = packages.add(kind, fields=fields)
    answer = run("-c", SITE, code, allow=code)
    assert answer.returncode == 0, answer.stderr
    told = json.loads(answer.stdout)
    assert (told["status"], told["other"], told["check"][0]) == (200, "", 1)


def test_control_a_thorough_command_is_stopped(packages, run):
    code = packages.add("broken_models", **BROKEN["broken_models"][0])
    for words in (("check",), ("makemigrations", "--check", "--dry-run")):
        answer = run("manage.py", *words, allow=code)
        assert answer.returncode == 1
        assert "platform_core.E033" in answer.stderr


def test_one_with_the_label_of_another_leaves_that_one_alone(packages, run):
    packages.add("orders")
    told = json.loads(run("-c", SITE, "orders", allow="orders").stdout)
    assert {row["code"]: row["tier"] for row in told["list"]}["orders"] == "optional"
    assert "has the app label “orders”, as modules.orders has" in told["check"][1]


@pytest.mark.parametrize("kind", ["import_error", "broken_models", "wrong_version"])
def test_what_requires_it_is_left_out_with_it(packages, run, kind):
    code = packages.add(kind, **BROKEN[kind][0])
    packages.add("gifts", fields=f'requires=("{code}",)')
    found = listed(run(*LIST, allow=f"gifts,{code}"))
    assert found["gifts"]["tier"] == found[code]["tier"] == "unusable"
    assert f"gifts requires {code}" in found["gifts"]["name"]


@pytest.mark.parametrize("kind", ["import_error", "broken_models", "raising_ready", "wrong_version"])
def test_strict_mode_refuses_to_start_with_one_line(packages, run, kind):
    facts, said = BROKEN[kind]
    code = packages.add(kind, **facts)
    site = run("-c", SITE, code, allow=code, MODULES_STRICT="1")
    assert site.returncode == 1
    assert "ModulesNotLoaded" in site.stderr and said in site.stderr
    if kind != "raising_ready":
        answer = run(*LIST, allow=code, MODULES_STRICT="1")
        assert answer.returncode == 1
        line = answer.stderr.strip().splitlines()[-1]
        assert line.startswith("MODULES_STRICT is on, and modules cannot be used.") and said in line


def test_strict_mode_starts_with_a_sound_module(packages, run):
    packages.add("gifts")
    assert json.loads(run("-c", SITE, "gifts", allow="gifts", MODULES_STRICT="1").stdout)["status"] == 200


def test_a_package_that_is_gone_is_named_and_its_name_stays_allowed(run):
    found = listed(run(*LIST, allow="gone"))
    assert found["gone"]["name"] == "MODULES_ALLOW names gone, which no package brings."


def test_an_entry_point_of_another_name_than_the_module_is_a_fault(packages, run):
    packages.add("gifts", name="presents")
    found = listed(run(*LIST, allow="presents"))
    assert "leads to the module gifts" in found["presents"]["name"]


def test_a_listed_module_that_cannot_be_loaded_is_left_out_as_well(tmp_path, monkeypatch):
    home = tmp_path / "listed_and_broken"
    home.mkdir()
    (home / "__init__.py").write_text("1 / 0")
    monkeypatch.syspath_prepend(tmp_path)
    found = discover(["modules.core", "listed_and_broken"], beside=["modules.tenancy"])
    assert found.apps == ("modules.core",)
    assert [left.code for left in found.left_out] == ["listed-and-broken"]
    assert isinstance(found.left_out[0].error, ZeroDivisionError)


def test_the_version_is_that_of_the_project():
    project = tomllib.loads((PROJECT_DIR / "pyproject.toml").read_text())
    assert project["project"]["version"] == VERSION

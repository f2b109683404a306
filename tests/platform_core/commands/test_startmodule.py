"""`manage.py startmodule`: what it makes passes every check and its own tests as it is, and bad names change nothing."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.core.management import CommandError, call_command

from platform_core.embedded import PROJECT_DIR

BIN = Path(sys.executable).parent
LISTED = """PUBLIC_MODULES: list[str] = []

PLATFORM_MODULES: list[str] = [
    "modules.core",
]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The little of a checkout that the command writes to."""
    (tmp_path / "config" / "settings").mkdir(parents=True)
    (tmp_path / "config" / "settings" / "modules.py").write_text(LISTED)
    return tmp_path


def files_of(folder: Path) -> set[str]:
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}


def test_a_folder_tests_and_a_line_in_the_list(project, capsys):
    call_command("startmodule", "gift-cards", project=project)
    assert "off everywhere" in capsys.readouterr().out
    assert {
        "modules/gift_cards/apps.py",
        "modules/gift_cards/storefront/views.py",
        "modules/gift_cards/migrations/0001_entry.py",
        "modules/gift_cards/api/views.py",
        "modules/gift_cards/locale/lb/LC_MESSAGES/django.po",
        "modules/gift_cards/templates/gift_cards/dashboard/list.html",
        "tests/modules/gift_cards/test_gift_cards.py",
    } <= files_of(project)
    listed = (project / "config" / "settings" / "modules.py").read_text()
    assert listed == LISTED.replace(
        '    "modules.core",\n', '    "modules.core",\n    "modules.gift_cards",\n'
    )
    apps_py = (project / "modules" / "gift_cards" / "apps.py").read_text()
    assert "class GiftCardsConfig(ModuleConfig)" in apps_py
    assert 'name=_("Gift cards")' in apps_py


def test_a_dry_run_names_every_file_and_writes_none(project, capsys):
    before = files_of(project)
    call_command("startmodule", "gift-cards", "--dry-run", project=project)
    told = capsys.readouterr().out
    assert files_of(project) == before
    call_command("startmodule", "gift-cards", "--dry-run", "--json", project=project)
    facts = json.loads(capsys.readouterr().out)
    assert (facts["dry_run"], facts["app"]) == (True, "modules.gift_cards")
    call_command("startmodule", "gift-cards", "--json", project=project)
    assert json.loads(capsys.readouterr().out) == {**facts, "dry_run": False}
    made = {name for name in files_of(project) - before if not name.endswith(".mo")}
    assert made == set(facts["files"]) - {"config/settings/modules.py"}
    assert all(name in told for name in facts["files"])


@pytest.mark.parametrize(
    ("code", "name", "reason"),
    [
        ("Loyalty", None, "is no code"),
        ("1st", None, "is no code"),
        ("gift--cards", None, "is no code"),
        ("gift-", None, "is no code"),
        ("../etc", None, "is no code"),
        ("", None, "is no code"),
        ("catalog", None, "There is an app"),
        ("admin", None, "There is an app"),
        ("import", None, "a word of Python"),
        ("products", None, "answers at /products/ already"),
        ("account", None, "answers at /account/ already"),
        ("fr", None, "pages in another language"),
        ("health", None, "What begins with /health/ is answered"),
        ("metrics", None, "What begins with /metrics/ is answered"),
        ("api", None, "What begins with /api/ is answered"),
        ("home", None, "core has a menu item “home” already"),
        ("c" * 33, None, "has 33 letters"),
        ("loyalty", 'He said "no"', "Give a name"),
        ("loyalty", "{{ name }}", "Give a name"),
        ("loyalty", "x" * 61, "Give a name"),
    ],
)
def test_a_bad_name_is_refused_and_changes_nothing(project, code, name, reason):
    before = files_of(project)
    with pytest.raises(CommandError, match=reason):
        call_command("startmodule", code, name=name, project=project)
    assert files_of(project) == before
    assert (project / "config" / "settings" / "modules.py").read_text() == LISTED


@pytest.mark.parametrize("model", ["Review", "a review", "class", "r" * 21, "review-2", ""])
def test_a_model_of_no_name_is_refused_and_changes_nothing(project, model):
    before = files_of(project)
    with pytest.raises(CommandError, match="Name the model"):
        call_command("startmodule", "loyalty", model=model, project=project)
    assert files_of(project) == before


def test_a_package_stands_for_itself(project, capsys):
    call_command("startmodule", "gift-cards", "--package", model="gift_card", project=project)
    assert "MODULES_ALLOW" in capsys.readouterr().out
    root = project / "wizamart-gift-cards"
    made = {name for name in files_of(root) if not name.endswith(".mo")}
    assert {
        "pyproject.toml",
        "README.md",
        "src/wizamart_gift_cards/apps.py",
        "src/wizamart_gift_cards/migrations/0001_gift_card.py",
        "tests/conftest.py",
        "tests/test_contract.py",
    } <= made
    assert "tests/__init__.py" not in made
    facts = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    assert facts["entry-points"]["wizamart.modules"] == {
        "gift-cards": "wizamart_gift_cards.apps:GiftCardsConfig"
    }
    assert "class GiftCard(VendorOwned)" in (root / "src/wizamart_gift_cards/models.py").read_text()
    assert (project / "config" / "settings" / "modules.py").read_text() == LISTED


def test_its_texts_are_translated_save_a_name_that_nobody_has_given(project):
    call_command("startmodule", "loyalty", fr="Fidélité", project=project)

    def untranslated(language: str) -> str:
        path = project / "modules" / "loyalty" / "locale" / language / "LC_MESSAGES" / "django.po"
        with path.open("rb") as source:
            return ", ".join(str(entry.id) for entry in read_po(source) if entry.id and not entry.string)

    assert untranslated("fr") == ""
    assert untranslated("de") == untranslated("lb") == "Loyalty"


def test_what_is_there_already_is_left_alone(project):
    call_command("startmodule", "loyalty", project=project)
    before = (project / "config" / "settings" / "modules.py").read_text()
    with pytest.raises(CommandError, match="exists already"):
        call_command("startmodule", "loyalty", project=project)
    assert (project / "config" / "settings" / "modules.py").read_text() == before


def test_a_list_that_it_does_not_know_is_left_alone(project):
    (project / "config" / "settings" / "modules.py").write_text("PLATFORM_MODULES = []\n")
    with pytest.raises(CommandError, match="list the module yourself"):
        call_command("startmodule", "loyalty", project=project)
    assert not (project / "modules").exists()


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Path]:
    """A copy of the project's files, as they are now."""
    copy = tmp_path / "checkout"
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (PROJECT_DIR / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT_DIR / name, copy / name)
    yield copy
    shutil.rmtree(copy)


def run(checkout: Path, *command: str) -> str:
    done = subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        cwd=checkout,
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    return done.stdout


CODES = ("a", "b2b", "cart", "shop", "stock-board", "loyalty-points-and-rewards", "z" * 32)


def test_whatever_its_code_a_new_module_is_laid_out_and_passes_its_checks(checkout):
    for code in CODES:
        call_command("startmodule", code, project=checkout)
    call_command("startmodule", "long-name", name="n" * 60, project=checkout)
    made = [f"{place}/{label.replace('-', '_')}" for label in CODES for place in ("modules", "tests/modules")]
    run(checkout, "ruff", "check", *made, "modules/long_name", "tests/modules/long_name")
    run(checkout, "ruff", "format", "--check", *made, "modules/long_name", "tests/modules/long_name")
    told = json.loads(run(checkout, "python", "manage.py", "modules", "check", "--json"))
    assert told == []
    listed = json.loads(run(checkout, "python", "manage.py", "modules", "list", "--json"))
    assert set(CODES) <= {entry["code"] for entry in listed}


def test_control_a_module_laid_out_otherwise_is_found(checkout):
    call_command("startmodule", "loyalty", project=checkout)
    apps_py = checkout / "modules" / "loyalty" / "apps.py"
    apps_py.write_text(apps_py.read_text().replace('label = "loyalty"', "label = 'loyalty'"))
    with pytest.raises(AssertionError, match="would be reformatted"):
        run(checkout, "ruff", "format", "--check", "modules/loyalty")


@pytest.mark.proof
def test_a_new_module_passes_every_check_and_its_own_tests(checkout):
    names = ("--fr", "Fidélité", "--de", "Treue", "--lb", "Trei")
    run(checkout, "python", "manage.py", "startmodule", "loyalty", "--model", "card", *names)
    run(checkout, "ruff", "check", ".")
    run(checkout, "ruff", "format", "--check", ".")
    run(checkout, "mypy", "modules/loyalty", "config")
    run(checkout, "lint-imports", "--no-cache")
    run(checkout, "djlint", "--lint", "--quiet", "modules/loyalty")
    run(checkout, "python", "manage.py", "check", "--fail-level", "ERROR")
    run(checkout, "python", "manage.py", "messages", "--check", "--folder", "modules/loyalty")
    run(checkout, "python", "manage.py", "modules", "check", "--quality", "loyalty", "--at-least", "gold")
    done = run(checkout, "python", "-m", "pytest", "-q", "tests/modules/loyalty", "tests/architecture")
    assert " passed" in done

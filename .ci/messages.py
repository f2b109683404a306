"""The message catalogues: `update` gathers the texts of the code, `check` fails when a translation lacks.

Both need gettext. `check` gathers into a copy, so the working tree stays as it is.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

PROJECT_DIR = Path(__file__).resolve().parents[1]
LANGUAGES = ("fr", "de", "lb")
IGNORED = ("var", ".venv", "tests", "staticfiles", "htmlcov", "node_modules", "bench", "docs")


def gather(project: Path) -> None:
    """Bring every catalogue below `project` up to date. Raises CalledProcessError."""
    (project / "locale").mkdir(exist_ok=True)
    command = [sys.executable, "manage.py", "makemessages", "--no-location", "--no-wrap", "--no-obsolete"]
    command += [word for language in LANGUAGES for word in ("--locale", language)]
    command += [word for name in IGNORED for word in ("--ignore", name)]
    subprocess.run(command, cwd=project, check=True, stdout=subprocess.DEVNULL)


def check() -> list[str]:
    """What is wrong with the catalogues, a line each."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "project"
        _copy_sources(copy)
        gather(copy)
        faults = []
        for gathered in sorted(copy.glob("**/locale/*/LC_MESSAGES/django.po")):
            place = gathered.relative_to(copy)
            faults += _compare(place, PROJECT_DIR / place, _read(gathered))
        return faults


def _copy_sources(target: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT_DIR,
        check=True,
        capture_output=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        source = PROJECT_DIR / name
        if source.is_file() and source.suffix in (".py", ".html", ".txt", ".po", ".toml"):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target / name)


def _compare(place: Path, kept: Path, gathered: Catalog) -> list[str]:
    if not kept.exists():
        return [f"{place}: missing"]
    # Gathering merges the kept translations, so what lacks is seen in the result.
    before = {(message.context, message.id) for message in _read(kept) if message.id}
    faults = []
    for message in gathered:
        if not message.id:
            continue
        text = message.id if isinstance(message.id, str) else message.id[0]
        translations = [message.string] if isinstance(message.string, str) else list(message.string)
        if (message.context, message.id) not in before:
            faults.append(f"{place}: not gathered: {text!r}")
        elif message.fuzzy:
            faults.append(f"{place}: fuzzy: {text!r}")
        elif not all(translations):
            faults.append(f"{place}: not translated: {text!r}")
        else:
            faults += [f"{place}: {error}: {text!r}" for error in message.check(gathered)]
    after = {(message.context, message.id) for message in gathered}
    faults += [
        f"{place}: no longer used: {identifier!r}" for _, identifier in sorted(before - after, key=str)
    ]
    return faults


def _read(path: Path) -> Catalog:
    with path.open("rb") as source:
        return read_po(source, locale=path.parents[1].name)


def main(arguments: list[str]) -> int:
    """Exit code 0 when done or complete, 1 when a translation lacks, 2 on wrong usage."""
    if arguments not in (["update"], ["check"]):
        sys.stderr.write("usage: .ci/messages.py update|check\n")
        return 2
    if shutil.which("xgettext") is None:
        sys.stderr.write("gettext is needed: apt-get install gettext\n")
        return 1
    if arguments == ["update"]:
        gather(PROJECT_DIR)
        return 0
    faults = check()
    for fault in faults:
        sys.stderr.write(f"{fault}\n")
    sys.stdout.write(
        f"{len(faults)} faults in the message catalogues. Run `make messages`.\n" if faults else ""
    )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Compile the message catalogues with Babel, so that no gettext is needed to run the project.

Run as `python -m platform_core.ui.compile_messages`; catalogues that are up to date are left alone.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

PROJECT_DIR = Path(__file__).resolve().parents[2]
SOURCES = ("locale", "platform_core", "modules")


def compile_messages(project: Path = PROJECT_DIR) -> list[Path]:
    """Write the `.mo` file of each `.po` file that is newer; returns what was written.

    Raises ValueError with the file's name when a catalogue cannot be read.
    """
    return [_compile(catalogue) for catalogue in _catalogues(project) if _is_stale(catalogue)]


def compile_folder(folder: Path) -> list[Path]:
    """As `compile_messages`, of one module that stands anywhere."""
    catalogues = sorted(folder.glob("locale/*/LC_MESSAGES/*.po"))
    return [_compile(catalogue) for catalogue in catalogues if _is_stale(catalogue)]


def _catalogues(project: Path) -> Iterator[Path]:
    for source in SOURCES:
        yield from sorted((project / source).glob("**/locale/*/LC_MESSAGES/*.po"))
        yield from sorted((project / source).glob("*/LC_MESSAGES/*.po"))


def _is_stale(catalogue: Path) -> bool:
    compiled = catalogue.with_suffix(".mo")
    return not compiled.exists() or compiled.stat().st_mtime_ns <= catalogue.stat().st_mtime_ns


def _compile(catalogue: Path) -> Path:
    language = catalogue.parents[1].name
    try:
        with catalogue.open("rb") as source:
            messages = read_po(source, locale=language, abort_invalid=True)
    except (PoFileError, ValueError, LookupError) as error:
        raise ValueError(f"{catalogue}: {error}") from error
    compiled = catalogue.with_suffix(".mo")
    unfinished = compiled.with_suffix(".mo.unfinished")
    with unfinished.open("wb") as target:
        write_mo(target, messages)
    return unfinished.replace(compiled)


def main() -> int:
    """Exit code 0 when all catalogues are compiled."""
    try:
        compile_messages()
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

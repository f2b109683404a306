"""Gather the texts to translate and keep the catalogues in step with them, with Babel alone.

English is the source. Every folder of catalogues belongs to one part of the project: `locale/` to the
shells and the ground floor, `modules/<label>/locale/` to a module, and `platform_core/locale/` holds
Django's own words in Luxembourgish, which Django has only in part.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import django
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

LANGUAGES = ("fr", "de", "lb")
# Untranslated texts fail the build in these; in the others they are listed (DESIGN_UI section 9).
COMPLETE = ("fr",)
PROJECT_DIR = Path(__file__).resolve().parents[2]

_KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
# French as Django has it, so that one rule serves all catalogues of a language.
_PLURALS = {
    "fr": "nplurals=3; plural=(n == 0 || n == 1) ? 0 : n != 0 && n % 1000000 == 0 ? 1 : 2;",
    "de": "nplurals=2; plural=(n != 1);",
    "lb": "nplurals=2; plural=(n != 1);",
}
_DJANGO_CATALOGUES = ("conf", "contrib/auth", "contrib/admin", "contrib/contenttypes")


@dataclass(frozen=True, slots=True)
class Part:
    """A folder of catalogues and where its texts come from."""

    folder: Path
    sources: tuple[Path, ...]
    languages: tuple[str, ...] = LANGUAGES
    is_djangos: bool = False

    def catalogue(self, language: str) -> Path:
        return self.folder / language / "LC_MESSAGES" / "django.po"


@dataclass(frozen=True, slots=True)
class State:
    """How far a catalogue is: texts in all, without a translation, and what must be mended."""

    path: Path
    language: str
    text_count: int
    untranslated: tuple[str, ...]
    faults: tuple[str, ...]


def parts_of(project: Path = PROJECT_DIR) -> list[Part]:
    """The ground floor, then every module, then Django's own words."""
    ground = tuple(project / name for name in ("platform_core", "templates", "config"))
    parts = [Part(project / "locale", ground)]
    parts += [
        Part(folder / "locale", (folder,))
        for folder in sorted((project / "modules").glob("*"))
        if (folder / "__init__.py").exists()
    ]
    django_root = Path(django.__file__).parent
    words = tuple(django_root / name / "locale" for name in _DJANGO_CATALOGUES)
    return [*parts, Part(project / "platform_core" / "locale", words, ("lb",), is_djangos=True)]


def texts_of(part: Part, project: Path = PROJECT_DIR) -> Catalog:
    """Every text of a part, with the files it stands in."""
    if part.is_djangos:
        return _missing_of_django(part)
    catalog = Catalog(charset="utf-8")
    for source in part.sources:
        for path in sorted((*source.rglob("*.py"), *source.rglob("*.html"), *source.rglob("*.txt"))):
            place = path.relative_to(project).as_posix()
            for line, text, comments, context in _texts_in(path):
                catalog.add(text, locations=[(place, line)], auto_comments=comments, context=context)
    return catalog


def _texts_in(path: Path) -> Iterator[tuple[int, str | tuple[str, ...], list[str], str | None]]:
    source = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        # The result of templatize is calls between blanked-out words; indentation would confuse the lexer.
        source = "\n".join(line.strip() for line in templatize(source, origin=str(path)).split("\n"))
    yield from extract(
        "python",
        io.BytesIO(source.encode()),
        keywords=_KEYWORDS,
        comment_tags=("Translators:",),
        options={"encoding": "utf-8"},
    )


def _missing_of_django(part: Part) -> Catalog:
    """Django's texts that its own Luxembourgish catalogues leave out."""
    catalog = Catalog(charset="utf-8")
    for folder in part.sources:
        english = _read(folder / "en" / "LC_MESSAGES" / "django.po", "en")
        own = _read(folder / "lb" / "LC_MESSAGES" / "django.po", "lb")
        for message in english:
            known = own.get(message.id, message.context) if message.id else None
            if message.id and not (known and _is_translated(known)):
                catalog.add(message.id, context=message.context)
    return catalog


def _read(path: Path, language: str) -> Catalog:
    """The catalogue in a file; an empty one where there is none."""
    if not path.exists():
        return _empty(language)
    with path.open("rb") as source:
        return read_po(source, locale=language, charset="utf-8")


def _empty(language: str) -> Catalog:
    """A catalogue with the language's plural rule and no texts."""
    header = (
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Language: {language}\\n"\n"Plural-Forms: {_PLURALS.get(language, _PLURALS["de"])}\\n"\n'
    )
    return read_po(io.BytesIO(header.encode()), locale=language, charset="utf-8")


def _is_translated(message: Message) -> bool:
    texts = message.string if isinstance(message.string, list | tuple) else (message.string,)
    return bool(texts) and all(texts)


def _written(catalog: Catalog, language: str) -> bytes:
    """The catalogue's file: sorted, without dates and line numbers, so that it changes only with its texts."""
    output = io.BytesIO()
    write_po(
        output,
        catalog,
        width=110,
        omit_header=True,
        sort_by_file=False,
        sort_output=True,
        include_lineno=False,
    )
    header = (
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Language: {language}\\n"\n"Plural-Forms: {_PLURALS[language]}\\n"\n\n'
    )
    return header.encode() + output.getvalue().strip() + b"\n"


def updated(part: Part, language: str, project: Path = PROJECT_DIR) -> bytes | None:
    """A catalogue's file with the part's present texts and the translations it has; None without texts."""
    texts = texts_of(part, project)
    if not len(texts):
        return None
    known = _read(part.catalogue(language), language)
    catalog = _empty(language)
    for message in texts:
        if not message.id:
            continue
        old = known.get(message.id, message.context)
        fits = old is not None and isinstance(old.id, str) == isinstance(message.id, str)
        catalog.add(
            message.id,
            string=old.string if old is not None and fits and not old.fuzzy else None,
            locations=sorted({(place, 0) for place, _line in message.locations}),
            user_comments=old.user_comments if old is not None else (),
            auto_comments=message.auto_comments,
            context=message.context,
        )
    return _written(catalog, language)


def part_of_folder(folder: Path) -> Part:
    """A module that stands anywhere, such as in a package of its own."""
    return Part(folder / "locale", (folder,))


def update(project: Path = PROJECT_DIR, parts: Iterable[Part] | None = None) -> list[Path]:
    """Bring every catalogue in step with its texts, or those of some parts; returns what changed."""
    changed = []
    for part in parts_of(project) if parts is None else parts:
        for language in part.languages:
            path, content = part.catalogue(language), updated(part, language, project)
            if content is not None and (not path.exists() or path.read_bytes() != content):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
                changed.append(path)
    return changed


def translate_folder(folder: Path, known: Mapping[str, Sequence[str]]) -> None:
    """Write the catalogues of a new module: texts with their translations in the order of LANGUAGES, as far as known."""
    part = part_of_folder(folder)
    texts = texts_of(part, folder)
    for place, language in enumerate(LANGUAGES):
        catalog = _empty(language)
        for message in texts:
            if isinstance(message.id, str) and message.id in known:
                catalog.add(message.id, string=known[message.id][place])
        path = part.catalogue(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_written(catalog, language))
    update(folder, [part])


def states(project: Path = PROJECT_DIR, parts: Iterable[Part] | None = None) -> list[State]:
    """How far every catalogue is, or those of some parts, against the texts as they are now."""
    found = []
    for part in parts_of(project) if parts is None else parts:
        texts = texts_of(part, project)
        for language in part.languages:
            if len(texts):
                found.append(_state(part.catalogue(language), language, texts))
    return found


def _state(path: Path, language: str, texts: Catalog) -> State:
    catalog = _read(path, language)
    untranslated, faults = [], []
    count = 0
    for message in texts:
        if not message.id:
            continue
        count += 1
        known = catalog.get(message.id, message.context)
        shown = message.id if isinstance(message.id, str) else message.id[0]
        if known is None or not _is_translated(known) or known.fuzzy:
            untranslated.append(shown)
        else:
            faults += [f"{shown!r}: {error}" for error in _errors(known, catalog)]
    return State(path, language, count, tuple(untranslated), tuple(faults))


def _errors(message: Message, catalog: Catalog) -> Iterable[str]:
    """What Babel's checkers find: other placeholders than the source has, a missing plural form."""
    return (str(error) for error in message.check(catalog))

"""What people write, cleaned and checked before it is stored. All texts are plain: markup is shown as typed."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from modules.catalog.exceptions import InvalidCatalogData, SkuTaken, SlugTaken
from modules.catalog.models import (
    MAX_DESCRIPTION_LENGTH,
    MAX_SLUG_LENGTH,
    MAX_TITLE_LENGTH,
    Category,
    Product,
    Variant,
    validate_slug,
)
from platform_core.languages import LANGUAGE_CODES

Texts = Mapping[str, Mapping[str, str] | None]

# How many others may take the same name at the same moment.
SLUG_ATTEMPTS = 20

TITLE_MISSING = _("Enter the title. It is what shoppers see first.")
TOO_LONG = _("This text is longer than %(limit)s characters. Shorten it.")
UNKNOWN_LANGUAGE = _("“%(language)s” is no language of this platform. Use one of %(languages)s.")


def invalid(field: str, message: str | Promise, **params: object) -> InvalidCatalogData:
    """The error that names its field."""
    return InvalidCatalogData(message, field=field, **params)


def line(value: object) -> str:
    """One line of text: no control characters, single spaces, composed letters."""
    text = unicodedata.normalize("NFC", str(value))
    return " ".join("".join(" " if unicodedata.category(c) in _CONTROL else c for c in text).split())


def block(value: object) -> str:
    """Paragraphs: line breaks stay, other control characters go."""
    text = unicodedata.normalize("NFC", str(value)).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in _CONTROL).strip()


# Control characters and lone surrogates; joiners and direction marks (Cf) belong to scripts and emoji.
_CONTROL = frozenset({"Cc", "Cs"})


def check_language(language: str, field: str) -> str:
    """The code, if it is one. Raises InvalidCatalogData."""
    if language not in LANGUAGE_CODES:
        raise invalid(field, UNKNOWN_LANGUAGE, language=language, languages=", ".join(LANGUAGE_CODES))
    return language


def clean_texts(texts: Texts, heading: str) -> dict[str, dict[str, str] | None]:
    """Each language's `heading` ("title" or "name") and description; None where both are empty.

    Raises InvalidCatalogData for a description without a heading and for anything too long.
    """
    found: dict[str, dict[str, str] | None] = {}
    for language, given in texts.items():
        field = f"translations.{check_language(language, 'translations')}"
        title, description = (
            line((given or {}).get(heading) or ""),
            block((given or {}).get("description") or ""),
        )
        if not title and not description:
            found[language] = None
            continue
        if not title:
            raise invalid(f"{field}.{heading}", TITLE_MISSING)
        if len(title) > MAX_TITLE_LENGTH:
            raise invalid(f"{field}.{heading}", TOO_LONG, limit=MAX_TITLE_LENGTH)
        if len(description) > MAX_DESCRIPTION_LENGTH:
            raise invalid(f"{field}.description", TOO_LONG, limit=MAX_DESCRIPTION_LENGTH)
        found[language] = {heading: title, "description": description}
    return found


def clean_labels(labels: Mapping[str, str], field: str, limit: int = MAX_TITLE_LENGTH) -> dict[str, str]:
    """`{language: text}` of a variant's options or a picture's alternative text; empty ones are left out."""
    found = {}
    for language, text in labels.items():
        cleaned = line(text or "")
        if len(cleaned) > limit:
            raise invalid(f"{field}.{language}", TOO_LONG, limit=limit)
        if cleaned:
            found[check_language(language, field)] = cleaned
    return found


def check_slug(slug: str) -> str:
    """The slug, if it is one. Raises InvalidCatalogData."""
    try:
        validate_slug(slug)
    except ValidationError as error:
        raise invalid("slug", error.messages[0]) from None
    if len(slug) > MAX_SLUG_LENGTH:
        raise invalid("slug", TOO_LONG, limit=MAX_SLUG_LENGTH)
    return slug


def slug_from(title: str, is_taken: Callable[[str], bool]) -> str:
    """A free slug made from a title: "Blue mug" becomes "blue-mug", and "blue-mug-2" when that is taken."""
    stem = slugify(title)[: MAX_SLUG_LENGTH - 6].strip("-").replace("_", "-") or "item"
    stem = "-".join(part for part in stem.split("-") if part) or "item"
    slug, number = stem, 1
    while is_taken(slug):
        number += 1
        slug = f"{stem}-{number}"
    return slug


def insert_named(row: Category | Product, *, title: str) -> None:
    """Insert a row under its slug, or under a free one made from the title when it has none.

    Somebody else may take the free one first: then the next is tried. Raises SlugTaken.
    """
    is_chosen = bool(row.slug)
    for attempts_left in reversed(range(SLUG_ATTEMPTS)):
        if not is_chosen:
            row.slug = slug_from(title, lambda slug: type(row)._default_manager.filter(slug=slug).exists())
        try:
            with naming_conflicts(slug=row.slug):
                row.save(force_insert=True)
            return
        except SlugTaken:
            if is_chosen or not attempts_left:
                raise


@contextmanager
def naming_conflicts(*, slug: str = "", skus: Iterable[str] = ()) -> Iterator[None]:
    """Turn what PostgreSQL says of a unique key into SlugTaken or SkuTaken; two writers may race for one."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        diagnosis: Any = getattr(error.__cause__, "diag", None)
        constraint = getattr(diagnosis, "constraint_name", "") or ""
        if constraint.endswith("_slug_uq"):
            raise SlugTaken(slug=slug, field="slug") from error
        if constraint == "catalog_variant_sku_uq":
            # PostgreSQL keeps the value to itself where row-level security is in force.
            taken = Variant.objects.filter(sku__in=list(skus)).order_by("sku").values_list("sku", flat=True)
            raise SkuTaken(sku=", ".join(taken), field="variants") from error
        raise

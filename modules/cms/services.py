"""Commands on content pages: every write, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypedDict, TypeVar

from django.db import IntegrityError, transaction
from psycopg.errors import UniqueViolation

from modules.cms.exceptions import NoSuchPage, PageChanged, PageExists, PageIsEmpty, TitleMissing
from modules.cms.models import DefaultPage, DefaultPageTranslation, Page, PageTranslation
from modules.cms.placeholders import unknown_placeholders
from platform_core.languages import LANGUAGE_CODES, language_name
from platform_core.tenancy.pagecache import content_changed
from platform_core.ui.safe_html import sanitize_html


class PageWords(TypedDict):
    """A page in one language. Both empty: the language is taken away."""

    title: str
    body_html: str


AnyPage = TypeVar("AnyPage", Page, DefaultPage)


@dataclass(frozen=True, slots=True)
class SavedPage:
    """What a save has made. `unknown_placeholders` stay in the text as they were typed."""

    page: Any
    unknown_placeholders: tuple[str, ...]


@transaction.atomic
def save_page(
    *,
    slug: str,
    translations: Mapping[str, PageWords],
    kind: str | None = None,
    is_published: bool | None = None,
    show_in_footer: bool | None = None,
    position: int | None = None,
    expected_version: int | None = None,
) -> SavedPage:
    """Create or change the context's vendor's page at `slug`.

    Languages that are not named keep their texts; options that are None keep their values (a new page is
    an unpublished one of kind `other` in the footer). Texts are sanitised. `expected_version` 0 is a page that
    must be new. Raises ValidationError for a malformed slug or kind, TitleMissing, PageIsEmpty when a published
    page would have no text, PageChanged when `expected_version` is out of date, PageExists when somebody else
    has made the page first.
    """
    options = _given(kind=kind, is_published=is_published, show_in_footer=show_in_footer, position=position)
    return _save(Page, PageTranslation, slug, translations, options, expected_version)


@transaction.atomic
def save_default_page(
    *,
    slug: str,
    translations: Mapping[str, PageWords],
    kind: str | None = None,
    is_published: bool | None = None,
    show_in_footer: bool | None = None,
    position: int | None = None,
    expected_version: int | None = None,
) -> SavedPage:
    """Create or change the platform's page at `slug`, as staff. Like `save_page` otherwise."""
    options = _given(kind=kind, is_published=is_published, show_in_footer=show_in_footer, position=position)
    return _save(DefaultPage, DefaultPageTranslation, slug, translations, options, expected_version)


@transaction.atomic
def publish_page(*, page: AnyPage) -> AnyPage:
    """Show a page to shoppers. Raises PageIsEmpty without a title and a text in some language."""
    page = _locked(page)
    if not page.is_published:
        _require_text(page)
        page.is_published = True
        _store(page)
    return page


@transaction.atomic
def unpublish_page(*, page: AnyPage) -> AnyPage:
    """Take a page off the shop; the platform's page of the same address shows again."""
    page = _locked(page)
    if page.is_published:
        page.is_published = False
        _store(page)
    return page


@transaction.atomic
def override_default_page(*, slug: str) -> Page:
    """Copy the platform's page at `slug` into an unpublished page of the context's vendor, to be changed.

    Raises NoSuchPage, and PageExists when the shop has one at that address.
    """
    default = DefaultPage.objects.filter(slug=slug, is_published=True).first()
    if default is None:
        raise NoSuchPage(slug=slug)
    if Page.objects.filter(slug=slug).exists():
        raise PageExists(slug=slug)
    with _first_at(slug):
        page = Page.objects.create(
            slug=slug, kind=default.kind, show_in_footer=default.show_in_footer, position=default.position
        )
    PageTranslation.objects.bulk_create(
        PageTranslation(page=page, language=text.language, title=text.title, body_html=text.body_html)
        for text in default.translations.all()
    )
    return page


@transaction.atomic
def delete_page(*, page: AnyPage) -> None:
    """Remove a page with its texts in all languages."""
    page.delete()
    content_changed()


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _locked(page: AnyPage) -> AnyPage:
    return type(page).objects.select_for_update().get(pk=page.pk)


def _store(page: Any) -> None:
    page.version += 1
    page.clean_fields(exclude={"vendor_id"})
    page.save()
    content_changed()


@contextmanager
def _first_at(slug: str) -> Iterator[None]:
    """Two may make the page at the same moment, or one by a double click: PageExists for the second."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if not isinstance(error.__cause__, UniqueViolation):
            raise
        raise PageExists(slug=slug) from error


def _require_text(page: Any) -> None:
    if not page.translations.exclude(title="").exclude(body_html="").exists():
        raise PageIsEmpty(slug=page.slug)


def _save(
    model: Any,
    text_model: Any,
    slug: str,
    translations: Mapping[str, PageWords],
    options: Mapping[str, Any],
    expected_version: int | None,
) -> SavedPage:
    page = model.objects.select_for_update().filter(slug=slug).first()
    is_new = page is None
    if is_new:
        page = model(slug=slug, version=0)
    elif expected_version == 0:
        raise PageExists(slug=slug)
    elif expected_version is not None and page.version != expected_version:
        raise PageChanged(slug=slug)
    for name, value in options.items():
        setattr(page, name, value)
    if is_new:
        with _first_at(slug):
            _store(page)
    else:
        _store(page)
    words = {language: _cleaned(language, text) for language, text in translations.items()}
    _save_texts(page, text_model, words)
    if page.is_published:
        _require_text(page)
    return SavedPage(page, _unknown(words.values()))


def _cleaned(language: str, words: PageWords) -> PageWords:
    title = " ".join(words.get("title", "").replace("\0", "").split())
    body = sanitize_html(words.get("body_html", ""))
    if body and not title:
        raise TitleMissing(language=language_name(language))
    return {"title": title, "body_html": body}


def _save_texts(page: Any, text_model: Any, words: Mapping[str, PageWords]) -> None:
    gone = [language for language, text in words.items() if not text["title"]]
    page.translations.filter(language__in=gone).delete()
    for language, text in words.items():
        if language not in gone and language in LANGUAGE_CODES:
            text_model.objects.update_or_create(page=page, language=language, defaults=dict(text))


def _unknown(words: Iterable[PageWords]) -> tuple[str, ...]:
    return unknown_placeholders(*(part for text in words for part in (text["title"], text["body_html"])))

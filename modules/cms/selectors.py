"""Questions about content pages. The shop's own page goes before the platform's at the same address."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import Any

from django.db.models import QuerySet, Value
from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator

from modules.cms.models import DefaultPage, DefaultPageTranslation, Page, PageKind, PageTranslation
from modules.cms.placeholders import fill
from modules.tenancy.selectors import legal_facts
from platform_core.languages import best_text
from platform_core.tenancy.context import current_context
from platform_core.ui.safe_html import sanitize_html

FIRST_WORDS = 140
_BLOCK_TAG = re.compile(r"</?(?:p|br|h[2-4]|li|ul|ol|div|td|th|tr|dt|dd|blockquote)\b[^>]*>")


@dataclass(frozen=True, slots=True)
class PageLink:
    """A page as a link. `language` is that of the title, which may not be the one asked for."""

    slug: str
    title: str
    language: str
    kind: str
    updated_at: datetime

    @property
    def is_legal(self) -> bool:
        return self.kind != PageKind.OTHER


@dataclass(frozen=True, slots=True)
class ShownPage:
    """A page as shoppers read it. `language` is that of the text shown."""

    slug: str
    kind: str
    title: str
    body_html: SafeString
    language: str
    is_default: bool
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class PageRow:
    """A line of the dashboard's list: an address with the shop's page, the platform's page, or both."""

    slug: str
    title: str
    title_language: str
    kind: str
    languages: tuple[str, ...]
    own: Page | None
    has_default: bool

    @property
    def state(self) -> str:
        """published, draft, or default when only the platform's page is there."""
        if self.own is None:
            return "default"
        return "published" if self.own.is_published else "draft"

    @property
    def kind_label(self) -> str:
        return str(PageKind(self.kind).label)


@dataclass(frozen=True, slots=True)
class _Text:
    is_own: bool
    slug: str
    kind: str
    position: int
    language: str
    title: str
    updated_at: datetime
    body_html: str = ""


_COLUMNS = ("page__slug", "page__kind", "page__position", "language", "title", "page__updated_at")


def _published_texts(*extra: str, **conditions: Any) -> list[_Text]:
    """The published texts that meet the conditions, the shop's and the platform's, in one query."""
    conditions = {"page__is_published": True, **conditions}
    own = PageTranslation.objects.filter(**conditions).values_list(Value(True), *_COLUMNS, *extra)
    theirs = DefaultPageTranslation.objects.filter(**conditions).values_list(Value(False), *_COLUMNS, *extra)
    return [_Text(*row) for row in own.order_by().union(theirs.order_by(), all=True)]


def _by_slug(texts: Iterable[_Text]) -> dict[str, list[_Text]]:
    """The texts of each address by position: the shop's where it has any, else the platform's."""
    found: dict[str, list[_Text]] = {}
    # The shop's come first, whatever their position, and keep the platform's of the same address out.
    for text in sorted(texts, key=lambda text: not text.is_own):
        same = found.setdefault(text.slug, [])
        if not same or same[0].is_own == text.is_own:
            same.append(text)
    return dict(sorted(found.items(), key=lambda item: (item[1][0].position, item[0])))


def _best(texts: list[_Text], language: str, default_language: str) -> _Text:
    found = best_text({text.language: text for text in texts}, language, default_language)
    return found[1] if found else texts[0]


def _default_language(given: str | None) -> str:
    vendor = current_context().vendor
    return given or (vendor.default_language if vendor else "en")


def page_for(slug: str, language: str, default_language: str) -> ShownPage | None:
    """The page at `slug` as shoppers of the context's vendor read it, or None. 2 queries.

    Placeholders are filled; the text is sanitised once more, so that nothing a placeholder or a hand-written
    row brings can become a script.
    """
    if "\0" in slug:
        return None
    texts = _by_slug(_published_texts("body_html", page__slug=slug)).get(slug)
    if not texts:
        return None
    text = _best(texts, language, default_language)
    values = placeholder_values(language)
    return ShownPage(
        slug=text.slug,
        kind=text.kind,
        title=fill(text.title, values, is_html=False),
        body_html=shown_html(text.body_html, values),
        language=text.language,
        is_default=not text.is_own,
        updated_at=text.updated_at,
    )


def shown_html(body_html: str, values: dict[str, str]) -> SafeString:
    """A page's text with its placeholders filled, safe to stand in a page."""
    return mark_safe(sanitize_html(fill(body_html, values, is_html=True)))


def placeholder_values(language: str) -> dict[str, str]:
    """What each placeholder stands for in the context's shop. 1 query."""
    facts = legal_facts(language=language)
    if facts is None:
        return {}
    return {
        "company_name": facts.company_name,
        "address": facts.address,
        "rcs_number": facts.registration_number,
        "vat_id": facts.vat_id,
        "email": facts.email,
        "shop_name": facts.shop_name,
    }


def footer_pages(language: str, default_language: str | None = None) -> list[PageLink]:
    """The pages that stand at the foot of every page of the shop, by position. 1 query."""
    return _links(_published_texts(page__show_in_footer=True), language, _default_language(default_language))


def published_pages(language: str, default_language: str | None = None) -> list[PageLink]:
    """Every page that shoppers can open, by position: for the sitemap. 1 query."""
    return _links(_published_texts(), language, _default_language(default_language))


def _links(texts: list[_Text], language: str, default_language: str) -> list[PageLink]:
    chosen = [_best(same, language, default_language) for same in _by_slug(texts).values()]
    # Few titles carry a placeholder: only then is the company looked up.
    values = placeholder_values(language) if any("{" in text.title for text in chosen) else {}
    return [
        PageLink(
            text.slug, fill(text.title, values, is_html=False), text.language, text.kind, text.updated_at
        )
        for text in chosen
    ]


_PARAGRAPH = re.compile(r"<p\b[^>]*>(.*?)</p>", re.DOTALL)


def first_words(slug: str, language: str, default_language: str) -> str:
    """The beginning of a page as plain text: its first paragraph that is a sentence, cut to FIRST_WORDS letters.

    Empty for a page without one. 2 queries.
    """
    page = page_for(slug, language, default_language)
    for match in _PARAGRAPH.finditer(page.body_html if page else ""):
        words = plain_text(match[1])
        # "The shop belongs to:" leads into a list and says nothing alone.
        if len(words) >= 20 and not words.endswith(":"):
            return Truncator(words).chars(FIRST_WORDS)
    return ""


def plain_text(html: str) -> str:
    """The words of sanitised HTML on one line."""
    # A space for each tag, so that the words of two paragraphs stay apart.
    return " ".join(unescape(strip_tags(_BLOCK_TAG.sub(" ", html))).split())


def vendor_pages() -> QuerySet[Page]:
    """The context's vendor's own pages with their texts."""
    return Page.objects.prefetch_related("translations")


def default_pages() -> QuerySet[DefaultPage]:
    """The platform's published pages with their texts."""
    return DefaultPage.objects.filter(is_published=True).prefetch_related("translations")


def page_rows(language: str, default_language: str) -> list[PageRow]:
    """Every address the shop has a page at, for the dashboard. 4 queries."""
    own = {page.slug: page for page in vendor_pages()}
    theirs = {page.slug: page for page in default_pages()}
    rows = []
    for slug in dict.fromkeys((*own, *theirs)):
        page: Any = own.get(slug) or theirs[slug]
        titles = {text.language: text.title for text in page.translations.all()}
        title_language, title = best_text(titles, language, default_language) or ("", slug)
        rows.append(
            PageRow(slug, title, title_language, page.kind, tuple(titles), own.get(slug), slug in theirs)
        )
    return sorted(rows, key=lambda row: (row.kind == PageKind.OTHER, row.slug))

"""The demo's pages: the platforms' own, and those of single shops in their place."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from modules.cms.models import DefaultPage, Page, PageKind
from modules.cms.services import PageWords, save_default_page, save_page
from platform_core.demo import PLATFORMS, DemoRun
from platform_core.demo.platforms import demo_platforms
from platform_core.tenancy.context import platform_context

FOLDER = Path(__file__).parent


class Words(BaseModel):
    """A page in one language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    body_html: str


Translations = dict[Literal["en", "fr", "de", "lb"], Words]
Pages = dict[str, Translations]


def default_pages() -> Pages:
    """The platforms' pages by slug and language. Raises pydantic's ValidationError."""
    return TypeAdapter(Pages).validate_python(_read("pages.yaml"))


def vendor_pages() -> dict[str, Pages]:
    """Single shops' pages by the shop's code, slug and language. Raises pydantic's ValidationError."""
    return TypeAdapter(dict[str, Pages]).validate_python(_read("vendor_pages.yaml"))


def _read(name: str) -> object:
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


def make_pages(run: DemoRun) -> None:
    """The platforms' pages as staff, then the shops' as their vendors."""
    platforms = {platform.code: platform for platform in demo_platforms()}
    for wanted in run.track(PLATFORMS):
        platform = platforms.get(wanted.code)
        with platform_context(platform, role="staff"):
            existing = _slugs(DefaultPage) if platform else set()
            for position, (slug, words) in enumerate(default_pages().items(), start=1):
                if run.need("default pages", exists=slug in existing):
                    save_default_page(slug=slug, translations=_plain(words), **_options(slug, position))
    own = vendor_pages()
    for seat in run.seats:
        with platform_context(seat.platform, seat.vendor):
            existing = _slugs(Page) if seat.vendor else set()
            for position, (slug, words) in enumerate(own.get(seat.code, {}).items(), start=1):
                if run.need("pages", exists=slug in existing):
                    save_page(slug=slug, translations=_plain(words), **_options(slug, position))


def _slugs(model: type[Page] | type[DefaultPage]) -> set[str]:
    return set(model.objects.values_list("slug", flat=True))


def _plain(words: Translations) -> dict[str, PageWords]:
    return {language: {"title": text.title, "body_html": text.body_html} for language, text in words.items()}


def _options(slug: str, position: int) -> dict[str, Any]:
    kind = slug if slug in PageKind.values else PageKind.OTHER
    return {"kind": kind, "position": position, "is_published": True}

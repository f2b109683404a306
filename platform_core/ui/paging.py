"""Which page links a list shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class PageLink:
    """A numbered link; without a number it stands for the pages left out between its neighbours."""

    number: int | None
    url: str = ""
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class PageLinks:
    """What the pagination component draws."""

    number: int
    pages: int
    links: tuple[PageLink, ...]
    previous_url: str
    next_url: str


def page_numbers(number: int, pages: int, *, around: int = 1) -> list[int | None]:
    """First, last and the neighbours of `number`; None where two or more pages are left out."""
    wanted = {1, pages, *range(number - around, number + around + 1)}
    shown = sorted(page for page in wanted if 1 <= page <= pages)
    result: list[int | None] = []
    for page in shown:
        if result and (last := result[-1]) is not None and page - last > 1:
            result.append(last + 1 if page - last == 2 else None)
        result.append(page)
    return result


def page_links(page: Any, url_of: Callable[[int], str]) -> PageLinks | None:
    """Links for a Django `Page` or anything with `number` and `pages`; None when there is one page only.

    `page.urls` ({number: url}, or a function of the number) goes before `url_of`; `previous_url` and
    `next_url` serve lists that are paged by key and know no numbers.
    """

    def read(name: str, default: Any = None) -> Any:
        return page.get(name, default) if isinstance(page, dict) else getattr(page, name, default)

    paginator = read("paginator")
    pages = paginator.num_pages if paginator is not None else read("pages")
    previous_url, next_url = read("previous_url", ""), read("next_url", "")
    if pages is None:
        if not (previous_url or next_url):
            return None
        return PageLinks(0, 0, (), previous_url or "", next_url or "")
    number, pages = int(read("number", 1)), int(pages)
    if pages <= 1:
        return None
    urls = read("urls")

    def address(target: int) -> str:
        if callable(urls):
            return str(urls(target))
        if isinstance(urls, dict) and target in urls:
            return str(urls[target])
        return url_of(target)

    links = tuple(
        PageLink(None) if target is None else PageLink(target, address(target), target == number)
        for target in page_numbers(number, pages)
    )
    return PageLinks(
        number,
        pages,
        links,
        address(number - 1) if number > 1 else "",
        address(number + 1) if number < pages else "",
    )

"""Lists whose state stands in the address: search, filter, sort, size and page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

COUNT_CAP = 10_000
SIZES = (25, 50, 100)


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than COUNT_CAP rows: a search finds what stands behind them."""

    @cached_property
    def counted(self) -> int:
        rows: Any = self.object_list
        # By the key alone: what a row shows besides would be compiled into the query for nothing.
        return int(rows.order_by().values("pk")[: COUNT_CAP + 1].count())

    @cached_property
    def count(self) -> int:
        return min(self.counted, COUNT_CAP)

    @property
    def is_capped(self) -> bool:
        return self.counted > COUNT_CAP


@dataclass(frozen=True, slots=True)
class ListState:
    """What the address of a list asks for; anything it does not know is taken for the default."""

    query: str
    status: str
    lacks: str
    sort: str
    size: int
    page_number: str

    @classmethod
    def of(
        cls,
        request: HttpRequest,
        *,
        statuses: tuple[str, ...],
        lacks: tuple[str, ...],
        sorts: tuple[str, ...],
        sort: str,
    ) -> ListState:
        given = request.GET
        asked_size = given.get("size", "")
        asked_sort = given.get("sort", "")
        return cls(
            query=given.get("q", "").replace("\0", "").strip()[:100],
            status=given.get("status", "") if given.get("status", "") in statuses else "",
            lacks=given.get("lacks", "") if given.get("lacks", "") in lacks else "",
            sort=asked_sort if asked_sort.removeprefix("-") in sorts else sort,
            size=int(asked_size) if asked_size in {str(size) for size in SIZES} else SIZES[0],
            page_number=given.get("page", "1"),
        )

    def page(self, rows: QuerySet[Any]) -> Page[Any]:
        """The page that is asked for; one past the end is the last."""
        return CappedPaginator(rows, self.size).get_page(self.page_number)

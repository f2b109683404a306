"""The list of orders whose state stands in its address: search, filters, sort, size and page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from modules.orders.dashboard.fields import DayField
from modules.orders.machine import State
from modules.orders.models import Order
from modules.orders.selectors import PAYMENT_FILTERS, STATE_GROUPS, team_orders

COUNT_CAP = 10_000
SIZES = (25, 50, 100)
SORTS = {"number": "number", "total": "gross_minor", "placed": "placed_at"}
DEFAULT_SORT = "-placed"
STATUSES = (*State.values, *STATE_GROUPS)
PAYMENT_LABELS = {
    "expected": _("Money expected"),
    "partly": _("Partly paid"),
    "paid": _("Paid"),
    "owed": _("Refund owed"),
    "refunded": _("Refunded"),
    "voided": _("Nothing expected"),
}


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


class FilterForm(forms.Form):
    """What narrows the list beside status and search."""

    payment = forms.ChoiceField(
        label=_("Payment"),
        required=False,
        choices=[("", _("All")), *((code, PAYMENT_LABELS[code]) for code in PAYMENT_FILTERS)],
        error_messages={"invalid_choice": _("Choose one of the list.")},
    )
    since = DayField(label=_("From"))
    until = DayField(label=_("To"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        since, until = data.get("since"), data.get("until")
        if since and until and until < since:
            self.add_error("until", _("This day lies before the first one. Enter a later one."))
        return data


@dataclass(frozen=True, slots=True)
class ListState:
    """What the address of the list asks for; a filter that cannot be understood does not narrow it."""

    query: str
    status: str
    form: FilterForm
    sort: str
    size: int
    page_number: str

    @classmethod
    def of(cls, request: HttpRequest) -> ListState:
        given = request.GET
        status, sort, size = given.get("status", ""), given.get("sort", ""), given.get("size", "")
        form = FilterForm({name: given.get(name, "").replace("\0", "") for name in FilterForm.base_fields})
        form.is_valid()
        return cls(
            query=given.get("q", "").replace("\0", "").strip()[:100],
            status=status if status in STATUSES else "",
            form=form,
            sort=sort if sort.removeprefix("-") in SORTS else DEFAULT_SORT,
            size=int(size) if size in {str(known) for known in SIZES} else SIZES[0],
            page_number=given.get("page", "1"),
        )

    @property
    def payment(self) -> str:
        return str(self.form.cleaned_data.get("payment") or "")

    @property
    def since(self) -> date | None:
        return self.form.cleaned_data.get("since")

    @property
    def until(self) -> date | None:
        return self.form.cleaned_data.get("until")

    @property
    def has_filters(self) -> bool:
        """Whether anything but the status narrows the list, or was meant to."""
        return bool(self.payment or self.since or self.until or self.form.errors)

    @property
    def payment_label(self) -> Any:
        return PAYMENT_LABELS.get(self.payment, "")

    def rows(self, *, status: str | None = None) -> QuerySet[Order]:
        """The orders that are asked for, or those of another status with the same filters."""
        return team_orders(
            query=self.query,
            status=self.status if status is None else status,
            payment=self.payment,
            since=self.since,
            until=self.until,
        )

    def page(self) -> Page[Order]:
        """The page that is asked for; one past the end is the last."""
        key, sign = self.sort.removeprefix("-"), "-" if self.sort.startswith("-") else ""
        rows = self.rows().order_by(f"{sign}{SORTS[key]}", f"{sign}id")
        return CappedPaginator(rows, self.size).get_page(self.page_number)

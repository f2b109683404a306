"""The form in which a menu is decided about: a box and a place for each item, by section.

It names the items that it was made for, so that one which came meanwhile is not taken for hidden.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from platform_core.modules.definition import MenuItem, with_children
from platform_core.modules.menu_service import AS_IT_COMES, HIGHEST_ORDER, LOWEST_ORDER, MenuSetting

LISTED, VERSION = "item", "version"


@dataclass(frozen=True, slots=True)
class MenuRow:
    """One item in the form. `note` says why its box is closed."""

    id: str
    label: str
    shown: forms.BoundField
    order: forms.BoundField
    note: str
    is_below: bool


@dataclass(frozen=True, slots=True)
class MenuRows:
    """The rows of a section."""

    title: str
    rows: list[MenuRow]


class MenuForm(forms.Form):
    """What is stored about items of a menu, to be changed.

    `closed` says by item why it can be neither shown nor hidden here, and `places` where an item stands unless the
    form says so. With a `version` the form brings it back.
    """

    box: type[forms.Widget] = forms.CheckboxInput
    number: type[forms.Widget] = forms.NumberInput

    def __init__(
        self,
        items: Sequence[MenuItem],
        stored: Mapping[str, MenuSetting],
        *,
        closed: Mapping[str, str] | None = None,
        places: Mapping[str, float] | None = None,
        version: int | None = None,
        data: Any = None,
    ) -> None:
        self.items, self.stored = items, stored
        self.closed = {**_mandatory(items), **(closed or {})}
        self.listed = [item.id for item in with_children(items)]
        if data is not None:
            self.listed = [item_id for item_id in self.listed if item_id in data.getlist(LISTED)]
            data = self._with_the_rest(data)
        super().__init__(data)
        if version is not None:
            self.fields[VERSION] = forms.IntegerField(widget=forms.HiddenInput, initial=version)
        for item in with_children(items):
            self._add(item, (places or {}).get(item.id, item.order))

    def _add(self, item: MenuItem, place: float) -> None:
        names = {"item": item.label}
        now = self._now(item.id)
        is_closed = item.id in self.closed
        self.fields[_shown(item.id)] = forms.BooleanField(
            required=False,
            disabled=is_closed,
            initial=not item.can_be_hidden or (now.is_visible and not is_closed),
            widget=self.box(attrs={"aria-label": _("Show %(item)s") % names}),
        )
        self.fields[_order(item.id)] = forms.IntegerField(
            label=str(item.label),
            required=False,
            min_value=LOWEST_ORDER,
            max_value=HIGHEST_ORDER,
            initial=now.order,
            error_messages=ERRORS,
            widget=self.number(
                attrs={
                    "aria-label": _("Place of %(item)s") % names,
                    "placeholder": f"{place:g}",
                    "inputmode": "numeric",
                }
            ),
        )

    def _now(self, item_id: str) -> MenuSetting:
        return self.stored.get(item_id, AS_IT_COMES)

    def _with_the_rest(self, data: Any) -> Any:
        """What was sent, and what is stored of the items that it does not name."""
        data = data.copy()
        for item in with_children(self.items):
            if item.id not in self.listed:
                now = self._now(item.id)
                data[_shown(item.id)] = "on" if now.is_visible else ""
                data[_order(item.id)] = "" if now.order is None else str(now.order)
        return data

    @property
    def settings(self) -> dict[str, MenuSetting]:
        """What a valid form decides about the items that it names; a closed box changes nothing."""
        return {
            item_id: MenuSetting(
                self._now(item_id).is_visible
                if item_id in self.closed
                else self.cleaned_data[_shown(item_id)],
                self.cleaned_data[_order(item_id)],
            )
            for item_id in self.listed
        }

    @property
    def sections(self) -> list[MenuRows]:
        """The rows, as the menu has them."""
        found: dict[str, list[MenuRow]] = {}
        for item in self.items:
            found.setdefault(str(item.section), []).extend(self._rows(item))
        return [MenuRows(title, rows) for title, rows in found.items()]

    def _rows(self, item: MenuItem, *, is_below: bool = False) -> Iterator[MenuRow]:
        yield MenuRow(
            item.id,
            str(item.label),
            self[_shown(item.id)],
            self[_order(item.id)],
            self.closed.get(item.id, ""),
            is_below,
        )
        for child in item.children:
            yield from self._rows(child, is_below=True)


ERRORS = {
    "invalid": gettext_lazy("Give a whole number."),
    "min_value": gettext_lazy("Give 0 or more."),
    "max_value": gettext_lazy("Give 9999 or less."),
}


def _shown(item_id: str) -> str:
    return f"shown-{item_id}"


def _order(item_id: str) -> str:
    return f"order-{item_id}"


def _mandatory(items: Sequence[MenuItem]) -> dict[str, str]:
    return {item.id: _("Always shown") for item in with_children(items) if not item.can_be_hidden}

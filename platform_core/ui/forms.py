"""How a bound Django form field becomes label, control, help and error, tied together for screen readers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.utils import ErrorList, flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

SELECTED = SafeString(" selected")


@dataclass(frozen=True, slots=True)
class FieldParts:
    """What the field component needs beside the field itself."""

    id: str
    kind: str
    control: SafeString
    help_id: str
    error_id: str
    described_by: str
    is_optional: bool


@dataclass(frozen=True, slots=True)
class FormError:
    """One line of the error summary; `anchor` is the id of the control, empty for the whole form."""

    label: str
    text: str
    anchor: str


def _kind_of(widget: forms.Widget) -> str:
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "group"
    if isinstance(widget, forms.CheckboxInput):
        return "check"
    if isinstance(widget, forms.Select):
        return "select"
    if isinstance(widget, forms.Textarea):
        return "area"
    if isinstance(widget, forms.FileInput):
        return "file"
    return "text"


class LongSelect(forms.Select):
    """A list of many choices, such as the world's countries, without groups.

    Django makes each choice from a template: 250 of them take longer than all the rest of a page.
    """

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """The control, as Django's own template writes it."""
        chosen = set(self.format_value(value))
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            (
                (code, SELECTED if str(code) in chosen else "", label)
                for code, label in self.choices  # type: ignore[misc]
            ),
        )
        others = flatatt(self.build_attrs(self.attrs, attrs))
        return format_html('<select name="{}"{}>{}</select>', name, others, options)


_CLASSES = {"check": "check-input", "group": "", "select": "input select", "area": "input area"}


def parts_of(field: forms.BoundField, help_text: str = "") -> FieldParts:
    """The control with its ids, `aria-invalid` and `aria-describedby` in place."""
    control_id = field.id_for_label or field.auto_id or field.html_name
    if _kind_of(field.field.widget) == "group":
        control_id = field.auto_id or field.html_name
    kind = _kind_of(field.field.widget)
    help_id, error_id = f"{control_id}_help", f"{control_id}_error"
    described = [help_id] if (help_text or field.help_text) else []
    attrs: dict[str, Any] = {}
    if css_class := _class_of(field, kind):
        attrs["class"] = css_class
    if field.errors:
        described.append(error_id)
        attrs["aria-invalid"] = "true"
    described_by = " ".join(described)
    if described_by and kind != "group":
        attrs["aria-describedby"] = described_by
    is_optional = not field.field.required and kind not in {"check"} and not field.field.disabled
    return FieldParts(
        id=control_id,
        kind=kind,
        control=field.as_widget(attrs=attrs),
        help_id=help_id,
        error_id=error_id,
        described_by=described_by,
        is_optional=is_optional,
    )


def _class_of(field: forms.BoundField, kind: str) -> str:
    own = str(field.field.widget.attrs.get("class", ""))
    return f"{_CLASSES.get(kind, 'input')} {own}".strip()


def errors_of(form: forms.BaseForm | None, formsets: Iterable[Any] = ()) -> list[FormError]:
    """All errors of a form and of formsets, in the order of the page."""
    found: list[FormError] = []
    if form is not None and form.is_bound:
        found += _errors_of_form(form)
    for formset in formsets or ():
        if not formset.is_bound:
            continue
        found += [FormError("", str(text), "") for text in formset.non_form_errors()]
        for child in formset.forms:
            found += _errors_of_form(child)
    return found


def _errors_of_form(form: forms.BaseForm) -> list[FormError]:
    whole: ErrorList = form.non_field_errors()
    found = [FormError("", str(text), "") for text in whole]
    for field in form:
        anchor = field.auto_id if _kind_of(field.field.widget) == "group" else field.id_for_label
        if _kind_of(field.field.widget) == "group" and anchor:
            anchor = f"{anchor}_0"
        found += [FormError(str(field.label), str(text), anchor or "") for text in field.errors]
    return found

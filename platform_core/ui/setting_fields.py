"""A form's fields for the settings of a module, made of its JSON schema, for every door that shows them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _

from platform_core.ui.forms import LongSelect

ROWS = {"rows": 4}


@dataclass(frozen=True)
class Widgets:
    """The controls of a door, by the kind of value."""

    choice: type[forms.Widget] = LongSelect
    boolean: type[forms.Widget] = forms.CheckboxInput
    # A browser's own number field turns with the mouse wheel.
    integer: type[forms.Widget] = forms.TextInput
    number: type[forms.Widget] = forms.TextInput
    email: type[forms.Widget] = forms.EmailInput
    text: type[forms.Widget] = forms.TextInput
    area: type[forms.Widget] = forms.Textarea


PLAIN = Widgets()


class LinesField(forms.CharField):
    """A list of texts, one in a line."""

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in (super().to_python(value) or "").splitlines() if line.strip()]

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, list | tuple) else value


class JsonField(forms.JSONField):
    """Whatever has no field of its own, as JSON."""

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)


def label_of(name: str, entry: Mapping[str, Any]) -> str:
    """The title, which the module's catalogue may translate."""
    title = entry.get("title")
    return _(title) if title else name.replace("_", " ").capitalize()


def help_of(entry: Mapping[str, Any]) -> str:
    description = entry.get("description")
    return _(description) if description else ""


def is_nullable(entry: Mapping[str, Any]) -> bool:
    return {"type": "null"} in entry.get("anyOf", ())


def resolved(entry: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """What an entry of a JSON schema comes to, without its null and its references."""
    choices = [one for one in entry.get("anyOf", ()) if one != {"type": "null"}]
    # A decimal may be written as a number or as a text of digits: the number says which bounds it has.
    numbers = [one for one in choices if one.get("type") == "number"]
    chosen = (numbers or choices)[0] if numbers or len(choices) == 1 else entry
    if "$ref" in chosen:
        return cast(Mapping[str, Any], schema["$defs"][chosen["$ref"].rpartition("/")[2]])
    return cast(Mapping[str, Any], chosen)


def field_of(entry: Mapping[str, Any], *, is_empty_allowed: bool, widgets: Widgets = PLAIN) -> forms.Field:
    """The form's field for an entry of a JSON schema; what none suits is edited as JSON."""
    bounds: dict[str, Any] = {"min_value": entry.get("minimum"), "max_value": entry.get("maximum")}
    required = not is_empty_allowed
    if "enum" in entry or "const" in entry:
        options = [(value, str(value)) for value in entry.get("enum", [entry.get("const")])]
        choices = options if required else [("", _("None")), *options]
        return forms.TypedChoiceField(
            choices=choices,
            required=required,
            empty_value=None,
            coerce=lambda text: next(value for value, said in options if said == text),
            widget=widgets.choice,
        )
    match entry.get("type"), entry.get("format"):
        case "boolean", _any:
            return forms.BooleanField(required=False, widget=widgets.boolean)
        case "integer", _any:
            return forms.IntegerField(required=required, widget=widgets.integer, **bounds)
        case "number", _any:
            return forms.DecimalField(required=required, widget=widgets.number, **bounds)
        case "string", "email":
            return forms.EmailField(
                required=required,
                empty_value=None,
                widget=widgets.email,  # type: ignore[arg-type]
            )
        case "string", _any:
            return forms.CharField(
                required=required and entry.get("minLength", 0) > 0,
                empty_value=None if is_empty_allowed else "",  # type: ignore[arg-type]
                max_length=entry.get("maxLength"),
                widget=widgets.text,
            )
        case "array", _any if entry.get("items", {}).get("type") == "string":
            return LinesField(required=False, help_text=_("One in a line."), widget=widgets.area(ROWS))
    return JsonField(required=False, widget=widgets.area(ROWS))

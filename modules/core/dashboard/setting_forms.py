"""The form of a module's settings for a shop: to each its own value, or the one it inherits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.validators import BaseValidator
from django.utils.translation import gettext as _

from modules.core.selectors import ModuleSettings
from platform_core.modules.config import OVERALL, json_schema
from platform_core.modules.exceptions import InvalidConfig
from platform_core.modules.vendor_config import Source
from platform_core.ui.setting_fields import field_of, help_of, is_nullable, label_of, resolved

INHERIT, OWN = "inherit", "own"
# Names of the form's own fields begin or end with what no setting's name does.
VERSION, CHOICE = "-version", "-choice"
MAX_VERSION = 2**31 - 1


@dataclass(frozen=True)
class SettingFields:
    """One setting on the page: whose value counts, and the shop's own."""

    choice: forms.BoundField
    value: forms.BoundField
    # The value in force, with whose it is.
    saved: str


def said(value: Any) -> str:
    """A value of a setting in words."""
    if value is None or value == "" or value == []:
        return _("nothing")
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


class VendorSettingsForm(forms.Form):
    """A choice and a value for each setting; what it gives is checked by the module's schema."""

    def __init__(self, module: ModuleSettings, platform_name: str, data: Any = None) -> None:
        self.module, self.code, self.platform_name = module, module.definition.code, platform_name
        shown = module.in_force.shown()
        initial: dict[str, Any] = {VERSION: module.version}
        super().__init__(data, prefix=self.code, initial=initial)
        schema = json_schema(module.definition)
        for name, now in shown.items():
            entry = schema["properties"][name]
            self._add(name, entry, schema, now)
            initial |= {
                name: now["value"],
                f"{name}{CHOICE}": OWN if now["source"] == Source.VENDOR else INHERIT,
            }
        self.fields[VERSION] = forms.IntegerField(
            widget=forms.HiddenInput, min_value=0, max_value=MAX_VERSION
        )

    def _add(
        self,
        name: str,
        entry: Mapping[str, Any],
        schema: Mapping[str, Any],
        now: Mapping[str, Any],
    ) -> None:
        label = label_of(name, entry)
        inherited = {"platform": self.platform_name, "value": said(now["inherited"])}
        is_of_platform = now["inherited_from"] == Source.PLATFORM
        self.fields[f"{name}{CHOICE}"] = forms.ChoiceField(
            label=label,
            choices=(
                (
                    INHERIT,
                    _("Inherited from %(platform)s: %(value)s") % inherited
                    if is_of_platform
                    else _("Inherited, as the module comes: %(value)s") % inherited,
                ),
                (OWN, _("Our own value")),
            ),
            widget=forms.RadioSelect,
        )
        field = field_of(resolved(entry, schema), is_empty_allowed=is_nullable(entry))
        # What is inherited needs no value; where the shop's own counts, the schema says what will do.
        field.required = False
        field.validators = [one for one in field.validators if not isinstance(one, BaseValidator)]
        field.label = _("Own value: %(name)s") % {"name": label}
        field.help_text = f"{help_of(entry)} {field.help_text}".strip()
        self.fields[name] = field

    @property
    def version_field(self) -> forms.BoundField:
        return self[VERSION]

    def settings(self) -> Iterator[SettingFields]:
        for name, now in self.module.in_force.shown().items():
            saved = _with_source(now, self.platform_name)
            yield SettingFields(self[f"{name}{CHOICE}"], self[name], saved)

    def clean(self) -> dict[str, Any]:
        """A value that was typed and would not count is asked about, and not dropped."""
        for name in self.module.in_force.values:
            choice = f"{name}{CHOICE}"
            if self.cleaned_data.get(choice) == INHERIT and name in self.changed_data:
                self.add_error(
                    choice,
                    _("You have entered a value of your own. Choose it, or put back the one that was there."),
                )
        return self.cleaned_data

    @property
    def wanted(self) -> dict[str, Any]:
        """The shop's own values, by name."""
        return {name: self.cleaned_data[name] for name in self._chosen(OWN)}

    @property
    def reset(self) -> list[str]:
        """The settings that are inherited, those among them that no longer validate."""
        return self._chosen(INHERIT)

    def _chosen(self, choice: str) -> list[str]:
        return [
            name for name in self.module.in_force.values if self.cleaned_data[f"{name}{CHOICE}"] == choice
        ]

    def blame(self, refusal: InvalidConfig) -> None:
        """Put what the schema refuses beside its field."""
        for name, text in refusal.fields.items():
            self.add_error(name if name in self.fields else None, text)

    @property
    def faults(self) -> list[tuple[str, Any]]:
        """(label, what is wrong) of what is stored for the shop and does not count any more."""
        known = self.module.in_force.faults.items()
        return [(self._label(name) if name != OVERALL else "", text) for name, text in known]

    def _label(self, name: str) -> str:
        field = self.fields.get(f"{name}{CHOICE}")
        return str(field.label) if field is not None else name


def as_typed(data: Any, code: str, version: int) -> dict[str, Any]:
    """What a form was sent with, to be sent again over the version that was found."""
    return {**data.dict(), f"{code}-{VERSION}": version}


def change_lines(
    labels: Mapping[str, str], before: Mapping[str, Any], after: Mapping[str, Any], platform_name: str
) -> list[dict[str, str]]:
    """What a change did, setting by setting: the value before and after, each with whose it was."""
    return [
        {
            "label": labels.get(name, name),
            "before": _with_source(before[name], platform_name),
            "after": _with_source(after[name], platform_name),
        }
        for name in after
    ]


def _with_source(entry: Mapping[str, Any], platform_name: str) -> str:
    facts = {"value": said(entry["value"]), "platform": platform_name}
    match entry["source"]:
        case Source.VENDOR:
            return _("%(value)s (our own)") % facts
        case Source.PLATFORM:
            return _("%(value)s (inherited from %(platform)s)") % facts
    return _("%(value)s (inherited, as the module comes)") % facts


def labels_of(module: ModuleSettings) -> dict[str, str]:
    """The settings' titles, by name."""
    properties = json_schema(module.definition).get("properties", {})
    return {name: label_of(name, entry) for name, entry in properties.items()}

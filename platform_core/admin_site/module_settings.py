"""A module's settings in a platform's admin: a form made of the module's schema, secrets never shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminEmailInputWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from platform_core.identity.models import User
from platform_core.modules.config import Settings, json_schema, shown_values
from platform_core.modules.definition import ModuleDefinition
from platform_core.modules.exceptions import InvalidConfig, ModuleRefusal
from platform_core.modules.journal import MAX_REASON_LENGTH
from platform_core.modules.models import ModuleChange
from platform_core.modules.registry import registry
from platform_core.modules.service import SEE_MODULES, SWITCH_MODULES, module_service
from platform_core.modules.state import is_module_enabled, read_state
from platform_core.tenancy.requests import SiteRequest
from platform_core.ui.setting_fields import Widgets, field_of, help_of, is_nullable, label_of, resolved

if TYPE_CHECKING:
    from platform_core.admin_site.sites import ConsoleSite

# Names of the form's own fields begin with what no setting's name begins with.
REASON, VERSION = "-reason", "-version"
CLEAR = "-clear-"

WIDGETS = Widgets(
    choice=UnfoldAdminSelectWidget,
    boolean=UnfoldBooleanWidget,
    integer=UnfoldAdminIntegerFieldWidget,
    number=UnfoldAdminDecimalFieldWidget,
    email=UnfoldAdminEmailInputWidget,
    text=UnfoldAdminTextInputWidget,
    area=UnfoldAdminTextareaWidget,
)


def has_settings(definition: ModuleDefinition) -> bool:
    """Whether a module has anything to set."""
    return definition.config_schema is not None or bool(definition.default_config)


class SettingsForm(forms.Form):
    """One field for each setting of a module; what it gives is checked by the module's schema."""

    def __init__(
        self, definition: ModuleDefinition, settings: Settings, version: int, data: Any = None
    ) -> None:
        self.definition = definition
        shown, self.secrets = shown_values(definition, settings)
        super().__init__(data, initial={**shown, VERSION: version})
        schema = json_schema(definition)
        for name, entry in schema.get("properties", {}).items():
            if name in self.secrets:
                self._add_secret(name, entry)
                continue
            field = field_of(resolved(entry, schema), is_empty_allowed=is_nullable(entry), widgets=WIDGETS)
            field.label = label_of(name, entry)
            field.help_text = f"{help_of(entry)} {field.help_text}".strip()
            self.fields[name] = field
        self.fields[REASON] = forms.CharField(
            label=gettext_lazy("Reason (optional)"),
            max_length=MAX_REASON_LENGTH,
            required=False,
            widget=UnfoldAdminTextInputWidget,
            help_text=gettext_lazy("Kept beside the change, for whoever asks later."),
        )
        self.fields[VERSION] = forms.IntegerField(widget=forms.HiddenInput)

    def _add_secret(self, name: str, entry: Mapping[str, Any]) -> None:
        said = _("It is set, and shown to nobody: leave this empty to keep it.") if self.secrets[name] else ""
        self.fields[name] = forms.CharField(
            label=label_of(name, entry),
            required=False,
            strip=False,
            # Never filled in again, not even with what was just typed.
            widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
            help_text=f"{help_of(entry)} {said}".strip(),
        )
        if self.secrets[name] and is_nullable(entry):
            self.fields[f"{CLEAR}{name}"] = forms.BooleanField(
                label=_("Remove %(name)s") % {"name": label_of(name, entry)},
                required=False,
                widget=UnfoldBooleanWidget,
            )

    @property
    def wanted(self) -> dict[str, Any]:
        """What the person has changed, by name; a secret that was left empty is kept."""
        return {
            name: self.cleaned_data[name]
            for name in self.cleaned_data
            if not name.startswith("-")
            and (self.cleaned_data[name] != "" if name in self.secrets else name in self.changed_data)
        }

    @property
    def reset(self) -> list[str]:
        """The secrets that are to be removed."""
        return [
            name
            for name in self.secrets
            if self.cleaned_data.get(f"{CLEAR}{name}") and name not in self.wanted
        ]

    def blame(self, refusal: InvalidConfig) -> None:
        """Put what the schema refuses beside its field."""
        for name, text in refusal.fields.items():
            self.add_error(name if name in self.fields else None, text)


WITHOUT_VERSION = gettext_lazy(
    "The form came without the version that it was made for. Nothing was changed: look at what"
    " would follow now, and send it again."
)


def settings_page(request: SiteRequest, site: ConsoleSite, code: str) -> HttpResponse:
    """See and change the settings of a module."""
    principal, platform = request.principal, request.platform
    if principal is None or platform is None or not principal.may(SEE_MODULES):
        raise PermissionDenied
    definition = registry().definitions.get(code)
    if definition is None:
        raise Http404
    may_change = principal.may(SWITCH_MODULES)
    settings, version = module_service.get_module_settings(platform, code), read_state(platform.id).version
    form, refused = SettingsForm(definition, settings, version), ""
    if request.method == "POST":
        if not may_change:
            raise PermissionDenied
        form = SettingsForm(definition, settings, version, request.POST)
        if VERSION in form.errors:
            # Nobody can mend a hidden field: the next form carries a good one, and all that was typed.
            refused = str(WITHOUT_VERSION)
            form = SettingsForm(definition, settings, version, {**request.POST.dict(), VERSION: version})
        elif form.is_valid():
            try:
                change = module_service.set_module_config(
                    platform,
                    code,
                    form.wanted,
                    reset=form.reset,
                    user=cast(User, request.user),
                    reason=form.cleaned_data[REASON],
                    source=ModuleChange.Source.ADMIN,
                    expected_version=form.cleaned_data[VERSION],
                )
            except InvalidConfig as refusal:
                form.blame(refusal)
            except ModuleRefusal as refusal:
                # What the person sees next carries the present version, and all that was typed.
                refused = refusal.message
                form = SettingsForm(definition, settings, version, {**request.POST.dict(), VERSION: version})
            else:
                told = _("The settings are saved.") if change.names else _("Nothing was to be changed.")
                messages.success(request, told)
                return HttpResponseRedirect(reverse("admin:module-settings", args=[code]))
    context = {
        "title": _("Settings: %(name)s") % {"name": definition.name},
        "code": code,
        "has_settings": has_settings(definition),
        "name": definition.name,
        "form": form,
        "refused": refused,
        "is_on": is_module_enabled(platform, code),
        "faults": [(name and str(form.fields[name].label), text) for name, text in settings.faults.items()],
        "may_change": may_change,
    }
    status = 422 if form.errors or refused else 200
    return site.page(request, "admin/module_settings.html", context, status=status)

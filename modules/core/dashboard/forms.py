"""Sign-in, profile and password."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from modules.core.config import time_zones
from platform_core.identity.models import User
from platform_core.languages import LANGUAGE_CHOICES
from platform_core.modules.menu_forms import MenuForm

MAX_PASSWORD_LENGTH = 256


def time_zone_choices() -> list[tuple[str, str]]:
    """Every place of the time zone database."""
    return [(name, name.replace("_", " ")) for name in time_zones()]


class SignInForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        error_messages={
            "required": _("Enter the e-mail address you sign in with."),
            "invalid": _("Enter a full e-mail address such as name@example.com."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=MAX_PASSWORD_LENGTH,
        error_messages={"required": _("Enter your password.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class ProfileForm(forms.Form):
    full_name = forms.CharField(
        label=_("Full name"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    language = forms.ChoiceField(
        label=_("Language"),
        choices=LANGUAGE_CHOICES,
        help_text=_("The language of this dashboard. Your shop's languages stay as they are."),
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=time_zone_choices, help_text=_("Dates and times are shown in it.")
    )
    mode = forms.ChoiceField(
        label=_("Appearance"),
        required=False,
        choices=(("", _("Like my device")), ("light", _("Light")), ("dark", _("Dark"))),
        help_text=_("For this browser only."),
    )


class PlaceInput(forms.NumberInput):
    """A small field for a number."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"class": "input", **(attrs or {})})


class BoxInput(forms.CheckboxInput):
    """A box as fields of the dashboard have it."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"class": "check-input", **(attrs or {})})


class DashboardMenuForm(MenuForm):
    """The form of one's own menu with the dashboard's widgets."""

    box = BoxInput
    number = PlaceInput


class PasswordForm(forms.Form):
    current_password = forms.CharField(
        label=_("Current password"),
        strip=False,
        max_length=MAX_PASSWORD_LENGTH,
        error_messages={"required": _("Enter the password you have now.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new_password = forms.CharField(
        label=_("New password"),
        strip=False,
        max_length=MAX_PASSWORD_LENGTH,
        help_text=_("At least 10 characters. Other browsers where you are signed in are signed out."),
        error_messages={"required": _("Enter a new password.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_current_password(self) -> str:
        if not check_password(self.cleaned_data["current_password"], self.user.password):
            raise ValidationError(_("This is not your current password. Check it and try again."))
        return str(self.cleaned_data["current_password"])

    def clean_new_password(self) -> str:
        validate_password(self.cleaned_data["new_password"], self.user)
        return str(self.cleaned_data["new_password"])

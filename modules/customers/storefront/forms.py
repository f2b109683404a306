"""Forms of a shop's account pages. What is refused is said in our own words, at the field it is about."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from modules.customers.models import Address, Customer
from modules.customers.passwords import validate_password
from platform_core.languages import LANGUAGES
from platform_core.ui.countries import country_choices
from platform_core.ui.forms import LongSelect

# Hashing takes time in proportion to the length: nobody needs more, and an attacker gets no more.
MAX_PASSWORD_LENGTH = 256


def _email_field() -> forms.EmailField:
    return forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={
            "required": _("Enter your e-mail address."),
            "invalid": _("Enter an e-mail address like name@example.com."),
        },
    )


def _password_field(label: Any, autocomplete: str, required: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        strip=False,
        max_length=MAX_PASSWORD_LENGTH,
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
        error_messages={"required": required},
    )


def _name_field() -> forms.CharField:
    return forms.CharField(
        label=_("Name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Enter your name. It is how the shop addresses you.")},
    )


class SignInForm(forms.Form):
    """E-mail address and password. Says nothing about which of the two is wrong."""

    email = _email_field()
    password = _password_field(_("Password"), "current-password", _("Enter your password."))


class RegisterForm(forms.Form):
    """A new account in this shop."""

    full_name = _name_field()
    email = _email_field()
    password = _password_field(_("Password"), "new-password", _("Choose a password."))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "password" in cleaned:
            someone = Customer(email=cleaned.get("email", ""), full_name=cleaned.get("full_name", ""))
            try:
                validate_password(cleaned["password"], someone)
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned


class ForgottenForm(forms.Form):
    """Whose password is forgotten."""

    email = _email_field()


class ProfileForm(forms.Form):
    """What the shop calls a customer, and in which language it writes."""

    full_name = _name_field()
    language = forms.ChoiceField(label=_("Language of messages from the shop"), choices=LANGUAGES)


class NewPasswordForm(forms.Form):
    """A new password, where something else is proof."""

    new_password = _password_field(_("New password"), "new-password", _("Choose a new password."))

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.customer = customer

    def clean_new_password(self) -> str:
        password: str = self.cleaned_data["new_password"]
        validate_password(password, self.customer)
        return password


class PasswordForm(NewPasswordForm):
    """A new password, with the current one as proof."""

    current_password = _password_field(
        _("Current password"), "current-password", _("Enter your current password.")
    )
    field_order = ("current_password", "new_password")


class AddressForm(forms.ModelForm):  # type: ignore[type-arg]
    """One address, with the tokens by which browsers fill it in."""

    country = forms.ChoiceField(label=_("Country"), widget=LongSelect(attrs={"autocomplete": "country"}))

    class Meta:
        model = Address
        fields = ("name", "line1", "line2", "postal_code", "city", "country")
        labels = {
            "name": _("Name"),
            "line1": _("Street and number"),
            "line2": _("Floor, building or care of"),
            "postal_code": _("Postal code"),
            "city": _("Town"),
        }
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "line1": forms.TextInput(attrs={"autocomplete": "address-line1"}),
            "line2": forms.TextInput(attrs={"autocomplete": "address-line2"}),
            "postal_code": forms.TextInput(attrs={"autocomplete": "postal-code"}),
            "city": forms.TextInput(attrs={"autocomplete": "address-level2"}),
        }
        error_messages = {
            "name": {"required": _("Enter the name on the letterbox.")},
            "line1": {"required": _("Enter the street and number.")},
            "postal_code": {"required": _("Enter the postal code, such as L-1611.")},
            "city": {"required": _("Enter the town.")},
        }

    is_default = forms.BooleanField(label=_("Use this address first"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = country_choices(get_language())
        self.fields["country"].choices = choices  # type: ignore[attr-defined]
        if self.instance.pk:
            self.fields["is_default"].initial = self.instance.is_default
        if self.instance.is_default:
            # Exactly one address is used first: it stops being so when another one is chosen.
            del self.fields["is_default"]

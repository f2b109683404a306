"""Forms of the checkout. What is refused is said in our own words, at the field it is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from modules.customers.models import Address
from modules.orders.addresses import FIELDS, OPTIONAL
from modules.orders.selectors import ShippingOffer
from modules.payments.selectors import AvailableMethod
from platform_core.ui.countries import country_choices
from platform_core.ui.forms import LongSelect

NEW_ADDRESS = "new"
LABELS = {
    "name": _("Name"),
    "line1": _("Street and number"),
    "line2": _("Floor, building or care of"),
    "postal_code": _("Postal code"),
    "city": _("Town"),
    "country": _("Country"),
}
REQUIRED = {
    "name": _("Enter the name on the letterbox."),
    "line1": _("Enter the street and number."),
    "postal_code": _("Enter the postal code, such as L-1611."),
    "city": _("Enter the town."),
    "country": _("Choose a country from the list."),
}
TOKENS = {
    "name": "name",
    "line1": "address-line1",
    "line2": "address-line2",
    "postal_code": "postal-code",
    "city": "address-level2",
    "country": "country",
}
# Set before a field's name: where the invoice goes.
BILLING = "billing_"


class ContactForm(forms.Form):
    """Where the confirmation goes."""

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={
            "required": _("Enter your e-mail address."),
            "invalid": _("Enter an e-mail address like name@example.com."),
        },
    )


def _offers_anew(others: str) -> dict[str, str]:
    """With scripts, a field that shows at once what goes to the country that is chosen. It sends `others` too."""
    return {
        "hx-get": reverse("storefront:orders:delivery"),
        "hx-trigger": "change",
        "hx-include": others,
        "hx-target": "#offers",
        "hx-select": "#offers",
        "hx-swap": "outerHTML",
    }


class DeliveryForm(forms.Form):
    """Where the goods go, how, and whom the invoice names.

    `saved` are the addresses of the account, one of which may be chosen instead of a typed one. What is typed for a
    part that is not asked for is kept and not checked.
    """

    def __init__(self, *args: Any, saved: Sequence[Address], offers: Iterable[ShippingOffer], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.saved = {str(address.pk): address for address in saved}
        if saved:
            choices = [(str(address.pk), str(address)) for address in saved]
            self.fields["saved"] = forms.ChoiceField(
                label=_("Deliver to"),
                choices=[*choices, (NEW_ADDRESS, _("Another address"))],
                widget=forms.RadioSelect(attrs=_offers_anew("[name=country],[name=method]")),
                error_messages={
                    "required": _("Choose an address."),
                    "invalid_choice": _("Choose an address."),
                },
            )
        self._add_address("", "shipping")
        self.fields["other_billing"] = forms.BooleanField(
            label=_("The invoice goes to another address"), required=False
        )
        self._add_address(BILLING, "billing")
        self.fields["method"] = forms.ChoiceField(
            label=_("Delivery"),
            choices=[(offer.code, offer.name) for offer in offers],
            widget=forms.RadioSelect,
            error_messages={
                "required": _("Choose one of the ways in which the shop delivers."),
                "invalid_choice": _(
                    "This way of delivery does not go to your address. Choose one of those below."
                ),
            },
        )

    def _add_address(self, prefix: str, kind: str) -> None:
        for name, limit in FIELDS.items():
            attrs = {"autocomplete": f"{kind} {TOKENS[name]}"}
            if name == "country" and not prefix:
                attrs |= _offers_anew("[name=method]")
            facts: dict[str, Any] = {"label": LABELS[name], "required": name not in OPTIONAL}
            if name in REQUIRED:
                facts["error_messages"] = {"required": REQUIRED[name], "invalid_choice": REQUIRED["country"]}
            if name == "country":
                countries = country_choices(get_language())
                field: forms.Field = forms.ChoiceField(
                    choices=countries, widget=LongSelect(attrs=attrs), **facts
                )
            else:
                field = forms.CharField(max_length=limit, widget=forms.TextInput(attrs=attrs), **facts)
            self.fields[prefix + name] = field

    @property
    def typed(self) -> dict[str, forms.BoundField]:
        """The fields of the delivery's address."""
        return {name: self[name] for name in FIELDS}

    @property
    def billed(self) -> dict[str, forms.BoundField]:
        """The fields of the invoice's address."""
        return {name: self[BILLING + name] for name in FIELDS}

    @property
    def chosen(self) -> Address | None:
        """The address of the account that is chosen, or None for the typed one."""
        return self.saved.get(str(self["saved"].value() or "")) if self.saved else None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "saved" in self.fields and not self["saved"].value():
            # The page was shown before the account had an address: what was typed counts.
            self.errors.pop("saved", None)
        if self.chosen is not None:
            self._forgive("")
        if not cleaned.get("other_billing"):
            self._forgive(BILLING)
        return cleaned

    def _forgive(self, prefix: str) -> None:
        for name in FIELDS:
            self.errors.pop(prefix + name, None)

    def shipping_address(self) -> dict[str, str]:
        """Of a valid form."""
        if self.chosen is not None:
            return {name: getattr(self.chosen, name) for name in FIELDS}
        return {name: self.cleaned_data[name] for name in FIELDS}

    def billing_address(self) -> dict[str, str] | None:
        """Of a valid form; None where it is that of the delivery."""
        if not self.cleaned_data["other_billing"]:
            return None
        return {name: self.cleaned_data[BILLING + name] for name in FIELDS}

    def field_of(self, name: str) -> str | None:
        """The form's field for one that a service names, such as `billing_address.city`."""
        part, _dot, rest = name.partition(".")
        field = {
            "shipping_address": rest,
            "billing_address": BILLING + rest,
            "shipping_method": "method",
        }.get(part)
        if field == "country" and self.chosen is not None:
            field = "saved"
        return field if field in self.fields else None


class PaymentForm(forms.Form):
    """How it is paid."""

    def __init__(self, *args: Any, methods: Sequence[AvailableMethod], **kwargs: Any):
        super().__init__(*args, **kwargs)
        message = _("Choose one of the ways to pay that the shop offers.")
        self.fields["method"] = forms.ChoiceField(
            label=_("Payment"),
            choices=[(method.code, method.name) for method in methods],
            widget=forms.RadioSelect,
            error_messages={"required": message, "invalid_choice": message},
        )


def start_of_delivery(
    shipping: Mapping[str, str],
    billing: Mapping[str, str],
    saved: Sequence[Address],
    *,
    country: str,
    name: str,
) -> dict[str, Any]:
    """What the form of the delivery shows at first."""
    start: dict[str, Any] = {"name": name, **shipping, "country": country, "billing_country": country}
    start.update({BILLING + field: value for field, value in billing.items()})
    start["other_billing"] = bool(billing)
    if saved:
        is_known = bool(shipping.get("line1"))
        same = [
            each for each in saved if not is_known or all(getattr(each, f) == shipping.get(f) for f in FIELDS)
        ]
        start["saved"] = str(same[0].pk) if same else NEW_ADDRESS
    return start

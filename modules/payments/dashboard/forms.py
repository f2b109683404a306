"""Forms of payments: what came in, what goes back, and how a payment method is set up."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from moneyed import Money

from modules.payments.dashboard.fields import AmountField
from modules.payments.extensions import ConfigField, Gateway
from modules.payments.models import MAX_KEY_LENGTH, MAX_REASON_LENGTH, Payment, PaymentMethod
from platform_core.languages import language_name
from platform_core.tenancy.context import VendorRef

MAX_PLACE = 9999


class RecordForm(forms.Form):
    """Something that is recorded once, however often the button is pressed: the key says which once it is."""

    note_label: Any = _("Note")
    note_help: Any = ""

    idempotency_key = forms.CharField(widget=forms.HiddenInput, max_length=MAX_KEY_LENGTH)
    note = forms.CharField(
        required=False,
        max_length=MAX_REASON_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, data: Any = None, *, payment: Payment, vendor: VendorRef) -> None:
        super().__init__(data, initial={"idempotency_key": secrets.token_urlsafe(16)})
        self.payment, self.vendor = payment, vendor
        self.fields["note"].label = self.note_label
        self.fields["note"].help_text = self.note_help


class AmountForm(RecordForm):
    """A record of an amount; `suggested` stands in the field at first."""

    amount_label: Any = _("Amount")

    def __init__(self, data: Any = None, *, payment: Payment, vendor: VendorRef, suggested: Money) -> None:
        super().__init__(data, payment=payment, vendor=vendor)
        self.fields["amount"] = AmountField(
            label=self.amount_label,
            currency=payment.currency,
            region=vendor.country,
            error_messages={"required": _("Enter the amount.")},
        )
        if suggested.amount > 0:
            self.initial["amount"] = suggested
        self.order_fields(["amount"])


class ReceiptForm(AmountForm):
    amount_label = _("Amount received")
    note_help = _("For your own books, such as the number of the bank statement.")


class ReversalForm(RecordForm):
    note_label = _("Reason")
    note_help = _("For your own books, such as “typed 841.00 for 84.10”.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].required = True
        self.fields["note"].error_messages["required"] = _("Enter why this receipt does not count.")


class RefundForm(AmountForm):
    amount_label = _("Amount to give back")
    note_label = _("Reason")

    is_paid_back = forms.BooleanField(
        label=_("I have paid it back already"),
        required=False,
        help_text=_("Otherwise it is shown as owed until you record it."),
    )

    def __init__(self, *args: Any, by_hand: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not by_hand:
            del self.fields["is_paid_back"]


class CompletionForm(RecordForm):
    note_help = _("Such as the day and the account it was paid from.")


class VoidForm(RecordForm):
    note_label = _("Reason")


class MethodForm(forms.Form):
    """A payment method, with the settings its gateway asks for."""

    is_active = forms.BooleanField(
        label=_("Offer it to buyers"),
        required=False,
        help_text=_("Payments that were begun go on when you take it away."),
    )
    position = forms.IntegerField(
        label=_("Place"),
        min_value=0,
        max_value=MAX_PLACE,
        initial=0,
        help_text=_("Lower numbers stand further up."),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )

    def __init__(
        self, data: Any = None, *, gateway: Gateway, method: PaymentMethod | None, vendor: VendorRef
    ) -> None:
        known: dict[str, Any] = {"is_active": True, "position": 0}
        if method is not None:
            known = {"is_active": method.is_active, "position": method.position}
        super().__init__(data, initial=known)
        self.gateway, self.languages = gateway, vendor.languages
        config = method.config if method is not None else {}
        for setting in gateway.config_fields:
            self._add(setting, config.get(setting.name))
        self.order_fields([name for name in self.fields if name not in self.base_fields])

    def _add(self, setting: ConfigField, value: Any) -> None:
        if setting.kind == "text":
            self.fields[setting.name] = _text_field(setting, setting.label, setting.help_text)
            self.initial[setting.name] = value or ""
            return
        for number, language in enumerate(self.languages):
            name = f"{setting.name}-{language}"
            label = _("%(label)s (%(language)s)") % {
                "label": setting.label,
                "language": language_name(language),
            }
            self.fields[name] = _text_field(
                setting, label, setting.help_text if number == 0 else "", lang=language
            )
            self.initial[name] = (value or {}).get(language, "")

    @property
    def config(self) -> dict[str, Any]:
        """The settings as the gateway takes them; what fails is its to say."""
        data = self.cleaned_data
        return {
            setting.name: data[setting.name]
            if setting.kind == "text"
            else {code: data[f"{setting.name}-{code}"] for code in self.languages}
            for setting in self.gateway.config_fields
        }

    def refuse(self, setting: str, message: str) -> None:
        """Show what the gateway has refused where it was typed."""
        place = setting if setting in self.fields else f"{setting}-{self.languages[0]}"
        self.add_error(place if place in self.fields else None, message)


def _text_field(setting: ConfigField, label: Any, help_text: Any, **attrs: str) -> forms.CharField:
    # Whether it fits is the gateway's to say, in words of its own.
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=setting.is_required,
        error_messages={"required": _("Fill in “%(label)s”.") % {"label": label}},
        max_length=setting.max_length,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", **attrs}),
    )

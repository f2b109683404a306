"""Forms on an order's page. Each carries the version of the order that its page was made from."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from modules.orders.dashboard.fields import AmountField
from modules.orders.models import MAX_NOTE_LENGTH, MAX_QUANTITY, Order, OrderLine
from platform_core.tenancy.context import VendorRef
from platform_core.ui.fields import WholeNumberField

# Of any sum of money that a column holds.
MAX_RECEIVED_MINOR = 1_000_000_000_000
MAX_KEY_LENGTH = 64
# Of a version, which is an integer of the database.
MAX_DIGITS = 9


class OrderForm(forms.Form):
    """A form about an order. One that does not say its version is one that somebody may have overtaken."""

    # The ids of several forms on one page must differ.
    id_prefix = "order"

    def __init__(self, data: QueryDict | None = None, *, order: Order, **kwargs: Any) -> None:
        super().__init__(data, auto_id=f"{self.id_prefix}_%s", **kwargs)
        self.order = order
        self.given_version = data.get("version", "") if data is not None else str(order.version)
        self.is_stale = False

    @property
    def shown_version(self) -> str:
        """What the page goes on from: the present version once the person was told of it."""
        return str(self.order.version) if self.is_stale else self.given_version

    @property
    def version(self) -> int:
        """What the page was made from."""
        text = self.given_version
        return int(text) if text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS else 0


class SendForm(OrderForm):
    """How many of each line leave, and how to follow them."""

    id_prefix = "send"
    carrier = forms.CharField(label=_("Carrier"), required=False, max_length=80)
    tracking_number = forms.CharField(label=_("Tracking number"), required=False, max_length=80)
    tracking_url = forms.CharField(
        label=_("Tracking page"),
        required=False,
        max_length=500,
        help_text=_("The whole address, as in https://www.post.lu/track/123. The buyer's mail links to it."),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, lines: Sequence[OrderLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = [line for line in lines if line.open_quantity]
        for line in self.lines:
            self.fields[f"quantity-{line.pk}"] = WholeNumberField(
                label=_("Send of “%(title)s”") % {"title": line.title},
                required=False,
                min_value=0,
                max_value=MAX_QUANTITY,
                initial=line.open_quantity,
                error_messages=_count_messages(line.open_quantity),
            )

    def rows(self) -> Iterator[tuple[OrderLine, forms.BoundField]]:
        """Each line of which something is open, with its field."""
        return ((line, self[f"quantity-{line.pk}"]) for line in self.lines)

    def clean_tracking_url(self) -> str:
        url = str(self.cleaned_data["tracking_url"])
        if url:
            try:
                URLValidator(schemes=("https", "http"))(url)
            except ValidationError:
                message = _("Enter the whole address, beginning with https://, or leave it empty.")
                raise ValidationError(message) from None
        return url

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for line in self.lines:
            name = f"quantity-{line.pk}"
            if (data.get(name) or 0) > line.open_quantity:
                self.add_error(name, _count_messages(line.open_quantity)["max_value"])
        return data

    @property
    def quantities(self) -> dict[int, int]:
        return {line.pk: self.cleaned_data[f"quantity-{line.pk}"] or 0 for line in self.lines}


def _count_messages(count: int) -> dict[str, Any]:
    message = _("Enter a whole number from 0 to %(count)d, as many as are still to be sent.") % {
        "count": count
    }
    return dict.fromkeys(("invalid", "min_value", "max_value"), message)


class PaymentForm(OrderForm):
    """Money that has come in. Its key makes a form that is sent twice one recording."""

    id_prefix = "payment"
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=500,
        help_text=_("For your team, such as the day on the bank statement."),
    )
    key = forms.CharField(required=False, max_length=MAX_KEY_LENGTH, widget=forms.HiddenInput)

    def __init__(self, *args: Any, vendor: VendorRef, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        payment = self.order.payment
        assert payment is not None
        self.fields["amount"] = AmountField(
            label=_("Amount received"),
            currency=self.order.currency,
            region=vendor.country,
            max_minor=MAX_RECEIVED_MINOR,
            initial=payment.expected_minor or None,
            error_messages={"required": _("Enter the amount that has come in.")},
        )
        self.order_fields(["amount", "note", "key"])
        self.initial.setdefault("key", secrets.token_urlsafe(16))

    def clean_amount(self) -> int:
        amount = int(self.cleaned_data["amount"])
        if not amount:
            raise ValidationError(_("Enter an amount of more than zero."))
        return amount


class NoteForm(OrderForm):
    """A note of the team."""

    id_prefix = "note"
    note = forms.CharField(
        label=_("Internal note"),
        max_length=MAX_NOTE_LENGTH,
        help_text=_("Only your team and the platform's staff see it."),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write the note first.")},
    )


class CancelForm(OrderForm):
    """Why an order is cancelled."""

    id_prefix = "cancel"
    reason = forms.CharField(
        label=_("Reason, which the buyer reads"),
        required=False,
        max_length=200,
        help_text=_(
            "In the mail and on the order's page, in the words that you write here. What is for the team alone goes"
            " into an internal note."
        ),
    )

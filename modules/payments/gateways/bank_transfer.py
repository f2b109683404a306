"""Bank transfer: the buyer pays to the shop's account, with a creditor reference that says which payment it is.

Sources: ISO 11649 (creditor reference), ISO 13616 (IBAN), EPC069-12 version 3.1 (the QR code that banks' apps read).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import segno
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from moneyed import Money
from stdnum import bic, iban, iso11649
from stdnum.exceptions import ValidationError as MalformedNumber
from stdnum.iso7064 import mod_97_10

from modules.payments.gateways.by_hand import ByHand, clean_line, refuse
from modules.payments.gateways.protocol import (
    AuthoriseRequest,
    Capabilities,
    ConfigField,
    GatewayResult,
    Outcome,
    Told,
    ToldLine,
)

# 60 random bits of the payment's id: short enough to be typed, and no two of a shop are alike.
REFERENCE_LENGTH = 12
# EPC069-12: what a name and an amount may be.
MAX_PAYEE_LENGTH = 70
MAX_EPC_AMOUNT = Decimal("999999999.99")
MAX_QR_VERSION = 13


class BankTransfer(ByHand):
    """Pending until the money is seen on the account and recorded, in parts if it comes in parts."""

    code = "bank_transfer"
    name = _("Bank transfer")
    description = _("The buyer transfers the money to your account, and you record it when it is there.")
    icon = "landmark"
    capabilities = Capabilities(
        by_hand=True,
        partial_capture=True,
        void=True,
        refund=True,
        partial_refund=True,
        currencies=frozenset({"EUR"}),
    )
    config_fields = (
        ConfigField(
            "payee",
            _("Account holder"),
            _("As the bank knows it. Buyers' banks compare the name with the account."),
            max_length=MAX_PAYEE_LENGTH,
        ),
        ConfigField(
            "iban", _("IBAN"), _("The account that buyers pay to, such as LU28 0019 4006 4475 0000.")
        ),
        ConfigField("bic", _("BIC"), _("Only banks outside of the euro area ask for it."), is_required=False),
    )

    def clean_value(self, field: ConfigField, value: Any) -> Any:
        line = clean_line(field, value)
        if field.name == "iban":
            try:
                return str(iban.validate(line))
            except MalformedNumber:
                raise refuse(
                    field,
                    _(
                        "“%(typed)s” is no IBAN: its check digits do not fit. Compare it with your bank's statement."
                    ),
                    typed=line,
                ) from None
        if field.name == "bic" and line:
            try:
                return str(bic.validate(line))
            except MalformedNumber:
                raise refuse(
                    field,
                    _("“%(typed)s” is no BIC. It has 8 or 11 letters and digits, as in BCEELULL."),
                    typed=line,
                ) from None
        return line

    def authorise(self, request: AuthoriseRequest) -> GatewayResult:
        reference = creditor_reference(request.payment_id)
        return GatewayResult(
            Outcome.PENDING,
            provider_reference=reference,
            instructions={
                "payee": request.config["payee"],
                "iban": request.config["iban"],
                "bic": request.config["bic"],
                "reference": reference,
            },
        )

    def tell(self, instructions: Mapping[str, Any], amount: Money, languages: Sequence[str]) -> Told:
        lines = [
            ToldLine(_("Account holder"), instructions["payee"]),
            ToldLine(_("IBAN"), in_groups(instructions["iban"]), is_code=True),
            ToldLine(_("Reference"), in_groups(instructions["reference"]), is_code=True),
        ]
        if instructions.get("bic"):
            lines.insert(2, ToldLine(_("BIC"), instructions["bic"], is_code=True))
        text = epc_text(instructions, amount)
        return Told(
            text=_("Transfer the amount with this reference, so that the shop can find your payment."),
            lines=tuple(lines),
            qr=epc_qr(text, gettext("QR code of the transfer, for your bank's app")) if text else "",
        )


def creditor_reference(payment_id: str) -> str:
    """The structured creditor reference of a payment: RF, two check digits and the end of its id."""
    body = payment_id[-REFERENCE_LENGTH:].upper()
    return str(iso11649.validate(f"RF{mod_97_10.calc_check_digits(f'{body}RF')}{body}"))


def in_groups(number: str) -> str:
    """An IBAN or a reference in groups of four, as people read and compare it."""
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))


def epc_text(instructions: Mapping[str, Any], amount: Money) -> str:
    """The text of the EPC QR code, or "" where it holds no such payment: only euros, and not beyond its limit."""
    if amount.currency.code != "EUR" or not Decimal("0.01") <= amount.amount <= MAX_EPC_AMOUNT:
        return ""
    return "\n".join(
        (
            "BCD",
            "002",
            # UTF-8.
            "1",
            "SCT",
            instructions.get("bic", ""),
            instructions["payee"],
            instructions["iban"],
            f"EUR{amount.amount:.2f}",
            # No purpose; the structured reference stands in place of a message.
            "",
            instructions["reference"],
        )
    )


def epc_qr(text: str, title: str) -> SafeString:
    """The QR code as inline SVG, dark on light in every mode, since cameras want it so."""
    code = segno.make(text, error="m", boost_error=False, micro=False, encoding="utf-8", mode="byte")
    if int(code.version) > MAX_QR_VERSION:
        return SafeString("")
    svg = code.svg_inline(
        scale=4, dark="#000", light="#fff", svgclass="qr", lineclass=None, title=title, omitsize=True
    )
    # segno escapes the title; the rest is numbers.
    return mark_safe(svg)

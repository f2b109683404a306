"""Cash on collection: the buyer pays at the counter when the goods are fetched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext_lazy as _
from moneyed import Money

from modules.payments.gateways.by_hand import ByHand
from modules.payments.gateways.protocol import (
    AuthoriseRequest,
    ConfigField,
    GatewayResult,
    Outcome,
    Told,
    ToldLine,
)


class CashOnCollection(ByHand):
    """Pending until the money is in the till and recorded."""

    code = "cash_on_collection"
    name = _("Cash on collection")
    description = _("The buyer pays at your counter when fetching the goods.")
    icon = "banknote"
    capabilities = replace(ByHand.capabilities, needs_collection=True)
    config_fields = (
        ConfigField(
            "place", _("Where to pay and collect"), _("The address, such as 12, rue des Roses, Luxembourg.")
        ),
        ConfigField(
            "hint",
            _("Hint for the buyer"),
            _("Such as opening hours. Each language shows its own."),
            kind="translated",
            is_required=False,
            max_length=300,
        ),
    )

    def authorise(self, request: AuthoriseRequest) -> GatewayResult:
        return GatewayResult(
            Outcome.PENDING,
            instructions={"place": request.config["place"], "hint": dict(request.config["hint"])},
        )

    def tell(self, instructions: Mapping[str, Any], amount: Money, languages: Sequence[str]) -> Told:
        lines = [ToldLine(_("Where to pay and collect"), instructions["place"])]
        hints = instructions.get("hint") or {}
        hint = next((hints[code] for code in (*languages, *hints) if hints.get(code)), "")
        if hint:
            lines.append(ToldLine(_("Please note"), hint))
        return Told(text=_("Pay when you collect the goods."), lines=tuple(lines))

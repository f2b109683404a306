"""What a payment's events come to: a table of phases, and one pure function that reads a ledger through it.

No status and no amount of a payment is ever set by hand: each follows from the events alone, so a replay from the
first event gives what is stored. What a provider reports late or twice changes nothing that is settled already.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from django.db import models
from django.utils.translation import gettext_lazy as _

from modules.payments.exceptions import InvalidTransition


class Kind(models.TextChoices):
    """What can happen to a payment."""

    REQUESTED = "requested", _("Requested")
    PENDING = "pending", _("Money expected")
    ACTION_REQUIRED = "action_required", _("Buyer must act")
    AUTHORISED = "authorised", _("Authorised")
    CAPTURED = "captured", _("Money received")
    REVERSED = "reversed", _("Receipt reversed")
    VOIDED = "voided", _("Voided")
    FAILED = "failed", _("Failed")
    REFUND_REQUESTED = "refund_requested", _("Refund requested")
    REFUNDED = "refunded", _("Refund paid back")
    REFUND_FAILED = "refund_failed", _("Refund not made")


class Status(models.TextChoices):
    """What a payment is shown as: its phase, refined by its amounts."""

    CREATED = "created", _("Created")
    PENDING = "pending", _("Awaiting payment")
    REQUIRES_ACTION = "requires_action", _("Buyer must act")
    AUTHORISED = "authorised", _("Authorised")
    PARTIALLY_CAPTURED = "partially_captured", _("Partly paid")
    CAPTURED = "captured", _("Paid")
    PARTIALLY_REFUNDED = "partially_refunded", _("Partly refunded")
    REFUNDED = "refunded", _("Refunded")
    VOIDED = "voided", _("Voided")
    FAILED = "failed", _("Failed")


class Phase(StrEnum):
    """How far a payment has come, whatever its amounts. NEW is a ledger without events."""

    NEW = "new"
    CREATED = "created"
    PENDING = "pending"
    REQUIRES_ACTION = "requires_action"
    AUTHORISED = "authorised"
    CAPTURED = "captured"
    VOIDED = "voided"
    FAILED = "failed"


_OPENED = {
    Kind.PENDING: Phase.PENDING,
    Kind.ACTION_REQUIRED: Phase.REQUIRES_ACTION,
    Kind.AUTHORISED: Phase.AUTHORISED,
    Kind.CAPTURED: Phase.CAPTURED,
    Kind.VOIDED: Phase.VOIDED,
    Kind.FAILED: Phase.FAILED,
}
# (phase, kind) -> the phase afterwards; the same one where the event comes late and changes nothing. A pair that
# is missing is refused.
TRANSITIONS: Mapping[Phase, Mapping[Kind, Phase]] = {
    Phase.NEW: {Kind.REQUESTED: Phase.CREATED},
    Phase.CREATED: _OPENED,
    Phase.PENDING: _OPENED,
    Phase.REQUIRES_ACTION: _OPENED,
    # Another attempt may succeed where one has failed.
    Phase.FAILED: _OPENED,
    Phase.AUTHORISED: {
        **_OPENED,
        Kind.PENDING: Phase.AUTHORISED,
        Kind.ACTION_REQUIRED: Phase.AUTHORISED,
    },
    Phase.CAPTURED: {
        Kind.PENDING: Phase.CAPTURED,
        Kind.ACTION_REQUIRED: Phase.CAPTURED,
        Kind.AUTHORISED: Phase.CAPTURED,
        Kind.FAILED: Phase.CAPTURED,
        Kind.CAPTURED: Phase.CAPTURED,
        # One that was mistyped; where nothing is left of what came in, the phase before it is back.
        Kind.REVERSED: Phase.CAPTURED,
        # The rest is no longer expected.
        Kind.VOIDED: Phase.CAPTURED,
        Kind.REFUND_REQUESTED: Phase.CAPTURED,
        Kind.REFUNDED: Phase.CAPTURED,
        Kind.REFUND_FAILED: Phase.CAPTURED,
    },
    Phase.VOIDED: {
        Kind.PENDING: Phase.VOIDED,
        Kind.ACTION_REQUIRED: Phase.VOIDED,
        Kind.AUTHORISED: Phase.VOIDED,
        Kind.FAILED: Phase.VOIDED,
        Kind.VOIDED: Phase.VOIDED,
        # Money that came all the same is there, and must be seen to be given back.
        Kind.CAPTURED: Phase.CAPTURED,
    },
}


class LedgerEvent(Protocol):
    """What `read_ledger` needs of an event. Amounts are minor units of the payment's currency, never negative."""

    kind: str
    amount_minor: int
    refund_id: str


@dataclass(frozen=True, slots=True)
class Refund:
    """One refund: `requested` while the money is owed, then `succeeded` or `failed`."""

    id: str
    amount_minor: int
    state: str = "requested"


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the events of one payment come to, in minor units."""

    amount_minor: int
    phase: Phase = Phase.NEW
    captured_minor: int = 0
    is_closed: bool = False
    refunds: Mapping[str, Refund] = field(default_factory=dict)

    @property
    def refunded_minor(self) -> int:
        return sum(r.amount_minor for r in self.refunds.values() if r.state == "succeeded")

    @property
    def refund_pending_minor(self) -> int:
        """Promised to the buyer and not paid back yet."""
        return sum(r.amount_minor for r in self.refunds.values() if r.state == "requested")

    @property
    def refundable_minor(self) -> int:
        """What can still be given back."""
        return self.captured_minor - self.refunded_minor - self.refund_pending_minor

    @property
    def overpaid_minor(self) -> int:
        """What came in beyond the amount and neither went back nor is owed back."""
        return max(0, self.refundable_minor - self.amount_minor)

    @property
    def expected_minor(self) -> int:
        """What is still to come. Nothing once it has failed, was voided, or money went back."""
        is_over = self.phase in (Phase.NEW, Phase.VOIDED, Phase.FAILED) or self.is_closed
        if is_over or self.refunded_minor or self.refund_pending_minor:
            return 0
        return max(0, self.amount_minor - self.captured_minor)

    @property
    def status(self) -> Status:
        if self.phase is not Phase.CAPTURED:
            return Status(self.phase.value) if self.phase is not Phase.NEW else Status.CREATED
        if self.refunded_minor:
            is_all = self.refunded_minor >= self.captured_minor
            return Status.REFUNDED if is_all else Status.PARTIALLY_REFUNDED
        is_paid = self.captured_minor >= self.amount_minor
        return Status.CAPTURED if is_paid else Status.PARTIALLY_CAPTURED

    def after(self, event: LedgerEvent) -> Ledger:
        """The ledger with one more event. Raises InvalidTransition for one that cannot happen now."""
        kind = Kind(event.kind)
        phase = TRANSITIONS[self.phase].get(kind)
        if phase is None:
            raise InvalidTransition(state=self.status.value, event=kind.value, label=self.status.label)
        captured = self.captured_minor + SIGNS.get(kind, 0) * event.amount_minor
        if kind is Kind.REVERSED and not captured:
            phase = Phase.VOIDED if self.is_closed else Phase.PENDING
        refunds = self.refunds
        if kind in REFUND_STATES:
            refunds = {**refunds, event.refund_id: self._refund_after(event, REFUND_STATES[kind])}
        return Ledger(
            amount_minor=self.amount_minor,
            phase=phase,
            captured_minor=captured,
            is_closed=self.is_closed or kind is Kind.VOIDED,
            refunds=refunds,
        )

    def _refund_after(self, event: LedgerEvent, state: str) -> Refund:
        known = self.refunds.get(event.refund_id)
        # A request that is told after its end, by a provider in a hurry, does not open it again.
        if known is not None and state == "requested":
            return known
        return Refund(event.refund_id, event.amount_minor, state)


# What an event does to the money received.
SIGNS = {Kind.CAPTURED: 1, Kind.REVERSED: -1}
REFUND_STATES = {
    Kind.REFUND_REQUESTED: "requested",
    Kind.REFUNDED: "succeeded",
    Kind.REFUND_FAILED: "failed",
}


def read_ledger(amount_minor: int, events: Iterable[LedgerEvent]) -> Ledger:
    """Replay a payment's events, the first one first. Raises InvalidTransition."""
    ledger = Ledger(amount_minor)
    for event in events:
        ledger = ledger.after(event)
    return ledger

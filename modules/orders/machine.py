"""The life of an order as a table: what may happen in which state, and what comes of it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    """Where an order is. Whether it is paid stands in its payment, how much has left in its fulfilments."""

    PLACED = "placed", _("Placed")
    CONFIRMED = "confirmed", _("Confirmed")
    PARTIALLY_FULFILLED = "partially_fulfilled", _("Partly sent")
    FULFILLED = "fulfilled", _("Sent")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")


class Event(models.TextChoices):
    """What may happen to an order."""

    CONFIRM = "confirm", _("Confirm")
    FULFIL_PART = "fulfil_part", _("Send a part")
    FULFIL_REST = "fulfil_rest", _("Send the rest")
    COMPLETE = "complete", _("Complete")
    # The money it was confirmed or completed by has not come in.
    REOPEN = "reopen", _("Wait for payment again")
    CANCEL = "cancel", _("Cancel")


TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.PLACED, Event.CONFIRM): State.CONFIRMED,
    (State.PLACED, Event.FULFIL_PART): State.PARTIALLY_FULFILLED,
    (State.PLACED, Event.FULFIL_REST): State.FULFILLED,
    (State.PLACED, Event.CANCEL): State.CANCELLED,
    (State.CONFIRMED, Event.FULFIL_PART): State.PARTIALLY_FULFILLED,
    (State.CONFIRMED, Event.FULFIL_REST): State.FULFILLED,
    (State.CONFIRMED, Event.CANCEL): State.CANCELLED,
    (State.PARTIALLY_FULFILLED, Event.FULFIL_PART): State.PARTIALLY_FULFILLED,
    (State.PARTIALLY_FULFILLED, Event.FULFIL_REST): State.FULFILLED,
    (State.FULFILLED, Event.COMPLETE): State.COMPLETED,
    (State.CONFIRMED, Event.REOPEN): State.PLACED,
    (State.COMPLETED, Event.REOPEN): State.FULFILLED,
}
# Nothing more happens to these by itself or by a shop's hand, unless a receipt is reversed.
ENDED = frozenset({State.COMPLETED, State.CANCELLED})
# Goods are still to leave.
UNSENT = (State.PLACED, State.CONFIRMED, State.PARTIALLY_FULFILLED)


def may(state: str, event: Event) -> bool:
    """Whether `event` may happen to an order in `state`."""
    return (State(state), event) in TRANSITIONS

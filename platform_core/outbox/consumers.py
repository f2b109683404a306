"""Who does what is written down: one function for each kind of message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from platform_core.outbox.models import OutboxMessage

Consume = Callable[[OutboxMessage], None]


class NotNow(Exception):
    """Raised by a consumer for a message that is to wait, as if it had not been tried."""


@dataclass(frozen=True, slots=True)
class Consumer:
    """`leaves_the_house` runs outside a transaction: what it does can not be taken back with one."""

    consume: Consume
    leaves_the_house: bool


_consumers: dict[str, Consumer] = {}


def consumes(kind: str, *, leaves_the_house: bool = False) -> Callable[[Consume], Consume]:
    """Make a function the one that is called with each message of a kind, in the message's context.

    What it writes in the database is committed with the mark that the message is done: both or neither, once.
    With `leaves_the_house` it may be called again when a process ends between the two, and so it hands on the
    message's id, by which the other side knows it again. It raises to be called again later, NotNow
    without counting the attempt.
    """

    def register(consume: Consume) -> Consume:
        known = _consumers.get(kind)
        if known is not None and known.consume is not consume:
            raise ValueError(f"Messages of kind {kind} are consumed by {known.consume} already.")
        _consumers[kind] = Consumer(consume, leaves_the_house)
        return consume

    return register


def consumer_of(kind: str) -> Consumer | None:
    return _consumers.get(kind)


def forget_consumer(kind: str) -> None:
    """Take a consumer back: for tests."""
    _consumers.pop(kind, None)

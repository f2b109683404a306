"""What has happened to orders, told once it is committed. Amounts are minor units of the currency."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class OrderEventData:
    """`order_id` is the row's id within the platform, `number` the one that people say."""

    order_id: int
    number: int


@dataclass(frozen=True, kw_only=True)
class OrderPlaced(OrderEventData):
    """Somebody has ordered: `gross_minor` in all."""

    gross_minor: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class OrderConfirmed(OrderEventData):
    """The shop sells: it was paid, or the team said so."""


@dataclass(frozen=True, kw_only=True)
class OrderReopened(OrderEventData):
    """It waits for its payment again: the receipt that it was confirmed or completed by was reversed."""


@dataclass(frozen=True, kw_only=True)
class OrderSent(OrderEventData):
    """Some or all of it has left. `is_whole` when nothing is left to be sent."""

    fulfilment_id: int
    is_whole: bool


@dataclass(frozen=True, kw_only=True)
class OrderCancelled(OrderEventData):
    """Nothing of it will be sent."""

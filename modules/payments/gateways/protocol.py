"""What a gateway is: how a shop's payment reaches a bank, a provider or a till.

A gateway is called inside the transaction that records what it answers, under a lock on the payment. So it must not
wait for a provider: one that talks to a server answers `pending`, leaves its call to the outbox, and reports what
came of it through `services.record_provider_event`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, Protocol

from django.utils.functional import Promise
from moneyed import Money

Config = Mapping[str, Any]


class Outcome(StrEnum):
    """What came of a request to a gateway."""

    SUCCEEDED = "succeeded"
    PENDING = "pending"
    REQUIRES_ACTION = "requires_action"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a gateway can do. Without `currencies` it takes every currency.

    `by_hand`: nobody but the shop's team knows of the money, and records what comes in and goes back.
    `needs_collection`: it is paid where the goods are collected.
    """

    by_hand: bool = False
    partial_capture: bool = False
    void: bool = False
    refund: bool = False
    partial_refund: bool = False
    webhook: bool = False
    needs_collection: bool = False
    currencies: frozenset[str] | None = None

    def takes(self, currency: str) -> bool:
        return self.currencies is None or currency in self.currencies


@dataclass(frozen=True, slots=True)
class ConfigField:
    """A setting of a payment method, as its form and its documentation need it. `kind` is how it is typed."""

    name: str
    label: str | Promise
    help_text: str | Promise = ""
    kind: Literal["text", "translated"] = "text"
    is_required: bool = True
    max_length: int = 200


@dataclass(frozen=True, slots=True)
class AuthoriseRequest:
    payment_id: str
    amount: Money
    config: Config
    reference: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class CaptureRequest:
    payment_id: str
    amount: Money
    config: Config
    provider_reference: str = ""


@dataclass(frozen=True, slots=True)
class VoidRequest:
    payment_id: str
    config: Config
    provider_reference: str = ""


@dataclass(frozen=True, slots=True)
class RefundRequest:
    payment_id: str
    refund_id: str
    amount: Money
    config: Config
    provider_reference: str = ""


@dataclass(frozen=True, slots=True)
class StatusRequest:
    payment_id: str
    config: Config
    provider_reference: str = ""


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """What a provider has sent, untouched: its signature covers the bytes."""

    body: bytes
    headers: Mapping[str, str]
    config: Config


@dataclass(frozen=True, slots=True)
class GatewayResult:
    """A gateway's answer. `message` is for people; `instructions` are kept with the payment for its buyer."""

    outcome: Outcome
    provider_reference: str = ""
    message: str | Promise = ""
    instructions: Mapping[str, Any] = field(default_factory=dict)
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ToldLine:
    """A fact for the buyer. One that `is_code` is copied or compared letter by letter."""

    label: str | Promise
    value: str
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What a buyer is shown while a payment is awaited; `qr` is inline SVG or empty."""

    text: str | Promise = ""
    lines: tuple[ToldLine, ...] = ()
    qr: str = ""


@dataclass(frozen=True, slots=True)
class GatewayEvent:
    """What a provider reports of a payment. `kind` is one of `ledger.Kind`, `event_id` the provider's own."""

    kind: str
    event_id: str
    amount: Money
    refund_id: str = ""
    reason: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)


class Gateway(Protocol):
    """One way to be paid. What it cannot do (`capabilities`) raises NotSupported."""

    @property
    def code(self) -> str: ...

    @property
    def name(self) -> str | Promise: ...

    @property
    def description(self) -> str | Promise:
        """For the shop's team: how it works."""

    @property
    def icon(self) -> str: ...

    @property
    def capabilities(self) -> Capabilities: ...

    @property
    def config_fields(self) -> tuple[ConfigField, ...]: ...

    def clean_config(self, config: Config) -> dict[str, Any]:
        """The settings as they are stored. Raises InvalidMethodConfig, which names the field."""
        ...

    def tell(self, instructions: Mapping[str, Any], amount: Money, languages: Sequence[str]) -> Told:
        """What the buyer is shown to pay `amount` now, by the instructions that `authorise` gave.

        `languages` are those to choose a text from, the best first.
        """
        ...

    def authorise(self, request: AuthoriseRequest) -> GatewayResult:
        """Begin a payment: any outcome."""
        ...

    def capture(self, request: CaptureRequest) -> GatewayResult:
        """Take money that is authorised or, by hand, confirm money that has come in."""
        ...

    def void(self, request: VoidRequest) -> GatewayResult:
        """Expect no more money: succeeded or failed."""
        ...

    def refund(self, request: RefundRequest) -> GatewayResult:
        """Give money back: succeeded, pending until it is reported or recorded, or failed."""
        ...

    def status(self, request: StatusRequest) -> GatewayResult:
        """What the gateway knows of a payment now."""
        ...

    def webhook(self, request: WebhookRequest) -> tuple[GatewayEvent, ...]:
        """What a provider's message says, once its signature is checked."""
        ...

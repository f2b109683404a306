"""Orders of the context's shop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.signing import BadSignature, Signer
from django.db.models import Q, QuerySet
from django.utils.functional import Promise

from modules.customers.models import Customer
from modules.orders.models import Order, OrderEvent
from modules.payments.selectors import events_of, money_events_of
from platform_core.tenancy.context import current_context

MAX_NUMBER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that has happened to an order or to its payment. `amount_minor` is 0 where no money is meant.

    `kind` is for programmes: `order.placed`, `payment.captured`.
    """

    at: datetime
    kind: str
    label: str | Promise
    note: str
    amount_minor: int
    details: dict[str, Any]
    user_id: int | None


def orders() -> QuerySet[Order]:
    """The shop's orders with their payments, latest first."""
    return Order.objects.select_related("payment")


def orders_of(customer: Customer) -> QuerySet[Order]:
    """An account's orders, latest first: also those of a guest with its address, once that is confirmed."""
    own = Q(customer=customer)
    if customer.email_confirmed_at is not None:
        own |= Q(customer=None, email=customer.email)
    return orders().filter(own)


def order_by_number(number: str) -> Order | None:
    """The order of this number with its payment; None for what is no number. 1 query."""
    if not (number.isascii() and number.isdigit()) or len(number) > 18:
        return None
    return orders().filter(number=int(number)).first()


def token_of(order: Order) -> str:
    """What the link to an order's page carries: whoever has it may see the order, without signing in."""
    return _signer().sign(order.public_id)


def order_by_token(token: str) -> Order | None:
    """The order that a link's token names; None for a forged one and for one of another shop. 1 query at most."""
    try:
        public_id = _signer().unsign(token)
    except BadSignature:
        return None
    return orders().filter(public_id=public_id).first()


def _signer() -> Signer:
    context = current_context()
    platform_id = context.platform.id if context.platform is not None else 0
    return Signer(salt=f"orders.order:{platform_id}:{context.vendor_id}", sep=".")


def timeline(order: Order) -> list[TimelineEntry]:
    """What has happened to an order and to its payment, first things first. 2 queries."""
    entries = [
        TimelineEntry(
            at=event.at,
            kind=f"order.{event.kind}",
            label=event.get_kind_display(),
            note=event.note,
            amount_minor=event.details.get("amount_minor", 0),
            details=event.details,
            user_id=event.user_id,
        )
        for event in order.events.all()
    ]
    if order.payment is not None:
        entries += [
            TimelineEntry(
                at=event.at,
                kind=f"payment.{event.kind}",
                label=event.get_kind_display(),
                note=event.reason,
                amount_minor=event.amount_minor,
                details={"payment": order.payment.public_id},
                user_id=event.user_id,
            )
            for event in events_of(payment=order.payment)
        ]
    # Its payment is asked for a moment before the order stands.
    return sorted(entries, key=lambda entry: (entry.kind != "order.placed", entry.at))


def buyer_timeline(order: Order) -> list[TimelineEntry]:
    """What its buyer may know of what has happened to an order: no note, no reason and nobody's name. 2 queries."""
    entries = [
        TimelineEntry(
            at=event.at,
            kind=f"order.{event.kind}",
            label=event.get_kind_display(),
            note="",
            amount_minor=0,
            details={name: event.details.get(name, "") for name in ("carrier", "tracking_number")},
            user_id=None,
        )
        for event in order.events.exclude(kind=OrderEvent.Kind.NOTE)
    ]
    if order.payment is not None:
        entries += [
            TimelineEntry(
                event.at,
                f"payment.{event.kind}",
                event.get_kind_display(),
                "",
                event.amount_minor,
                {},
                None,
            )
            for event in money_events_of(payment=order.payment)
        ]
    return sorted(entries, key=lambda entry: entry.at)

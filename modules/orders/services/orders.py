"""What becomes of an order: confirmed, paid, sent, cancelled. Each holds the order while it changes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from moneyed import Money

from modules.orders.events import OrderCancelled, OrderConfirmed, OrderReopened, OrderSent
from modules.orders.exceptions import InvalidTransition, NothingToSend, StaleOrder, TooMany
from modules.orders.machine import TRANSITIONS, Event, State
from modules.orders.models import MAX_NOTE_LENGTH, Fulfilment, FulfilmentLine, Order, OrderEvent, OrderLine
from modules.payments.models import Payment, PaymentEvent, Status
from modules.payments.services import Recording, record_received, request_refund, void_payment
from platform_core.identity.models import User
from platform_core.mail.services import write_mail
from platform_core.modules.events import publish
from platform_core.money import to_minor

PAID = frozenset({Status.CAPTURED, Status.PARTIALLY_REFUNDED})


@transaction.atomic
def confirm_order(*, order: Order, user: User | None = None, expected_version: int | None = None) -> Order:
    """The shop sells, paid or not. Raises InvalidTransition, StaleOrder."""
    order = _hold(order, expected_version)
    _confirm(order, user)
    return _store(order)


@transaction.atomic
def send_order(
    *,
    order: Order,
    quantities: Mapping[int, int] | None = None,
    carrier: str = "",
    tracking_number: str = "",
    tracking_url: str = "",
    user: User | None = None,
    expected_version: int | None = None,
) -> Fulfilment:
    """Some or all of it leaves, or is handed over: `quantities` by the lines' ids, all that is open if left out.

    Tells the buyer. Raises NothingToSend, TooMany, InvalidTransition, StaleOrder, OrderLine.DoesNotExist, and
    ValidationError for a tracking page that is no address.
    """
    order = _hold(order, expected_version)
    lines = {line.pk: line for line in OrderLine.objects.filter(order=order)}
    if quantities is None:
        quantities = {pk: line.open_quantity for pk, line in lines.items()}
    wanted = {pk: count for pk, count in quantities.items() if count}
    for pk, count in wanted.items():
        if pk not in lines:
            raise OrderLine.DoesNotExist
        if not 0 <= count <= lines[pk].open_quantity:
            raise TooMany(title=lines[pk].title, open=lines[pk].open_quantity)
    is_whole = all(line.open_quantity == wanted.get(pk, 0) for pk, line in lines.items())
    _turn(order, Event.FULFIL_REST if is_whole else Event.FULFIL_PART)
    if not wanted:
        raise NothingToSend
    if tracking_url:
        _check_url(tracking_url)
    fulfilment = Fulfilment.objects.create(
        order=order,
        carrier=carrier.strip()[:80],
        tracking_number=tracking_number.strip()[:80],
        tracking_url=tracking_url,
        user=user,
    )
    for pk, count in wanted.items():
        OrderLine.objects.filter(pk=pk).update(fulfilled_quantity=F("fulfilled_quantity") + count)
    FulfilmentLine.objects.bulk_create(
        FulfilmentLine(fulfilment=fulfilment, line_id=pk, quantity=count) for pk, count in wanted.items()
    )
    kind = OrderEvent.Kind.COLLECTED if order.is_collected else OrderEvent.Kind.SENT
    facts = {"carrier": fulfilment.carrier, "tracking_number": fulfilment.tracking_number}
    _note(order, kind, user, details={"fulfilment_id": fulfilment.pk, **facts})
    if is_whole and _is_paid(order):
        _complete(order)
    if not order.is_collected:
        _mail(order, "orders.sent", key=f"{order.pk}:{fulfilment.pk}", fulfilment_id=fulfilment.pk)
    publish(OrderSent(order_id=order.pk, number=order.number, fulfilment_id=fulfilment.pk, is_whole=is_whole))
    _store(order)
    return fulfilment


@transaction.atomic
def cancel_order(
    *, order: Order, reason: str = "", user: User | None = None, expected_version: int | None = None
) -> Order:
    """Nothing of it will be sent: no money is expected any more, and what was paid is owed back. Tells the buyer.

    The buyer reads the `reason` in the mail and on the order's page.

    Raises InvalidTransition once something was sent, StaleOrder.
    """
    order = _hold(order, expected_version)
    _turn(order, Event.CANCEL)
    order.cancel_reason = reason.strip()[:200]
    OrderLine.objects.filter(order=order).update(cancelled_quantity=F("quantity") - F("fulfilled_quantity"))
    _note(order, OrderEvent.Kind.CANCELLED, user, note=order.cancel_reason)
    payment = _payment(order)
    if payment is not None:
        if payment.expected_minor:
            payment = void_payment(payment=payment, reason=order.cancel_reason, user=user).payment
        _owe_back(order, payment, user)
    _mail(order, "orders.cancelled", key=str(order.pk))
    publish(OrderCancelled(order_id=order.pk, number=order.number))
    return _store(order)


@transaction.atomic
def record_payment(
    *,
    order: Order,
    amount: Money,
    note: str = "",
    user: User | None = None,
    idempotency_key: str = "",
    expected_version: int | None = None,
) -> Recording:
    """Record money that has come in for an order. Raises what `record_received` raises, InvalidTransition
    for an order without a payment, StaleOrder.

    A key that was used before is answered as before, though the order has changed by it.
    """
    order = _hold(order, None)
    payment = _payment(order)
    if payment is None:
        raise InvalidTransition(state=order.get_state_display())
    if expected_version not in (None, order.version) and not _is_recorded(payment, idempotency_key):
        raise StaleOrder
    recording = record_received(
        payment=payment, amount=amount, note=note, user=user, idempotency_key=idempotency_key
    )
    _follow(order, recording.payment, user)
    _store(order)
    return recording


@transaction.atomic
def follow_payment(*, payment_id: str) -> None:
    """Catch up with a payment that has changed by itself: an order that is paid in full is confirmed."""
    found = Order.objects.filter(payment__public_id=payment_id).first()
    if found is None:
        return
    order = _hold(found, None)
    payment = _payment(order)
    if payment is not None and _follow(order, payment, None):
        _store(order)


@transaction.atomic
def wait_again(*, payment_id: str) -> None:
    """A receipt was reversed: an order that was confirmed or completed by that money waits for it again.

    What the team has confirmed without money stays confirmed, and what has left stays sent. For a cancelled one no
    money is expected.
    """
    found = Order.objects.filter(payment__public_id=payment_id).first()
    if found is None:
        return
    order = _hold(found, None)
    payment = _payment(order)
    if payment is None:
        return
    if order.state == State.CANCELLED:
        if payment.expected_minor:
            void_payment(payment=payment, reason=order.cancel_reason)
    elif payment.captured_minor < payment.amount_minor and _is_by_payment(order):
        _reopen(order)
        _store(order)


@transaction.atomic
def add_note(*, order: Order, note: str, user: User | None = None) -> OrderEvent:
    """A note of the team, which the buyer does not see. Raises ValidationError for an empty or too long one."""
    text = note.strip()
    if not text or len(text) > MAX_NOTE_LENGTH or "\0" in text:
        raise ValidationError({"note": f"Write 1 to {MAX_NOTE_LENGTH} letters."})
    return _note(order, OrderEvent.Kind.NOTE, user, note=text)


def _is_recorded(payment: Payment, idempotency_key: str) -> bool:
    if not idempotency_key:
        return False
    return PaymentEvent.objects.filter(payment=payment, idempotency_key=idempotency_key).exists()


def _follow(order: Order, payment: Payment, user: User | None) -> bool:
    """Whether the order has changed with its payment."""
    if order.state == State.CANCELLED:
        # The money was on its way when the order was cancelled.
        return _owe_back(order, payment, user)
    if not _is_paid(order, payment):
        return False
    was = order.state
    if was == State.PLACED:
        _confirm(order, user, by_payment=True)
    elif was == State.FULFILLED:
        _complete(order)
    elif was == State.COMPLETED or payment.refunded_minor or payment.refund_pending_minor:
        # The payment has changed, but not by money that came in.
        return False
    # Also to who buys what the team has confirmed before it was paid.
    _mail(order, "orders.payment_received", key=str(order.pk))
    return order.state != was


def _reopen(order: Order) -> None:
    _turn(order, Event.REOPEN)
    _note(order, OrderEvent.Kind.REOPENED, None)
    publish(OrderReopened(order_id=order.pk, number=order.number))


def _is_by_payment(order: Order) -> bool:
    """Whether an order stands where it does by its payment: completed, or confirmed because it was paid."""
    if order.state != State.CONFIRMED:
        return order.state == State.COMPLETED
    last = order.events.filter(kind=OrderEvent.Kind.CONFIRMED).order_by("-id").first()
    return last is not None and bool(last.details.get("by_payment"))


def _owe_back(order: Order, payment: Payment, user: User | None) -> bool:
    """Owe the buyer what was paid for an order that is cancelled; whether there is anything."""
    owed = payment.refundable
    if not owed.amount:
        return False
    request_refund(payment=payment, amount=owed, reason=order.cancel_reason, user=user)
    _note(order, OrderEvent.Kind.REFUND_OWED, user, details={"amount_minor": to_minor(owed)})
    return True


def _confirm(order: Order, user: User | None, *, by_payment: bool = False) -> None:
    _turn(order, Event.CONFIRM)
    # So that it is known, should the receipt be reversed, whether the shop wanted to sell unpaid.
    _note(order, OrderEvent.Kind.CONFIRMED, user, details={"by_payment": True} if by_payment else {})
    publish(OrderConfirmed(order_id=order.pk, number=order.number))


def _complete(order: Order) -> None:
    _turn(order, Event.COMPLETE)
    _note(order, OrderEvent.Kind.COMPLETED, None)


def _is_paid(order: Order, payment: Payment | None = None) -> bool:
    payment = payment or _payment(order)
    if payment is None:
        return True
    # Something of a part that came in may have gone back: that pays for nothing.
    return Status(payment.status) in PAID and payment.captured_minor >= payment.amount_minor


def _payment(order: Order) -> Payment | None:
    """The payment as it is now: another transaction may have changed it since the order was read."""
    return Payment.objects.get(pk=order.payment_id) if order.payment_id is not None else None


def _hold(order: Order, expected_version: int | None) -> Order:
    held = Order.objects.select_for_update().get(pk=order.pk)
    if expected_version is not None and held.version != expected_version:
        raise StaleOrder
    return held


def _turn(order: Order, event: Event) -> None:
    after = TRANSITIONS.get((State(order.state), event))
    if after is None:
        raise InvalidTransition(state=order.get_state_display())
    order.state = after


def _store(order: Order) -> Order:
    order.version += 1
    order.updated_at = timezone.now()
    order.save(update_fields=["state", "cancel_reason", "version", "updated_at"])
    return order


def _note(
    order: Order,
    kind: OrderEvent.Kind,
    user: User | None,
    *,
    note: str = "",
    details: dict[str, Any] | None = None,
) -> OrderEvent:
    return OrderEvent.objects.create(order=order, kind=kind, user=user, note=note, details=details or {})


def _mail(order: Order, code: str, *, key: str, **ids: Any) -> None:
    write_mail(code, to=order.email, language=order.language, key=key, order_id=order.pk, **ids)


def _check_url(url: str) -> None:
    try:
        URLValidator(schemes=("https", "http"))(url)
    except ValidationError as error:
        raise ValidationError({"tracking_url": error.messages}) from None

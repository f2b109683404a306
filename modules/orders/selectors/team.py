"""What the shop's team and platform staff see of orders, and of ways to ship."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone
from moneyed import Money

from modules.orders.machine import State
from modules.orders.models import Fulfilment, Order, OrderLine, ShippingMethod
from modules.orders.selectors.orders import TimelineEntry, orders
from platform_core.identity.models import User
from platform_core.money import from_minor
from platform_core.tenancy.context import platform_context

TO_SEND = (State.CONFIRMED, State.PARTIALLY_FULFILLED)
# What a list may be narrowed to beside the single states.
STATE_GROUPS: dict[str, tuple[State, ...]] = {
    "to_send": TO_SEND,
    "sold": tuple(state for state in State if state is not State.CANCELLED),
}
# The work that waits: few rows at any time, so that they can be counted on every page.
QUEUES = (State.PLACED, *TO_SEND, State.FULFILLED)
PAYMENT_FILTERS: dict[str, Q] = {
    "expected": Q(payment__expected_minor__gt=0),
    "partly": Q(payment__status="partially_captured"),
    "paid": Q(payment__status="captured") | Q(payment=None),
    "owed": Q(payment__refund_pending_minor__gt=0),
    "refunded": Q(payment__status__in=("partially_refunded", "refunded")),
    "voided": Q(payment__status="voided"),
}
MAX_DIGITS = 18


def found_by_team(query: str) -> Q:
    """Orders by their number, a part of the e-mail address or of a name, or the reference of their payment."""
    words = " ".join(query.replace("\0", "").split())
    if not words:
        return Q()
    found = (
        Q(email__icontains=words)
        | Q(shipping_address__name__icontains=words)
        | Q(billing_address__name__icontains=words)
        | Q(payment__provider_reference=words.replace(" ", "").upper())
    )
    number = words.removeprefix("#")
    if number.isascii() and number.isdigit() and len(number) <= MAX_DIGITS:
        found |= Q(number=int(number))
    return found


def team_orders(
    *,
    query: str = "",
    status: str = "",
    payment: str = "",
    since: date | None = None,
    until: date | None = None,
) -> QuerySet[Order]:
    """Orders with their payments, latest first. `status` is a state or one of STATE_GROUPS, `payment` one of
    PAYMENT_FILTERS; `since` and `until` are days, both of them included.
    """
    found = orders().filter(found_by_team(query))
    if status:
        found = found.filter(state__in=STATE_GROUPS.get(status, (status,)))
    if payment:
        found = found.filter(PAYMENT_FILTERS[payment])
    if since is not None:
        found = found.filter(placed_at__gte=_midnight(since))
    if until is not None:
        found = found.filter(placed_at__lt=_midnight(until + timedelta(days=1)))
    return found


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def queue_counts(rows: QuerySet[Order]) -> dict[str, int]:
    """How many of these orders wait, by state. 1 query."""
    waiting = rows.filter(state__in=QUEUES).order_by().values_list("state")
    return dict(waiting.annotate(count=Count("pk")))


def order_for_team(number: int) -> Order | None:
    """The order of this number with its payment and its customer. 1 query."""
    if number >= 10**MAX_DIGITS:
        return None
    return orders().select_related("customer").filter(number=number).first()


def order_lines(order: Order) -> list[OrderLine]:
    """An order's lines in their order. 1 query."""
    return list(OrderLine.objects.filter(order=order))


def fulfilments_of(order: Order, lines: Iterable[OrderLine]) -> list[Fulfilment]:
    """What has left of an order whose `lines` are at hand, first things first. 2 queries."""
    by_id = {line.pk: line for line in lines}
    found = list(Fulfilment.objects.filter(order=order).prefetch_related("lines"))
    for fulfilment in found:
        for part in fulfilment.lines.all():
            part.line = by_id[part.line_id]
    return found


def people_of(entries: Iterable[TimelineEntry]) -> dict[int, str]:
    """The names of those who acted, by user id. 1 query, none where nobody did."""
    ids = {entry.user_id for entry in entries if entry.user_id is not None}
    if not ids:
        return {}
    # A vendor may not read users, so the gatekeeper does, for those alone whom the shop's own rows name.
    with platform_context(role="gatekeeper"):
        return {user.pk: user.full_name or user.email for user in User.objects.filter(pk__in=ids)}


def shipping_methods() -> QuerySet[ShippingMethod]:
    """The shop's ways to ship, in its order."""
    return ShippingMethod.objects.order_by("position", "id")


@dataclass(frozen=True, slots=True)
class OrdersOverview:
    """Figures of the dashboard's home. Each is the count, or the sum, of the list of the same filters."""

    today: date
    order_count: int
    turnover: Money
    to_confirm: int
    to_send: int
    expected: int
    owed: int


def orders_overview(*, currency: str) -> OrdersOverview:
    """Today's orders, what was sold today, and what waits for the team. 4 queries."""
    today = timezone.localdate()
    of_today = team_orders(since=today, until=today).order_by()
    figures = of_today.aggregate(count=Count("pk"), sold=Sum("gross_minor", filter=~Q(state=State.CANCELLED)))
    waiting = queue_counts(Order.objects.all())
    return OrdersOverview(
        today=today,
        order_count=figures["count"],
        turnover=from_minor(figures["sold"] or 0, currency),
        to_confirm=waiting.get(State.PLACED, 0),
        to_send=sum(waiting.get(state, 0) for state in TO_SEND),
        expected=team_orders(payment="expected").order_by().count(),
        owed=team_orders(payment="owed").order_by().count(),
    )

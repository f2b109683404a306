"""The team's pages of orders."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db.models import Sum
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from modules.orders.dashboard.forms import CancelForm, NoteForm, OrderForm, PaymentForm, SendForm
from modules.orders.dashboard.lists import SIZES, ListState
from modules.orders.exceptions import StaleOrder
from modules.orders.machine import Event, State, may
from modules.orders.models import Order
from modules.orders.selectors import (
    fulfilments_of,
    order_for_team,
    order_lines,
    people_of,
    queue_counts,
    timeline,
)
from modules.orders.services import add_note, cancel_order, confirm_order, record_payment, send_order
from modules.payments.extensions import gateways
from modules.tenancy.selectors import legal_facts
from platform_core.exceptions import DomainError
from platform_core.identity.audience import Audience
from platform_core.identity.models import User
from platform_core.identity.policy import Policy, policies, policy
from platform_core.money import from_minor
from platform_core.tenancy.requests import VendorRequest

VIEW = Policy(Audience.VENDOR, "orders.view_order")
CHANGE = Policy(Audience.VENDOR, "orders.change_order")
RECORD = Policy(Audience.VENDOR, "payments.change_payment")


@policy(Audience.VENDOR, "orders.view_order")
@require_safe
def order_list(request: VendorRequest) -> HttpResponse:
    """Orders by status, search and filters, in pages; all of it in the address."""
    state = ListState.of(request)
    page = state.page()
    is_narrowed = bool(state.query or state.status or state.has_filters)
    context = {
        "state": state,
        "page": page,
        "sizes": SIZES,
        "tabs": _status_tabs(request, state),
        "sum": _sum(request, state) if state.since or state.until else None,
        "is_first_use": not page.object_list and not is_narrowed,
    }
    return render(request, "orders/dashboard/order_list.html", context)


def _sum(request: VendorRequest, state: ListState) -> Any:
    """What the orders of the days that were asked for come to."""
    total = state.rows().order_by().aggregate(total=Sum("gross_minor"))["total"]
    return from_minor(int(total or 0), request.vendor.currency)


def _status_tabs(request: VendorRequest, state: ListState) -> list[dict[str, Any]]:
    """The statuses with what waits in each; what is over is not counted, since it only grows."""

    def address(status: str) -> str:
        query = request.GET.copy()
        for name in ("page", "status"):
            query.pop(name, None)
        if status:
            query["status"] = status
        return f"?{query.urlencode()}" if query else "?"

    waiting = queue_counts(state.rows(status=""))
    to_send = waiting.get(State.CONFIRMED, 0) + waiting.get(State.PARTIALLY_FULFILLED, 0)
    tabs: list[tuple[str, str, int | None]] = [
        ("", _("All"), None),
        ("placed", _("To confirm"), waiting.get(State.PLACED, 0)),
        ("to_send", _("To send"), to_send),
        ("fulfilled", _("Sent, not paid"), waiting.get(State.FULFILLED, 0)),
        ("completed", _("Completed"), None),
        ("cancelled", _("Cancelled"), None),
    ]
    return [
        {"label": label, "url": address(status), "is_current": status == state.status, "count": count}
        for status, label, count in tabs
    ]


def _order(number: int) -> Order:
    order = order_for_team(number)
    if order is None:
        raise Http404
    return order


def _user(request: VendorRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@policy(Audience.VENDOR, "orders.view_order")
@require_safe
def order_detail(request: VendorRequest, number: int) -> HttpResponse:
    """An order on one page, with everything that can be done about it."""
    return _page(request, _order(number))


def _page(
    request: VendorRequest, order: Order, bound: OrderForm | None = None, *, status: int = 200
) -> HttpResponse:
    """The order's page; `bound` is the form that goes back to its person."""
    lines, events = order_lines(order), timeline(order)
    payment = order.payment
    may_pay = payment is not None and order.state != State.CANCELLED
    forms: dict[str, OrderForm | None] = {
        "send_form": SendForm(order=order, lines=lines) if order.is_shippable else None,
        "payment_form": PaymentForm(order=order, vendor=request.vendor) if may_pay else None,
        "note_form": NoteForm(order=order),
    }
    if bound is not None:
        forms[f"{bound.id_prefix}_form"] = bound
    context = {
        "order": order,
        "lines": lines,
        "fulfilments": fulfilments_of(order, lines),
        "events": events,
        "people": people_of(events),
        "rates": [{**rate, "percent": Decimal(rate["percent"])} for rate in order.rates],
        "payment_name": _payment_name(order),
        "is_confirmable": may(order.state, Event.CONFIRM),
        "bound": bound,
        "is_stale": bound is not None and bound.is_stale,
        **forms,
    }
    return render(request, "orders/dashboard/order_detail.html", context, status=status)


def _payment_name(order: Order) -> Any:
    """The way to pay as the team knows it; its code where the house does not offer it any more."""
    code = order.payment.gateway if order.payment is not None else ""
    gateway = gateways().get(code)
    return gateway.name if gateway is not None else code


def _submit(
    request: VendorRequest,
    number: int,
    make: Callable[[Order, QueryDict], OrderForm],
    act: Callable[[Order, Any], str],
    *,
    page: Callable[..., HttpResponse] = _page,
) -> HttpResponse:
    """Do what a form asks for and lead back to the order; what is refused goes back with all that was typed."""
    order = _order(number)
    if request.method != "POST":
        # The address of a form that was refused, opened again or in another language.
        return redirect("dashboard:orders:detail", number=order.number)
    form = make(order, request.POST)
    if not form.is_valid():
        form.is_stale = form.version != order.version
        return page(request, order, form, status=StaleOrder.status if form.is_stale else 422)
    try:
        done = act(order, form)
    except StaleOrder:
        fresh = _order(number)
        form = make(fresh, request.POST)
        form.is_stale = True
        return page(request, fresh, form, status=StaleOrder.status)
    except DomainError as error:
        form.add_error(None, error.message)
        return page(request, _order(number), form, status=error.status)
    messages.success(request, done)
    return redirect("dashboard:orders:detail", number=order.number)


@policies(GET=VIEW, POST=CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def order_confirm(request: VendorRequest, number: int) -> HttpResponse:
    """The shop sells."""

    def act(order: Order, form: OrderForm) -> str:
        confirm_order(order=order, user=_user(request), expected_version=form.version)
        return _("Order %(number)s is confirmed.") % {"number": order.number}

    return _submit(request, number, lambda order, data: OrderForm(data, order=order), act)


@policies(GET=VIEW, POST=CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def order_send(request: VendorRequest, number: int) -> HttpResponse:
    """Goods leave, or are handed over at the counter."""

    def make(order: Order, data: QueryDict) -> SendForm:
        return SendForm(data, order=order, lines=order_lines(order))

    def act(order: Order, form: SendForm) -> str:
        given = form.cleaned_data
        quantities = form.quantities
        send_order(
            order=order,
            quantities=quantities,
            carrier=given["carrier"],
            tracking_number=given["tracking_number"],
            tracking_url=given["tracking_url"],
            user=_user(request),
            expected_version=form.version,
        )
        return _sent_message(order, sum(quantities.values()))

    return _submit(request, number, make, act)


def _sent_message(order: Order, count: int) -> str:
    if order.is_collected:
        text = ngettext(
            "%(count)d piece of order %(number)s is recorded as collected.",
            "%(count)d pieces of order %(number)s are recorded as collected.",
            count,
        )
    else:
        text = ngettext(
            "%(count)d piece of order %(number)s is recorded as sent.",
            "%(count)d pieces of order %(number)s are recorded as sent.",
            count,
        )
    return text % {"count": count, "number": order.number}


@policies(GET=VIEW, POST=RECORD)
@require_http_methods(["GET", "HEAD", "POST"])
def order_payment(request: VendorRequest, number: int) -> HttpResponse:
    """Money has come in."""
    if _order(number).payment is None:
        raise Http404

    def act(order: Order, form: PaymentForm) -> str:
        given = form.cleaned_data
        record_payment(
            order=order,
            amount=order.money(given["amount"]),
            note=given["note"],
            user=_user(request),
            idempotency_key=given["key"],
            expected_version=form.version,
        )
        return _("The payment of order %(number)s is recorded.") % {"number": order.number}

    return _submit(
        request, number, lambda order, data: PaymentForm(data, order=order, vendor=request.vendor), act
    )


@policies(GET=VIEW, POST=CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def order_note(request: VendorRequest, number: int) -> HttpResponse:
    """A note of the team, which changes nothing that another form could overtake."""

    def act(order: Order, form: NoteForm) -> str:
        add_note(order=order, note=form.cleaned_data["note"], user=_user(request))
        return _("The note is saved.")

    return _submit(request, number, lambda order, data: NoteForm(data, order=order), act)


@policy(Audience.VENDOR, "orders.change_order")
@require_http_methods(["GET", "HEAD", "POST"])
def order_cancel(request: VendorRequest, number: int) -> HttpResponse:
    """Ask, then cancel an order of which nothing has left."""

    def act(order: Order, form: CancelForm) -> str:
        reason = form.cleaned_data["reason"]
        cancel_order(order=order, reason=reason, user=_user(request), expected_version=form.version)
        return _("Order %(number)s is cancelled. The buyer is told by mail.") % {"number": order.number}

    if request.method == "POST":
        return _submit(
            request, number, lambda order, data: CancelForm(data, order=order), act, page=_cancel_page
        )
    order = _order(number)
    if not order.is_cancellable:
        return redirect("dashboard:orders:detail", number=order.number)
    return _cancel_page(request, order, CancelForm(order=order))


def _cancel_page(request: VendorRequest, order: Order, form: OrderForm, *, status: int = 200) -> HttpResponse:
    context = {"order": order, "form": form, "is_stale": form.is_stale}
    return render(request, "orders/dashboard/order_cancel.html", context, status=status)


@policy(Audience.VENDOR, "orders.view_order")
@require_safe
def packing_slip(request: VendorRequest, number: int) -> HttpResponse:
    """What goes into the parcel, in the buyer's language, to be printed."""
    order = _order(number)
    context = {
        "order": order,
        "lines": order_lines(order),
        "facts": legal_facts(language=order.language),
    }
    return render(request, "orders/dashboard/packing_slip.html", context)

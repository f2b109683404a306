"""The team's pages of payments: what is open, what came in, what goes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from modules.payments import selectors, services
from modules.payments.dashboard.forms import (
    CompletionForm,
    ReceiptForm,
    RecordForm,
    RefundForm,
    ReversalForm,
    VoidForm,
)
from modules.payments.extensions import Gateway, gateways
from modules.payments.ledger import Kind, Ledger, Refund, Status, read_ledger
from modules.payments.models import MAX_GATEWAY_LENGTH, Payment
from modules.payments.services import Recording
from platform_core.exceptions import DomainError
from platform_core.identity.audience import Audience
from platform_core.identity.policy import policy
from platform_core.languages import locale_of
from platform_core.tenancy.requests import VendorRequest
from platform_core.ui.numbers import format_money

PAGE_SIZE = 25
MAX_QUERY_LENGTH = 100
VIEW, CHANGE = "payments.view_payment", "payments.change_payment"
# The tabs of the list, the first without a filter.
TABS = ("", selectors.OPEN_FILTER, Status.CAPTURED, Status.REFUNDED, Status.VOIDED)


@policy(Audience.VENDOR, VIEW)
@require_safe
def payment_list(request: VendorRequest) -> HttpResponse:
    """The newest payments first: by status, by method, and by what a bank statement says (`?q=`)."""
    known = gateways()
    query = request.GET.get("q", "").replace("\0", "").strip()[:MAX_QUERY_LENGTH]
    status = request.GET.get("status", "")
    status = status if status in (*Status.values, selectors.OPEN_FILTER) else ""
    method = request.GET.get("method", "")[:MAX_GATEWAY_LENGTH]
    method = method if method in known else ""
    rows = selectors.payments(status=status, gateway=method, query=query)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "query": query,
        "status": status,
        "method": method,
        "method_name": known[method].name if method else "",
        "methods": [(code, gateway.name) for code, gateway in known.items()],
        "names": {code: gateway.name for code, gateway in known.items()},
        "tabs": _tabs(request, status),
        "is_first_use": not (query or status or method or page.object_list),
    }
    return render(request, "payments/dashboard/payment_list.html", context)


def _tabs(request: VendorRequest, status: str) -> list[dict[str, Any]]:
    """All, open, and the statuses people ask for; one that is asked for by address has its own."""
    names = {"": _("All"), selectors.OPEN_FILTER: _("Open")}
    shown = TABS if status in TABS else (*TABS, status)
    tabs = []
    for value in shown:
        address = request.GET.copy()
        address.pop("page", None)
        address.pop("status", None)
        if value:
            address["status"] = value
        label = names[value] if value in names else Status(value).label
        tabs.append({"label": label, "url": f"?{address.urlencode()}", "is_current": value == status})
    return tabs


def _payment(public_id: str) -> Payment:
    found = selectors.payment_of(public_id)
    if found is None:
        raise Http404
    return found


@policy(Audience.VENDOR, VIEW)
@require_safe
def payment_detail(request: VendorRequest, public_id: str) -> HttpResponse:
    """One payment: its figures, its ledger, what the buyer was told, and what can be done now."""
    payment = _payment(public_id)
    events = selectors.events_of(payment=payment)
    people = selectors.people_of(events)
    ledger, gone = read_ledger(payment.amount_minor, events), selectors.reversed_ids(events)
    gateway = gateways().get(payment.gateway)
    context = {
        "payment": payment,
        "method_name": gateway.name if gateway else payment.gateway,
        "events": [
            {
                "event": event,
                "person": people.get(event.user_id or 0, ""),
                "is_reversed": event.pk in gone,
                "is_receipt": event.kind == Kind.CAPTURED and event.pk not in gone,
            }
            for event in events
        ],
        "owed": [{"id": refund.id, "amount": payment.money(refund.amount_minor)} for refund in _owed(ledger)],
        "can": _possible(request, payment, gateway),
        "told": selectors.told_to_buyer(payment, language=request.LANGUAGE_CODE),
    }
    return render(request, "payments/dashboard/payment_detail.html", context)


def _owed(ledger: Ledger) -> list[Refund]:
    return [refund for refund in ledger.refunds.values() if refund.state == "requested"]


def _possible(request: VendorRequest, payment: Payment, gateway: Gateway | None) -> dict[str, bool]:
    """What this person can do to this payment by its gateway."""
    if gateway is None or request.principal is None or not request.principal.may(CHANGE):
        return {}
    can = gateway.capabilities
    return {
        "receive": can.by_hand,
        "refund": can.refund and payment.refundable_minor > 0,
        "settle": can.by_hand,
        "void": can.void and payment.expected_minor > 0,
    }


@policy(Audience.VENDOR, CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def receipt(request: VendorRequest, public_id: str) -> HttpResponse:
    """GET asks how much came in, POST records it."""
    payment = _payment(public_id)
    form = ReceiptForm(_data(request), payment=payment, vendor=request.vendor, suggested=payment.expected)
    return _record(
        request,
        payment,
        form,
        act=lambda **who: services.record_received(
            payment=payment, amount=form.cleaned_data["amount"], note=form.cleaned_data["note"], **who
        ),
        page=Page(
            title=_("Record money received"),
            text=_("Record what has really come in, also a part or too much."),
            verb=_("Record the money"),
            done=_("The money is recorded."),
        ),
    )


@policy(Audience.VENDOR, CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def receipt_reversal(request: VendorRequest, public_id: str, event_id: int) -> HttpResponse:
    """GET asks why, POST reverses a receipt that was mistyped."""
    payment = _payment(public_id)
    # Also one that is reversed: a second click is answered like the first.
    found = selectors.receipt_of(payment=payment, receipt_id=event_id)
    if found is None:
        raise Http404
    form = ReversalForm(_data(request), payment=payment, vendor=request.vendor)
    amount = format_money(found.amount, locale_of(get_language()))
    return _record(
        request,
        payment,
        form,
        act=lambda **who: services.reverse_receipt(
            payment=payment, receipt_id=event_id, reason=form.cleaned_data["note"], **who
        ),
        page=Page(
            title=_("Reverse the receipt of %(amount)s?") % {"amount": amount},
            text=_(
                "For money that was recorded by mistake. Both entries stay in the ledger, and the money is expected"
                " again. Money that did come in and goes back is a refund instead."
            ),
            verb=_("Reverse the receipt"),
            done=_("The receipt is reversed."),
        ),
    )


@policy(Audience.VENDOR, CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def refund(request: VendorRequest, public_id: str) -> HttpResponse:
    """GET asks how much goes back, POST records it."""
    payment = _payment(public_id)
    gateway = gateways().get(payment.gateway)
    form = RefundForm(
        _data(request),
        payment=payment,
        vendor=request.vendor,
        suggested=payment.refundable,
        by_hand=gateway is not None and gateway.capabilities.by_hand,
    )
    return _record(
        request,
        payment,
        form,
        act=lambda **who: services.request_refund(
            payment=payment,
            amount=form.cleaned_data["amount"],
            reason=form.cleaned_data["note"],
            is_paid_back=form.cleaned_data.get("is_paid_back", False),
            **who,
        ),
        page=Page(
            title=_("Refund"),
            text=_("The money goes back to the buyer: all that was received, or a part of it."),
            verb=_("Record the refund"),
            done=_("The refund is recorded."),
        ),
    )


@policy(Audience.VENDOR, CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def refund_completion(request: VendorRequest, public_id: str, refund_id: str) -> HttpResponse:
    """GET asks, POST records that a refund was paid back."""
    payment = _payment(public_id)
    amount = _shown(payment, _known_refund(payment, refund_id))
    form = CompletionForm(_data(request), payment=payment, vendor=request.vendor)
    return _record(
        request,
        payment,
        form,
        act=lambda **who: services.record_refund(
            payment=payment, refund_id=refund_id, note=form.cleaned_data["note"], **who
        ),
        page=Page(
            title=_("Is %(amount)s paid back?") % {"amount": amount},
            text=_("Record it once the money has left your account or your till. It cannot be taken back."),
            verb=_("Record as paid back"),
            done=_("The refund is recorded as paid back."),
        ),
    )


@policy(Audience.VENDOR, CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def refund_withdrawal(request: VendorRequest, public_id: str, refund_id: str) -> HttpResponse:
    """GET asks, POST takes a refund back that is not paid yet."""
    payment = _payment(public_id)
    amount = _shown(payment, _known_refund(payment, refund_id))
    form = VoidForm(_data(request), payment=payment, vendor=request.vendor)
    return _record(
        request,
        payment,
        form,
        act=lambda **who: services.withdraw_refund(
            payment=payment, refund_id=refund_id, note=form.cleaned_data["note"], **who
        ),
        page=Page(
            title=_("Withdraw the refund of %(amount)s?") % {"amount": amount},
            text=_("The money stays with you. The ledger keeps the refund as one that was not made."),
            verb=_("Withdraw the refund"),
            done=_("The refund is withdrawn."),
        ),
    )


@policy(Audience.VENDOR, CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def void(request: VendorRequest, public_id: str) -> HttpResponse:
    """GET asks, POST expects no more money."""
    payment = _payment(public_id)
    form = VoidForm(_data(request), payment=payment, vendor=request.vendor)
    return _record(
        request,
        payment,
        form,
        act=lambda **who: services.void_payment(payment=payment, reason=form.cleaned_data["note"], **who),
        page=Page(
            title=_("Expect no more money?"),
            text=_("The payment counts as ended. Money that has come in stays recorded and can be refunded."),
            verb=_("End the payment"),
            done=_("No more money is expected for this payment."),
        ),
    )


@dataclass(frozen=True, slots=True)
class Page:
    """The words of a page that records something."""

    title: str
    text: str
    verb: str
    done: str


def _data(request: VendorRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _known_refund(payment: Payment, refund_id: str) -> Refund:
    """The refund of that id, whatever its state: a second click is answered like the first."""
    found = selectors.ledger_of(payment=payment).refunds.get(refund_id)
    if found is None:
        raise Http404
    return found


def _shown(payment: Payment, refund: Refund) -> str:
    money = payment.money(refund.amount_minor)
    return format_money(money, locale_of(get_language()))


def _record(
    request: VendorRequest, payment: Payment, form: RecordForm, *, act: Callable[..., Recording], page: Page
) -> HttpResponse:
    """Show a form, or do what it asks for; a refusal is shown in it, with all that was typed."""
    if request.method == "POST" and form.is_valid():
        try:
            act(user=request.user, idempotency_key=form.cleaned_data["idempotency_key"])
        except DomainError as refusal:
            form.add_error("amount" if "amount" in form.fields else None, refusal.message)
        else:
            messages.success(request, page.done)
            return redirect("dashboard:payments:detail", public_id=payment.public_id)
    context = {"payment": payment, "form": form, "words": page}
    status = 422 if form.errors else 200
    return render(request, "payments/dashboard/record.html", context, status=status)

"""Questions about the payments of the context's shop."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from moneyed import Money

from modules.payments.extensions import Gateway, Told, gateways
from modules.payments.gateways.bank_transfer import BankTransfer, epc_qr, epc_text, in_groups
from modules.payments.ledger import Kind, Ledger, Status, read_ledger
from modules.payments.models import Payment, PaymentEvent, PaymentMethod
from platform_core.identity.models import User
from platform_core.languages import fallback_chain
from platform_core.tenancy.context import current_context, platform_context
from platform_core.tenancy.pagecache import cached_value

OPEN = Q(expected_minor__gt=0) | Q(refund_pending_minor__gt=0)
# The list's filter beside the statuses: whatever still waits for money, one way or the other.
OPEN_FILTER = "open"


@dataclass(frozen=True, slots=True)
class AvailableMethod:
    """A way to pay that a buyer may choose; `code` is what `begin_payment` takes."""

    code: str
    name: str | Promise
    icon: str
    # Only for goods that are collected.
    needs_collection: bool = False


@dataclass(frozen=True, slots=True)
class MethodRow:
    """A gateway of the house and what the shop has made of it; `method` is None before it is set up."""

    gateway: Gateway
    method: PaymentMethod | None

    @property
    def is_active(self) -> bool:
        return self.method is not None and self.method.is_active


def available_methods(currency: str) -> list[AvailableMethod]:
    """The ways to pay an amount in this currency in the context's shop, in the shop's order.

    1 query, none outside of transactions while they are remembered: `begin_payment` looks its method up.
    """
    known = gateways()
    found = [known[code] for code in cached_value("payments:methods", _active_codes) if code in known]
    return [
        AvailableMethod(gateway.code, gateway.name, gateway.icon, gateway.capabilities.needs_collection)
        for gateway in found
        if gateway.capabilities.takes(currency)
    ]


def _active_codes() -> tuple[str, ...]:
    rows = PaymentMethod.objects.filter(is_active=True).order_by("position", "id")
    return tuple(rows.values_list("gateway", flat=True))


def method_rows() -> list[MethodRow]:
    """Every gateway there is, those that the shop has set up first, in its order. 1 query."""
    methods = {row.gateway: row for row in PaymentMethod.objects.order_by("position", "id")}
    known = gateways()
    ordered = [*(code for code in methods if code in known), *(c for c in known if c not in methods)]
    return [MethodRow(known[code], methods.get(code)) for code in ordered]


def payment_of(public_id: str) -> Payment | None:
    """The shop's payment of this public id, or None."""
    return Payment.objects.filter(public_id=public_id).first() if "\0" not in public_id else None


def with_status(status: str) -> Q:
    """Payments of one status, or with "open" those for which money is expected or owed back."""
    return OPEN if status == OPEN_FILTER else Q(status=status)


def matching(query: str) -> Q:
    """Payments found by what they are for, by their id, or by a transfer's reference, blanks and case aside."""
    compact = "".join(query.split())
    return (
        Q(reference__iexact=query.strip())
        | Q(public_id=compact.lower())
        | Q(provider_reference__in=(compact, compact.upper()))
    )


def payments(*, status: str = "", gateway: str = "", query: str = "") -> QuerySet[Payment]:
    """The shop's payments, newest first; see `with_status` and `matching`."""
    found = Payment.objects.order_by("-created_at", "-id")
    if status:
        found = found.filter(with_status(status))
    if gateway:
        found = found.filter(gateway=gateway)
    return found.filter(matching(query)) if query else found


def open_payments() -> QuerySet[Payment]:
    """Payments for which money is expected or owed back."""
    return Payment.objects.filter(OPEN)


def events_of(*, payment: Payment) -> list[PaymentEvent]:
    """A payment's ledger, the first event first."""
    return list(PaymentEvent.objects.filter(payment=payment).order_by("id"))


def money_events_of(*, payment: Payment) -> list[PaymentEvent]:
    """What has come in of a payment, was reversed, and gone back, the first event first. 1 query."""
    kinds = (Kind.CAPTURED, Kind.REVERSED, Kind.REFUNDED)
    return list(PaymentEvent.objects.filter(payment=payment, kind__in=kinds).order_by("id"))


def receipt_of(*, payment: Payment, receipt_id: int) -> PaymentEvent | None:
    """A receipt of a payment, reversed or not, or None. 1 query."""
    # A number past PostgreSQL's bigint finds nothing and must not reach it.
    if receipt_id >= 2**63:
        return None
    return PaymentEvent.objects.filter(payment=payment, kind=Kind.CAPTURED, pk=receipt_id).first()


def receipt_id_of(event: PaymentEvent) -> int | None:
    """The receipt that an event reverses; None for every other event."""
    return event.payload["asked"]["receipt"] if event.kind == Kind.REVERSED else None


def reversed_ids(events: Iterable[PaymentEvent]) -> frozenset[int]:
    """The receipts of a ledger that do not count any more."""
    return frozenset(found for event in events if (found := receipt_id_of(event)) is not None)


@dataclass(frozen=True, slots=True)
class Transfer:
    """What a buyer needs for a bank transfer. `qr` is for banks' apps, or empty where none can say it."""

    payee: str
    iban: str
    bic: str
    reference: str
    amount: Money
    qr: SafeString


def transfer_of(payment: Payment) -> Transfer | None:
    """How to pay what is still expected by bank transfer; None for another method, and where nothing is expected.

    IBAN and reference stand in groups of four, as people compare them.
    """
    told = payment.instructions
    if payment.gateway != BankTransfer.code or not payment.expected_minor or "iban" not in told:
        return None
    text = epc_text(told, payment.expected)
    return Transfer(
        payee=told["payee"],
        iban=in_groups(told["iban"]),
        bic=told.get("bic", ""),
        reference=in_groups(told["reference"]),
        amount=payment.expected,
        qr=epc_qr(text, gettext("QR code for your bank's app")) if text else SafeString(""),
    )


def ledger_of(*, payment: Payment) -> Ledger:
    """Status and amounts as the events say, replayed from the first one."""
    return read_ledger(payment.amount_minor, events_of(payment=payment))


def status_of(payment: Payment) -> Status:
    """The payment's status as its events say."""
    return ledger_of(payment=payment).status


def figures_of(ledger: Ledger) -> dict[str, int | str]:
    """What a payment keeps of its ledger, by the name of its column."""
    return {
        "status": ledger.status.value,
        "captured_minor": ledger.captured_minor,
        "refunded_minor": ledger.refunded_minor,
        "refund_pending_minor": ledger.refund_pending_minor,
        "expected_minor": ledger.expected_minor,
    }


def differing_payments(*, latest: int) -> list[str]:
    """Ids of payments among the `latest` events whose figures are not what their ledger comes to. 3 queries."""
    recent = PaymentEvent.objects.order_by("-id").values_list("payment_id", flat=True)[:latest]
    touched = Payment.objects.filter(pk__in=set(recent)).prefetch_related("events")
    return [
        payment.public_id
        for payment in touched
        if any(
            getattr(payment, name) != value
            for name, value in figures_of(read_ledger(payment.amount_minor, payment.events.all())).items()
        )
    ]


def told_to_buyer(payment: Payment, *, language: str) -> Told | None:
    """What the buyer is shown, in a language; None where the payment's gateway is not there any more.

    Where nothing is expected there is no code to pay by: nobody pays twice by a camera.
    """
    gateway = gateways().get(payment.gateway)
    if gateway is None or not payment.instructions:
        return None
    vendor = current_context().vendor
    chain = fallback_chain(language, vendor.default_language if vendor else "en")
    if payment.expected_minor:
        return gateway.tell(payment.instructions, payment.expected, chain)
    return replace(gateway.tell(payment.instructions, payment.amount, chain), qr="")


def people_of(events: Iterable[PaymentEvent]) -> dict[int, str]:
    """The names of those who made the events, by user id. 1 query, none for a ledger without people."""
    ids = {event.user_id for event in events if event.user_id is not None}
    if not ids:
        return {}
    # A vendor may not read users, so the gatekeeper does, for those alone whom the shop's own rows name.
    with platform_context(role="gatekeeper"):
        return {user.pk: user.full_name or user.email for user in User.objects.filter(pk__in=ids)}

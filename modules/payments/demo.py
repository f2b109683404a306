"""The demo's payments: orders that were taken by phone, in every state that a team meets."""

from __future__ import annotations

from dataclasses import dataclass

from stdnum import iban

from modules.payments.models import Payment, PaymentMethod
from modules.payments.services import (
    begin_payment,
    record_received,
    request_refund,
    save_method,
    void_payment,
)
from modules.tenancy.selectors import LegalFacts, legal_facts
from platform_core.demo import DemoRun, Seat
from platform_core.demo.platforms import demo_platforms
from platform_core.modules.service import module_service
from platform_core.money import from_minor
from platform_core.tenancy.context import VendorRef, platform_context

HINT = {
    "en": "Monday to Saturday, 9:00 to 18:00.",
    "fr": "Du lundi au samedi, de 9 h à 18 h.",
    "de": "Montag bis Samstag, 9 bis 18 Uhr.",
    "lb": "Méindes bis samschdes, 9 bis 18 Auer.",
}
TRANSFER, CASH = "bank_transfer", "cash_on_collection"


@dataclass(frozen=True)
class Story:
    """One payment; what came in and what went back are shares of its amount in per cent.

    A refund is `is_paid_back` or still owed. `is_voided` ends what was not paid.
    """

    method: str
    received_percent: int = 0
    refunded_percent: int = 0
    is_paid_back: bool = True
    is_voided: bool = False

    @property
    def is_settled(self) -> bool:
        return self.is_voided or (self.received_percent >= 100 and self.is_paid_back)


STORIES = (
    Story(TRANSFER, received_percent=100),
    Story(CASH, received_percent=100),
    Story(TRANSFER, received_percent=100, refunded_percent=100),
    Story(CASH, is_voided=True),
    Story(TRANSFER),
    Story(CASH),
    Story(TRANSFER, received_percent=50),
    Story(TRANSFER, received_percent=110, refunded_percent=10, is_paid_back=False),
)
# Platforms where payments can be switched off at once: nothing is open there.
SETTLED = frozenset({"mosel"})


def make_payments(run: DemoRun) -> None:
    """Payments are on everywhere; each shop has both methods and some payments."""
    for platform in demo_platforms():
        is_on = module_service.is_module_enabled(platform, "payments")
        if run.need("modules", exists=is_on):
            with platform_context(role="operator"):
                module_service.enable_module(platform, "payments", reason="The demo")
    for seat in run.track(run.seats):
        with platform_context(seat.platform, seat.vendor):
            _make_methods(run, seat)
            _make_payments(run, seat)


def _make_methods(run: DemoRun, seat: Seat) -> None:
    known = set(PaymentMethod.objects.values_list("gateway", flat=True)) if seat.vendor else set()
    if run.need("methods", exists=TRANSFER in known) and seat.vendor is not None:
        account = {"payee": _firm(seat.vendor).company_name, "iban": _iban(run, seat.code), "bic": ""}
        save_method(gateway=TRANSFER, config=account, is_active=True, position=1)
    if run.need("methods", exists=CASH in known) and seat.vendor is not None:
        counter = {"place": _firm(seat.vendor).address, "hint": HINT}
        save_method(gateway=CASH, config=counter, is_active=True, position=2)


def _firm(vendor: VendorRef) -> LegalFacts:
    facts = legal_facts(language=vendor.default_language)
    assert facts is not None
    return facts


def _iban(run: DemoRun, shop: str) -> str:
    """A well-formed account number of no bank: Luxembourg has none with the number 999."""
    account = f"999{run.chance('iban', shop).randrange(10**13):013}"
    return f"LU{iban.calc_check_digits(f'LU00{account}')}{account}"


def _make_payments(run: DemoRun, seat: Seat) -> None:
    chance = run.chance("payments", seat.code)
    is_settled = seat.platform is not None and seat.platform.code in SETTLED
    stories = [story for story in STORIES if story.is_settled or not is_settled]
    known = set(Payment.objects.values_list("reference", flat=True)) if seat.vendor else set()
    for number, story in enumerate(stories, start=1):
        reference, amount_minor = f"T-{1000 + number}", chance.randrange(1_500, 40_000)
        if run.need("payments", exists=reference in known) and seat.vendor is not None:
            _make_payment(seat.vendor, story, reference, amount_minor)


def _make_payment(vendor: VendorRef, story: Story, reference: str, amount_minor: int) -> None:
    def share(per_cent: int) -> int:
        return amount_minor * per_cent // 100

    payment = begin_payment(
        method=story.method,
        amount=from_minor(amount_minor, vendor.currency),
        reference=reference,
        description=DESCRIPTIONS[vendor.default_language],
    )
    if story.received_percent:
        received = payment.money(share(story.received_percent))
        payment = record_received(payment=payment, amount=received).payment
    if story.refunded_percent:
        refunded = payment.money(share(story.refunded_percent))
        request_refund(payment=payment, amount=refunded, is_paid_back=story.is_paid_back)
    if story.is_voided:
        void_payment(payment=payment)


DESCRIPTIONS = {
    "en": "Ordered by phone",
    "fr": "Commandé par téléphone",
    "de": "Am Telefon bestellt",
    "lb": "Um Telefon bestallt",
}

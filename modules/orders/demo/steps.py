"""The demo's orders: ways to ship and to pay for every shop, and some months of orders in every state.

They are written as the services would have written them on their days, and in bulk: through the services each would
be dated today and would send its mails.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction

from modules.orders.demo.facts import (
    FIRST_NUMBER,
    HOURS,
    IBAN,
    METHODS,
    OLDEST_DAYS,
    ORDER_COUNTS,
    TODAYS_COUNTS,
)
from modules.orders.demo.stories import Shop, Story, make_story
from modules.orders.models import (
    Fulfilment,
    FulfilmentLine,
    Order,
    OrderCounter,
    OrderEvent,
    OrderLine,
    ShippingMethod,
)
from modules.orders.services import save_shipping_method
from modules.payments.models import Payment, PaymentEvent, PaymentMethod
from modules.payments.selectors import figures_of, ledger_of
from modules.payments.services import save_method
from modules.tenancy.selectors import legal_facts
from platform_core.demo import PLATFORMS, DemoRun, Seat
from platform_core.demo.platforms import demo_platforms
from platform_core.modules.service import module_service
from platform_core.modules.state import is_module_enabled
from platform_core.tenancy.context import VendorRef, platform_context


def make_orders(run: DemoRun) -> None:
    """The modules on both platforms, then every shop's ways to ship and to pay, and its orders."""
    _switch_on(run)
    for seat in run.track(run.seats):
        with platform_context(seat.platform, seat.vendor), transaction.atomic():
            _make_methods(run, seat)
            is_there = seat.vendor is not None and Order.objects.exists()
            wanted = [run.need("orders", exists=is_there) for _number in range(ORDER_COUNTS[seat.code])]
            if all(wanted) and seat.vendor is not None:
                _make_history(run, seat.code, seat.vendor)


def _switch_on(run: DemoRun) -> None:
    platforms = {platform.code: platform for platform in demo_platforms()}
    for wanted in PLATFORMS:
        platform = platforms.get(wanted.code)
        is_on = platform is not None and is_module_enabled(platform.pk, "orders")
        if run.need("modules", exists=is_on) and platform is not None:
            with platform_context(role="operator"):
                module_service.enable_module(platform, "orders")


def _make_methods(run: DemoRun, seat: Seat) -> None:
    known = set(ShippingMethod.objects.values_list("code", flat=True)) if seat.vendor else set()
    for position, facts in enumerate(METHODS, start=1):
        if run.need("shipping methods", exists=facts["code"] in known):
            save_shipping_method(position=position, **facts)
    payable = seat.vendor is not None and PaymentMethod.objects.exists()
    if run.need("payment methods", exists=payable):
        facts_of_shop = legal_facts(language="en")
        assert facts_of_shop is not None
        account = {"payee": facts_of_shop.company_name, "iban": IBAN, "bic": "BCEELULL"}
        counter = {"place": facts_of_shop.address, "hint": HOURS}
        save_method(gateway="bank_transfer", config=account, is_active=True, position=1)
        save_method(gateway="cash_on_collection", config=counter, is_active=True, position=2)


def stories_of(run: DemoRun, code: str, vendor: VendorRef) -> list[Story]:
    """All orders of a shop, numbered by their moments, not stored yet.

    Those before the day depend on seed and day alone. Those of the day are spread over what has passed of it, so that
    there are some at every hour and none in the future.
    """
    chance = run.chance("orders", code)
    # Trade grows: the later, the more orders.
    past = ORDER_COUNTS[code] - TODAYS_COUNTS[code]
    ages = (chance.triangular(60, OLDEST_DAYS * 24 * 60, 60) for _number in range(past))
    moments = [run.midnight - timedelta(minutes=int(age)) for age in ages]
    passed = run.now - run.midnight
    moments += [run.midnight + passed * chance.uniform(0.3, 0.9) for _number in range(TODAYS_COUNTS[code])]
    shop = Shop(code, vendor, run)
    return [
        make_story(shop, run.chance("order", code, str(number)), number, moment)
        for number, moment in enumerate(sorted(moments), start=FIRST_NUMBER)
    ]


def _make_history(run: DemoRun, code: str, vendor: VendorRef) -> None:
    stories = stories_of(run, code, vendor)
    _store(stories)
    OrderCounter.objects.create(next_number=FIRST_NUMBER + len(stories))


def _store(stories: Sequence[Story]) -> None:
    """Write the stories down, parents first. Payments come to what their ledgers say."""
    Payment.objects.bulk_create(story.payment for story in stories)
    PaymentEvent.objects.bulk_create(_all(story.ledger for story in stories))
    for story in stories:
        payment = story.payment
        for name, value in figures_of(ledger_of(payment=payment)).items():
            setattr(payment, name, value)
        payment.version = len(story.ledger)
        story.order.payment = payment
    fields = [
        "status",
        "captured_minor",
        "refunded_minor",
        "refund_pending_minor",
        "expected_minor",
        "version",
    ]
    Payment.objects.bulk_update((story.payment for story in stories), fields)
    Order.objects.bulk_create(story.order for story in stories)
    OrderLine.objects.bulk_create(_all(story.lines for story in stories))
    parcels = [parcel for story in stories for parcel in story.parcels]
    Fulfilment.objects.bulk_create(fulfilment for fulfilment, _parts, _event in parcels)
    FulfilmentLine.objects.bulk_create(_all(parts for _fulfilment, parts, _event in parcels))
    for fulfilment, _parts, event in parcels:
        event.details["fulfilment_id"] = fulfilment.pk
    OrderEvent.objects.bulk_create(_all(story.events for story in stories))


def _all(groups: Iterable[list[Any]]) -> list[Any]:
    return [row for group in groups for row in group]

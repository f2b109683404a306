"""Mails of an order: each once, in every language, with nothing missing and every link whole."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core import mail
from moneyed import Money

from modules.orders import mails
from modules.orders.models import Order
from modules.orders.services import cancel_order, complete_cart, record_payment, send_order
from modules.tenancy.services import update_vendor
from platform_core.languages import LANGUAGE_CODES
from platform_core.mail.kinds import kind_of
from platform_core.mail.services import make_mail
from platform_core.outbox.models import OutboxMessage
from platform_core.outbox.services import do
from platform_core.tenancy.context import platform_context

pytestmark = pytest.mark.django_db

MISSING = "<<missing %s>>"
TOTALS = {
    "en": "€84.10",
    "fr": "84,10\N{NO-BREAK SPACE}€",
    "de": "84,10\N{NO-BREAK SPACE}€",
    "lb": "84,10\N{NO-BREAK SPACE}€",
}
KINDS = [name for name, _subject, _values in mails.KINDS]


@pytest.fixture
def shop(shop: Any, lux: Any) -> Any:
    """Somebody reads the shop's mails."""
    with platform_context(lux, role="staff"):
        update_vendor(vendor=shop, contact_email="hello@objektiv.test")
    return shop


@pytest.fixture
def loud_templates(settings: Any) -> None:
    """What a template names and does not have is shown."""
    (engine,) = settings.TEMPLATES
    options = {**engine["OPTIONS"], "string_if_invalid": MISSING}
    settings.TEMPLATES = [{**engine, "OPTIONS": options}]


def sent_parcel(order: Order) -> dict[str, int]:
    fulfilment = send_order(
        order=order,
        quantities={order.lines.first().pk: 1},
        carrier="POST",
        tracking_number="PL123",
        tracking_url="https://track.example/PL123",
    )
    return {"order_id": order.pk, "fulfilment_id": fulfilment.pk}


def parts_of(message: Any) -> tuple[str, str]:
    ((html, _kind),) = message.alternatives
    return message.body, html


@pytest.mark.parametrize("language", LANGUAGE_CODES)
@pytest.mark.parametrize("name", KINDS)
def test_every_mail_is_whole_in_every_language(order, loud_templates, name, language):
    ids = sent_parcel(order) if name == "sent" else {"order_id": order.pk}
    if name == "cancelled":
        record_payment(order=order, amount=Money("10.00", "EUR"))
        cancel_order(order=order)
    message = make_mail(kind_of(f"orders.{name}"), "anna@example.test", language, ids)
    assert message is not None
    assert str(order.number) in message.subject
    for part in (message.subject, *parts_of(message)):
        assert "missing" not in part
        assert "{{" not in part
    text, html = parts_of(message)
    assert "\n\n\n" not in text
    for part in (text, html):
        assert TOTALS[language] in part
        assert re.search(r"http://(objektiv\.)?lux\.localhost(:\d+)?/", part)
        assert not re.search(r'href="(?!http)', part)
    if language == "fr":
        assert "commande" in text
        assert "order " not in text.replace("/orders/", "").lower().replace("orders", "")


@pytest.mark.parametrize("reason", ["Sold out & gone", ""])
def test_the_mail_of_a_cancellation_names_the_reason_if_there_is_one(order, reason):
    cancel_order(order=order, reason=reason)
    message = make_mail(kind_of("orders.cancelled"), "anna@example.test", "en", {"order_id": order.pk})
    text, html = parts_of(message)
    assert ("Reason of the cancellation: Sold out & gone\n" in text) is bool(reason)
    assert ("Reason of the cancellation: Sold out &amp; gone" in html) is bool(reason)
    assert ("Reason of the cancellation" in text) is bool(reason)


def test_a_template_that_names_what_is_not_there_is_found(order, loud_templates, monkeypatch):
    """Control: without the totals the mail would say so."""
    whole = mails.order_values

    def less(**ids: Any) -> Any:
        return {name: value for name, value in (whole(**ids) or {}).items() if name != "order_url"}

    kind = kind_of("orders.confirmation")
    message = make_mail(
        type(kind)(code="x", subject="", template=kind.template, values=less),
        "a@b.lu",
        "en",
        {"order_id": order.pk},
    )
    assert message is not None
    assert "missing" in message.body


def test_the_confirmation_says_how_to_pay(order):
    message = make_mail(kind_of("orders.confirmation"), "anna@example.test", "en", {"order_id": order.pk})
    for part in parts_of(message):
        for fact in ("LU28 0019 4006 4475 0000", "Objektiv S.à r.l.", "BCEELULL"):
            assert fact in part
        assert re.search(r"RF\d\d( \w{4})+", part)


def test_who_collects_is_told_where(case_two):
    from modules.orders.services import set_delivery, set_payment  # noqa: PLC0415
    from tests.modules.orders.conftest import ADDRESS  # noqa: PLC0415

    set_delivery(cart=case_two, shipping_address=ADDRESS, shipping_method="counter")
    set_payment(cart=case_two, payment_method="cash_on_collection")
    order = complete_cart(cart=case_two, key="k").order
    message = make_mail(kind_of("orders.confirmation"), "anna@example.test", "en", {"order_id": order.pk})
    for part in parts_of(message):
        assert "12, rue des Roses, Luxembourg" in part
        assert "Monday to Friday" in part
        assert "Collected by" in part and "Delivery address" not in part
    to_shop = make_mail(kind_of("orders.new_order"), "hello@objektiv.test", "en", {"order_id": order.pk})
    assert all("Collected by" in part and "Delivery address" not in part for part in parts_of(to_shop))


def test_what_was_typed_is_text_in_a_mail(order):
    order.shipping_address = {**order.shipping_address, "name": "<b>Anna</b> & co"}
    order.save(update_fields=["shipping_address"])
    text, html = parts_of(make_mail(kind_of("orders.new_order"), "a@b.lu", "en", {"order_id": order.pk}))
    assert "<b>Anna</b> & co" in text
    assert "&lt;b&gt;Anna&lt;/b&gt; &amp; co" in html


def written() -> list[tuple[str, str, str]]:
    """What waits to be sent: (mail, to, language)."""
    with platform_context(role="operator"):
        rows = OutboxMessage.objects.order_by("pk").values_list("payload", flat=True)
        return sorted((row["mail"], row["to"], row["language"]) for row in rows if "mail" in row)


def test_a_placed_order_writes_to_buyer_and_shop_once(case_two, in_shop):
    for _time in ("first", "again"):
        complete_cart(cart=case_two, key="k")
    assert written() == [
        ("orders.confirmation", "anna@example.test", "en"),
        ("orders.new_order", "hello@objektiv.test", "en"),
    ]


def test_each_thing_that_happens_is_told_once(order):
    record_payment(order=order, amount=Money("84.10", "EUR"))
    sent_parcel(order)
    assert [name for name, _to, _language in written()] == [
        *("orders.confirmation", "orders.new_order", "orders.payment_received", "orders.sent")
    ]


def test_the_relay_sends_them_in_the_buyers_language(case_two, in_shop):
    case_two.language = "fr"
    case_two.save(update_fields=["language"])
    order = complete_cart(cart=case_two, key="k").order
    with platform_context(role="operator"):
        waiting = list(OutboxMessage.objects.filter(state="waiting").values_list("pk", flat=True))
    for number in waiting:
        do(number)
    by_reader = {message.to[0]: message for message in mail.outbox}
    assert set(by_reader) == {"anna@example.test", "hello@objektiv.test"}
    buyers = by_reader["anna@example.test"]
    assert buyers.subject == f"Votre commande {order.number} chez Objektiv"
    assert "/fr/orders/ord_" in buyers.body
    assert f"/vendor/orders/{order.number}/" in by_reader["hello@objektiv.test"].body

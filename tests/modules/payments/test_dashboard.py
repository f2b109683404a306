"""The team's pages: payments are found, money is recorded once, methods are set up."""

from __future__ import annotations

import re

import pytest

from modules.payments import selectors, services
from modules.payments.models import Payment, PaymentMethod
from platform_core.modules.state import override_modules
from platform_core.tenancy.context import platform_context
from tests.modules.payments.conftest import ACCOUNT, euros, set_up_methods

pytestmark = pytest.mark.django_db
LIST, METHODS = "/vendor/payments/", "/vendor/payment-methods/"


def text_of(response, status: int = 200) -> str:
    assert response.status_code == status
    return " ".join(response.content.decode().split())


def page(payment: Payment, action: str = "") -> str:
    return f"{LIST}{payment.public_id}/{action}"


def record(client, address: str, **typed: str):
    """Open the page, fill its form in and send it, as a browser would."""
    html = text_of(client.get(address))
    key = re.search(r'name="idempotency_key" value="([^"]+)"', html)
    assert key
    return client.post(address, {"idempotency_key": key[1], "note": "", **typed})


def in_french(client) -> None:
    client.post("/vendor/profile/", {"language": "fr", "time_zone": "Europe/Paris", "mode": ""})


def stored(lux, shop, payment: Payment) -> Payment:
    with platform_context(lux, shop):
        return Payment.objects.get(pk=payment.pk)


def test_a_shop_without_payments_says_so(owner, clerk):
    assert "No payments yet" in text_of(owner.get(LIST))
    assert "Set up payment methods" in text_of(owner.get(LIST))
    assert "Set up payment methods" not in text_of(clerk.get(LIST))


def test_payments_are_listed_found_and_filtered_by_the_address(clerk, make_payment):
    transfer = make_payment(description="Order <b>")
    make_payment("5.00", method="cash_on_collection", reference="B-7", received="5.00")
    html = text_of(clerk.get(LIST))
    assert "Order &lt;b&gt;" in html and "€84.10" in html and "Awaiting payment" in html
    for query, shown, hidden in (
        ("status=open", "A-1042", "B-7"),
        ("status=captured", "B-7", "A-1042"),
        ("method=cash_on_collection", "B-7", "A-1042"),
        (f"q={transfer.provider_reference}", "A-1042", "B-7"),
        ("q=b-7", "B-7", "A-1042"),
    ):
        html = text_of(clerk.get(f"{LIST}?{query}"))
        assert f">{shown}</a>" in html and f">{hidden}</a>" not in html, query
    assert "No payment matches “nobody”" in text_of(clerk.get(f"{LIST}?q=nobody"))
    assert "No payments in this list" in text_of(clerk.get(f"{LIST}?status=failed"))
    for odd in ("page=abc", "page=99999", "status=odd", "method=odd", "q=" + "x" * 2000, "q=%25"):
        assert clerk.get(f"{LIST}?{odd}").status_code == 200


def test_a_payments_page_shows_its_ledger_and_what_the_buyer_was_told(clerk, make_payment):
    payment = make_payment()
    html = text_of(clerk.get(page(payment)))
    for text in ("Money expected", "LU28 0019 4006 4475 0000", "RF", "<svg", ACCOUNT["payee"]):
        assert text in html
    reference = payment.provider_reference
    assert " ".join(reference[i : i + 4] for i in range(0, len(reference), 4)) in html
    assert "style=" not in html.split("<main")[1]


def test_the_hint_is_shown_in_the_readers_language(lux, shop, clerk, make_payment):
    config = {"place": "Here", "hint": {"en": "From nine", "fr": "Dès neuf heures"}}
    with platform_context(lux, shop):
        services.save_method(gateway="cash_on_collection", config=config, is_active=True)
    address = page(make_payment(method="cash_on_collection"))
    assert "From nine" in text_of(clerk.get(address))
    in_french(clerk)
    assert "Dès neuf heures" in text_of(clerk.get(address))


def test_money_is_recorded_with_who_and_why(lux, shop, clerk, objektiv_clerk, make_payment):
    payment = make_payment()
    done = record(clerk, page(payment, "receipts/new/"), amount="30.00", note="Statement 12")
    assert (done.status_code, done["Location"]) == (302, page(payment))
    html = text_of(clerk.get(page(payment)))
    for text in ("The money is recorded.", "Partly paid", "Statement 12", objektiv_clerk.email, "€54.10"):
        assert text in html
    assert stored(lux, shop, payment).captured == euros("30.00")


def test_the_form_suggests_what_is_expected_and_reads_the_readers_amounts(lux, shop, clerk, make_payment):
    payment = make_payment()
    address = page(payment, "receipts/new/")
    assert 'value="84.10"' in text_of(clerk.get(address))
    in_french(clerk)
    html = text_of(clerk.get(address))
    assert 'value="84,10"' in html
    key = re.search(r'name="idempotency_key" value="([^"]+)"', html)[1]
    clerk.post(address, {"idempotency_key": key, "amount": "84,10"})
    assert stored(lux, shop, payment).status == "captured"


def test_pressing_twice_records_once(lux, shop, clerk, make_payment):
    payment = make_payment()
    for _twice in range(2):
        done = clerk.post(
            page(payment, "receipts/new/"), {"idempotency_key": "one", "amount": "30.00", "note": ""}
        )
        assert done.status_code == 302
    assert stored(lux, shop, payment).captured == euros("30.00")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Enter the amount."),
        ("12,5,0", "You typed “12,5,0”"),
        ("1,234", "could mean two amounts"),
        ("0", "more than zero"),
        ("-5", "more than zero"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(lux, shop, clerk, make_payment, typed, said):
    payment = make_payment()
    html = text_of(record(clerk, page(payment, "receipts/new/"), amount=typed, note="Kept <12>"), 422)
    assert said in html and "<title>Error:" in html
    assert (
        'value="Kept &lt;12&gt;"' in html and f'value="{typed}"' in html.replace('value=""', "") or not typed
    )
    assert stored(lux, shop, payment).captured_minor == 0


def test_a_refund_is_owed_then_paid_back(lux, shop, clerk, make_payment):
    payment = make_payment(received="84.10")
    too_much = text_of(record(clerk, page(payment, "refunds/new/"), amount="84.11"), 422)
    assert "At most 84.10 EUR can be refunded" in too_much and 'value="84.11"' in too_much
    assert record(clerk, page(payment, "refunds/new/"), amount="20.00", note="Broken").status_code == 302
    html = text_of(clerk.get(page(payment)))
    assert "€20.00 owed to the buyer" in html
    completion = re.search(r'href="([^"]+/completion/)"', html)[1]
    assert "Is €20.00 paid back?" in text_of(clerk.get(completion))
    assert record(clerk, completion).status_code == 302
    assert stored(lux, shop, payment).refunded == euros("20.00")
    # Somebody else was faster: nothing happens, and it is said.
    assert "may be settled already" in text_of(record(clerk, completion), 422)


def test_a_refund_that_was_paid_already_is_recorded_in_one_step(lux, shop, clerk, make_payment):
    payment = make_payment(received="84.10")
    record(clerk, page(payment, "refunds/new/"), amount="84.10", is_paid_back="on")
    assert stored(lux, shop, payment).status == "refunded"


def test_a_refund_is_withdrawn(lux, shop, clerk, make_payment):
    payment = make_payment(received="84.10")
    record(clerk, page(payment, "refunds/new/"), amount="20.00")
    withdrawal = re.search(r'href="([^"]+/withdrawal/)"', text_of(clerk.get(page(payment))))[1]
    assert record(clerk, withdrawal).status_code == 302
    assert stored(lux, shop, payment).refundable == euros("84.10")


def test_no_more_money_is_expected_after_it_was_asked(lux, shop, clerk, make_payment):
    payment = make_payment()
    assert "Expect no more money?" in text_of(clerk.get(page(payment, "void/")))
    assert stored(lux, shop, payment).status == "pending"
    assert record(clerk, page(payment, "void/"), note="Cancelled").status_code == 302
    assert stored(lux, shop, payment).status == "voided"
    html = text_of(clerk.get(page(payment)))
    assert "Expect no more money" not in html
    assert "This cannot be done" in text_of(record(clerk, page(payment, "void/")), 422)


def test_too_much_money_is_pointed_out(clerk, make_payment):
    payment = make_payment(received="90.00")
    assert "€5.90 more than asked for came in" in text_of(clerk.get(page(payment)))
    record(clerk, page(payment, "refunds/new/"), amount="5.90")
    assert "more than asked for came in" not in text_of(clerk.get(page(payment)))


def test_there_is_no_code_to_pay_by_once_it_is_paid(clerk, make_payment):
    assert 'class="qr"' in text_of(clerk.get(page(make_payment(received="30.00"))))
    assert 'class="qr"' not in text_of(clerk.get(page(make_payment(received="84.10"))))


def test_a_method_is_set_up_and_offered(lux, shop, owner):
    with platform_context(lux, shop):
        PaymentMethod.objects.filter(gateway="bank_transfer").delete()
    assert "Not set up" in text_of(owner.get(METHODS))
    typed = {
        "payee": "Objektiv",
        "iban": "lu28 0019 4006 4475 0001",
        "bic": "",
        "position": "3",
        "is_active": "on",
    }
    html = text_of(owner.post(f"{METHODS}bank_transfer/", typed), 422)
    assert "its check digits do not fit" in html and 'value="lu28 0019 4006 4475 0001"' in html
    assert 'value="Objektiv"' in html
    typed["iban"] = "lu28 0019 4006 4475 0000"
    assert owner.post(f"{METHODS}bank_transfer/", typed).status_code == 302
    with platform_context(lux, shop):
        kept = PaymentMethod.objects.get(gateway="bank_transfer")
        assert kept.config == {"payee": "Objektiv", "iban": "LU280019400644750000", "bic": ""}
        assert [m.code for m in selectors.available_methods("EUR")] == ["cash_on_collection", "bank_transfer"]


def test_a_hint_is_typed_in_each_language_of_the_shop(lux, shop, owner):
    address = f"{METHODS}cash_on_collection/"
    html = text_of(owner.get(address))
    assert 'name="hint-fr"' in html and html.index('name="place"') < html.index('name="is_active"')
    assert "(optional)" not in html[html.index("id_place_field") : html.index('name="place"')]
    typed = {"place": "", "hint-en": "Ring twice", "hint-fr": "", "position": "0"}
    html = text_of(owner.post(address, typed), 422)
    assert "Fill in “Where to pay and collect”." in html and 'value="Ring twice"' in html
    assert owner.post(address, {**typed, "place": "Here", "hint-fr": "Sonnez"}).status_code == 302
    with platform_context(lux, shop):
        kept = PaymentMethod.objects.get(gateway="cash_on_collection")
        assert kept.config == {"place": "Here", "hint": {"en": "Ring twice", "fr": "Sonnez"}}
        assert not kept.is_active


def test_the_owner_sets_methods_up_and_the_clerk_does_not(owner, clerk):
    for address in (METHODS, f"{METHODS}bank_transfer/"):
        assert owner.get(address).status_code == 200
        assert clerk.get(address).status_code == 403
    assert owner.get(f"{METHODS}stripe/").status_code == 404
    assert f'href="{METHODS}"' not in text_of(clerk.get(LIST))


def test_a_neighbours_payment_is_not_there(lux, voltwerk, clerk):
    with platform_context(lux, voltwerk):
        set_up_methods()
        theirs = services.begin_payment(method="bank_transfer", amount=euros("1.00"), reference="Theirs")
    assert "Theirs" not in text_of(clerk.get(LIST))
    for action in ("", "receipts/new/", "refunds/new/", "void/", "refunds/rfd_x/completion/"):
        assert clerk.get(page(theirs, action)).status_code == 404
        assert clerk.post(page(theirs, action), {"amount": "1.00", "idempotency_key": "k"}).status_code in {
            404,
            405,
        }


def test_where_payments_are_off_there_are_none_and_then_all_is_back(lux, shop, owner, make_payment):
    payment = make_payment()
    before = text_of(owner.get(page(payment))).split("<main")[1]
    with override_modules(lux, off=("payments",)):
        for address in (LIST, METHODS, page(payment), page(payment, "receipts/new/")):
            answer = owner.get(address)
            assert answer.status_code == 404
            assert len(answer.content) == len(owner.get("/vendor/no-such-thing/").content)
        assert f'href="{LIST}"' not in text_of(owner.get("/vendor/"))
    assert text_of(owner.get(page(payment))).split("<main")[1] == before


def test_a_payment_of_a_gateway_that_is_gone_can_still_be_read(lux, shop, clerk, make_payment):
    payment = make_payment()
    with platform_context(lux, shop):
        Payment.objects.filter(pk=payment.pk).update(gateway="gone")
    html = text_of(clerk.get(page(payment)))
    assert "gone" in html and "Record money received" not in html
    assert ">A-1042</a>" in text_of(clerk.get(LIST))


def test_strangers_sign_in_first(shop, make_payment, client_for):
    stranger = client_for("lux.localhost")
    for address in (LIST, METHODS, page(make_payment())):
        assert stranger.get(address).status_code == 302


def test_the_queries_do_not_grow_with_the_payments(clerk, make_payment, django_assert_max_num_queries):
    make_payment()
    clerk.get(LIST)
    with django_assert_max_num_queries(15) as before:
        clerk.get(LIST)
    for _number in range(8):
        payment = make_payment(received="1.00")
    with django_assert_max_num_queries(15) as after:
        clerk.get(LIST)
    assert len(after) == len(before)
    with django_assert_max_num_queries(15):
        clerk.get(page(payment))

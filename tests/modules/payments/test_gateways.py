"""The gateways of the house: the contract, and what is each one's own."""

from __future__ import annotations

import re

import pytest
from django.utils.translation import override
from moneyed import Money
from segno import helpers
from stdnum import iso11649

from modules.payments.exceptions import InvalidMethodConfig
from modules.payments.extensions import AuthoriseRequest, gateways
from modules.payments.gateways.bank_transfer import (
    BankTransfer,
    creditor_reference,
    epc_qr,
    epc_text,
    in_groups,
)
from modules.payments.gateways.cash import CashOnCollection
from platform_core.modules.state import override_modules
from platform_core.public_ids import new_public_id
from platform_core.tenancy.context import platform_context
from tests.modules.payments.conftest import ACCOUNT, COUNTER, IBAN, euros
from tests.modules.payments.gateway_contract import GatewayContract


class TestBankTransferContract(GatewayContract):
    gateway = BankTransfer()
    config = ACCOUNT
    broken_configs = (
        ({**ACCOUNT, "iban": "LU280019400644750001"}, "iban"),
        ({**ACCOUNT, "iban": "12345"}, "iban"),
        ({**ACCOUNT, "iban": {"en": IBAN}}, "iban"),
        ({**ACCOUNT, "bic": "BCEE"}, "bic"),
        ({**ACCOUNT, "payee": " \n "}, "payee"),
        ({**ACCOUNT, "payee": "x" * 71}, "payee"),
    )


class TestCashContract(GatewayContract):
    gateway = CashOnCollection()
    config = COUNTER
    broken_configs = (
        ({**COUNTER, "place": ""}, "place"),
        ({**COUNTER, "place": 12}, "place"),
        ({**COUNTER, "hint": "Monday"}, "hint"),
        ({**COUNTER, "hint": {"xx": "Monday"}}, "hint"),
        ({**COUNTER, "hint": {"en": "x" * 301}}, "hint"),
    )


def test_the_gateways_of_the_house_are_there_where_payments_are_on(lux, db):
    with platform_context(lux):
        assert gateways() == {}
        with override_modules(lux, on=("payments",)):
            assert set(gateways()) == {"bank_transfer", "cash_on_collection"}


def test_an_iban_is_kept_without_blanks_and_in_capitals():
    kept = BankTransfer().clean_config({**ACCOUNT, "iban": "lu28 0019 4006 4475 0000"})
    assert kept["iban"] == IBAN
    assert in_groups(IBAN) == "LU28 0019 4006 4475 0000"


@pytest.mark.parametrize("place", range(4, len(IBAN)))
def test_any_digit_that_is_mistyped_is_found(place):
    wrong = IBAN[:place] + str((int(IBAN[place]) + 1) % 10) + IBAN[place + 1 :]
    with pytest.raises(InvalidMethodConfig) as refusal:
        BankTransfer().clean_config({**ACCOUNT, "iban": wrong})
    assert wrong in refusal.value.message


def test_a_creditor_reference_is_one_by_iso_11649():
    references = {creditor_reference(new_public_id("pay")) for _number in range(500)}
    assert len(references) == 500
    for reference in references:
        assert iso11649.is_valid(reference)
        assert re.fullmatch(r"RF[0-9]{2}[0-9A-Z]{12}", reference)
    # The worked example of the standard.
    assert iso11649.is_valid("RF18539007547034")


def test_the_text_of_the_qr_code_is_what_epc069_12_says():
    told = BankTransfer().authorise(AuthoriseRequest("pay_01k9zzzz2348231gfbnd", euros("84.10"), ACCOUNT))
    assert epc_text(told.instructions, euros("84.1")).split("\n") == [
        "BCD",
        "002",
        "1",
        "SCT",
        "BCEELULL",
        "Objektiv S.à r.l.",
        IBAN,
        "EUR84.10",
        "",
        "RF032348231GFBND",
    ]


def test_the_qr_code_holds_the_same_as_the_librarys_own():
    """An independent maker of these codes draws the same picture."""
    instructions = {**ACCOUNT, "reference": "RF032348231GFBND"}
    text = epc_text(instructions, euros("84.15"))
    theirs = helpers.make_epc_qr(
        name=ACCOUNT["payee"],
        iban=IBAN,
        amount="84.15",
        bic="BCEELULL",
        reference="RF032348231GFBND",
        encoding="utf-8",
    )
    drawn = re.search(r'd="(M4[^"]+)"', epc_qr(text, "x"))
    expected = re.search(r'd="(M4[^"]+)"', theirs.svg_inline(light="#fff", scale=4))
    assert drawn and expected
    assert drawn[1] == expected[1]


@pytest.mark.parametrize(
    "amount", [Money("10", "USD"), Money("1000000000.00", "EUR"), Money("0", "EUR")], ids=str
)
def test_what_the_code_cannot_hold_has_none(amount):
    assert epc_text({**ACCOUNT, "reference": "RF032348231GFBND"}, amount) == ""


def test_a_name_that_breaks_lines_or_tags_breaks_neither_code_nor_page():
    kept = BankTransfer().clean_config({**ACCOUNT, "payee": "Evil\nEUR9999\r\n<b>\u2028x"})
    assert kept["payee"] == "Evil EUR9999 <b> x"
    text = epc_text({**kept, "reference": "RF032348231GFBND"}, euros("1.00"))
    assert text.split("\n")[7] == "EUR1.00"
    assert "<b>" not in epc_qr(text, "Pay <b>")


def test_the_longest_text_still_fits_the_standards_code():
    instructions = {**ACCOUNT, "payee": "é" * 70, "reference": "RF03" + "2348231GFBND"}
    assert epc_qr(epc_text(instructions, euros("999999999.99")), "x").startswith("<svg")


def test_cash_tells_the_place_and_each_languages_hint():
    told = CashOnCollection().authorise(AuthoriseRequest("pay_x", euros("5.00"), COUNTER))
    assert told.instructions == COUNTER
    with override("fr"):
        assert str(CashOnCollection().name) != "Cash on collection"

"""Net, VAT and totals: the worked cases, and what holds for any document."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.orders.pricing import Item, price

RATES = {
    "standard": Decimal(17),
    "intermediate": Decimal(14),
    "reduced": Decimal(8),
    "super_reduced": Decimal(3),
}


def shares(priced) -> list[tuple[int, int, int]]:
    return [(line.gross_minor, line.net_minor, line.tax_minor) for line in priced.lines]


def test_vat_is_worked_out_once_for_the_document():
    """Case 1: line by line it would be 8.70, and 1.40."""
    three = price([Item(1999, 1, "standard")] * 3, 0, RATES)
    assert (three.total.gross_minor, three.total.tax_minor, three.total.net_minor) == (5997, 871, 5126)
    assert [line.tax_minor for line in three.lines] == [291, 290, 290]
    assert price([Item(99, 1, "standard")] * 10, 0, RATES).total.tax_minor == 144


def test_shipping_is_taxed_like_the_goods_it_carries():
    """Case 2."""
    priced = price([Item(2060, 1, "super_reduced"), Item(5850, 1, "standard")], 500, RATES)
    assert [
        (group.percent, group.share.gross_minor, group.share.tax_minor, group.share.net_minor)
        for group in priced.rates
    ] == [(17, 6220, 904, 5316), (3, 2190, 64, 2126)]
    assert (priced.total.gross_minor, priced.total.tax_minor, priced.total.net_minor) == (8410, 968, 7442)
    assert priced.shipping.gross_minor == 500
    assert sum(line.tax_minor for line in priced.lines) + priced.shipping.tax_minor == 968


def test_two_categories_of_one_rate_are_one_group():
    priced = price([Item(100, 1, "a"), Item(100, 1, "b")], 0, {"a": Decimal(3), "b": Decimal(3)})
    assert len(priced.rates) == 1


def test_an_empty_cart_costs_nothing():
    assert price([], 0, {}).total.gross_minor == 0


def test_gifts_are_shipped_for_money():
    priced = price([Item(0, 1, "standard"), Item(0, 1, "super_reduced")], 500, RATES)
    assert priced.total.gross_minor == 500


@pytest.mark.parametrize("wrong", [([], 500), ([Item(-1, 1, "standard")], 0), ([Item(1, 1, "standard")], -1)])
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match="."):
        price(*wrong, RATES)


ITEMS = st.lists(
    st.builds(Item, st.integers(0, 10**9), st.integers(1, 999), st.sampled_from(sorted(RATES))),
    min_size=1,
    max_size=30,
)


@given(ITEMS, st.integers(0, 10**7))
def test_everything_adds_up_to_the_cent(items, shipping_minor):
    priced = price(items, shipping_minor, RATES)
    parts = [*priced.lines, priced.shipping]
    for field in ("gross_minor", "net_minor", "tax_minor"):
        whole = getattr(priced.total, field)
        assert sum(getattr(part, field) for part in parts) == whole
        assert sum(getattr(group.share, field) for group in priced.rates) == whole
    assert all(part.net_minor + part.tax_minor == part.gross_minor for part in parts)
    assert [line.gross_minor for line in priced.lines] == [item.gross_minor for item in items]
    assert priced.goods_minor + shipping_minor == priced.total.gross_minor
    assert all(part.tax_minor >= 0 for part in parts)

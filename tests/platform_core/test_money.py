"""Money: minor units, rounding half up, VAT, shares, and what people type."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moneyed import Money

from platform_core.money import (
    AmountNotUnderstood,
    example_amount,
    exponent_of,
    from_json,
    from_minor,
    parse_amount,
    quantize,
    round_half_up,
    split_vat,
    spread,
    to_json,
    to_minor,
)


@pytest.mark.parametrize(("code", "exponent"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("CHF", 2)])
def test_the_exponent_is_that_of_iso_4217(code: str, exponent: int) -> None:
    assert exponent_of(code) == exponent


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(ValueError, match="ISO 4217"):
        from_minor(100, "EURO")


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (5997, "EUR", "59.97"),
        (1000, "JPY", "1000"),
        (1234, "KWD", "1.234"),
        (-5, "EUR", "-0.05"),
        (0, "EUR", "0.00"),
    ],
)
def test_json_is_a_decimal_string_with_all_decimals(minor: int, currency: str, text: str) -> None:
    money = from_minor(minor, currency)
    assert to_json(money) == {"amount": text, "currency": currency}
    assert from_json(to_json(money)) == money


@given(st.integers(-(10**15), 10**15), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_minor_units_survive_the_way_there_and_back(minor: int, currency: str) -> None:
    assert to_minor(from_minor(minor, currency)) == minor
    assert to_minor(from_json(to_json(from_minor(minor, currency)))) == minor


@pytest.mark.parametrize(
    "data",
    [
        {"amount": "1.234", "currency": "EUR"},
        {"amount": 1.5, "currency": "EUR"},
        {"amount": "NaN", "currency": "EUR"},
        {"amount": "1e999999", "currency": "EUR"},
        {"amount": "12", "currency": "XXXX"},
        {"currency": "EUR"},
        {"amount": "twelve", "currency": "EUR"},
    ],
)
def test_json_that_is_no_exact_amount_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        from_json(data)  # type: ignore[arg-type]


def test_a_float_or_a_flag_is_no_count_of_minor_units() -> None:
    for wrong in (19.99, True, "1999"):
        with pytest.raises(TypeError):
            from_minor(wrong, "EUR")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "rounded"), [("10.005", "10.01"), ("10.004", "10.00"), ("-10.005", "-10.01"), ("2.675", "2.68")]
)
def test_a_half_is_rounded_up(value: str, rounded: str) -> None:
    assert round_half_up(Decimal(value), 2) == Decimal(rounded)
    assert quantize(Money(value, "EUR")) == Money(rounded, "EUR")


@pytest.mark.parametrize(
    ("gross", "percent", "net", "vat"),
    [
        (5997, 17, 5126, 871),  # 3 x 19.99
        (990, 17, 846, 144),  # 10 x 0.99 as one sum
        (2190, 3, 2126, 64),
        (6220, 17, 5316, 904),
        (2000, 17, 1709, 291),
        (5097, 17, 4356, 741),
        (990, 14, 868, 122),
        (11700, 17, 10000, 1700),
        (11700, 19, 9832, 1868),
        (2060, 3, 2000, 60),
        (100, 0, 100, 0),
        (-5997, 17, -5126, -871),
    ],
)
def test_vat_of_a_gross_amount(gross: int, percent: int, net: int, vat: int) -> None:
    assert split_vat(gross, percent) == (net, vat)


@given(st.integers(-(10**12), 10**12), st.decimals(0, 100, places=4))
def test_net_and_vat_always_add_up_to_the_gross(gross: int, percent: Decimal) -> None:
    assert sum(split_vat(gross, percent)) == gross


def test_a_negative_rate_is_refused() -> None:
    with pytest.raises(ValueError, match="VAT"):
        split_vat(100, -1)


@pytest.mark.parametrize(
    ("total", "weights", "shares"),
    [
        (500, [2060, 5850], [130, 370]),  # shipping over a book and a lamp
        (1000, [1, 1, 1], [334, 333, 333]),
        (871, [1999, 1999, 1999], [291, 290, 290]),
        (-1000, [1, 1, 1], [-334, -333, -333]),
        (5000, [3333, 3333, 3334], [1667, 1666, 1667]),
        (7, [0, 0], [4, 3]),
        (0, [], []),
    ],
)
def test_shares_by_largest_remainder(total: int, weights: list[int], shares: list[int]) -> None:
    assert spread(total, weights) == shares


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 10**6), min_size=1, max_size=20))
def test_shares_add_up_and_stay_within_one_unit_of_the_exact_share(total: int, weights: list[int]) -> None:
    shares = spread(total, weights)
    assert sum(shares) == total
    if sum(weights):
        exact = [Decimal(total) * weight / sum(weights) for weight in weights]
        assert all(abs(share - one) < 1 for share, one in zip(shares, exact, strict=True))


def test_two_currencies_never_add() -> None:
    with pytest.raises(TypeError):
        from_minor(1, "EUR") + from_minor(1, "USD")


@pytest.mark.parametrize(
    ("text", "language", "amount"),
    [
        ("2,4", "fr", "2.40"),
        ("12.50", "en", "12.50"),
        ("12,50", "de", "12.50"),
        ("12.50", "de", "12.50"),
        ("12,5", "en", "12.50"),
        ("1 234,50", "fr", "1234.50"),
        ("1\u202f234,50\u00a0€", "fr", "1234.50"),
        ("1.234,50", "lb", "1234.50"),
        ("1,234.50", "en", "1234.50"),
        ("1,234.50", "fr", "1234.50"),
        ("€1,234.50", "en", "1234.50"),
        ("EUR 12", "en", "12.00"),
        ("1.234.567", "de", "1234567.00"),
        ("1'234.50", "de", "1234.50"),
        ("-3", "en", "-3.00"),
        ("\u22123,10", "fr", "-3.10"),
        ("0", "en", "0.00"),
    ],
)
def test_an_amount_is_read_as_its_writer_means_it(text: str, language: str, amount: str) -> None:
    assert parse_amount(text, language) == Decimal(amount)


@pytest.mark.parametrize("text", ["1.234", "1,234", "12.345", "999,000"])
@pytest.mark.parametrize("language", ["en", "fr", "de", "lb"])
def test_what_could_mean_two_things_is_refused_with_an_example(text: str, language: str) -> None:
    with pytest.raises(AmountNotUnderstood) as refused:
        parse_amount(text, language)
    assert refused.value.is_ambiguous
    assert refused.value.example == example_amount(language)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "abc",
        "12,5,0",
        "12.",
        ".5",
        "1.2345",
        "0.125",
        "1,23,456",
        "--3",
        "12 50",
        "1e3",
        "١٢",
        "12\x00",
        "9" * 17,
        "9" * 27,
        "-" + "9" * 5000,
        "9" * 30 + ".50",
        "NaN",
    ],
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    for language in ("en", "fr", "de", "lb"):
        with pytest.raises(AmountNotUnderstood):
            parse_amount(text, language)


def test_examples_follow_the_language_and_the_currency() -> None:
    assert [example_amount(language) for language in ("en", "fr", "de", "lb")] == [
        "12.50",
        "12,50",
        "12,50",
        "12,50",
    ]
    assert example_amount("en", exponent=0) == "1250"
    assert example_amount("fr", exponent=3) == "12,500"


def test_a_currency_without_decimals_takes_thousands_but_no_fractions() -> None:
    assert parse_amount("1,234", "en", currency="JPY") == 1234
    assert parse_amount("1.234", "de", currency="JPY") == 1234
    with pytest.raises(AmountNotUnderstood):
        parse_amount("12.5", "en", currency="JPY")


@pytest.mark.parametrize(
    ("text", "currency", "mark"),
    [
        ("$ 12", "EUR", "$"),
        ("12$", "EUR", "$"),
        ("-$12", "EUR", "$"),
        ("US$ 12", "EUR", "US$"),
        ("GBP 12", "EUR", "GBP"),
        ("12 gbp", "EUR", "gbp"),
        ("12 ₿", "EUR", "₿"),
        ("€ 12 $", "EUR", "$"),
        ("€ 12", "USD", "€"),
        ("¥12", "USD", "¥"),
        ("EUR 12", "JPY", "EUR"),
    ],
)
def test_another_currencys_sign_or_code_is_refused_by_name(text: str, currency: str, mark: str) -> None:
    for language in ("en", "fr", "de", "lb"):
        with pytest.raises(AmountNotUnderstood) as refused:
            parse_amount(text, language, currency=currency)
        assert refused.value.foreign_mark == mark


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("€ 12", "EUR"),
        ("12 eur", "EUR"),
        ("EUR 12 €", "EUR"),
        ("$12", "USD"),
        ("$ 12", "AUD"),
        ("USD 12", "USD"),
        ("¥ 12", "JPY"),
        ("12\u00a0CHF", "CHF"),
        ("£12", "GBP"),
    ],
)
def test_its_own_sign_or_code_may_stand_beside_an_amount(text: str, currency: str) -> None:
    for language in ("en", "fr", "de", "lb"):
        assert parse_amount(text, language, currency=currency) == 12


@pytest.mark.parametrize("text", ["euro 12", "EURO 12", "12 EUROS", "EURX12", "12 pieces"])
def test_a_word_is_no_currency(text: str) -> None:
    with pytest.raises(AmountNotUnderstood) as refused:
        parse_amount(text, "en")
    assert refused.value.foreign_mark == ""


@given(st.text(max_size=20))
def test_any_text_is_an_amount_or_refused(text: str) -> None:
    try:
        assert parse_amount(text, "fr").is_finite()
    except AmountNotUnderstood as refused:
        assert refused.example == "12,50"

"""Django's own fields and filters follow our formats in all four languages."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal

import pytest
from django import forms
from django.utils import formats, translation


@pytest.mark.parametrize(
    ("language", "day", "first_weekday"),
    [("en", "7 Mar 2026", 1), ("fr", "7 mars 2026", 1), ("de", "7. März 2026", 1), ("lb", "2026", 1)],
)
def test_dates_and_weeks(language: str, day: str, first_weekday: int) -> None:
    with translation.override(language):
        assert day in formats.date_format(date(2026, 3, 7))
        assert formats.get_format("FIRST_DAY_OF_WEEK") == first_weekday
        assert formats.time_format(time(14, 5)) == "14:05"


@pytest.mark.parametrize(
    ("language", "text"), [("en", "1,234.50"), ("fr", "1.234,50"), ("de", "1.234,50"), ("lb", "1.234,50")]
)
def test_numbers(language: str, text: str) -> None:
    with translation.override(language):
        assert formats.number_format(Decimal("1234.50"), force_grouping=True) == text


@pytest.mark.parametrize(
    ("language", "typed"),
    [("en", "07/03/2026"), ("fr", "07/03/2026"), ("de", "07.03.2026"), ("lb", "07.03.2026")],
)
def test_a_day_is_read_as_it_is_written_here(language: str, typed: str) -> None:
    with translation.override(language):
        assert forms.DateField(localize=True).clean(typed) == date(2026, 3, 7)
        assert forms.DateField(localize=True).clean("2026-03-07") == date(2026, 3, 7)

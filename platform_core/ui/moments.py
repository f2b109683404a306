"""Moments and days as people of a language and region write them (CLDR), 24-hour clock."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from babel import Locale
from babel.dates import format_date, format_time, format_timedelta
from django.utils import timezone

# German and Luxembourgish "medium" dates are bare figures; months by name cannot be misread.
_DATE_FORMATS = {"en": "d MMM y"}


def format_day(day: date, locale: Locale) -> str:
    """ "7 Mar 2026", "7 mars 2026", "7. März 2026", "7. Mäerz 2026"."""
    return format_date(day, format=_DATE_FORMATS.get(locale.language, "long"), locale=locale)


def format_moment(moment: datetime, locale: Locale) -> str:
    """Day and time, such as "7 Mar 2026, 14:05"; the moment is already in the reader's time zone."""
    return f"{format_day(moment.date(), locale)}, {format_time(moment, format='HH:mm', locale=locale)}"


def format_relative(moment: datetime, locale: Locale, now: datetime | None = None) -> str:
    """ "3 hours ago", "in 2 days"."""
    elapsed: timedelta = moment - (now or timezone.now())
    words = format_timedelta(elapsed, locale=locale, add_direction=True)
    return _with_n_rule(words) if locale.language == "lb" else words


def _with_n_rule(words: str) -> str:
    """CLDR's "viru(n) 3 Stonnen" with the n said or not: dropped before véier, fënnef, sechs, siwen.

    Numbers are said units first, so the last digit that is not zero decides. Source: LOD,
    "Eifeler Regel".
    """
    found = re.search(r"\d+", words)
    digits = found.group().rstrip("0") if found else ""
    spoken_first = digits[:1] if len(digits) > 2 else digits[-1:]
    return words.replace("(n)", "" if spoken_first in {"4", "5", "6", "7"} else "n")

"""The format tags speak the reader's language and the shop's country."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.template import TemplateSyntaxError, engines
from django.test import RequestFactory
from django.utils import timezone, translation

from platform_core.languages import locale_of
from platform_core.money import from_minor
from platform_core.templatetags.ui import word_room
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.links import LanguageLink
from platform_core.tenancy.pagecache import content_changed
from platform_core.ui.moments import format_relative

MOMENT = datetime(2026, 3, 7, 13, 5, tzinfo=UTC)


def show(source: str, language: str = "en", path: str = "/", **context: Any) -> str:
    with translation.override(language):
        template = engines["django"].from_string("{% load ui %}" + source)
        return template.render(context, RequestFactory().get(path))


@pytest.mark.parametrize(
    ("language", "region", "text"),
    [
        ("en", "LU", "€1,234.50"),
        ("fr", "LU", "1.234,50 €"),
        ("de", "LU", "1.234,50 €"),
        ("lb", "LU", "1.234,50 €"),
        ("fr", "FR", "1\u202f234,50 €"),
    ],
)
def test_money_by_language_and_region(language: str, region: str, text: str) -> None:
    shown = show("{% money price %}", language, price=from_minor(123450, "EUR"), region=region)
    assert shown.replace("\u00a0", " ") == text


def test_money_from_minor_units_and_in_other_currencies() -> None:
    assert show('{% money 1999 "EUR" %}') == "€19.99"
    assert show('{% money 1000 "JPY" %}') == "JP¥1,000"
    assert "1.234" in show('{% money 1234 "KWD" %}')
    assert show("{% money price %}", price=None) == ""


def test_minor_units_without_a_currency_are_refused() -> None:
    with pytest.raises(ValueError, match="currency"):
        show("{% money 1999 %}")


def test_a_unit_price_names_its_unit() -> None:
    price = from_minor(1320, "EUR")
    assert show('{% unit_price price "l" %}', price=price) == "€13.20/l"
    assert show('{% unit_price price "l" %}', "fr", price=price).replace("\u00a0", " ") == "13,20 €/l"


@pytest.mark.parametrize(
    ("language", "number", "per_cent"),
    [("en", "1,284", "17%"), ("fr", "1.284", "17 %"), ("de", "1.284", "17 %"), ("lb", "1.284", "17 %")],
)
def test_numbers_and_percentages(language: str, number: str, per_cent: str) -> None:
    assert show("{% num 1284 %}", language, region="LU") == number
    shown = show("{% pct 17 %}", language, region="LU")
    assert shown.replace("\u00a0", " ").replace("\u202f", " ") == per_cent


def test_decimals_are_rounded_half_up() -> None:
    assert show("{% num value decimals=2 %}", value=Decimal("2.675")) == "2.68"
    assert show("{% num value decimals=0 %}", value=Decimal("2.5")) == "3"
    assert show("{% pct value decimals=1 %}", value=Decimal("8.25")) == "8.3%"
    assert show("{% pct value %}", value=Decimal("17.0000")) == "17%"
    assert show("{% num value %}{% pct value %}", value=None) == ""


@pytest.mark.parametrize(
    ("language", "day"),
    [("en", "7 Mar 2026"), ("fr", "7 mars 2026"), ("de", "7. März 2026"), ("lb", "7. Mäerz 2026")],
)
def test_days_and_moments(language: str, day: str) -> None:
    with timezone.override("Europe/Luxembourg"):
        assert f">{day}</time>" in show('{% when moment "date" %}', language, moment=MOMENT)
        shown = show('{% when moment "datetime" %}', language, moment=MOMENT)
    assert f">{day}, 14:05</time>" in shown
    assert 'datetime="2026-03-07T14:05:00+01:00"' in shown


def test_a_bare_day_has_no_time() -> None:
    assert show("{% when day %}", day=date(2026, 3, 7)) == '<time datetime="2026-03-07">7 Mar 2026</time>'
    assert show("{% when day %}", day=None) == ""


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "3 hours ago"), ("fr", "il y a 3 heures"), ("de", "vor 3 Stunden"), ("lb", "virun 3 Stonnen")],
)
def test_a_relative_moment_keeps_the_exact_one(language: str, words: str) -> None:
    moment = timezone.now() - timedelta(hours=3)
    shown = show('{% when moment "relative" %}', language, moment=moment)
    assert f">{words}</time>" in shown
    assert "title=" in shown


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (1, "virun 1 Stonn"),
        (4, "viru 4 Stonnen"),
        (8, "virun 8 Stonnen"),
        (14, "viru 14 Stonnen"),
        (20, "virun 20 Stonnen"),
    ],
)
def test_luxembourgish_drops_an_n_where_it_is_not_said(hours: int, words: str) -> None:
    now = datetime(2026, 3, 7, tzinfo=UTC)
    assert format_relative(now - timedelta(hours=hours), locale_of("lb"), now) == words


def test_an_unknown_style_of_moment_is_refused() -> None:
    with pytest.raises(TemplateSyntaxError):
        show('{% when moment "sometime" %}', moment=MOMENT)


@pytest.mark.parametrize(
    ("tag", "path", "query"),
    [
        ("{% query_with page=2 %}", "/?q=a&page=5", "?q=a&amp;page=2"),
        ('{% query_with sort="price" %}', "/?q=a&page=5", "?q=a&amp;sort=price"),
        ("{% query_with q=None %}", "/?q=a", "?"),
        ('{% query_with q="" %}', "/?q=a&size=m&size=l", "?size=m&amp;size=l"),
        ('{% query_with q="<b>" %}', "/", "?q=%3Cb%3E"),
    ],
)
def test_a_query_keeps_what_does_not_change(tag: str, path: str, query: str) -> None:
    assert show(tag, path=path) == query


def test_a_picture_offers_its_sizes() -> None:
    image = {
        "alt": 'A "chair"',
        "renditions": [
            {"url": "/b.webp", "width": 640, "height": 800},
            {"url": "/a.webp", "width": 320, "height": 400},
        ],
    }
    shown = show('{% picture image sizes="50vw" %}', image=image)
    assert 'srcset="/a.webp 320w, /b.webp 640w"' in shown
    assert 'src="/b.webp"' in shown
    assert 'width="640" height="800"' in shown
    assert 'loading="lazy"' in shown
    assert 'alt="A &quot;chair&quot;"' in shown
    eager = show('{% picture image loading="eager" alt="" %}', image=image)
    assert "lazy" not in eager
    assert 'fetchpriority="high"' in eager
    assert 'alt=""' in eager


def test_no_picture_is_drawn_without_sizes() -> None:
    assert show("{% picture image %}", image=None) == ""
    assert show("{% picture image %}", image={"renditions": [], "alt": "x"}) == ""


@pytest.mark.django_db(transaction=True)
class TestKeptParts:
    """What `{% kept %}` keeps. Each test commits: inside a transaction everything is made anew."""

    @staticmethod
    def show(vendor: Any, part: str, word: str, language: str = "en") -> str:
        with platform_context(vendor.platform, vendor):
            return show('{% kept "part" part %}{{ word }}{% endkept %}', language, part=part, word=word)

    def test_a_part_is_rendered_once_until_the_shop_changes(self, objektiv: Any) -> None:
        assert self.show(objektiv, "a", "first") == "first"
        assert self.show(objektiv, "a", "second") == "first"
        with platform_context(objektiv.platform, objektiv):
            content_changed()
        assert self.show(objektiv, "a", "third") == "third"

    def test_parts_are_told_apart_by_shop_language_and_what_they_name(
        self, objektiv: Any, voltwerk: Any
    ) -> None:
        assert self.show(objektiv, "a", "first") == "first"
        assert self.show(objektiv, "b", "second") == "second"
        assert self.show(objektiv, "a", "third", "fr") == "third"
        assert self.show(voltwerk, "a", "fourth") == "fourth"
        assert self.show(objektiv, "a", "fifth") == "first"

    def test_outside_of_a_shop_nothing_is_kept(self) -> None:
        assert show('{% kept "part" %}{{ word }}{% endkept %}', word="first") == "first"
        assert show('{% kept "part" %}{{ word }}{% endkept %}', word="second") == "second"


def test_language_items_lead_to_the_page_in_each_language() -> None:
    links = [
        LanguageLink("en", "English", "/?a=1&b=2", "", True),
        LanguageLink("fr", "Français", "/fr/", "", False),
    ]
    assert show("{% language_items links names=True %}", links=links) == (
        '<li><a href="/?a=1&amp;b=2" hreflang="en" lang="en" aria-current="true">English</a></li>'
        '<li><a href="/fr/" hreflang="fr" lang="fr">Français</a></li>'
    )
    assert '<a href="/fr/" hreflang="fr" lang="fr" aria-label="Français">fr</a>' in show(
        "{% language_items links %}", links=links
    )


def test_an_asset_address_changes_with_the_content() -> None:
    assert show('{% asset "brand/favicon.svg" %}').startswith("/static/brand/favicon.svg?v=")
    assert show('{% asset "brand/missing.svg" %}') == "/static/brand/missing.svg"


@pytest.mark.parametrize(
    ("title", "letters"),
    [("", 9), ("Ballon d'entraînement", 18), ("Zypressen-Bonsai", 9), ("Schmetterlingsorchidee", 28)],
)
def test_a_heading_asks_for_the_room_of_its_longest_word(title: str, letters: int) -> None:
    assert word_room(title) == letters

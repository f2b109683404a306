"""Content pages: what is stored, what is shown, and whose page goes first."""

from __future__ import annotations

import time
from contextlib import nullcontext
from functools import partial
from threading import Event, Thread

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, ProgrammingError, connection, transaction

from modules.cms import selectors, services
from modules.cms.exceptions import NoSuchPage, PageChanged, PageExists, PageIsEmpty, TitleMissing
from modules.cms.models import DefaultPage, Page
from modules.tenancy.models import Company
from platform_core.tenancy.context import platform_context

pytestmark = pytest.mark.django_db

IMPRINT = {
    "en": {"title": "Imprint", "body_html": "<p>{company_name}, {address}</p>"},
    "fr": {"title": "Mentions légales", "body_html": "<p>{company_name}</p>"},
}


@pytest.fixture
def imprint_of_lux(lux):
    with platform_context(lux, role="staff"):
        return services.save_default_page(
            slug="imprint", kind="imprint", translations=IMPRINT, is_published=True
        ).page


def test_a_shop_without_its_own_page_shows_the_platforms(lux, objektiv, imprint_of_lux):
    with platform_context(lux, objektiv):
        page = selectors.page_for("imprint", "fr", "en")
    assert (page.title, page.language, page.is_default) == ("Mentions légales", "fr", True)


def test_the_shops_published_page_goes_before_the_platforms(lux, objektiv, voltwerk, imprint_of_lux):
    with platform_context(lux, objektiv):
        services.save_page(
            slug="imprint",
            translations={"en": {"title": "Ours", "body_html": "<p>Us</p>"}},
            is_published=True,
            # Further down than the platform's, and still before it.
            position=99,
        )
        assert selectors.page_for("imprint", "fr", "en").title == "Ours"
        assert [link.title for link in selectors.footer_pages("en", "en")] == ["Ours"]
    with platform_context(lux, voltwerk):
        assert selectors.page_for("imprint", "en", "en").title == "Imprint"


def test_a_draft_stays_behind_the_platforms_page(lux, objektiv, imprint_of_lux):
    with platform_context(lux, objektiv):
        page = services.override_default_page(slug="imprint")
        assert {text.language for text in page.translations.all()} == {"en", "fr"}
        assert selectors.page_for("imprint", "en", "en").is_default
        services.publish_page(page=page)
        assert not selectors.page_for("imprint", "en", "en").is_default
        services.unpublish_page(page=page)
        assert selectors.page_for("imprint", "en", "en").is_default


def test_a_page_of_another_platform_is_not_shown(mosel, kellerei, imprint_of_lux):
    with platform_context(mosel, kellerei):
        assert selectors.page_for("imprint", "en", "en") is None
        assert selectors.footer_pages("en", "en") == []


@pytest.mark.parametrize(
    ("asked", "default", "shown"),
    [("lb", "en", "fr"), ("de", "fr", "fr"), ("de", "de", "en"), ("en", "fr", "en")],
)
def test_a_missing_language_falls_back_and_says_which_it_is(
    lux, objektiv, imprint_of_lux, asked, default, shown
):
    with platform_context(lux, objektiv):
        assert selectors.page_for("imprint", asked, default).language == shown


def test_scripts_and_their_links_never_reach_the_page(lux, objektiv):
    body = (
        '<h2 onclick="x()" style="color:red" class="c" id="main">Hi</h2><script>alert(1)</script>'
        '<a href="javascript:alert(1)">a</a><a href="java\tscript:alert(1)">b</a>'
        '<a href="data:text/html,x">c</a><img src=x onerror=alert(1)><svg><script>1</script></svg>'
        '<a href="../terms/">terms</a><form action="//evil"><input></form><!-- note --><p>ok\0</p>'
    )
    with platform_context(lux, objektiv):
        services.save_page(
            slug="about", translations={"en": {"title": "About", "body_html": body}}, is_published=True
        )
        html = selectors.page_for("about", "en", "en").body_html
    for trace in (
        "script",
        "onclick",
        "onerror",
        "style",
        "class",
        "id=",
        "data:",
        "<img",
        "<svg",
        "<form",
        "<!--",
        "\0",
    ):
        assert trace not in html
    assert html.startswith("<h2>Hi</h2>")
    assert '<a href="../terms/" rel="noopener">terms</a>' in html


def test_a_row_written_by_hand_is_sanitised_when_it_is_shown(lux, objektiv):
    with platform_context(lux, objektiv):
        page = services.save_page(slug="about", translations=IMPRINT, is_published=True).page
        page.translations.update(body_html="<script>alert(1)</script><p>still here</p>")
        assert selectors.page_for("about", "en", "en").body_html == "<p>still here</p>"


def test_placeholders_are_filled_and_escaped(lux, make_vendor):
    with platform_context(role="operator"):
        company = Company.objects.create(
            platform=lux,
            legal_name="<script>Optik & Söhne</script>",
            street="3, rue du Fossé",
            postal_code="L-1536",
            city="Luxembourg",
            registration_number="B 123456",
        )
    shop = make_vendor(lux, "optik")
    with platform_context(role="operator"):
        shop.company = company
        shop.name = "javascript:alert(1)"
        shop.contact_email = "a@optik.test"
        shop.save()
    body = (
        "<p>{company_name} | {address} | {rcs_number} | {vat_id} | {unknown}</p>"
        '<p><a href="mailto:{email}">{email}</a> <a href="{shop_name}">x</a></p>'
    )
    with platform_context(lux, shop):
        saved = services.save_page(
            slug="imprint",
            translations={"en": {"title": "By {shop_name} {oops}", "body_html": body}},
            is_published=True,
        )
        shown = selectors.page_for("imprint", "en", "en")
    assert set(saved.unknown_placeholders) == {"unknown", "oops"}
    assert "&lt;script&gt;Optik &amp; Söhne&lt;/script&gt;" in shown.body_html
    assert "3, rue du Fossé, L-1536 Luxembourg, Luxembourg | B 123456 |  | {unknown}" in shown.body_html
    assert '<a href="mailto:a@optik.test" rel="noopener">a@optik.test</a>' in shown.body_html
    assert 'href="javascript' not in shown.body_html
    assert shown.title == "By javascript:alert(1) {oops}"


def test_a_language_is_taken_away_by_emptying_it(lux, objektiv):
    with platform_context(lux, objektiv):
        page = services.save_page(slug="about", translations=IMPRINT).page
        services.save_page(slug="about", translations={"fr": {"title": "", "body_html": ""}})
        assert [text.language for text in page.translations.all()] == ["en"]


def test_a_text_needs_a_title(lux, objektiv):
    with platform_context(lux, objektiv), pytest.raises(TitleMissing) as caught:
        services.save_page(slug="about", translations={"fr": {"title": " ", "body_html": "<p>x</p>"}})
    assert "Français" in caught.value.message


def test_an_empty_page_cannot_be_published(lux, objektiv):
    with platform_context(lux, objektiv):
        page = services.save_page(slug="about", translations={"en": {"title": "About", "body_html": ""}}).page
        with pytest.raises(PageIsEmpty):
            services.publish_page(page=page)
        with pytest.raises(PageIsEmpty), transaction.atomic():
            services.save_page(slug="about", translations={}, is_published=True)
        page.refresh_from_db()
        assert not page.is_published


def test_two_people_do_not_overwrite_each_other(lux, objektiv):
    with platform_context(lux, objektiv):
        page = services.save_page(slug="about", translations=IMPRINT).page
        services.save_page(slug="about", translations=IMPRINT, expected_version=page.version)
        with pytest.raises(PageChanged):
            services.save_page(slug="about", translations=IMPRINT, expected_version=page.version)


@pytest.mark.parametrize("slug", ["", "Über", "a b", "-a", "a--b", "a" * 61, "../x", "a/b"])
def test_a_malformed_address_is_refused(lux, objektiv, slug):
    with platform_context(lux, objektiv), pytest.raises(ValidationError):
        services.save_page(slug=slug, translations=IMPRINT)


def test_only_a_page_of_the_platform_can_be_copied_and_only_once(lux, objektiv, imprint_of_lux):
    with platform_context(lux, objektiv):
        with pytest.raises(NoSuchPage):
            services.override_default_page(slug="missing")
        services.override_default_page(slug="imprint")
        with pytest.raises(PageExists):
            services.override_default_page(slug="imprint")


@pytest.mark.database
def test_a_shop_cannot_write_the_platforms_pages(lux, objektiv, imprint_of_lux):
    with platform_context(lux, objektiv):
        for attempt in (
            lambda: DefaultPage.objects.update(slug="mine"),
            lambda: DefaultPage.objects.create(slug="mine"),
            lambda: DefaultPage.objects.all().delete(),
        ):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                attempt()
    # The control: staff of the platform may.
    with platform_context(lux, role="staff"):
        assert DefaultPage.objects.update(position=3) == 1


@pytest.mark.database
def test_a_neighbours_page_is_neither_seen_nor_linked(lux, objektiv, voltwerk):
    with platform_context(lux, objektiv):
        page = services.save_page(slug="about", translations=IMPRINT, is_published=True).page
    with platform_context(lux, voltwerk):
        assert not Page.objects.filter(pk=page.pk).exists()
        assert selectors.page_for("about", "en", "en") is None


def test_the_page_costs_two_queries(lux, objektiv, imprint_of_lux, django_assert_num_queries):
    with platform_context(lux, objektiv):
        Page.objects.count()
        with django_assert_num_queries(2):
            selectors.page_for("imprint", "en", "en")
        with django_assert_num_queries(1):
            selectors.footer_pages("en", "en")


class TestTwoAtOnce:
    """A double click, or two people who make the same page: one page, and a plain word for the second."""

    pytestmark = pytest.mark.django_db(transaction=True)

    def race(self, lux, vendor, save) -> list[str]:
        """What becomes of two saves, of which the second begins before the first one commits."""
        begun, outcome = Event(), []

        def first() -> None:
            try:
                with (
                    platform_context(lux, vendor, role="vendor" if vendor else "staff"),
                    transaction.atomic(),
                ):
                    save()
                    begun.set()
                    # The other one waits for this transaction by now.
                    time.sleep(0.3)
            finally:
                connection.close()

        thread = Thread(target=first)
        thread.start()
        assert begun.wait(10)
        try:
            with platform_context(lux, vendor, role="vendor" if vendor else "staff"):
                save()
        except (PageExists, IntegrityError) as error:
            outcome.append(type(error).__name__)
        thread.join()
        return outcome

    @pytest.mark.parametrize("is_guarded", [True, False])
    def test_of_two_new_pages_one_is_made(self, lux, objektiv, monkeypatch, is_guarded):
        """The control takes the guard away: PostgreSQL's own error comes through."""
        if not is_guarded:
            monkeypatch.setattr(services, "_first_at", lambda slug: nullcontext())
        save = partial(services.save_page, slug="about", translations=IMPRINT, expected_version=0)
        assert self.race(lux, objektiv, save) == ["PageExists" if is_guarded else "IntegrityError"]
        with platform_context(lux, objektiv):
            assert Page.objects.count() == 1

    def test_of_two_copies_and_of_two_pages_of_the_platform_one_is_made(self, lux, objektiv):
        with platform_context(lux, role="staff"):
            services.save_default_page(slug="imprint", translations=IMPRINT, is_published=True)
        assert self.race(lux, objektiv, partial(services.override_default_page, slug="imprint")) == [
            "PageExists"
        ]
        save = partial(services.save_default_page, slug="terms", translations=IMPRINT, expected_version=0)
        assert self.race(lux, None, save) == ["PageExists"]

    def test_a_page_that_must_be_new_takes_no_others_place(self, lux, objektiv):
        with platform_context(lux, objektiv):
            services.save_page(slug="about", translations=IMPRINT)
            with pytest.raises(PageExists):
                services.save_page(slug="about", translations={}, kind="terms", expected_version=0)
            assert services.save_page(slug="about", translations={}, kind="terms").page.version == 2

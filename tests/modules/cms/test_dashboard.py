"""The team writes, previews and publishes pages."""

from __future__ import annotations

import pytest

from modules.cms import services
from modules.cms.dashboard import views
from modules.cms.models import Page
from platform_core.identity.audience import Audience
from platform_core.identity.policy import Policy
from platform_core.tenancy.context import platform_context
from tests.conftest import PASSWORD
from tests.forms import TeamBrowser

pytestmark = pytest.mark.django_db

HOST = "lux.localhost"
TEXTS = {"en": {"title": "About us", "body_html": "<p>Since 1998.</p>"}}
FORM = {
    "kind": "other",
    "position": "10",
    "show_in_footer": "on",
    "en-title": "About us",
    "en-body_html": "<p>Since 1998 {shop_name}</p><script>alert(1)</script>",
    "fr-title": "",
    "fr-body_html": "",
}


def text_of(response) -> str:
    return response.content.decode()


@pytest.fixture
def team():
    def sign_in(email: str):
        client = TeamBrowser(HOST, "objektiv")
        assert client.post("/vendor/sign-in/", {"email": email, "password": PASSWORD}).status_code == 302
        return client

    return sign_in


@pytest.fixture
def owner(objektiv_owner, team):
    return team(objektiv_owner.email)


@pytest.fixture
def clerk(objektiv_clerk, team):
    return team(objektiv_clerk.email)


@pytest.fixture
def page(lux, objektiv):
    with platform_context(lux, objektiv):
        return services.save_page(slug="about", translations=TEXTS).page


@pytest.fixture
def terms_of_lux(lux):
    with platform_context(lux, role="staff"):
        services.save_default_page(
            slug="terms",
            kind="terms",
            translations={"en": {"title": "Terms", "body_html": "<p>Of {company_name}</p>"}},
            is_published=True,
        )


@pytest.mark.django_db(transaction=True)
def test_a_page_is_written_published_and_taken_back(lux, objektiv, owner, client_for):
    answer = owner.post("/vendor/pages/new/", {**FORM, "slug": "about"})
    assert answer["Location"] == "/vendor/pages/about/edit/"
    editor = text_of(owner.get(answer["Location"]))
    assert "alert(1)" not in editor
    assert "<p>Since 1998 Objektiv</p>" in editor
    shop = client_for("objektiv.lux.localhost")
    assert shop.get("/pages/about/").status_code == 404
    owner.post("/vendor/pages/about/publish/")
    assert "Since 1998 Objektiv" in text_of(shop.get("/pages/about/"))
    owner.post("/vendor/pages/about/unpublish/")
    assert shop.get("/pages/about/").status_code == 404
    assert "Remove the page “about”?" in text_of(owner.get("/vendor/pages/about/delete/"))
    owner.post("/vendor/pages/about/delete/")
    with platform_context(lux, objektiv):
        assert not Page.objects.exists()


def test_a_preview_saves_nothing_and_runs_nothing(lux, objektiv, owner, page):
    answer = owner.post("/vendor/pages/about/edit/", {**FORM, "preview": "1", "version": page.version})
    html = text_of(answer)
    assert answer.status_code == 200
    assert '<div class="page-preview"><h2>As shoppers see it</h2>' in html
    preview = html[html.index('class="page-preview"') :]
    assert "<p>Since 1998 Objektiv</p>" in preview
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html  # What was typed is kept, as text.
    with platform_context(lux, objektiv):
        assert page.translations.get().body_html == "<p>Since 1998.</p>"


def test_a_placeholder_that_nothing_fills_is_reported(owner, page):
    typed = {**FORM, "en-body_html": "<p>{phone} {email}</p>", "version": page.version}
    answer = owner.post("/vendor/pages/about/edit/", typed, follow=True)
    assert "Nothing fills in {phone}" in text_of(answer)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"slug": "Über uns"}, "lower-case letters"),
        ({"slug": ""}, "Enter an address such as"),
        ({"slug": "a", "en-title": ""}, "Enter a title."),
        ({"slug": "a", "position": "first"}, "Enter a whole number"),
        ({"slug": "a", "kind": "evil"}, "kind"),
        ({"slug": "about"}, "There is a page at “about” already"),
        ({"slug": "a", "en-body_html": "x" * 200_001}, "characters"),
        ({"slug": "a", "en-title": "a\0b"}, "Null characters"),
    ],
)
def test_what_cannot_be_saved_comes_back_with_the_reason(owner, page, changes, words):
    answer = owner.post("/vendor/pages/new/", {**FORM, **changes})
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert "<title>Error: " in text_of(answer)


def test_two_people_do_not_overwrite_each_other(lux, objektiv, owner, page):
    with platform_context(lux, objektiv):
        services.save_page(slug="about", translations={"en": {"title": "Hers", "body_html": "<p>hers</p>"}})
    mine = {**FORM, "en-title": "Mine", "version": page.version}
    answer = owner.post("/vendor/pages/about/edit/", mine)
    html = text_of(answer)
    assert answer.status_code == 422
    assert "Somebody else has saved" in html
    assert 'value="Mine"' in html and "Hers" in html
    # With both in view, saving again goes through.
    assert owner.post("/vendor/pages/about/edit/", {**mine, "version": page.version + 1}).status_code == 302


def test_an_empty_page_cannot_be_published(lux, objektiv, owner):
    with platform_context(lux, objektiv):
        services.save_page(slug="empty", translations={})
    answer = owner.post("/vendor/pages/empty/publish/", follow=True)
    assert "has no text yet" in text_of(answer)


@pytest.mark.django_db(transaction=True)
def test_the_platforms_page_is_read_and_copied(lux, objektiv, owner, terms_of_lux, client_for):
    listed = text_of(owner.get("/vendor/pages/"))
    assert 'href="/vendor/pages/terms/default/"' in listed
    assert "Objektiv S.à r.l." in text_of(owner.get("/vendor/pages/terms/default/"))
    answer = owner.post("/vendor/pages/terms/default/")
    assert answer["Location"] == "/vendor/pages/terms/edit/"
    typed = {**FORM, "en-title": "Our terms", "version": "1"}
    assert owner.post("/vendor/pages/terms/edit/", typed).status_code == 302
    shop = client_for("objektiv.lux.localhost")
    assert "<h1>Terms</h1>" in text_of(shop.get("/pages/terms/"))
    owner.post("/vendor/pages/terms/publish/")
    assert "<h1>Our terms</h1>" in text_of(shop.get("/pages/terms/"))


def test_a_clerk_reads_and_changes_nothing(lux, objektiv, clerk, page, terms_of_lux):
    for path in ("/vendor/pages/", "/vendor/pages/about/edit/", "/vendor/pages/terms/default/"):
        html = text_of(clerk.get(path))
        assert 'class="btn btn-primary' not in html
    for path in (
        "about/edit/",
        "about/publish/",
        "about/unpublish/",
        "about/delete/",
        "terms/default/",
        "new/",
    ):
        assert clerk.post(f"/vendor/pages/{path}", FORM).status_code == 403
    with platform_context(lux, objektiv):
        assert Page.objects.get().version == page.version


def test_without_its_policy_a_clerk_would_publish(lux, objektiv, clerk, page, monkeypatch):
    """Control: it is the policy that stops the clerk."""
    monkeypatch.setattr(views.publish, "policy", Policy(Audience.VENDOR, "cms.view_page"))
    assert clerk.post("/vendor/pages/about/publish/").status_code == 302


def test_a_neighbours_page_is_not_there(lux, voltwerk, owner):
    with platform_context(lux, voltwerk):
        services.save_page(slug="secret", translations=TEXTS)
    for path in ("edit/", "delete/", "default/"):
        assert owner.get(f"/vendor/pages/secret/{path}").status_code == 404
    for path in ("edit/", "delete/", "publish/", "unpublish/"):
        assert owner.post(f"/vendor/pages/secret/{path}", FORM).status_code == 404
    assert "secret" not in text_of(owner.get("/vendor/pages/"))


def test_strangers_sign_in_first(page, client_for):
    answer = client_for(HOST).get("/vendor/pages/about/edit/")
    assert answer["Location"] == "/vendor/sign-in/?next=%2Fvendor%2Fpages%2Fabout%2Fedit%2F"


def test_the_pages_stay_within_their_queries(owner, page, terms_of_lux, django_assert_max_num_queries):
    for path in ("/vendor/pages/", "/vendor/pages/about/edit/", "/vendor/pages/terms/default/"):
        owner.get(path)
        with django_assert_max_num_queries(15):
            assert owner.get(path).status_code == 200

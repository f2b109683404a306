"""Content pages as shoppers read them."""

from __future__ import annotations

import pytest

from modules.cms import services
from modules.tenancy import services as tenancy
from platform_core.tenancy.context import platform_context

pytestmark = pytest.mark.django_db

HOST = "objektiv.lux.localhost"
TEXTS = {
    "en": {
        "title": "Terms <of> sale",
        "body_html": "<h2>One</h2><p>Fair & square</p><script>alert(1)</script>",
    },
    "fr": {"title": "Conditions", "body_html": "<p>Équitable</p>"},
}


@pytest.fixture
def terms(lux, objektiv):
    with platform_context(lux, objektiv):
        return services.save_page(slug="terms", kind="terms", translations=TEXTS, is_published=True).page


def test_a_page_in_each_language_and_its_fallback(terms, client_for):
    client = client_for(HOST)
    english = client.get("/pages/terms/").content.decode()
    assert "<title>Terms &lt;of&gt; sale · Objektiv</title>" in english
    assert "<h2>One</h2><p>Fair &amp; square</p>" in english
    assert "alert(1)" not in english
    assert f'<link rel="canonical" href="http://{HOST}/pages/terms/">' in english
    assert '<meta name="description" content="One Fair &amp; square">' in english
    assert "<h1>Conditions</h1>" in client.get("/fr/pages/terms/").content.decode()
    luxembourgish = client.get("/lb/pages/terms/").content.decode()
    assert '<article class="wrap wrap-text content-page" lang="fr">' in luxembourgish
    assert "<h1>Conditions</h1>" in luxembourgish


def test_the_footer_links_the_page_in_its_column(terms, client_for):
    html = client_for(HOST).get("/de/pages/terms/").content.decode()
    footer = html[html.index("<footer") :]
    assert '<a href="/de/pages/terms/" lang="en">Terms &lt;of&gt; sale</a>' in footer
    path = client_for("lux.localhost").get("/vendors/objektiv/shop/fr/pages/terms/").content.decode()
    assert '<a href="/vendors/objektiv/shop/fr/pages/terms/">Conditions</a>' in path


def test_a_change_shows_at_once(lux, objektiv, terms, client_for, django_capture_on_commit_callbacks):
    client = client_for(HOST)
    client.get("/pages/terms/")
    with platform_context(lux, objektiv), django_capture_on_commit_callbacks(execute=True):
        services.save_page(slug="terms", translations={"en": {"title": "New terms", "body_html": "<p>x</p>"}})
    assert "New terms" in client.get("/pages/terms/").content.decode()
    with platform_context(lux, objektiv), django_capture_on_commit_callbacks(execute=True):
        services.unpublish_page(page=terms)
    assert client.get("/pages/terms/").status_code == 404


def test_a_draft_and_a_neighbours_page_are_not_there(lux, objektiv, voltwerk, terms, client_for):
    with platform_context(lux, voltwerk):
        services.save_page(slug="secret", translations=TEXTS)
    neighbour = client_for("voltwerk.lux.localhost")
    assert neighbour.get("/pages/secret/").status_code == 404
    assert neighbour.get("/pages/terms/").status_code == 404


@pytest.mark.parametrize(
    "path", ["/pages/terms", "/pages/Terms/", "/pages/%00/", "/pages/" + "a" * 3000 + "/"]
)
def test_odd_addresses_get_a_clear_answer(terms, client_for, path):
    answer = client_for(HOST).get(path)
    assert answer.status_code in {301, 400, 404}


def test_only_reading_is_answered(terms, client_for):
    assert client_for(HOST).post("/pages/terms/").status_code == 405


def test_the_home_page_leads_to_the_shops_pages_in_a_sentence_each(lux, objektiv, client_for):
    body = "<p>The shop belongs to:</p><p>We repair <b>cameras</b> &amp; lenses.</p>"
    texts = {"en": {"title": "About us", "body_html": body}}
    with platform_context(lux, objektiv):
        services.save_page(slug="about", translations=texts, is_published=True)
        long = {"en": {"title": "Returns", "body_html": "<p>" + "Send it back. " * 40 + "</p>"}}
        services.save_page(slug="returns", kind="returns", translations=long, is_published=True)
    html = client_for(HOST).get("/fr/").content.decode()
    band = html[html.index('class="promises"') : html.index("<footer")]
    assert '<a href="/fr/pages/about/">About us</a></strong><p>We repair cameras &amp; lenses.</p>' in band
    assert '<a href="/fr/pages/returns/">Returns</a>' in band
    assert band.count('lang="en"') == 2
    assert "Send it back. " * 20 not in band


@pytest.mark.django_db(transaction=True)
def test_a_warm_page_stays_within_its_queries(terms, client_for, django_assert_max_num_queries):
    client = client_for(HOST)
    client.get("/pages/terms/")
    # Another query string, so that the view runs again with warm menus.
    with django_assert_max_num_queries(2):
        client.get("/pages/terms/?x=1")


@pytest.fixture
def imprint(lux, objektiv):
    words = {"en": {"title": "Imprint", "body_html": "<p>{company_name}, {address}, {shop_name}</p>"}}
    with platform_context(lux, objektiv):
        return services.save_page(slug="imprint", kind="imprint", translations=words, is_published=True).page


CHANGES = {
    "company": (lambda shop: tenancy.update_company(company=shop.company, legal_name="Neu S.A."), "Neu S.A."),
    "vendor": (lambda shop: tenancy.update_vendor(vendor=shop, name="Objektiv Neu"), "Objektiv Neu"),
    "domain": (
        lambda shop: tenancy.activate_domain(
            domain=tenancy.add_domain(vendor=shop, host="objektiv.localhost")
        ),
        'rel="canonical" href="http://objektiv.localhost/',
    ),
}


@pytest.mark.parametrize("role", ["staff", "operator"])
@pytest.mark.parametrize("what", CHANGES)
def test_what_the_imprint_says_of_a_shop_changes_at_once(
    lux, objektiv, imprint, client_for, django_capture_on_commit_callbacks, what, role
):
    change, shown = CHANGES[what]
    client = client_for(HOST)
    assert shown not in client.get("/pages/imprint/").content.decode()
    context = platform_context(lux if role == "staff" else None, role=role)
    with context, django_capture_on_commit_callbacks(execute=True):
        change(objektiv)
    assert shown in client.get("/pages/imprint/").content.decode()


@pytest.mark.parametrize("what", ["company", "vendor"])
def test_control_without_a_word_to_the_cache_the_page_of_before_is_shown(
    lux, objektiv, imprint, client_for, django_capture_on_commit_callbacks, monkeypatch, what
):
    monkeypatch.setattr(tenancy, "content_changed", lambda context: None)
    change, shown = CHANGES[what]
    client = client_for(HOST)
    client.get("/pages/imprint/")
    with platform_context(lux, role="staff"), django_capture_on_commit_callbacks(execute=True):
        change(objektiv)
    assert shown not in client.get("/pages/imprint/").content.decode()


def test_a_shop_that_is_closed_shows_no_page_of_before(
    lux, objektiv, imprint, client_for, django_capture_on_commit_callbacks
):
    client = client_for(HOST)
    client.get("/pages/imprint/")
    with platform_context(lux, role="staff"), django_capture_on_commit_callbacks(execute=True):
        tenancy.suspend_vendor(vendor=objektiv)
    assert "Objektiv S.à r.l." not in client.get("/pages/imprint/").content.decode()

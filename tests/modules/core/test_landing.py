"""Home pages of a platform and of the installation."""

from __future__ import annotations

import pytest

from modules.core import landing
from modules.tenancy.services import activate_domain, add_domain, suspend_vendor
from platform_core.tenancy.context import platform_context

pytestmark = pytest.mark.django_db


def test_a_platform_lists_its_open_shops_with_links_to_their_own_addresses(
    lux, make_vendor, kellerei, client_for
):
    shop = make_vendor(lux, "objektiv", name="Objektiv <3", taglines={"fr": "À la main"})
    closed = make_vendor(lux, "closed")
    with platform_context(role="operator"):
        activate_domain(domain=add_domain(vendor=shop, host="objektiv.localhost", is_primary=True))
        suspend_vendor(vendor=closed)
    make_vendor(lux, "voltwerk")
    page = client_for("lux.localhost:8000").get("/", SERVER_PORT="8000")
    html = page.content.decode()
    assert '<a class="stretched" href="http://objektiv.localhost:8000/">Objektiv &lt;3</a>' in html
    assert '<p lang="fr">À la main</p>' in html
    assert "http://voltwerk.lux.localhost:8000/" in html
    assert "Closed" not in html and "Kellerei" not in html


def test_a_platforms_page_speaks_the_language_asked_for(lux, make_vendor, client_for):
    make_vendor(lux, "objektiv", taglines={"fr": "À la main"})
    client = client_for("lux.localhost")
    for answer in (
        client.get("/?language=fr"),
        client.get("/", headers={"accept-language": "fr-LU,fr;q=0.9"}),
    ):
        html = answer.content.decode()
        assert '<html lang="fr"' in html
        assert 'href="http://objektiv.lux.localhost/fr/"' in html
        assert "<p>À la main</p>" in html
    assert '<html lang="en"' in client.get("/?language=xx").content.decode()


def test_a_platform_without_shops_says_so(mosel, client_for):
    assert "No shops yet" in client_for("mosel.localhost").get("/").content.decode()


def test_many_shops_come_in_pages(lux, make_vendor, client_for, monkeypatch):
    monkeypatch.setattr(landing, "SHOPS_PER_PAGE", 2)
    for code in ("aa", "bb", "cc"):
        make_vendor(lux, code)
    client = client_for("lux.localhost")
    assert "Cc" not in client.get("/").content.decode()
    assert ">Cc</a>" in client.get("/?page=2").content.decode()
    for odd in ("abc", "0", "-1", "99999", ""):
        assert client.get("/", {"page": odd}).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_the_queries_of_a_platforms_page_do_not_grow_with_its_shops(
    lux, make_vendor, client_for, django_assert_max_num_queries
):
    for number in range(12):
        make_vendor(lux, f"shop-{number}")
    client = client_for("lux.localhost")
    client.get("/")
    with django_assert_max_num_queries(6):
        client.get("/")


def test_the_admins_host_leads_to_the_admin(lux, client_for):
    answer = client_for("admin.lux.localhost").get("/")
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")


def test_the_hub_names_its_platforms(lux, mosel, client_for):
    html = client_for("localhost:8000").get("/", SERVER_PORT="8000").content.decode()
    assert 'href="http://lux.localhost:8000/">Lux</a>' in html
    assert 'href="http://mosel.localhost:8000/">Mosel</a>' in html


@pytest.mark.parametrize("host", ["localhost", "lux.localhost"])
def test_consoles_are_not_for_search_engines(lux, client_for, host):
    text = client_for(host).get("/robots.txt").content.decode()
    assert "Disallow: /vendor/\n" in text

"""Rows of shops in a platform's admin: products, categories, customers and pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from moneyed import Money

from modules.catalog.models import Category, Product, VatRate
from modules.catalog.services import create_category, create_product
from modules.cms.models import DefaultPage, Page
from modules.cms.services import save_page
from modules.customers.models import Customer
from modules.customers.services import register_customer
from modules.payments.services import begin_payment, save_method
from platform_core.identity.models import User
from platform_core.modules.state import override_modules
from platform_core.tenancy.context import platform_context
from tests.platform_core.admin_site.conftest import HUB, LUX, MOSEL

pytestmark = pytest.mark.django_db

PATHS = ("catalog/product", "catalog/category", "customers/customer", "cms/page", "payments/payment")


def make_product(number: int = 0) -> Product:
    return create_product(
        slug=f"camera-{number}",
        translations={"en": {"title": f"Planted camera {number}", "description": "A camera."}},
        variants=[{"sku": f"CAM-{number}", "options": {}, "price_minor": 129900}],
    )


@pytest.fixture(autouse=True)
def payments_are_on(lux, mosel) -> Iterator[None]:
    with override_modules(lux, on=("payments",)), override_modules(mosel, on=("payments",)):
        yield


@pytest.fixture
def rows(lux, objektiv) -> dict[str, Any]:
    """A row of lux's shop for each screen."""
    with platform_context(lux, objektiv):
        save_method(gateway="cash_on_collection", config={"place": "Here"}, is_active=True)
        page = save_page(
            slug="imprint",
            translations={"en": {"title": "Planted imprint", "body_html": "<p>Who.</p>"}},
            is_published=True,
        ).page
        return {
            "catalog/product": make_product(),
            "catalog/category": create_category(
                slug="lenses", translations={"en": {"name": "Planted lenses"}}
            ),
            "customers/customer": register_customer(
                email="planted@example.test", password="a-long-password", full_name="Planted Person"
            ),
            "cms/page": page,
            "payments/payment": begin_payment(
                method="cash_on_collection", amount=Money("12.00", "EUR"), reference="Planted A-1"
            ),
        }


def reread(lux, model, pk):
    with platform_context(lux, role="staff"):
        return model.objects.get(pk=pk)


@pytest.mark.parametrize("path", PATHS)
def test_staff_see_the_rows_of_every_shop(enter, lux_admin, rows, path):
    client = enter(LUX, lux_admin)
    base = f"/admin/{path}"
    listing = client.get(f"{base}/").content.decode()
    assert "lanted" in listing and "Objektiv" in listing
    for page in ("change", "history"):
        assert client.get(f"{base}/{rows[path].pk}/{page}/").status_code == 200
    assert client.get(f"{base}/add/").status_code == 403
    assert client.get(f"{base}/{rows[path].pk}/delete/").status_code == 403


@pytest.mark.parametrize("path", PATHS)
def test_another_platforms_staff_meet_none_of_them(enter, mosel_admin, rows, path):
    client = enter(MOSEL, mosel_admin)
    assert "lanted" not in client.get(f"/admin/{path}/").content.decode()
    for page in ("change", "history"):
        assert client.get(f"/admin/{path}/{rows[path].pk}/{page}/").status_code == 404


@pytest.mark.parametrize("path", PATHS)
def test_the_hub_has_no_rows_of_shops(enter, superuser, rows, path):
    assert enter(HUB, superuser).get(f"/admin/{path}/").status_code == 404


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("value", ["", "{mine}", "0", "abc", "9" * 30, "-1"])
def test_the_vendor_filter_takes_anything(enter, lux_admin, objektiv, rows, path, value):
    vendor = value.replace("{mine}", str(objektiv.pk))
    response = enter(LUX, lux_admin).get(f"/admin/{path}/?vendor={vendor}")
    assert response.status_code in {200, 302}


def test_the_vendor_filter_shows_one_shop_alone(enter, lux, lux_admin, objektiv, voltwerk, rows):
    with platform_context(lux, voltwerk):
        make_product(7)
    client = enter(LUX, lux_admin)
    page = client.get(f"/admin/catalog/product/?vendor={voltwerk.pk}").content.decode()
    assert "Planted camera 7" in page and "Planted camera 0" not in page


def test_a_product_is_archived_and_restored_in_its_shops_context(enter, lux, lux_admin, rows):
    client, product = enter(LUX, lux_admin), rows["catalog/product"]
    address = f"/admin/catalog/product/{product.pk}"
    assert client.get(f"{address}/archive/").status_code == 200
    client.post(f"{address}/archive/")
    assert reread(lux, Product, product.pk).status == "archived"
    client.post(f"{address}/restore/")
    assert reread(lux, Product, product.pk).status == "draft"
    with platform_context(lux, role="staff"):
        assert LogEntry.objects.filter(object_id=str(product.pk)).count() == 2


def test_a_neighbours_product_is_not_archived(enter, lux, mosel_admin, rows):
    product = rows["catalog/product"]
    assert enter(MOSEL, mosel_admin).post(f"/admin/catalog/product/{product.pk}/archive/").status_code == 404
    assert reread(lux, Product, product.pk).status == "active"


def test_a_shops_page_is_taken_off_and_put_back(enter, lux, lux_admin, rows):
    client, page = enter(LUX, lux_admin), rows["cms/page"]
    client.post(f"/admin/cms/page/{page.pk}/unpublish/")
    assert reread(lux, Page, page.pk).is_published is False
    client.post(f"/admin/cms/page/{page.pk}/publish/")
    assert reread(lux, Page, page.pk).is_published is True


def test_a_customers_password_hash_is_shown_nowhere_and_no_filter_guesses_it(enter, lux, lux_admin, rows):
    client, customer = enter(LUX, lux_admin), rows["customers/customer"]
    stored = reread(lux, Customer, customer.pk).password
    for page in ("", f"{customer.pk}/change/"):
        assert stored not in client.get(f"/admin/customers/customer/{page}").content.decode()
    assert client.get("/admin/customers/customer/?password__startswith=m").status_code == 400


def test_the_platforms_pages_are_written_in_four_languages(enter, lux, lux_admin):
    client = enter(LUX, lux_admin)
    form = {
        "slug": "returns",
        "kind": "returns",
        "is_published": "on",
        "show_in_footer": "on",
        "position": "1",
    }
    words = {
        "title_en": "Returns",
        "body_en": "<p>Send it back.</p><script>x</script>",
        "title_fr": "Retours",
    }
    assert client.post("/admin/cms/defaultpage/add/", {**form, **words}).status_code == 302
    with platform_context(lux, role="staff"):
        page = DefaultPage.objects.get(slug="returns")
        texts = {row.language: row for row in page.translations.all()}
    assert set(texts) == {"en", "fr"}
    assert "script" not in texts["en"].body_html
    address = f"/admin/cms/defaultpage/{page.pk}"
    stale = client.post(f"{address}/change/", {**form, **words, "seen_version": "99"})
    assert stale.status_code == 200 and stale.context["adminform"].form.errors
    assert (
        client.post(f"{address}/change/", {**form, **words, "seen_version": str(page.version)}).status_code
        == 302
    )
    assert client.post(f"{address}/delete/", {"post": "yes"}).status_code == 302
    with platform_context(lux, role="staff"):
        assert not DefaultPage.objects.filter(slug="returns").exists()


def test_a_vat_rate_is_added_and_never_changed(enter, lux, lux_admin):
    client = enter(LUX, lux_admin)
    form = {
        "country": "LU",
        "tax_category": "standard",
        "percent": "18",
        "valid_from": "2031-01-01",
        "valid_to": "",
    }
    assert client.post("/admin/catalog/vatrate/add/", form).status_code == 302
    with platform_context(lux, role="staff"):
        rate = VatRate.objects.get(country="LU", tax_category="standard", valid_from="2031-01-01")
    assert (
        client.post(f"/admin/catalog/vatrate/{rate.pk}/change/", {**form, "percent": "1"}).status_code == 403
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"percent": "101"}, "A VAT rate is from 0 to 100 per cent."),
        ({"percent": "-1"}, "greater than or equal to 0"),
        ({"valid_to": "2030-12-31"}, "The last day is before the first one."),
        ({"valid_from": "0001-01-01"}, "Choose a day from the years 1900 to 2199."),
        ({"valid_from": "9999-12-31"}, "Choose a day from the years 1900 to 2199."),
        ({"valid_from": "0001-01-01", "percent": "17"}, "Choose a day from the years 1900 to 2199."),
    ],
)
def test_a_vat_rate_that_cannot_be_is_refused_in_words(enter, lux, lux_admin, change, reason):
    client = enter(LUX, lux_admin)
    form = {
        "country": "LU",
        "tax_category": "standard",
        "percent": "18",
        "valid_from": "2031-01-01",
        **change,
    }
    before = rates(lux)
    answer = client.post("/admin/catalog/vatrate/add/", form)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert reason in page
    assert "catalog_vatrate" not in page
    assert rates(lux) == before


def test_control_without_our_words_the_constraint_speaks(enter, lux_admin, monkeypatch):
    monkeypatch.delattr(VatRate, "clean")
    form = {"country": "LU", "tax_category": "standard", "percent": "101", "valid_from": "2031-01-01"}
    page = enter(LUX, lux_admin).post("/admin/catalog/vatrate/add/", form).content.decode()
    assert "catalog_vatrate_percent_range" in page


def rates(lux) -> list[VatRate]:
    with platform_context(lux, role="staff"):
        return list(VatRate.objects.order_by("pk"))


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+00:00"])
@pytest.mark.parametrize("zone", ["Europe/Luxembourg", "America/Lima"])
def test_a_moment_at_the_end_of_the_calendar_is_shown(enter, lux, lux_admin, rows, moment, zone):
    with platform_context(role="operator"):
        User.objects.filter(pk=lux_admin.pk).update(time_zone=zone)
    with platform_context(lux, role="staff"):
        Product.objects.filter(pk=rows["catalog/product"].pk).update(published_at=moment)
    page = enter(LUX, lux_admin).get(f"/admin/catalog/product/{rows['catalog/product'].pk}/change/")
    assert page.status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_their_lists_ask_few_questions_however_long_they_are(enter, lux, lux_admin, objektiv, rows, path):
    client = enter(LUX, lux_admin)

    def count() -> int:
        client.get(f"/admin/{path}/")
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/admin/{path}/").status_code == 200
        return len(queries)

    few = count()
    with platform_context(lux, objektiv):
        for number in range(1, 9):
            make_product(number)
            create_category(slug=f"shelf-{number}", translations={"en": {"name": f"Shelf {number}"}})
            register_customer(email=f"c{number}@example.test", password="a-long-password", full_name="C")
            save_page(slug=f"page-{number}", translations={"en": {"title": "P", "body_html": "<p>x</p>"}})
    assert count() <= few <= 15


def test_control_as_a_vendors_role_staff_would_see_no_rows_at_all(lux, rows):
    with platform_context(lux):
        assert not Product.objects.exists() and not Category.objects.exists()
    with platform_context(lux, role="staff"):
        assert Product.objects.exists() and Category.objects.exists()

"""A shop's currency stays while it has prices: their minor units would be read as another one's."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from modules.catalog.exceptions import CurrencyChanged
from modules.catalog.models import Product, Variant
from modules.catalog.services import archive_product, update_product
from modules.tenancy import services
from modules.tenancy.exceptions import CurrencyInUse
from modules.tenancy.extensions import has_prices
from modules.tenancy.models import Vendor
from platform_core.modules.state import override_modules
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.models import Platform
from platform_core.tenancy.services import NotProvisioned
from platform_core.testing.walks import as_optional
from tests.api_client import Api
from tests.conftest import PASSWORD
from tests.forms import fields_of

pytestmark = pytest.mark.django_db

REASON = "has prices in EUR, so its currency stays"


def currency_of(vendor: Vendor) -> str:
    with platform_context(role="operator"):
        return Vendor.objects.get(pk=vendor.pk).currency


@pytest.fixture
def priced(lux: Any, objektiv: Vendor, make_product: Any) -> Vendor:
    """A shop with one price."""
    with platform_context(lux, objektiv):
        make_product("lens")
    return objektiv


@pytest.mark.parametrize("role", ["staff", "operator"])
def test_it_stays_while_there_are_prices(lux, priced, role):
    with platform_context(lux if role == "staff" else None, role=role):
        with pytest.raises(CurrencyInUse):
            services.update_vendor(vendor=priced, currency="JPY", name="New name")
        services.update_vendor(vendor=priced, currency="EUR", name="Same currency")
    assert currency_of(priced) == "EUR"


def test_control_the_prices_would_be_read_otherwise_if_the_catalogue_were_not_asked(lux, priced, monkeypatch):
    monkeypatch.setattr(has_prices, "_answers", [])
    with platform_context(lux, role="staff"):
        services.update_vendor(vendor=priced, currency="JPY")
    assert currency_of(priced) == "JPY"


def test_prices_that_are_off_sale_count(lux, priced):
    with platform_context(lux, priced):
        product = Product.objects.get(slug="lens")
        Variant.objects.update(is_active=False)
        archive_product(product=product)
    with platform_context(lux, role="staff"), pytest.raises(CurrencyInUse):
        services.update_vendor(vendor=priced, currency="JPY")


def test_prices_of_a_neighbour_do_not_count(lux, priced, voltwerk):
    with platform_context(lux, role="staff"):
        services.update_vendor(vendor=voltwerk, currency="JPY")
    assert (currency_of(voltwerk), currency_of(priced)) == ("JPY", "EUR")


@pytest.mark.parametrize(("is_asked", "expected"), [(True, "EUR"), (False, "JPY")])
def test_it_stays_while_the_catalogue_is_off(lux, priced, monkeypatch, is_asked, expected):
    """The prices are in the database all the same. The control asks modules that are on alone."""
    monkeypatch.setattr(has_prices, "asks_all", is_asked)
    off = override_modules(lux, off=("catalog",))
    with as_optional("catalog"), off, platform_context(lux, role="staff"):
        try:
            services.update_vendor(vendor=priced, currency="JPY")
        except CurrencyInUse:
            assert is_asked
    assert currency_of(priced) == expected


def test_a_product_without_a_price_follows_the_shop(lux, objektiv, make_product):
    with platform_context(lux, objektiv):
        product = make_product("draft", status="draft", variants=[])
    with platform_context(lux, role="staff"):
        changed = services.update_vendor(vendor=objektiv, currency="JPY")
    with platform_context(lux, changed):
        update_product(product=product, variants=[{"sku": "D-1", "price_minor": 500}])
        product.refresh_from_db()
        assert (product.currency, product.variants.get().currency) == ("JPY", "JPY")


@pytest.mark.parametrize("is_new", [True, False])
def test_first_prices_in_the_currency_of_before_are_refused(lux, objektiv, make_product, is_new):
    """Another process may remember the shop as it was: here the reference is the old one."""
    before = objektiv.ref
    with platform_context(lux, before):
        product = None if is_new else make_product("draft", status="draft", variants=[])
    with platform_context(lux, role="staff"):
        services.update_vendor(vendor=objektiv, currency="JPY")
    with platform_context(lux, before):
        with pytest.raises(CurrencyChanged), transaction.atomic():
            if product is None:
                make_product("lens")
            else:
                update_product(product=product, variants=[{"sku": "D-1", "price_minor": 500}])
        assert not Variant.objects.exists()


def test_while_a_platform_is_being_set_up_nobody_can_tell(lux, objektiv):
    with platform_context(role="operator"):
        Platform.objects.filter(pk=lux.pk).update(status=Platform.Status.PROVISIONING)
        with pytest.raises(NotProvisioned):
            services.update_vendor(vendor=objektiv, currency="JPY")


@pytest.mark.parametrize(("host", "who"), [("admin.lux.localhost", "lux_admin"), ("localhost", "superuser")])
def test_the_admins_form_says_why_and_keeps_what_was_typed(client_for, priced, host, who, request):
    browser = client_for(host)
    browser.post("/admin/login/", {"email": request.getfixturevalue(who).email, "password": PASSWORD})
    address = f"/admin/tenancy/vendor/{priced.pk}/change/"
    form = {**fields_of(browser.get(address).content.decode()), "currency": "JPY", "name": "Typed name"}
    page = browser.post(address, form)
    assert page.status_code == 200
    assert REASON in page.content.decode()
    assert 'value="Typed name"' in page.content.decode()
    assert currency_of(priced) == "EUR"
    assert browser.post(address, {**form, "currency": "EUR"}).status_code == 302


def test_the_api_says_why(lux, lux_admin, priced, voltwerk):
    script = Api("lux.localhost")
    script.sign_in(lux_admin.email)
    response = script.request("PATCH", "admin/vendors/objektiv/", {"currency": "JPY"})
    assert (response.status_code, response.json()["code"]) == (409, "currency_in_use")
    assert REASON in response.json()["detail"]
    assert currency_of(priced) == "EUR"
    free = script.request("PATCH", "admin/vendors/voltwerk/", {"currency": "JPY"})
    assert free.json()["currency"] == "JPY"

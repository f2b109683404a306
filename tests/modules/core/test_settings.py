"""A shop's settings: its own over the platform's over the module's, shown with whose they are, and every change kept."""

from __future__ import annotations

from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from django.db import ProgrammingError, transaction
from django.utils import timezone

from modules.core import selectors, services
from modules.core.exceptions import NoVendorSettings, SettingsChanged
from modules.core.models import SettingsChange, VendorSettings
from modules.core.storefront.middleware import ShopTimeZoneMiddleware
from modules.tenancy.models import Vendor
from platform_core.identity.models import User
from platform_core.mail.kinds import MailKind
from platform_core.mail.services import make_mail
from platform_core.modules.exceptions import InvalidConfig
from platform_core.modules.models import PlatformModule
from platform_core.modules.service import module_service
from platform_core.modules.vendor_config import vendor_setting
from platform_core.tenancy.context import platform_context
from tests.conftest import PASSWORD
from tests.forms import TeamBrowser, fields_of

pytestmark = pytest.mark.django_db
PAGE = "/vendor/settings/"
CATALOG = "/vendor/settings/catalog/"
OWN = {"catalog-products_per_page-choice": "own"}


def here(vendor: Vendor) -> Any:
    return platform_context(vendor.platform, vendor)


def set_of_platform(platform: Any, code: str, **values: Any) -> None:
    with platform_context(role="operator"):
        module_service.set_module_config(platform, code, values)


def of_catalog(vendor: Vendor) -> dict[str, Any]:
    with here(vendor):
        return selectors.settings_of("catalog").in_force.shown()["products_per_page"]


def set_own(vendor: Vendor, code: str = "catalog", **values: Any) -> Any:
    with here(vendor):
        return services.change_vendor_settings(code=code, wanted=values)


@pytest.fixture
def browser(objektiv_owner: User) -> TeamBrowser:
    browser = TeamBrowser("lux.localhost", "objektiv")
    browser.post("/vendor/sign-in/", {"email": objektiv_owner.email, "password": PASSWORD})
    return browser


def text_of(response: Any) -> str:
    return unescape(response.content.decode())


def typed(browser: TeamBrowser, **changes: str) -> dict[str, Any]:
    """What the browser sends of the catalogue's form, with some of it typed anew."""
    found = {
        name: value[0] if isinstance(value, list) else value
        for name, value in fields_of(browser.get(PAGE).content.decode()).items()
        if name.startswith("catalog-")
    }
    return {**found, **{f"catalog-{name.replace('__', '-')}": value for name, value in changes.items()}}


def test_a_value_is_the_shops_else_the_platforms_else_the_modules(lux, objektiv):
    assert of_catalog(objektiv) == {
        "value": 24,
        "source": "module",
        "inherited": 24,
        "inherited_from": "module",
    }
    set_of_platform(lux, "catalog", products_per_page=36)
    assert of_catalog(objektiv) == {
        "value": 36,
        "source": "platform",
        "inherited": 36,
        "inherited_from": "platform",
    }
    set_own(objektiv, products_per_page=12)
    assert of_catalog(objektiv) == {
        "value": 12,
        "source": "vendor",
        "inherited": 36,
        "inherited_from": "platform",
    }
    set_of_platform(lux, "catalog", products_per_page=48)
    assert (of_catalog(objektiv)["value"], of_catalog(objektiv)["inherited"]) == (12, 48)
    with here(objektiv):
        services.change_vendor_settings(code="catalog", wanted={}, reset=["products_per_page"])
    assert of_catalog(objektiv)["value"] == 48


def test_an_own_value_that_equals_the_platforms_stays_when_that_changes(lux, objektiv):
    change = set_own(objektiv, products_per_page=24)
    assert change.names == ("products_per_page",)
    set_of_platform(lux, "catalog", products_per_page=48)
    assert of_catalog(objektiv)["value"] == 24


def test_a_neighbour_keeps_its_own(objektiv, voltwerk):
    set_own(objektiv, products_per_page=12)
    assert of_catalog(voltwerk)["source"] == "module"
    with here(voltwerk):
        assert not VendorSettings.objects.exists()
        assert not SettingsChange.objects.exists()
        assert vendor_setting("catalog", "products_per_page") == 24


def test_every_change_is_kept_with_before_and_after(objektiv, objektiv_owner):
    with here(objektiv):
        for wanted, reset in (({"products_per_page": 12}, ()), ({}, ("products_per_page",))):
            services.change_vendor_settings(
                code="catalog", wanted=wanted, reset=reset, user=objektiv_owner, source="dashboard"
            )
        back, first = selectors.settings_changes()
        assert first.before == {"products_per_page": {"value": 24, "source": "module"}}
        assert first.after == {"products_per_page": {"value": 12, "source": "vendor"}}
        assert (back.before, back.after) == (first.after, first.before)
        assert (first.user_id, first.source, first.version, back.version) == (
            objektiv_owner.pk,
            "dashboard",
            1,
            2,
        )


def test_the_same_again_changes_nothing(objektiv):
    set_own(objektiv, products_per_page=12)
    assert set_own(objektiv, products_per_page=12).names == ()
    with here(objektiv):
        assert selectors.settings_changes().count() == 1
        assert VendorSettings.objects.get().version == 1


@pytest.mark.parametrize("statement", ["UPDATE", "DELETE"])
def test_nobody_rewrites_the_history(objektiv, statement):
    set_own(objektiv, products_per_page=12)
    with here(objektiv):
        rows = SettingsChange.objects.all()
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            rows.update(before={}) if statement == "UPDATE" else rows.delete()


@pytest.mark.parametrize("value", [5, 97, "many", None, 12.5])
def test_a_bad_value_is_refused_by_name_and_nothing_is_stored(objektiv, value):
    with pytest.raises(InvalidConfig) as refused:
        set_own(objektiv, products_per_page=value)
    assert set(refused.value.fields) == {"products_per_page"}
    with here(objektiv):
        assert not VendorSettings.objects.exists()


def test_what_a_module_does_not_offer_to_shops_is_refused(objektiv):
    with pytest.raises(InvalidConfig) as refused:
        set_own(objektiv, colour="red")
    assert "products_per_page" in str(refused.value.fields["colour"])
    for code in ("cms", "nothing-of-the-kind"):
        with pytest.raises(NoVendorSettings):
            set_own(objektiv, code=code, colour="red")


def test_what_is_stored_and_no_longer_validates_is_inherited_and_said(lux, objektiv, browser):
    set_of_platform(lux, "catalog", products_per_page=36)
    set_own(objektiv, products_per_page=12)
    with here(objektiv):
        VendorSettings.objects.update(config={"products_per_page": 5000})
        found = selectors.settings_of("catalog").in_force
        assert found.values["products_per_page"] == 36
        assert set(found.faults) == {"products_per_page"}
    text = text_of(browser.get(PAGE))
    assert "A stored value does not count any more" in text
    assert browser.post(CATALOG, typed(browser)).status_code == 302
    assert "does not count any more" not in text_of(browser.get(PAGE))


def test_the_page_says_whose_value_counts(lux, browser):
    assert "Inherited, as the module comes: 24" in text_of(browser.get(PAGE))
    set_of_platform(lux, "catalog", products_per_page=36)
    text = text_of(browser.get(PAGE))
    assert f"Inherited from {lux.name}: 36" in text
    assert "Inherited, as the module comes: 24" not in text


def test_a_shop_takes_its_own_value_and_goes_back(browser, objektiv):
    sent = browser.post(CATALOG, typed(browser, products_per_page="12", products_per_page__choice="own"))
    assert (sent.status_code, sent["Location"]) == (302, PAGE)
    assert of_catalog(objektiv)["value"] == 12
    text = text_of(browser.get(PAGE))
    assert "12 (our own)" in text
    assert "24 (inherited, as the module comes)" in text
    sent = browser.post(CATALOG, typed(browser, products_per_page__choice="inherit"))
    assert sent.status_code == 302
    assert of_catalog(objektiv)["source"] == "module"
    assert browser.get("/vendor/settings/history/").content.decode().count("table-main") == 2


def test_a_bad_value_is_said_at_its_field_and_stays_there(browser, objektiv):
    response = browser.post(CATALOG, typed(browser, products_per_page="5", products_per_page__choice="own"))
    assert response.status_code == 422
    assert fields_of(response.content.decode())["catalog-products_per_page"] == "5"
    assert 'id="id_catalog-products_per_page_error"' in response.content.decode()
    assert "Give 6 or more." in text_of(response)
    assert of_catalog(objektiv)["source"] == "module"


def test_a_typed_value_is_not_dropped_for_the_inherited_one(browser, objektiv):
    response = browser.post(CATALOG, typed(browser, products_per_page="12"))
    assert response.status_code == 422
    assert "You have entered a value of your own" in text_of(response)
    assert fields_of(response.content.decode())["catalog-products_per_page"] == "12"


def test_who_acts_on_an_old_picture_is_told_and_loses_nothing(browser, objektiv):
    mine = typed(browser, products_per_page="12", products_per_page__choice="own")
    set_own(objektiv, products_per_page=48)
    response = browser.post(CATALOG, mine)
    assert response.status_code == 422
    assert "Somebody else has changed the settings" in text_of(response)
    assert "Saved now: Products on a page, 48 (our own)" in text_of(response)
    assert of_catalog(objektiv)["value"] == 48
    again = {k: v for k, v in fields_of(response.content.decode()).items() if k.startswith("catalog-")}
    assert again["catalog-products_per_page"] == "12"
    again["catalog-products_per_page-choice"] = again["catalog-products_per_page-choice"][0]
    assert browser.post(CATALOG, again).status_code == 302
    assert of_catalog(objektiv)["value"] == 12


def test_a_form_without_its_version_changes_nothing_and_says_so(browser, objektiv):
    mine = typed(browser, products_per_page="12", products_per_page__choice="own")
    mine.pop("catalog--version")
    response = browser.post(CATALOG, mine)
    assert response.status_code == 422
    assert "The form came without the version that it was made for." in text_of(response)
    assert of_catalog(objektiv)["source"] != "vendor"
    assert fields_of(response.content.decode())["catalog-products_per_page"] == "12"


def test_without_a_version_the_later_one_wins(objektiv):
    """The control of the test above: nothing else stops the second."""
    set_own(objektiv, products_per_page=48)
    set_own(objektiv, products_per_page=12)
    assert of_catalog(objektiv)["value"] == 12
    with here(objektiv), pytest.raises(SettingsChanged):
        services.change_vendor_settings(code="catalog", wanted={"products_per_page": 6}, expected_version=1)


def test_a_clerk_may_not(objektiv, objektiv_clerk, browser):
    clerk = TeamBrowser("lux.localhost", "objektiv")
    clerk.post("/vendor/sign-in/", {"email": objektiv_clerk.email, "password": PASSWORD})
    for response in (clerk.get(PAGE), clerk.get("/vendor/settings/history/"), clerk.post(CATALOG, OWN)):
        assert response.status_code == 403
    assert 'href="/vendor/settings/"' not in clerk.get("/vendor/").content.decode()
    # The control: the owner may.
    assert browser.get(PAGE).status_code == 200
    assert 'href="/vendor/settings/"' in browser.get("/vendor/").content.decode()


def test_a_module_without_settings_for_shops_is_no_page(browser):
    for code in ("cms", "nothing-of-the-kind"):
        assert browser.post(f"/vendor/settings/{code}/", {}).status_code == 404


def test_moments_of_a_shop_are_told_in_its_time_zone(client_for, objektiv):
    seen: list[str] = []
    kind = MailKind(code="core.probe", subject="", template="", values=lambda: seen.append(zone()))  # type: ignore[arg-type, return-value]

    def zone() -> str:
        return timezone.get_current_timezone_name()

    with here(objektiv):
        make_mail(kind, "anna@example.test", "en", {})
        set_own(objektiv, code="core", time_zone="Asia/Tokyo")
        make_mail(kind, "anna@example.test", "en", {})
    assert seen == ["Europe/Luxembourg", "Asia/Tokyo"]


def test_pages_of_a_shop_show_its_time(client_for, objektiv, rf):
    moment = datetime(2026, 3, 7, 20, 0, tzinfo=UTC)
    request: Any = rf.get("/")
    request.site_kind, request.vendor = "storefront", objektiv.ref
    told = ShopTimeZoneMiddleware(lambda _request: timezone.localtime(moment))  # type: ignore[arg-type, return-value]
    with here(objektiv):
        assert str(told(request)).startswith("2026-03-07 21:00")
        set_own(objektiv, code="core", time_zone="Asia/Tokyo")
        assert str(told(request)).startswith("2026-03-08 05:00")
        request.site_kind = "platform"
        assert str(told(request)).startswith("2026-03-07 21:00")


def test_a_page_without_moments_asks_for_no_time_zone(objektiv, rf, django_assert_num_queries):
    request: Any = rf.get("/")
    request.site_kind, request.vendor = "storefront", objektiv.ref
    with here(objektiv), django_assert_num_queries(0):
        ShopTimeZoneMiddleware(lambda _request: None)(request)  # type: ignore[arg-type, return-value]


def test_a_time_zone_that_there_is_not_is_refused(objektiv):
    with pytest.raises(InvalidConfig) as refused:
        set_own(objektiv, code="core", time_zone="Europe/Nowhere")
    assert str(refused.value.fields["time_zone"]) == "Choose a time zone from the list."


def test_rows_of_settings_of_the_platform_are_not_touched(lux, objektiv):
    set_own(objektiv, products_per_page=12)
    with platform_context(role="operator"):
        assert not PlatformModule.objects.filter(platform=lux, module_code="catalog").exists()

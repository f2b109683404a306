"""The owner sets up how goods are shipped."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from modules.catalog.services import update_product
from modules.orders.models import ShippingMethod
from modules.orders.services import create_cart, save_shipping_method
from modules.tenancy.models import Vendor
from platform_core.tenancy.context import platform_context
from tests.forms import fields_of
from tests.modules.orders.test_dashboard import enter, text_of

pytestmark = pytest.mark.django_db

LIST, NEW = "/vendor/shipping/", "/vendor/shipping/new/"


@pytest.fixture
def inside(orders_on, shop):
    return lambda: platform_context(orders_on, shop)


@pytest.fixture
def owner(shop: Vendor, objektiv_owner: Any) -> Client:
    return enter("owner@objektiv.test")


def send(client: Client, url: str, status: int = 302, **changes: Any) -> Any:
    data = {
        **fields_of(client.get(url).content.decode()),
        **{n.replace("__", "-"): v for n, v in changes.items()},
    }
    response = client.post(url, data)
    assert response.status_code == status, response.content.decode()[-6000:]
    return response


def test_the_list_names_kinds_prices_and_countries(owner):
    html = text_of(owner.get(LIST))
    for words in (
        "Home delivery",
        "€5.00",
        "from €4.90",
        "Luxembourg",
        "everywhere",
        "Collection at the shop",
    ):
        assert words in html, words


def test_missing_weights_are_said_where_something_is_priced_by_weight(owner, inside, make_product):
    warning, link = "Some products have no weight yet", 'href="/vendor/products/?lacks=weight"'
    with inside():
        product = make_product("lamp", 5850)
    html = text_of(owner.get(LIST))
    assert warning in html and link in html
    with inside():
        variant = {"sku": "LAMP", "price_minor": 5850, "weight_grams": 1500}
        update_product(product=product, variants=[variant])
    assert warning not in text_of(owner.get(LIST))
    with inside():
        update_product(product=product, variants=[{**variant, "weight_grams": None}])
        ShippingMethod.objects.filter(kind="weight").delete()
    assert warning not in text_of(owner.get(LIST))


def test_a_method_of_one_price_is_made_and_its_code_comes_from_the_name(owner, inside):
    send(
        owner,
        NEW,
        **{
            "text-en-name": "Express Home",
            "text-fr-name": "Livraison express",
            "kind": "flat",
            "price": "12.50",
            "free_from": "100",
            "countries": ["LU", "DE"],
        },
    )
    with inside():
        method = ShippingMethod.objects.get(code="express-home")
        assert (method.price_minor, method.free_from_minor, method.is_active) == (1250, 10000, True)
        assert method.names == {"en": "Express Home", "fr": "Livraison express"}
        assert method.countries == ["DE", "LU"]


def test_prices_by_weight_get_as_many_rows_as_are_needed(owner, inside):
    typed = {"text-en-name": "Parcel XL", "kind": "weight", "rate-0-grams": "2000", "rate-0-price": "4.90"}
    page = send(owner, NEW, 200, **typed, rate__1__grams="5000", add_rate="1")
    html = text_of(page)
    assert 'name="rate-2-grams"' in html and 'value="Parcel XL"' in html and "Error:" not in html
    data = fields_of(html)
    data.update({"rate-1-price": "7.90", "rate-2-grams": "10000", "rate-2-price": "9.90"})
    assert owner.post(NEW, data).status_code == 302
    with inside():
        method = ShippingMethod.objects.get(code="parcel-xl")
        assert method.rates == [[2000, 490], [5000, 790], [10000, 990]]


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"text-en-name": ""}, "text-en-name", "Enter the name that buyers choose it by."),
        ({"price": ""}, "price", "Enter the price, 0 where it costs nothing."),
        ({"price": "5,0,0"}, "price", "Enter an amount like 12.50."),
        ({"price": "200000"}, "price", "Enter an amount from 0 to 100000.00."),
        ({"kind": ""}, "kind", "Choose one of the kinds."),
        ({"code": "Home Delivery!"}, "code", "Use lower-case letters"),
        ({"code": "home"}, "code", "There is a shipping method with the code “home” already."),
        ({"kind": "weight"}, "rate-0-grams", "Give at least one weight with its price."),
        ({"rate-0-grams": "2000"}, "rate-0-price", "Enter the price up to this weight."),
        ({"rate-0-price": "5"}, "rate-0-grams", "Enter the weight up to which this price holds."),
        ({"rate-0-grams": "0.5"}, "rate-0-grams", "Enter a weight from 1 to 1,000,000 grams."),
        ({"countries": ["XX"]}, "countries", "XX"),
        ({"position": "-1"}, "position", "0"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(
    owner, inside, changes, field, words
):
    good = {"text-en-name": "Express", "text-en-description": "Tomorrow", "kind": "flat", "price": "9"}
    html = text_of(send(owner, NEW, 422, **{**good, **changes}), 422)
    assert re.search(rf'<a href="#id_{field}(_0)?">[^<]*{re.escape(words)}', html), html[
        html.index("<main") :
    ][:3000]
    assert 'value="Tomorrow"' in html
    with inside():
        assert ShippingMethod.objects.count() == 3
    # The control: without the fault it is taken.
    send(owner, NEW, **good)


def test_two_owners_at_once_lose_nothing(owner, inside):
    with inside():
        home = ShippingMethod.objects.get(code="home")
    url = f"{LIST}{home.pk}/"
    data = fields_of(text_of(owner.get(url)))
    with inside():
        save_shipping_method(method=home, code="home", kind="flat", names={"en": "Home"}, price_minor=700)
    html = text_of(owner.post(url, {**data, "price": "6.66"}), 412)
    assert "Somebody else has saved this shipping method in the meantime" in html and 'value="6.66"' in html
    with inside():
        assert ShippingMethod.objects.get(code="home").price_minor == 700
    assert owner.post(url, fields_of(html)).status_code == 302
    with inside():
        assert ShippingMethod.objects.get(code="home").price_minor == 666


def test_names_in_languages_that_the_shop_has_given_up_stay(owner, inside, shop):
    with inside():
        home = ShippingMethod.objects.get(code="home")
    with platform_context(role="operator"):
        Vendor.objects.filter(pk=shop.pk).update(languages=["en"])
    assert (
        'name="text-fr-name"'
        not in send(owner, f"{LIST}{home.pk}/", **{"text-en-name": "Home"}).content.decode()
    )
    with inside():
        assert ShippingMethod.objects.get(code="home").names == {"en": "Home", "fr": "Livraison"}


def test_a_method_is_removed_behind_a_question_and_carts_choose_anew(owner, inside):
    with inside():
        home = ShippingMethod.objects.get(code="home")
        cart = create_cart(language="en")
        cart.shipping_method = home
        cart.save()
    assert "Remove “Home delivery”?" in text_of(owner.get(f"{LIST}{home.pk}/remove/"))
    with inside():
        assert ShippingMethod.objects.filter(code="home").exists()
    assert owner.post(f"{LIST}{home.pk}/remove/").status_code == 302
    with inside():
        assert not ShippingMethod.objects.filter(code="home").exists()
        cart.refresh_from_db()
        assert cart.shipping_method is None


def test_a_clerk_sets_up_no_shipping(shop, objektiv_clerk, inside):
    clerk = enter("staff@objektiv.test")
    with inside():
        home = ShippingMethod.objects.get(code="home")
    for page in (LIST, NEW, f"{LIST}{home.pk}/", f"{LIST}{home.pk}/remove/"):
        assert clerk.get(page).status_code == clerk.post(page).status_code == 403
    assert 'href="/vendor/shipping/"' not in text_of(clerk.get("/vendor/orders/"))


def test_a_neighbours_method_is_not_there(owner, lux, voltwerk):
    with platform_context(lux, voltwerk):
        theirs = save_shipping_method(code="x", kind="flat", names={"en": "Theirs"})
    for pk in (theirs.pk, 0, 2**63, 10**40):
        assert owner.get(f"{LIST}{pk}/").status_code == 404
        assert owner.post(f"{LIST}{pk}/remove/").status_code == 404
    assert "Theirs" not in text_of(owner.get(LIST))

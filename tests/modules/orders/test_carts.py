"""Carts: what goes in, what is refused, and what becomes of one at sign-in."""

from __future__ import annotations

import pytest

from modules.catalog.models import Product, Variant
from modules.customers.services import register_customer
from modules.orders.exceptions import CartClosed, CartFull, InvalidQuantity, NotOnSale, UnknownVariant
from modules.orders.extensions import stock_limits
from modules.orders.models import Cart, CartLine
from modules.orders.selectors import cart_by_id, item_count_of, open_cart_of, view_cart
from modules.orders.services import (
    acknowledge,
    add_line,
    adopt_cart,
    carts,
    create_cart,
    put_in,
    remove_line,
    set_quantity,
    use_language,
)
from platform_core.tenancy.context import platform_context
from tests.modules.orders.conftest import changes_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def cart(in_shop, make_product) -> Cart:
    for slug in ("a", "b", "c"):
        make_product(slug, 1000)
    return create_cart(language="en")


@pytest.fixture
def anna(in_shop):
    return register_customer(email="anna@example.test", password="correct-horse-battery", full_name="Anna")


def held(cart: Cart) -> dict[str, int]:
    return {line.item.sku: line.quantity for line in view_cart(cart, language="en").lines}


def test_more_of_the_same_is_one_line(cart):
    add_line(cart=cart, sku="A", quantity=2)
    add_line(cart=cart, sku="B")
    add_line(cart=cart, sku="A", quantity="3")
    assert held(cart) == {"A": 5, "B": 1}
    assert view_cart(cart, language="en").total.amount == 60


@pytest.mark.parametrize(
    "quantity", [0, -1, 10**9, 1000, 0.5, 1.0, "0", "-1", "1.5", "x", "", "²", "9" * 5000, None, True, [1]]
)
def test_a_quantity_is_a_whole_number_that_a_cart_holds(cart, quantity):
    line = add_line(cart=cart, sku="B", quantity=7)
    for refused in (
        lambda: add_line(cart=cart, sku="A", quantity=quantity),
        lambda: set_quantity(cart=cart, line_id=line.pk, quantity=quantity),
    ):
        with pytest.raises(InvalidQuantity):
            refused()
    assert held(cart) == {"B": 7}


def test_a_line_does_not_grow_beyond_what_a_cart_holds(cart):
    add_line(cart=cart, sku="A", quantity=999)
    with pytest.raises(InvalidQuantity):
        add_line(cart=cart, sku="A")
    assert held(cart) == {"A": 999}


@pytest.mark.parametrize("sku", ["nothing", "", "a\0", "x" * 5000, None, 5])
def test_what_the_shop_does_not_have_is_refused(cart, sku):
    with pytest.raises(UnknownVariant):
        add_line(cart=cart, sku=sku)


def test_what_is_not_on_sale_is_as_unknown_as_nothing_at_all(cart):
    Product.objects.filter(slug="a").update(status="archived")
    with pytest.raises(UnknownVariant):
        add_line(cart=cart, sku="A")
    Variant.objects.filter(sku="B").update(is_active=False)
    with pytest.raises(UnknownVariant):
        add_line(cart=cart, sku="B")


def test_what_is_sold_out_is_refused_by_its_name(cart):
    variant = Variant.objects.get(sku="A").pk

    def inventory(_ids):
        return {variant: 0}

    stock_limits.register(inventory)
    try:
        with pytest.raises(NotOnSale) as refusal:
            add_line(cart=cart, sku="A")
    finally:
        stock_limits.unregister(inventory)
    assert refusal.value.message == "“A” cannot be bought at present."


def test_a_cart_holds_so_many_lines(cart, monkeypatch):
    monkeypatch.setattr("modules.orders.services.carts.MAX_LINES", 2)
    add_line(cart=cart, sku="A")
    add_line(cart=cart, sku="B")
    with pytest.raises(CartFull):
        add_line(cart=cart, sku="C")
    add_line(cart=cart, sku="A")
    assert held(cart) == {"A": 2, "B": 1}


def test_lines_are_changed_and_taken_out(cart):
    line = add_line(cart=cart, sku="A", quantity=2)
    set_quantity(cart=cart, line_id=line.pk, quantity=9)
    assert held(cart) == {"A": 9}
    assert remove_line(cart=cart, line_id=line.pk)
    assert not remove_line(cart=cart, line_id=line.pk)
    assert held(cart) == {}
    with pytest.raises(CartLine.DoesNotExist):
        set_quantity(cart=cart, line_id=line.pk, quantity=1)


def test_lines_of_another_cart_are_not_there(cart):
    other = create_cart(language="en")
    line = add_line(cart=other, sku="A")
    assert not remove_line(cart=cart, line_id=line.pk)
    with pytest.raises(CartLine.DoesNotExist):
        set_quantity(cart=cart, line_id=line.pk, quantity=2)
    assert held(other) == {"A": 1}


def test_a_neighbours_cart_is_not_there(cart, lux, voltwerk):
    with platform_context(lux, voltwerk):
        assert cart_by_id(cart.public_id) is None
        with pytest.raises(Cart.DoesNotExist):
            add_line(cart=cart, sku="A")
    assert cart_by_id(cart.public_id) == cart


def test_a_changed_price_is_said_until_it_was_seen(cart):
    add_line(cart=cart, sku="A")
    assert changes_of(cart) == []
    Variant.objects.filter(sku="A").update(price_minor=1200)
    assert changes_of(cart) == [("price", "A", 1000, 1200)]
    assert view_cart(cart, language="en").total.amount == 12
    acknowledge(cart=cart)
    assert changes_of(cart) == []


def test_what_was_withdrawn_is_said_and_costs_nothing(cart):
    add_line(cart=cart, sku="A")
    add_line(cart=cart, sku="B")
    Product.objects.filter(slug="a").update(status="archived")
    assert changes_of(cart) == [("withdrawn", "A", 0, 0)]
    assert held(cart) == {"B": 1}
    acknowledge(cart=cart)
    assert changes_of(cart) == []


def test_a_product_that_is_deleted_leaves_the_cart(cart):
    add_line(cart=cart, sku="A")
    Product.objects.get(slug="a").delete()
    assert held(cart) == {}


def test_at_sign_in_the_browsers_cart_joins_the_accounts(cart, anna):
    """Case 27."""
    limits = {Variant.objects.get(sku="A").pk: 2}
    add_line(cart=cart, sku="A", quantity=2)
    add_line(cart=cart, sku="B", quantity=1)
    saved = create_cart(language="en", customer=anna)
    add_line(cart=saved, sku="A", quantity=1)
    add_line(cart=saved, sku="C", quantity=3)

    def inventory(_ids):
        return limits

    stock_limits.register(inventory)
    try:
        merged, fewer = adopt_cart(guest=cart, customer=anna)
        assert merged == saved
        assert held(saved) == {"A": 2, "C": 3, "B": 1}
        assert [(item.item.sku, item.wanted, item.given) for item in fewer] == [("A", 3, 2)]
        # Once more changes nothing: the browser's cart is closed.
        again, nothing = adopt_cart(guest=cart, customer=anna)
        assert (again, nothing) == (saved, [])
        assert held(saved) == {"A": 2, "C": 3, "B": 1}
    finally:
        stock_limits.unregister(inventory)
    with pytest.raises(CartClosed):
        add_line(cart=cart, sku="A")


def test_one_more_of_what_has_another_price_does_not_hide_it(cart):
    add_line(cart=cart, sku="A")
    Variant.objects.filter(sku="A").update(price_minor=7900)
    add_line(cart=cart, sku="A")
    assert changes_of(cart) == [("price", "A", 1000, 7900)]


def test_at_sign_in_what_a_full_cart_has_no_room_for_is_told(cart, anna, monkeypatch):
    monkeypatch.setattr(carts, "MAX_LINES", 2)
    add_line(cart=cart, sku="A")
    add_line(cart=cart, sku="B")
    saved = create_cart(language="en", customer=anna)
    add_line(cart=saved, sku="B")
    add_line(cart=saved, sku="C")
    _merged, left = adopt_cart(guest=cart, customer=anna)
    assert held(saved) == {"B": 2, "C": 1}
    assert [(item.item.sku, item.given, item.is_full) for item in left] == [("A", 0, True)]


def test_at_sign_in_much_of_a_withdrawn_article_is_no_fault(cart, anna):
    add_line(cart=cart, sku="A", quantity=600)
    saved = create_cart(language="en", customer=anna)
    add_line(cart=saved, sku="A", quantity=600)
    Variant.objects.filter(sku="A").update(is_active=False)
    assert adopt_cart(guest=cart, customer=anna) == (saved, [])
    assert [change.kind for change in view_cart(saved, language="en").changes] == ["withdrawn"]


def test_an_account_without_a_cart_takes_the_browsers(cart, anna):
    add_line(cart=cart, sku="A")
    adopted, _fewer = adopt_cart(guest=cart, customer=anna)
    assert adopted == cart
    assert open_cart_of(anna) == cart
    assert Cart.objects.get(pk=cart.pk).email == "anna@example.test"


def test_the_next_person_in_the_browser_does_not_get_it(cart, anna):
    add_line(cart=cart, sku="A")
    adopt_cart(guest=cart, customer=anna)
    ben = register_customer(email="ben@example.test", password="correct-horse-battery", full_name="Ben")
    assert adopt_cart(guest=cart, customer=ben) == (None, [])
    assert open_cart_of(anna) == cart


def test_a_view_costs_the_same_whatever_is_in_it(cart, django_assert_num_queries):
    for sku in ("A", "B", "C"):
        add_line(cart=cart, sku=sku)
    with django_assert_num_queries(4):
        view_cart(cart, language="en")


def test_a_cart_begins_with_what_is_put_in(cart):
    added = put_in(cart=None, sku="A", quantity=2, language="fr")
    new, line = added.cart, added.line
    assert (new.pk != cart.pk, new.language, held(new), line.quantity) == (True, "fr", {"A": 2}, 2)
    again = put_in(cart=new, sku="B", language="fr")
    assert (again.cart.pk, again.item_count, item_count_of(new)) == (new.pk, 3, 3)


def test_however_much_is_in_a_cart_something_more_costs_the_same(cart, django_assert_num_queries):
    for sku in ("A", "B"):
        add_line(cart=cart, sku=sku)
    # A savepoint around the cart held, what is added, what lies in it, and two writes.
    with django_assert_num_queries(7):
        added = put_in(cart=cart, sku="C", quantity=2, language="en")
    assert (added.item.sku, added.item_count) == ("C", 4)


def test_what_cannot_be_put_in_leaves_no_cart(cart):
    with pytest.raises(UnknownVariant):
        put_in(cart=None, sku="NOTHING", language="en")
    assert list(Cart.objects.all()) == [cart]


def test_after_an_order_another_cart_begins(cart):
    Cart.objects.filter(pk=cart.pk).update(state=Cart.State.ORDERED)
    cart.refresh_from_db()
    new = put_in(cart=cart, sku="A", language="en").cart
    assert new.pk != cart.pk


def test_an_account_has_one_cart_however_many_devices_begin_one(cart, anna):
    first = put_in(cart=None, sku="A", language="en", customer=anna).cart
    second = put_in(cart=None, sku="A", language="en", customer=anna).cart
    assert first.pk == second.pk
    assert (held(first), first.email) == ({"A": 2}, "anna@example.test")


def test_a_cart_follows_its_buyers_language(cart):
    assert use_language(cart=cart, language="lb").language == "lb"
    assert use_language(cart=cart, language="xx").language == "lb"
    Cart.objects.filter(pk=cart.pk).update(state=Cart.State.ORDERED)
    with pytest.raises(CartClosed):
        use_language(cart=cart, language="de")

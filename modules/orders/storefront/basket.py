"""The cart of a browser. Its session holds the cart's id, and how much lies in it for the header of every page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modules.customers.models import Customer
from modules.orders.models import Cart, Order
from modules.orders.selectors import cart_by_id, item_count_of, open_cart_of, token_of
from modules.orders.services import use_language
from platform_core.tenancy.requests import SiteRequest, VendorRequest

CART = "cart"
COUNT = "cart_count"
LAST_ORDER = "last_order"


def cart_of(request: VendorRequest) -> Cart | None:
    """The open cart of this browser or of its account, in the language of the page. 1 query, 2 with an account.

    A cart of an account is nobody's who is not signed in to it, even where the session names it.
    """
    customer = request.customer or None
    cart = kept_cart(request.session)
    if cart is not None and not _is_of(cart, customer):
        cart = None
    if cart is None and customer is not None:
        cart = open_cart_of(customer)
    if cart is not None and cart.language != request.LANGUAGE_CODE:
        cart = use_language(cart=cart, language=request.LANGUAGE_CODE)
    return cart


def kept_cart(session: Mapping[str, Any] | Any) -> Cart | None:
    """The cart that a session names, whatever has become of it."""
    public_id = session.get(CART)
    return cart_by_id(public_id) if public_id else None


def _is_of(cart: Cart, customer: Customer | None) -> bool:
    return cart.is_open and cart.customer_id in {None, customer.pk if customer is not None else None}


def remember(request: SiteRequest, cart: Cart) -> None:
    """This browser's cart is this one, with so much in it. 1 query."""
    keep_count(request, cart, item_count_of(cart))


def keep_count(request: SiteRequest, cart: Cart, count: int) -> None:
    """Write the session only where something has changed."""
    if (request.session.get(CART), request.session.get(COUNT)) != (cart.public_id, count):
        request.session[CART], request.session[COUNT] = cart.public_id, count


def forget(request: SiteRequest) -> None:
    """This browser has no cart any more."""
    request.session.pop(CART, None)
    request.session.pop(COUNT, None)


def forget_ordered(request: SiteRequest, cart: Cart, order: Order) -> None:
    """A cart was ordered. One that was begun since stays, whoever sends the form of the first one again."""
    if request.session.get(CART) in {None, cart.public_id}:
        forget(request)
    request.session[LAST_ORDER] = token_of(order)


def count_of(request: SiteRequest) -> int:
    """What the header shows. No query."""
    # Whoever was signed out by a new password elsewhere loses the session with the cart as soon as this is asked.
    if request.session.get("account_id") is not None and not request.customer:
        return 0
    return int(request.session.get(COUNT) or 0)

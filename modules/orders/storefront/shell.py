"""What orders add to other pages of a shop: the form on a product's page, the cart in the header, the account's menu."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from modules.catalog.extensions import ProductAction, product_actions
from modules.catalog.selectors import VariantDetail
from modules.customers.extensions import AccountLink, account_links, signed_in
from modules.customers.models import Customer
from modules.orders.models import MAX_LINES
from modules.orders.services import adopt_cart
from modules.orders.storefront import basket
from modules.orders.storefront.buying import TEMPLATE, buying
from platform_core.storefront import HeaderTool, header_tools, private_paths
from platform_core.tenancy.requests import SiteRequest, VendorRequest


@product_actions.register
def buy_variant(variant: VariantDetail) -> ProductAction:
    """How many, and into the cart; or that it cannot be had."""
    return ProductAction(TEMPLATE, buying(variant.sku, is_available=variant.available))


@header_tools.register
def cart_in_header(request: SiteRequest) -> HeaderTool | None:
    """The cart, for who has something in it."""
    count = basket.count_of(request)
    if not count:
        return None
    label = ngettext("Cart, %(count)d article", "Cart, %(count)d articles", count) % {"count": count}
    return HeaderTool(label, reverse("storefront:orders:cart"), "shopping-cart", count)


@account_links.register
def orders_in_account() -> list[AccountLink]:
    """The orders of the account."""
    return [AccountLink(gettext("Orders"), reverse("storefront:orders:account-list"), "package")]


@signed_in.register
def take_cart_along(request: VendorRequest, customer: Customer, kept: Mapping[str, Any]) -> None:
    """The browser's cart goes into the account's. Says what there were too few of, and what there was no room for."""
    cart, fewer = adopt_cart(guest=basket.kept_cart(kept), customer=customer)
    basket.forget(request)
    # Who ordered before was a guest, and maybe somebody else.
    request.session.pop(basket.LAST_ORDER, None)
    if cart is not None:
        basket.remember(request, cart)
    for one in fewer:
        if one.is_full:
            text = gettext(
                "“%(title)s” is not in your cart: it holds %(maximum)d different articles at most."
            )
        else:
            text = gettext(
                "“%(title)s”: your two carts held %(wanted)d together, and there are only %(given)d."
            )
        values = {"title": one.item.title, "wanted": one.wanted, "given": one.given, "maximum": MAX_LINES}
        messages.warning(request, text % values)


@private_paths.register
def for_buyers_alone() -> tuple[str, ...]:
    """Where nothing is for search engines."""
    return ("/cart/", "/checkout/", "/orders/")

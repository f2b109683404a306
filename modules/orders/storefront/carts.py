"""The cart: what goes in, what is in it, and what of it has changed since its buyer looked last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from modules.catalog.selectors import sale_item_of
from modules.orders.exceptions import CartClosed, CartFull, InvalidQuantity, NotOnSale, UnknownVariant
from modules.orders.models import MAX_QUANTITY, Cart, CartLine
from modules.orders.selectors import CartView, view_cart
from modules.orders.services import acknowledge, put_in, remove_line, set_quantity
from modules.orders.storefront import basket
from modules.orders.storefront.answers import see_other
from modules.orders.storefront.buying import buying
from modules.orders.storefront.guards import refuse_other_sites
from platform_core.exceptions import DomainError
from platform_core.identity.policy import Audience, policy
from platform_core.tenancy.requests import VendorRequest

MAX_ID = 2**63


@dataclass(frozen=True, slots=True)
class Refused:
    """A quantity that was typed for a line and cannot be."""

    line_id: int
    typed: str
    message: str


# The form stands on pages that are kept for everybody: `refuse_other_sites` is its guard.
@csrf_exempt
@policy(Audience.PUBLIC)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: VendorRequest) -> HttpResponse:
    """Into the cart. What cannot be comes back as a form with what was typed.

    Whoever loads that page anew, or in another language, is led to the cart.
    """
    if request.method != "POST":
        return see_other("storefront:orders:cart")
    refuse_other_sites(request)
    sku, quantity = request.POST.get("sku", ""), request.POST.get("quantity", "1")
    try:
        added = put_in(
            cart=basket.cart_of(request),
            sku=sku,
            quantity=quantity,
            language=request.LANGUAGE_CODE,
            customer=request.customer or None,
        )
    except (InvalidQuantity, UnknownVariant, NotOnSale, CartFull, CartClosed) as error:
        return _not_added(request, sku, quantity, error)
    basket.keep_count(request, added.cart, added.item_count)
    item = added.item
    said = _("“%(title)s” is in your cart.") % {
        "title": f"{item.title}, {item.label}" if item.label else item.title
    }
    if request.htmx:
        return render(request, "orders/storefront/_added.html", {"action": buying(sku), "added": said})
    messages.success(request, said)
    return see_other("storefront:orders:cart")


def _not_added(request: VendorRequest, sku: str, quantity: str, error: DomainError) -> HttpResponse:
    language, default = request.LANGUAGE_CODE, request.vendor.default_language
    item = sale_item_of(sku, language=language, default_language=default)
    if item is not None and not item.is_on_sale:
        # A draft is shown to nobody, whoever guesses its number.
        item = None
    is_number = isinstance(error, InvalidQuantity)
    context = {
        "item": item,
        "item_language": item.title_language
        if item is not None and item.title_language != request.LANGUAGE_CODE
        else "",
        "error": error.message,
        "action": buying(sku, quantity=quantity, error=error.message)
        if is_number and item is not None
        else None,
    }
    page = "orders/storefront/_added.html" if request.htmx else "orders/storefront/not_added.html"
    return render(request, page, context, status=error.status)


@policy(Audience.PUBLIC)
@never_cache
@require_safe
def cart(request: VendorRequest) -> HttpResponse:
    """What is in the cart. Changes that are shown here are known to the buyer from now on."""
    return _cart_page(request, basket.cart_of(request))


def _cart_page(request: VendorRequest, cart: Cart | None, refused: Refused | None = None) -> HttpResponse:
    view = view_cart(cart, language=request.LANGUAGE_CODE) if cart is not None else None
    if cart is not None and view is not None:
        tell_changes(request, cart, view)
    elif request.method != "HEAD" and basket.count_of(request):
        # It was ordered on another device of the account.
        basket.forget(request)
    context = {
        "view": view,
        "changes": view.changes if view is not None else (),
        "refused": refused,
        "maximum": MAX_QUANTITY,
        "last_order": request.session.get(basket.LAST_ORDER),
    }
    return render(request, "orders/storefront/cart.html", context, status=422 if refused else 200)


def tell_changes(request: VendorRequest, cart: Cart, view: CartView) -> None:
    """The page shows `view.changes`: they are no news from now on, and the header counts what is left."""
    if view.changes and request.method != "HEAD":
        acknowledge(cart=cart)
    basket.keep_count(request, cart, view.item_count)


@policy(Audience.PUBLIC)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change_line(request: VendorRequest, line_id: int) -> HttpResponse:
    """Another quantity, or none: `remove`. Whoever loads a refusal's page anew is led to the cart."""
    if request.method != "POST":
        return see_other("storefront:orders:cart")
    cart = basket.cart_of(request)
    if cart is None or line_id >= MAX_ID:
        messages.warning(request, _("This is not in your cart any more."))
        return see_other("storefront:orders:cart")
    try:
        if "remove" in request.POST:
            remove_line(cart=cart, line_id=line_id)
            messages.success(request, _("It is taken out of your cart."))
        else:
            set_quantity(cart=cart, line_id=line_id, quantity=request.POST.get("quantity", ""))
            messages.success(request, _("Your cart is changed."))
    except InvalidQuantity as error:
        return _cart_page(request, cart, _refused(request.POST, line_id, error))
    except CartLine.DoesNotExist:
        messages.warning(request, _("This is not in your cart any more."))
    except (NotOnSale, CartClosed) as error:
        messages.warning(request, error.message)
    return see_other("storefront:orders:cart")


def _refused(typed: Mapping[str, str], line_id: int, error: InvalidQuantity) -> Refused:
    return Refused(line_id, typed.get("quantity", ""), error.message)

"""The checkout: contact, delivery, payment, review, each at its own address, and the order that comes of it, once.

A step can be reached when those before it are done; else it leads to the first that is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.signing import BadSignature, Signer
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from modules.cms.models import PageKind
from modules.cms.selectors import PageLink, published_pages
from modules.customers.models import Address
from modules.customers.selectors import addresses_of
from modules.orders.exceptions import (
    CartChanged,
    CartClosed,
    CartEmpty,
    CheckoutIncomplete,
    InvalidCheckout,
)
from modules.orders.models import Cart
from modules.orders.selectors import (
    CartView,
    Change,
    CheckoutOptions,
    Refusal,
    cart_by_id,
    checkout_options,
    missing_steps,
    token_of,
    view_cart,
    why_no_offer,
)
from modules.orders.services import complete_cart, set_contact, set_delivery, set_payment, use_language
from modules.orders.storefront import basket
from modules.orders.storefront.answers import see_other
from modules.orders.storefront.carts import tell_changes
from modules.orders.storefront.forms import (
    NEW_ADDRESS,
    ContactForm,
    DeliveryForm,
    PaymentForm,
    start_of_delivery,
)
from platform_core.exceptions import DomainError
from platform_core.identity.policy import Audience, policy
from platform_core.tenancy.pagecache import cached_value
from platform_core.tenancy.requests import VendorRequest
from platform_core.ui.countries import is_country

STEPS = ("contact", "delivery", "payment", "review")
NAMES = {
    "contact": gettext_lazy("Contact"),
    "delivery": gettext_lazy("Delivery"),
    "payment": gettext_lazy("Payment"),
    "review": gettext_lazy("Review"),
}
read_and_write = require_http_methods(["GET", "HEAD", "POST"])
# Signs a cart for the review's form. The same cart has the same token in every tab: it is ordered once.
_signer = Signer(salt="orders.completion", sep=".")


@dataclass(frozen=True, slots=True)
class Desk:
    """A cart at the checkout: as it is now, what may be chosen, and what is still missing."""

    cart: Cart
    view: CartView
    options: CheckoutOptions
    missing: tuple[str, ...]


def _desk(request: VendorRequest, *, country: str = "", usual_country: str = "") -> Desk | None:
    """The browser's cart at the checkout; None without goods. 7 queries.

    It is worked out for a delivery to `country`, else to the cart's address, else to `usual_country`.
    """
    cart = basket.cart_of(request)
    if cart is None:
        return None
    country = country or cart.shipping_address.get("country") or usual_country
    if country:
        cart.shipping_address = {**cart.shipping_address, "country": country}
    view = view_cart(cart, language=request.LANGUAGE_CODE)
    if not view.lines:
        return None
    options = checkout_options(view)
    return Desk(cart, view, options, missing_steps(view, options))


def _leave(request: VendorRequest) -> HttpResponse:
    """Without goods there is nothing to order: the cart says why."""
    return see_other("storefront:orders:cart")


def _page(
    request: VendorRequest, desk: Desk, step: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """A step's page. What has changed in the cart is said on it."""
    tell_changes(request, desk.cart, desk.view)
    done = STEPS[: STEPS.index(step)]
    reached = [
        name for name in STEPS if all(before not in desk.missing for before in STEPS[: STEPS.index(name)])
    ]
    everything = {
        "desk": desk,
        "view": desk.view,
        "cart": desk.cart,
        "changes": desk.view.changes,
        "step": step,
        "done": done,
        "steps": [
            {
                "name": NAMES[name],
                "url": reverse(f"storefront:orders:{name}") if name in reached and name != step else "",
                "is_current": name == step,
                "is_done": name in done,
            }
            for name in STEPS
        ],
        "payment_name": next(
            (each.name for each in desk.options.payment if each.code == desk.cart.payment_method), ""
        ),
        **context,
    }
    return render(request, f"orders/storefront/{step}.html", everything, status=status)


def _missing_before(desk: Desk, step: str) -> str | None:
    return next((name for name in STEPS[: STEPS.index(step)] if name in desk.missing), None)


@policy(Audience.PUBLIC)
@never_cache
@require_safe
def begin(request: VendorRequest) -> HttpResponse:
    """To the first step that is not done."""
    desk = _desk(request)
    if desk is None:
        return _leave(request)
    return see_other(f"storefront:orders:{next(iter(desk.missing), 'review')}")


@policy(Audience.PUBLIC)
@never_cache
@read_and_write
def contact(request: VendorRequest) -> HttpResponse:
    """Where the confirmation goes. An account may be signed in to, and need not be."""
    desk = _desk(request)
    if desk is None:
        return _leave(request)
    known = desk.cart.email or (request.customer.email if request.customer else "")
    form = ContactForm(request.POST if request.method == "POST" else None, initial={"email": known})
    if form.is_bound and form.is_valid():
        try:
            set_contact(cart=desk.cart, email=form.cleaned_data["email"])
        except InvalidCheckout as error:
            form.add_error("email", error.message)
        except CartClosed as error:
            return _closed(request, error)
        else:
            return see_other("storefront:orders:delivery")
    return _page(request, desk, "contact", {"form": form}, status=_status_of(form))


@policy(Audience.PUBLIC)
@never_cache
@read_and_write
def delivery(request: VendorRequest) -> HttpResponse:
    """Address first, then the ways in which the shop delivers there.

    `?country=`, `?saved=` and `?method=` show the page as if they had been chosen.
    """
    saved = list(addresses_of(customer=request.customer)) if request.customer else []
    sent = request.POST if request.method == "POST" else None
    asked = request.GET if sent is None else sent
    chosen = next((each for each in saved if str(each.pk) == asked.get("saved")), None)
    country = asked.get("country", "")
    if sent is None and not is_country(country):
        country = ""
    desk = _desk(
        request,
        country=chosen.country if chosen is not None else country,
        usual_country=saved[0].country if saved else request.vendor.country,
    )
    if desk is None:
        return _leave(request)
    missing = _missing_before(desk, "delivery")
    if missing is not None:
        return see_other(f"storefront:orders:{missing}")
    form = DeliveryForm(sent, saved=saved, offers=desk.view.offers, initial=_start(request, desk, saved))
    if form.is_bound and form.is_valid():
        try:
            set_delivery(
                cart=desk.cart,
                shipping_address=form.shipping_address(),
                shipping_method=form.cleaned_data["method"],
                billing_address=form.billing_address(),
            )
        except InvalidCheckout as error:
            form.add_error(form.field_of(str(error.params["field"])), error.message)
        except (CartClosed, CartEmpty) as error:
            return _closed(request, error)
        else:
            return see_other("storefront:orders:payment")
    if form.is_bound and not desk.view.offers and "method" in form.errors:
        del form.errors["method"]
        is_elsewhere = desk.view.refusal is Refusal.COUNTRY
        place = "saved" if chosen is not None else "country"
        form.add_error(place if is_elsewhere else "method", why_no_offer(desk.view))
    context = {
        "form": form,
        "saved": saved,
        "chosen_method": form["method"].value(),
        "new_address": NEW_ADDRESS,
        "why_no_offer": why_no_offer(desk.view),
        "country": shown if is_country(shown := desk.cart.shipping_address["country"]) else "",
    }
    return _page(request, desk, "delivery", context, status=_status_of(form))


def _start(request: VendorRequest, desk: Desk, saved: Sequence[Address]) -> dict[str, Any]:
    """What the form of the delivery shows at first: what was said before, else what the account and the shop know."""
    cart, offers = desk.cart, desk.view.offers
    known = cart.shipping_method.code if cart.shipping_method is not None else ""
    start = {
        **start_of_delivery(
            cart.shipping_address,
            cart.billing_address,
            saved,
            country=cart.shipping_address["country"],
            name=request.customer.full_name if request.customer else "",
        ),
        "method": offers[0].code if len(offers) == 1 else request.GET.get("method", known),
    }
    if "saved" in request.GET:
        start["saved"] = request.GET["saved"]
    return start


@policy(Audience.PUBLIC)
@never_cache
@read_and_write
def payment(request: VendorRequest) -> HttpResponse:
    """The ways to pay that fit the delivery."""
    desk = _desk(request)
    if desk is None:
        return _leave(request)
    missing = _missing_before(desk, "payment")
    if missing is not None:
        return see_other(f"storefront:orders:{missing}")
    methods = desk.options.payment
    start = methods[0].code if len(methods) == 1 else desk.cart.payment_method
    form = PaymentForm(
        request.POST if request.method == "POST" else None, methods=methods, initial={"method": start}
    )
    if form.is_bound and form.is_valid():
        try:
            set_payment(cart=desk.cart, payment_method=form.cleaned_data["method"])
        except InvalidCheckout as error:
            form.add_error("method", error.message)
        except CartClosed as error:
            return _closed(request, error)
        else:
            return see_other("storefront:orders:review")
    context = {"form": form, "methods": methods, "chosen_method": form["method"].value()}
    return _page(request, desk, "payment", context, status=_status_of(form))


@policy(Audience.PUBLIC)
@never_cache
@read_and_write
def review(request: VendorRequest) -> HttpResponse:
    """All that is agreed to. POST orders it: once, in however many tabs and however often it is sent."""
    if request.method == "POST":
        return _order(request)
    desk = _desk(request)
    if desk is None:
        return _leave(request)
    missing = _missing_before(desk, "review")
    if missing is not None:
        return see_other(f"storefront:orders:{missing}")
    return _review_page(request, desk)


def _review_page(
    request: VendorRequest,
    desk: Desk,
    *,
    changes: Sequence[Change] = (),
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "token": _signer.sign(desk.cart.public_id),
        "fingerprint": desk.view.fingerprint,
        "changes": changes or desk.view.changes,
        "problem": problem,
        "terms": _terms(request),
    }
    return _page(request, desk, "review", context, status=status)


def _terms(request: VendorRequest) -> PageLink | None:
    """The shop's terms and conditions, where it has any."""

    def find() -> PageLink | None:
        pages = published_pages(request.LANGUAGE_CODE, request.vendor.default_language)
        return next((page for page in pages if page.kind == PageKind.TERMS), None)

    return cached_value("orders-terms", lambda: (find(),))[0]


def _order(request: VendorRequest) -> HttpResponse:
    token = request.POST.get("token", "")
    cart = _cart_of_form(request, token)
    if cart is None:
        messages.warning(request, _("Nothing was ordered. Look at your cart again, then order."))
        return see_other("storefront:orders:checkout")
    try:
        if cart.is_open and cart.language != request.LANGUAGE_CODE:
            cart = use_language(cart=cart, language=request.LANGUAGE_CODE)
        completion = complete_cart(
            cart=cart,
            key=token,
            fingerprint=request.POST.get("fingerprint", ""),
            customer=request.customer or None,
        )
    except (CartClosed, CartEmpty) as error:
        return _closed(request, error)
    except CheckoutIncomplete:
        messages.warning(
            request, _("Nothing is ordered yet: what you had chosen is not offered any more. Choose again.")
        )
        return see_other("storefront:orders:checkout")
    except CartChanged as error:
        return _ask_again(request, error, cast("Sequence[Change]", error.params["changes"]))
    except DomainError as error:
        return _ask_again(request, error)
    basket.forget_ordered(request, cart, completion.order)
    if completion.is_replayed:
        messages.info(request, _("This cart was ordered already. Nothing was ordered twice."))
    return see_other("storefront:orders:order", token=token_of(completion.order))


def _cart_of_form(request: VendorRequest, token: str) -> Cart | None:
    """The cart that the form was made for. While it is open, it is to be the one of this browser."""
    try:
        cart = cart_by_id(_signer.unsign(token))
    except BadSignature:
        return None
    if cart is None or not cart.is_open:
        return cart
    own = basket.cart_of(request)
    return own if own is not None and own.pk == cart.pk else None


def _ask_again(request: VendorRequest, error: DomainError, changes: Sequence[Change] = ()) -> HttpResponse:
    """409: the page as it is now, and what is other than the buyer agreed to. Nothing was ordered."""
    desk = _desk(request)
    if desk is None:
        return _leave(request)
    if desk.missing:
        messages.warning(request, error.message)
        return see_other(f"storefront:orders:{desk.missing[0]}")
    return _review_page(request, desk, changes=changes, problem=error.message, status=409)


def _closed(request: VendorRequest, error: DomainError) -> HttpResponse:
    """Another tab was faster."""
    messages.warning(request, error.message)
    return see_other("storefront:orders:cart")


def _status_of(form: forms.BaseForm) -> int:
    """422 for a form that comes back with errors."""
    return 422 if form.is_bound and form.errors else 200

"""What is still to be said before a cart can be ordered, and what may be chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext as _

from modules.orders.selectors.carts import CartView, Refusal, ShippingOffer
from modules.payments.selectors import AvailableMethod, available_methods

Step = Literal["contact", "delivery", "payment"]


@dataclass(frozen=True, slots=True)
class CheckoutOptions:
    """What may be chosen for a cart as it is."""

    shipping: tuple[ShippingOffer, ...]
    payment: tuple[AvailableMethod, ...]


def checkout_options(view: CartView) -> CheckoutOptions:
    """Ways to ship and to pay. Who pays at the counter collects there. 1 query."""
    return options_among(view, available_methods(view.cart.currency))


def options_among(view: CartView, methods: Sequence[AvailableMethod]) -> CheckoutOptions:
    """The same, of the shop's ways to pay that are at hand. No query."""
    is_collected = view.shipping is not None and view.shipping.is_collection
    return CheckoutOptions(
        shipping=view.offers,
        payment=tuple(method for method in methods if is_collected or not method.needs_collection),
    )


def why_no_offer(view: CartView) -> str:
    """Why nothing ships this cart, for the buyer; empty where something does."""
    match view.refusal:
        case Refusal.WEIGHT_UNKNOWN:
            text = _(
                "The delivery cannot be worked out, since the shop has not weighed: %(titles)s."
                " Take it out of your cart, or ask the shop."
            )
            return text % {"titles": ", ".join(view.unweighed)}
        case Refusal.TOO_HEAVY:
            return _("Together these goods are heavier than what the shop delivers. Order fewer at once.")
        case Refusal.COUNTRY:
            return _("The shop does not deliver these goods to this country. Choose another address.")
        case _:
            return ""


def missing_steps(view: CartView, options: CheckoutOptions) -> tuple[Step, ...]:
    """The steps that are not done, in their order."""
    cart = view.cart
    missing: list[Step] = []
    if not cart.email:
        missing.append("contact")
    if view.shipping is None or not cart.shipping_address:
        missing.append("delivery")
    if cart.payment_method not in {method.code for method in options.payment}:
        missing.append("payment")
    return tuple(missing)

"""What can go wrong with carts, checkouts and orders."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from platform_core.exceptions import DomainError


class UnknownVariant(DomainError):
    code = "unknown_variant"
    status = 422
    default_message = _("The shop does not sell the article “%(sku)s” at present. Choose another one.")


class NotOnSale(DomainError):
    code = "not_on_sale"
    status = 409
    default_message = _("“%(title)s” cannot be bought at present.")


class InvalidQuantity(DomainError):
    code = "invalid_quantity"
    status = 422
    default_message = _("Enter a whole number from 1 to %(maximum)d.")


class CartFull(DomainError):
    code = "cart_full"
    status = 422
    default_message = _("A cart holds at most %(maximum)d different articles.")


class CartClosed(DomainError):
    code = "cart_closed"
    status = 409
    default_message = _("This cart was ordered already. Nothing was ordered twice.")


class CartMerged(CartClosed):
    code = "cart_merged"
    default_message = _(
        "Nothing was ordered: this cart was put together with the one of your account. Look at that one, then order."
    )


class CartEmpty(DomainError):
    code = "cart_empty"
    status = 409
    default_message = _("The cart is empty. Put something into it first.")


class CartChanged(DomainError):
    """Prices or offers are others than the buyer was shown. `changes` are for the page."""

    code = "cart_changed"
    status = 409
    default_message = _("Something in your cart has changed. Look at it again before you order.")

    @property
    def members(self) -> dict[str, Any]:
        changes: Any = self.params.get("changes", ())
        return {"changes": [change.facts for change in changes]}


class CheckoutIncomplete(DomainError):
    """`missing` names what is missing: contact, delivery or payment."""

    code = "checkout_incomplete"
    status = 409
    default_message = _("Something is missing before you can order.")

    @property
    def members(self) -> dict[str, Any]:
        missing: Any = self.params.get("missing", ())
        return {"missing": list(missing)}


class InvalidCheckout(DomainError):
    """Something that was given for the checkout cannot be taken. `field` names it."""

    code = "invalid_checkout"
    status = 422
    default_message = _("%(reason)s")


class NoVatRate(DomainError):
    code = "no_vat_rate"
    status = 409
    default_message = _("The shop cannot sell at present: a VAT rate is missing. Please write to the shop.")


class InvalidTransition(DomainError):
    code = "invalid_transition"
    status = 409
    default_message = _("The order is “%(state)s”, so this cannot be done with it.")


class StaleOrder(DomainError):
    code = "stale_version"
    status = 412
    default_message = _("Somebody else has changed this order meanwhile. Look at it again.")


class TooMany(DomainError):
    code = "more_than_open"
    status = 422
    default_message = _("Of “%(title)s” %(open)d are still to be sent.")


class NothingToSend(DomainError):
    code = "nothing_to_send"
    status = 422
    default_message = _("Say of at least one line how many you send.")


class MethodTaken(DomainError):
    code = "shipping_code_taken"
    status = 409
    default_message = _("There is a shipping method with the code “%(code)s” already.")


class InvalidMethod(DomainError):
    """A shipping method cannot be so. `field` names what is wrong."""

    code = "invalid_shipping_method"
    status = 422
    default_message = _("%(reason)s")

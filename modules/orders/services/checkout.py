"""The checkout: contact, delivery, payment, and the order that comes of it, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from moneyed import Money

from modules.customers.models import Customer, normalise_email
from modules.orders.addresses import clean_address
from modules.orders.events import OrderPlaced
from modules.orders.exceptions import (
    CartChanged,
    CartClosed,
    CartEmpty,
    CheckoutIncomplete,
    InvalidCheckout,
    NoVatRate,
)
from modules.orders.extensions import take_stock
from modules.orders.models import Cart, Order, OrderEvent, OrderLine
from modules.orders.selectors.carts import (
    CartView,
    Change,
    Contents,
    Refusal,
    read_contents,
    view_cart,
    work_out,
)
from modules.orders.selectors.checkout import (
    CheckoutOptions,
    checkout_options,
    missing_steps,
    options_among,
    why_no_offer,
)
from modules.orders.services.carts import hold, require_open, take_note
from modules.payments.models import Payment
from modules.payments.selectors import AvailableMethod, available_methods
from modules.payments.services import begin_payment
from modules.tenancy.selectors import legal_facts
from platform_core.mail.services import write_mail
from platform_core.modules.events import publish
from platform_core.modules.state import keep_on
from platform_core.public_ids import new_public_id
from platform_core.tenancy.context import current_context

FIRST_NUMBER = 1001
MAX_EMAIL_LENGTH = 254
DELIVERY_FIELDS = ("shipping_address", "billing_address", "shipping_method")
# Beside the lock: the number is taken last, so that two buyers wait for one another as short as can be.
NEXT_NUMBER = (
    "INSERT INTO orders_ordercounter (vendor_id, next_number) VALUES (%s, %s)"
    " ON CONFLICT (vendor_id) DO UPDATE SET next_number = orders_ordercounter.next_number + 1"
    " RETURNING next_number - 1"
)


@dataclass(frozen=True, slots=True)
class Completion:
    """The order of a cart. With `is_replayed` the same request had placed it before."""

    order: Order
    is_replayed: bool


@dataclass(frozen=True, slots=True)
class CheckoutSaid:
    """A cart after everything was said. `changes` are what was not as its buyer saw it last, `methods` the shop's
    ways to pay.
    """

    view: CartView
    changes: tuple[Change, ...]
    methods: tuple[AvailableMethod, ...]


@transaction.atomic
def set_contact(*, cart: Cart, email: str) -> Cart:
    """Where the confirmation goes. Raises InvalidCheckout, CartClosed."""
    cart = hold(cart)
    cart.email = _clean_email(email)
    return _store(cart, "email")


@transaction.atomic
def set_delivery(
    *,
    cart: Cart,
    shipping_address: Mapping[str, Any],
    shipping_method: str,
    billing_address: Mapping[str, Any] | None = None,
) -> Cart:
    """Where the goods go, how, and whom the invoice names (without one: the same).

    Raises InvalidCheckout for an address or a method that does not do, CartEmpty, CartClosed.
    """
    cart = hold(cart)
    _put_addresses(cart, shipping_address, billing_address)
    _choose_shipping(cart, read_contents(cart, language=cart.language), shipping_method)
    return _store(cart, *DELIVERY_FIELDS)


@transaction.atomic
def set_payment(*, cart: Cart, payment_method: str) -> Cart:
    """How it is paid. Raises InvalidCheckout, CartClosed."""
    cart = hold(cart)
    _choose_payment(cart, checkout_options(view_cart(cart, language=cart.language)), payment_method)
    return _store(cart, "payment_method")


@transaction.atomic
def set_checkout(
    *,
    cart: Cart,
    email: str,
    shipping_address: Mapping[str, Any],
    shipping_method: str,
    payment_method: str,
    billing_address: Mapping[str, Any] | None = None,
    language: str | None = None,
) -> CheckoutSaid:
    """Contact, delivery and payment at once, or nothing of it.

    What was not as its buyer saw it last is acknowledged, since the caller shows it; in `language`, else in the
    cart's. Raises what `set_contact`, `set_delivery` and `set_payment` raise.
    """
    cart = hold(cart)
    cart.email = _clean_email(email)
    _put_addresses(cart, shipping_address, billing_address)
    contents = read_contents(cart, language=language or cart.language)
    changes = contents.changes
    if changes:
        take_note(cart, changes)
        contents = read_contents(cart, language=contents.language)
    view = _choose_shipping(cart, contents, shipping_method)
    methods = tuple(available_methods(cart.currency))
    _choose_payment(cart, options_among(view, methods), payment_method)
    cart.agreed_minor = view.priced.total.gross_minor
    _store(cart, "email", *DELIVERY_FIELDS, "payment_method", "agreed_minor")
    return CheckoutSaid(view, changes, methods)


def _clean_email(email: Any) -> str:
    address = normalise_email(email) if isinstance(email, str) else ""
    try:
        validate_email(address)
    except ValidationError:
        address = ""
    if not address or len(address) > MAX_EMAIL_LENGTH or "\0" in address:
        message = _("Enter an e-mail address like name@example.com.")
        raise InvalidCheckout(field="email", reason=message)
    return address


def _put_addresses(cart: Cart, shipping: Mapping[str, Any], billing: Mapping[str, Any] | None) -> None:
    cart.shipping_address = clean_address(shipping, field="shipping_address")
    cart.billing_address = clean_address(billing, field="billing_address") if billing else {}


def _choose_shipping(cart: Cart, contents: Contents, code: str) -> CartView:
    """The cart with this way to ship, if it is offered for its contents and its address."""
    offered = work_out(cart, contents)
    if not offered.lines:
        raise CartEmpty
    if not offered.offers:
        field = "shipping_address.country" if offered.refusal is Refusal.COUNTRY else "shipping_method"
        raise InvalidCheckout(field=field, reason=why_no_offer(offered))
    if code not in {offer.code for offer in offered.offers}:
        message = _("Choose one of the ways in which the shop delivers.")
        raise InvalidCheckout(field="shipping_method", reason=message)
    cart.shipping_method = next(method for method in contents.methods if method.code == code)
    return work_out(cart, contents)


def _choose_payment(cart: Cart, options: CheckoutOptions, code: str) -> None:
    if code not in {method.code for method in options.payment}:
        message = _("Choose one of the ways to pay that the shop offers.")
        raise InvalidCheckout(field="payment_method", reason=message)
    cart.payment_method = code


def _store(cart: Cart, *fields: str) -> Cart:
    cart.version += 1
    cart.updated_at = timezone.now()
    cart.save(update_fields=[*fields, "version", "updated_at"])
    return cart


@transaction.atomic
def complete_cart(
    *, cart: Cart, key: str, fingerprint: str | None = None, customer: Customer | None = None
) -> Completion:
    """Order what the cart holds: once, however often and by however many it is asked.

    `key` is the form's token or the request's Idempotency-Key: asked again with it, the same order is the answer.
    `fingerprint` is that of the view which the buyer agreed to; without one the total must be what `set_checkout`
    has answered, unless the cart was changed since. Raises CartClosed for a cart that another key has ordered,
    CartEmpty, CheckoutIncomplete, CartChanged with `changes`, NoVatRate, and what `begin_payment` raises.
    """
    keep_on("orders")
    held = Cart.objects.select_for_update().get(pk=cart.pk)
    if held.state == Cart.State.ORDERED:
        order = Order.objects.select_related("payment").get(cart=held)
        if key and order.completion_key == key:
            return Completion(order, is_replayed=True)
        raise CartClosed
    require_open(held)
    view = view_cart(held, language=held.language)
    _require_as_agreed(view, fingerprint)
    with translation.override(held.language):
        order = _place(view, key, customer)
    held.state = Cart.State.ORDERED
    _store(held, "state")
    return Completion(order, is_replayed=False)


def _require_as_agreed(view: CartView, fingerprint: str | None) -> None:
    if not view.lines and not view.changes:
        raise CartEmpty
    if view.changes:
        raise CartChanged(changes=view.changes)
    missing = missing_steps(view, checkout_options(view))
    if missing:
        raise CheckoutIncomplete(missing=missing)
    if fingerprint is not None:
        is_as_agreed = fingerprint == view.fingerprint
    else:
        is_as_agreed = view.cart.agreed_minor in (None, view.priced.total.gross_minor)
    if not is_as_agreed:
        raise CartChanged(changes=())
    if not view.is_vat_known:
        raise NoVatRate


def _place(view: CartView, key: str, customer: Customer | None) -> Order:
    """The order with its lines, payment, first event and mails."""
    _take_stock(view)
    cart, shipping, priced = view.cart, view.shipping, view.priced
    assert shipping is not None
    number = _next_number()
    payment = _begin(view.total, cart.payment_method, number)
    order = Order.objects.create(
        public_id=new_public_id("ord"),
        number=number,
        cart=cart,
        completion_key=key,
        customer_id=customer.pk if customer is not None else cart.customer_id,
        email=cart.email,
        language=cart.language,
        currency=cart.currency,
        shipping_address=cart.shipping_address,
        billing_address=cart.billing_address or cart.shipping_address,
        shipping_code=shipping.code,
        shipping_name=shipping.name,
        is_collected=shipping.is_collection,
        payment=payment,
        goods_minor=priced.goods_minor,
        shipping_minor=priced.shipping.gross_minor,
        shipping_net_minor=priced.shipping.net_minor,
        shipping_tax_minor=priced.shipping.tax_minor,
        gross_minor=priced.total.gross_minor,
        net_minor=priced.total.net_minor,
        tax_minor=priced.total.tax_minor,
        rates=[group.as_json() for group in priced.rates],
    )
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            position=position,
            variant_id=line.item.variant_id,
            sku=line.item.sku,
            title=line.item.title,
            label=line.item.label,
            quantity=line.quantity,
            unit_price_minor=line.item.price_minor,
            gross_minor=line.share.gross_minor,
            net_minor=line.share.net_minor,
            tax_minor=line.share.tax_minor,
            tax_category=line.item.tax_category,
            tax_percent=view.percents[line.item.tax_category],
            weight_grams=line.item.weight_grams,
        )
        for position, line in enumerate(view.lines)
    )
    OrderEvent.objects.create(
        order=order, kind=OrderEvent.Kind.PLACED, details={"amount_minor": order.gross_minor}
    )
    _tell(order)
    return order


def _take_stock(view: CartView) -> None:
    """Raises CartChanged where another buyer was faster."""
    wanted = {line.item.variant_id: line.quantity for line in view.lines}
    gone = set(take_stock.first(wanted) or ())
    if gone:
        changes = tuple(
            Change("withdrawn", line.id, line.item) for line in view.lines if line.item.variant_id in gone
        )
        raise CartChanged(changes=changes)


def _next_number() -> int:
    """The shop's next order number. Its row is held until the transaction ends: no number is left out."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT_NUMBER, [current_context().vendor_id, FIRST_NUMBER + 1])
        return int(cursor.fetchone()[0])


def _begin(total: Money, method: str, number: int) -> Payment | None:
    """The payment of an order; none where there is nothing to pay."""
    if not total.amount:
        return None
    description = _("Order %(number)s") % {"number": number}
    return begin_payment(method=method, amount=total, reference=str(number), description=description)


def _tell(order: Order) -> None:
    """Mails to buyer and shop, and the bus."""
    write_mail(
        "orders.confirmation", to=order.email, language=order.language, key=str(order.pk), order_id=order.pk
    )
    vendor, facts = current_context().vendor, legal_facts(language=order.language)
    if vendor is not None and facts is not None and facts.email:
        write_mail(
            "orders.new_order",
            to=facts.email,
            language=vendor.default_language,
            key=str(order.pk),
            order_id=order.pk,
        )
    publish(
        OrderPlaced(
            order_id=order.pk, number=order.number, gross_minor=order.gross_minor, currency=order.currency
        )
    )

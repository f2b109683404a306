"""Carts: what goes in and out. A cart is held while it is changed, so that two tabs follow one another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from modules.catalog.selectors import SaleItem, sale_item_of, sale_items
from modules.customers.models import Customer
from modules.orders.exceptions import (
    CartClosed,
    CartFull,
    CartMerged,
    InvalidQuantity,
    NotOnSale,
    UnknownVariant,
)
from modules.orders.extensions import stock_limits
from modules.orders.models import MAX_LINES, MAX_QUANTITY, Cart, CartLine
from modules.orders.selectors.carts import Change, open_cart_of, read_contents
from platform_core.languages import LANGUAGE_CODES
from platform_core.public_ids import new_public_id
from platform_core.tenancy.context import current_context


@dataclass(frozen=True, slots=True)
class Fewer:
    """There were not so many: `wanted` became `given`. With `is_full` there was no room for another article."""

    item: SaleItem
    wanted: int
    given: int
    is_full: bool = False


@transaction.atomic
def create_cart(*, language: str, customer: Customer | None = None) -> Cart:
    """A new cart of the context's shop. Raises IntegrityError for an account that has one open."""
    return _create(language, customer)


def _create(language: str, customer: Customer | None) -> Cart:
    vendor = current_context().vendor
    assert vendor is not None
    return Cart.objects.create(
        public_id=new_public_id("crt"),
        customer=customer,
        currency=vendor.currency,
        language=language if language in LANGUAGE_CODES else vendor.default_language,
        email=customer.email if customer is not None else "",
    )


@dataclass(frozen=True, slots=True)
class Added:
    """What was put into a cart, the line that it is in, and how many pieces lie in the cart now."""

    cart: Cart
    line: CartLine
    item: SaleItem
    item_count: int


@transaction.atomic
def put_in(
    *, cart: Cart | None, sku: str, quantity: Any = 1, language: str, customer: Customer | None = None
) -> Added:
    """Put so many of a variant into the cart; where there is none, into a new one, which stands only if it holds it.

    Raises what `add_line` raises.
    """
    if cart is not None and cart.is_open:
        return _add(hold(cart), sku, quantity)
    return _add(_new_cart(language, customer), sku, quantity)


def _new_cart(language: str, customer: Customer | None) -> Cart:
    """A cart that is held: one that was just made is known to nobody else."""
    if customer is None:
        return _create(language, None)
    # The account's row serialises two devices that begin a cart at the same moment.
    Customer.objects.select_for_update().get(pk=customer.pk)
    own = open_cart_of(customer)
    return hold(own) if own is not None else _create(language, customer)


@transaction.atomic
def use_language(*, cart: Cart, language: str) -> Cart:
    """The buyer reads the shop in another language: the order and its mails shall be in it. Raises CartClosed."""
    cart = hold(cart)
    if language in LANGUAGE_CODES:
        cart.language = language
        cart.save(update_fields=["language"])
    return cart


@transaction.atomic
def add_line(*, cart: Cart, sku: str, quantity: Any = 1) -> CartLine:
    """Put so many of a variant into the cart, on top of those that are in it.

    Raises UnknownVariant, NotOnSale, InvalidQuantity, CartFull, CartClosed.
    """
    return _add(hold(cart), sku, quantity).line


def _add(cart: Cart, sku: str, quantity: Any) -> Added:
    """Into a cart that is held. 2 queries and 2 writes."""
    count = clean_quantity(quantity)
    default_language = _default_language(cart)
    item = (
        sale_item_of(sku, language=cart.language, default_language=default_language)
        if isinstance(sku, str)
        else None
    )
    # What is not on sale is nobody's business: a draft is told from nothing at all by no answer.
    if item is None or not item.is_on_sale or item.currency != cart.currency:
        raise UnknownVariant(sku=str(sku)[:80])
    limit = _limit(item)
    if not item.is_available or limit < 1:
        raise NotOnSale(title=item.title)
    lines = {line.variant_id: line for line in CartLine.objects.filter(cart=cart)}
    if item.variant_id not in lines and len(lines) >= MAX_LINES:
        raise CartFull(maximum=MAX_LINES)
    # What lies in it already keeps the price that was seen: the cart says that it is another one now.
    line = lines.setdefault(
        item.variant_id,
        CartLine(cart=cart, variant_id=item.variant_id, quantity=0, seen_price_minor=item.price_minor),
    )
    line.quantity += count
    if line.quantity > limit:
        raise InvalidQuantity(maximum=limit)
    line.save()
    _touch(cart)
    return Added(cart, line, item, sum(each.quantity for each in lines.values()))


@transaction.atomic
def set_quantity(*, cart: Cart, line_id: int, quantity: Any) -> CartLine:
    """Have so many of what a line holds. Raises CartLine.DoesNotExist, InvalidQuantity, NotOnSale, CartClosed."""
    cart = hold(cart)
    line = CartLine.objects.get(cart=cart, pk=line_id)
    count = clean_quantity(quantity)
    item = _item(cart, line.variant_id)
    if item is None or not item.is_on_sale:
        raise NotOnSale(title=item.title if item is not None else "")
    limit = _limit(item)
    if count > limit:
        raise InvalidQuantity(maximum=limit)
    line.quantity = count
    line.save(update_fields=["quantity"])
    _touch(cart)
    return line


@transaction.atomic
def remove_line(*, cart: Cart, line_id: int) -> bool:
    """Take a line out; whether there was one. Raises CartClosed."""
    cart = hold(cart)
    count, _models = CartLine.objects.filter(cart=cart, pk=line_id).delete()
    _touch(cart)
    return bool(count)


@transaction.atomic
def acknowledge(*, cart: Cart) -> None:
    """The buyer has been shown what has changed: take it for what they know. Raises CartClosed.

    What cannot be bought any more leaves the cart, and of what there are too few only those stay.
    """
    cart = hold(cart)
    take_note(cart, read_contents(cart, language=cart.language).changes)
    _touch(cart)


@transaction.atomic
def adopt_cart(*, guest: Cart | None, customer: Customer) -> tuple[Cart | None, list[Fewer]]:
    """The cart of an account after signing in: its own, with what the browser's held before.

    Returns it with what there were too few of, or no room for. A cart of somebody else, and one that is ordered or merged
    already, adds nothing. None where neither has one.
    """
    # The account's row serialises two sign-ins at the same moment.
    Customer.objects.select_for_update().get(pk=customer.pk)
    own = open_cart_of(customer)
    if guest is not None:
        guest = Cart.objects.select_for_update().filter(pk=guest.pk).first()
    if guest is None or not guest.is_open or guest.customer_id is not None:
        return own, []
    if own is None:
        guest.customer = customer
        guest.email = guest.email or customer.email
        guest.save(update_fields=["customer", "email"])
        return guest, []
    own = hold(own)
    fewer = _merge(guest, own)
    guest.state = Cart.State.MERGED
    guest.save(update_fields=["state"])
    _touch(own)
    return own, fewer


def _merge(guest: Cart, own: Cart) -> list[Fewer]:
    lines = {line.variant_id: line for line in CartLine.objects.filter(cart=own)}
    added = list(CartLine.objects.filter(cart=guest))
    items = _items(own, [line.variant_id for line in added])
    limits = stock_limits.first(list(items)) or {}
    fewer = []
    for new in added:
        line = lines.get(new.variant_id)
        is_full = line is None and len(lines) >= MAX_LINES
        wanted = new.quantity + (line.quantity if line is not None else 0)
        given = 0 if is_full else min(wanted, MAX_QUANTITY, limits.get(new.variant_id, MAX_QUANTITY))
        item = items.get(new.variant_id)
        # What is withdrawn meanwhile is said where the cart is shown.
        if given < wanted and item is not None and item.is_on_sale:
            fewer.append(Fewer(item, wanted, given, is_full))
        if given < 1:
            continue
        line = line or CartLine(cart=own, variant_id=new.variant_id, seen_price_minor=new.seen_price_minor)
        line.quantity = given
        line.save()
        lines[new.variant_id] = line
    return fewer


def tell_total(*, cart: Cart, total_minor: int) -> None:
    """A script was told this total after a change of the cart: what it orders next is to cost that. 1 write."""
    Cart.objects.filter(pk=cart.pk, agreed_minor=None).update(agreed_minor=total_minor)


def hold(cart: Cart) -> Cart:
    """The cart as it stands, held until the transaction ends. Raises CartClosed for one that is not open, CartMerged."""
    held = Cart.objects.select_for_update().get(pk=cart.pk)
    require_open(held)
    return held


def require_open(cart: Cart) -> None:
    """Raises CartMerged for a cart that went into an account's, CartClosed for one that is ordered."""
    if cart.state == Cart.State.MERGED:
        raise CartMerged
    if not cart.is_open:
        raise CartClosed


def take_note(cart: Cart, changes: Iterable[Change]) -> None:
    """Change the lines of a cart that is held to what their buyer is shown."""
    for change in changes:
        line = CartLine.objects.filter(cart=cart, pk=change.line_id)
        if change.kind == "withdrawn":
            line.delete()
        elif change.kind == "fewer":
            line.update(quantity=change.now)
        else:
            line.update(seen_price_minor=change.now)


def clean_quantity(quantity: Any) -> int:
    """A whole number from 1 to MAX_QUANTITY, as a number or as text. Raises InvalidQuantity."""
    if isinstance(quantity, str):
        text = quantity.strip()
        quantity = int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0
    if isinstance(quantity, bool) or not isinstance(quantity, int) or not 1 <= quantity <= MAX_QUANTITY:
        raise InvalidQuantity(maximum=MAX_QUANTITY)
    return quantity


def _default_language(cart: Cart) -> str:
    vendor = current_context().vendor
    return vendor.default_language if vendor is not None else cart.language


def _items(cart: Cart, variant_ids: list[int]) -> dict[int, SaleItem]:
    return sale_items(variant_ids, language=cart.language, default_language=_default_language(cart))


def _item(cart: Cart, variant_id: int) -> SaleItem | None:
    return _items(cart, [variant_id]).get(variant_id)


def _limit(item: SaleItem) -> int:
    limits = stock_limits.first([item.variant_id]) or {}
    return min(MAX_QUANTITY, limits.get(item.variant_id, MAX_QUANTITY))


def _touch(cart: Cart) -> None:
    cart.version += 1
    cart.updated_at = timezone.now()
    cart.agreed_minor = None
    cart.save(update_fields=["agreed_minor", "version", "updated_at"])

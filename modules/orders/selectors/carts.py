"""What a cart holds, what it costs now, and what is not as its buyer saw it last."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

from django.db.models import Sum
from moneyed import Money

from modules.catalog.selectors import SaleItem, sale_items, vat_percents
from modules.customers.models import Customer
from modules.orders.extensions import stock_limits
from modules.orders.models import Cart, CartLine, ShippingMethod
from modules.orders.pricing import Item, Priced, Share, price
from platform_core.languages import best_text
from platform_core.money import from_minor, to_json
from platform_core.tenancy.context import current_context
from platform_core.tenancy.pagecache import cached_value

ChangeKind = Literal["price", "withdrawn", "fewer"]


@dataclass(frozen=True, slots=True)
class LineView:
    """A line of a cart as it can be bought now. `seen_price_minor` is what its buyer was shown last."""

    id: int
    item: SaleItem
    quantity: int
    seen_price_minor: int
    share: Share

    @property
    def unit_price(self) -> Money:
        return self.item.price

    @property
    def total(self) -> Money:
        return from_minor(self.share.gross_minor, self.item.currency)


@dataclass(frozen=True, slots=True)
class Change:
    """Something that is not as the buyer saw it last.

    `price`: `before` and `now` are minor units. `withdrawn`: it cannot be bought any more. `fewer`: `before` and
    `now` are quantities, and there are no more than `now`.
    """

    kind: ChangeKind
    line_id: int
    item: SaleItem
    before: int = 0
    now: int = 0

    @property
    def before_price(self) -> Money:
        return from_minor(self.before, self.item.currency)

    @property
    def now_price(self) -> Money:
        return from_minor(self.now, self.item.currency)

    @property
    def facts(self) -> dict[str, Any]:
        """The change as the API tells it."""
        is_price, is_fewer = self.kind == "price", self.kind == "fewer"
        return {
            "kind": self.kind,
            "line_id": self.line_id,
            "sku": self.item.sku,
            "title": self.item.title,
            "price_before": to_json(self.before_price) if is_price else None,
            "price_now": to_json(self.now_price) if is_price else None,
            "quantity_before": self.before if is_fewer else None,
            "quantity_now": self.now if is_fewer else None,
        }


@dataclass(frozen=True, slots=True)
class ShippingOffer:
    """A way to ship this cart, and its price."""

    code: str
    name: str
    name_language: str
    description: str
    price_minor: int
    currency: str
    is_collection: bool

    @property
    def price(self) -> Money:
        return from_minor(self.price_minor, self.currency)


class Refusal(StrEnum):
    """Why no way to ship is offered, the weightiest reason first."""

    WEIGHT_UNKNOWN = "weight_unknown"
    TOO_HEAVY = "too_heavy"
    COUNTRY = "country"


@dataclass(frozen=True, slots=True)
class CartView:
    """A cart worked out. `lines` are those that can be bought; `shipping` is None until one is chosen that fits.

    `is_vat_known` is False where the platform knows no VAT rate for something in it, which is then shown as 0 %.
    """

    cart: Cart
    lines: tuple[LineView, ...]
    changes: tuple[Change, ...]
    offers: tuple[ShippingOffer, ...]
    # Why nothing is offered: no way to ship goes to the country, or the goods' weight is in the way.
    refusal: Refusal | None
    shipping: ShippingOffer | None
    priced: Priced
    # VAT category → rate, of what is in it.
    percents: Mapping[str, Decimal]
    is_vat_known: bool

    @property
    def unweighed(self) -> tuple[str, ...]:
        """The titles of what nobody has weighed."""
        items = (line.item for line in self.lines)
        return tuple(dict.fromkeys(item.title for item in items if item.weight_grams is None))

    @property
    def item_count(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def goods(self) -> Money:
        return self.money(self.priced.goods_minor)

    @property
    def total(self) -> Money:
        return self.money(self.priced.total.gross_minor)

    @property
    def tax(self) -> Money:
        return self.money(self.priced.total.tax_minor)

    @property
    def net(self) -> Money:
        return self.money(self.priced.total.net_minor)

    def money(self, minor: int) -> Money:
        """So many minor units in the cart's currency."""
        return from_minor(minor, self.cart.currency)

    @property
    def fingerprint(self) -> str:
        """Changes with everything that the buyer agrees to: lines, prices, delivery, payment, address."""
        cart = self.cart
        facts = (
            [(line.item.variant_id, line.quantity, line.item.price_minor) for line in self.lines],
            self.shipping,
            self.priced.total,
            (cart.email, cart.payment_method, cart.shipping_address, cart.billing_address),
        )
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]


def cart_by_id(public_id: str) -> Cart | None:
    """The shop's cart of this id, in whatever state. 1 query."""
    if "\0" in public_id or len(public_id) > 40:
        return None
    return Cart.objects.filter(public_id=public_id).first()


def open_cart_of(customer: Customer) -> Cart | None:
    """The cart that an account has open. 1 query."""
    return Cart.objects.filter(customer=customer, state=Cart.State.OPEN).first()


def item_count_of(cart: Cart) -> int:
    """How many pieces lie in a cart, whether they can be bought or not. 1 query."""
    total = CartLine.objects.filter(cart=cart).aggregate(total=Sum("quantity"))["total"]
    return int(total or 0)


@dataclass(frozen=True, slots=True)
class Contents:
    """What lies in a cart, and how the shop ships, as it was read: `work_out` needs no more of the database.

    `good` are the lines that can be bought, each with what it is of and how many there are. `percents` are VAT
    categories with their rates, None where the platform knows none.
    """

    language: str
    default_language: str
    good: tuple[tuple[CartLine, SaleItem, int], ...] = ()
    changes: tuple[Change, ...] = ()
    percents: Mapping[str, Decimal | None] = field(default_factory=dict)
    methods: tuple[ShippingMethod, ...] = ()


def view_cart(cart: Cart, *, language: str) -> CartView:
    """The cart with prices, offers and VAT of now. Queries as `read_contents`."""
    return work_out(cart, read_contents(cart, language=language))


def read_contents(cart: Cart, *, language: str) -> Contents:
    """What lies in a cart now. 4 queries, whatever is in it; 2 outside of transactions, 1 for an empty one."""
    vendor = current_context().vendor
    default_language = vendor.default_language if vendor else language
    rows = list(CartLine.objects.filter(cart=cart))
    items = sale_items((row.variant_id for row in rows), language=language, default_language=default_language)
    limits = stock_limits.first(list(items)) or {}
    good: list[tuple[CartLine, SaleItem, int]] = []
    changes: list[Change] = []
    for row in rows:
        item = items[row.variant_id]
        limit = limits.get(item.variant_id, row.quantity)
        if not item.is_on_sale or not item.is_available or limit < 1 or item.currency != cart.currency:
            changes.append(Change("withdrawn", row.pk, item))
            continue
        if limit < row.quantity:
            changes.append(Change("fewer", row.pk, item, row.quantity, limit))
        if item.price_minor != row.seen_price_minor:
            changes.append(Change("price", row.pk, item, row.seen_price_minor, item.price_minor))
        good.append((row, item, min(row.quantity, limit)))
    return Contents(
        language=language,
        default_language=default_language,
        good=tuple(good),
        changes=tuple(changes),
        percents=vat_percents({item.tax_category for _row, item, _quantity in good}) if good else {},
        methods=offered_methods() if good else (),
    )


def work_out(cart: Cart, contents: Contents) -> CartView:
    """What the contents come to with the cart's address and choices as they stand. No query."""
    known = {category: percent or Decimal(0) for category, percent in contents.percents.items()}
    items = [Item(item.price_minor, quantity, item.tax_category) for _row, item, quantity in contents.good]
    offers, refusal = _offers(cart, contents, sum(item.gross_minor for item in items))
    chosen = next((offer for offer in offers if offer.code == _chosen_code(cart, contents)), None)
    priced = price(items, chosen.price_minor if chosen else 0, known)
    return CartView(
        cart=cart,
        lines=tuple(
            LineView(row.pk, item, quantity, row.seen_price_minor, share)
            for (row, item, quantity), share in zip(contents.good, priced.lines, strict=True)
        ),
        changes=contents.changes,
        offers=offers,
        refusal=refusal,
        shipping=chosen,
        priced=priced,
        percents=known,
        is_vat_known=all(percent is not None for percent in contents.percents.values()),
    )


def offered_methods() -> tuple[ShippingMethod, ...]:
    """The ways to ship that the shop offers, in its order. 1 query, none outside of transactions while they are
    remembered: what is ordered is looked up in its transaction.
    """
    return cached_value("orders:methods", lambda: tuple(ShippingMethod.objects.filter(is_active=True)))


def _chosen_code(cart: Cart, contents: Contents) -> str:
    return next((method.code for method in contents.methods if method.pk == cart.shipping_method_id), "")


def _offers(
    cart: Cart, contents: Contents, goods_minor: int
) -> tuple[tuple[ShippingOffer, ...], Refusal | None]:
    """What may be chosen; where that is nothing, the reason that the buyer can do most about."""
    if not contents.good:
        return (), None
    country = cart.shipping_address.get("country", "")
    weights = [(item.weight_grams, quantity) for _row, item, quantity in contents.good]
    weight = None if any(w is None for w, _q in weights) else sum((w or 0) * q for w, q in weights)
    language, default_language = contents.language, contents.default_language
    offers: list[ShippingOffer] = []
    refusals: set[Refusal] = set()
    for method in contents.methods:
        # The cart's own relation is filled from here, which saves a query.
        if method.pk == cart.shipping_method_id:
            cart.shipping_method = method
        if method.currency != cart.currency:
            continue
        price_minor = price_of(method, weight_grams=weight, goods_minor=goods_minor, country=country)
        if price_minor is None:
            refusals.add(_refusal(method, weight, country))
            continue
        name = best_text(method.names, language, default_language) or (default_language, method.code)
        description = best_text(method.descriptions, language, default_language)
        offers.append(
            ShippingOffer(
                code=method.code,
                name=name[1],
                name_language=name[0],
                description=description[1] if description else "",
                price_minor=price_minor,
                currency=method.currency,
                is_collection=method.kind == ShippingMethod.Kind.COLLECTION,
            )
        )
    # Whoever ships to the country counts before those who do not.
    reasons = (reason for reason in Refusal if reason in refusals and not offers)
    return tuple(offers), next(reasons, None if offers else Refusal.COUNTRY)


def _refusal(method: ShippingMethod, weight_grams: int | None, country: str) -> Refusal:
    if not goes_to(method, country):
        return Refusal.COUNTRY
    return Refusal.WEIGHT_UNKNOWN if weight_grams is None else Refusal.TOO_HEAVY


def goes_to(method: ShippingMethod, country: str) -> bool:
    """Whether a method ships to a country; to every one while there is none yet."""
    return not country or not method.countries or country in method.countries


def price_of(
    method: ShippingMethod, *, weight_grams: int | None, goods_minor: int, country: str
) -> int | None:
    """What a method costs for such goods; None where it does not ship them.

    Without a country yet, every method is offered. By weight, nothing is shipped of which the weight is unknown.
    """
    if not goes_to(method, country):
        return None
    price_minor: int | None = method.price_minor
    if method.kind == ShippingMethod.Kind.WEIGHT:
        if weight_grams is None:
            return None
        price_minor = next((price for limit, price in method.rates if weight_grams <= limit), None)
    if (
        price_minor is not None
        and method.free_from_minor is not None
        and goods_minor >= method.free_from_minor
    ):
        return 0
    return price_minor

"""What a cart or an order costs: the one place where gross amounts become net and VAT.

Prices are gross and stay as they are. VAT is worked out once for each rate of the whole document and shared out
over its lines by largest remainder, so that lines, rates and totals add up to the cent. Shipping is taxed at the
rates of the goods, in proportion to their value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from platform_core.money import split_vat, spread


@dataclass(frozen=True, slots=True)
class Item:
    """What is bought: `quantity` times `unit_price_minor`, gross, of one VAT category."""

    unit_price_minor: int
    quantity: int
    tax_category: str

    @property
    def gross_minor(self) -> int:
        return self.unit_price_minor * self.quantity


@dataclass(frozen=True, slots=True)
class Share:
    """An amount in its parts, minor units: `gross_minor` is `net_minor` and `tax_minor` together."""

    gross_minor: int
    net_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class RateGroup:
    """Everything at one VAT rate (17 is 17 %)."""

    percent: Decimal
    share: Share

    def as_json(self) -> dict[str, int | str]:
        """As an order keeps it."""
        return {
            "percent": f"{self.percent.normalize():f}",
            "gross_minor": self.share.gross_minor,
            "net_minor": self.share.net_minor,
            "tax_minor": self.share.tax_minor,
        }


@dataclass(frozen=True, slots=True)
class Priced:
    """A document worked out: its lines in their order, its shipping, its rates from high to low, and the whole."""

    lines: tuple[Share, ...]
    shipping: Share
    rates: tuple[RateGroup, ...]
    goods_minor: int
    total: Share


def price(items: Sequence[Item], shipping_minor: int, percents: Mapping[str, Decimal]) -> Priced:
    """Work a document out. `percents` holds the rate of every VAT category in it.

    Without goods nothing is shipped: ValueError for shipping on its own, and for amounts below zero.
    """
    if shipping_minor < 0 or any(item.unit_price_minor < 0 or item.quantity < 0 for item in items):
        raise ValueError("Prices and quantities are zero or more.")
    if shipping_minor and not items:
        raise ValueError("There is nothing to ship.")
    rates = sorted({percents[item.tax_category] for item in items}, reverse=True)
    places = [rates.index(percents[item.tax_category]) for item in items]
    goods = [
        sum(item.gross_minor for item, place in zip(items, places, strict=True) if place == number)
        for number in range(len(rates))
    ]
    shipping = spread(shipping_minor, goods)
    lines: list[Share] = [Share(0, 0, 0)] * len(items)
    carried: list[Share] = []
    groups: list[RateGroup] = []
    for number, percent in enumerate(rates):
        gross = goods[number] + shipping[number]
        net, tax = split_vat(gross, percent)
        groups.append(RateGroup(percent, Share(gross, net, tax)))
        members = [index for index, place in enumerate(places) if place == number]
        amounts = [items[index].gross_minor for index in members] + [shipping[number]]
        parts = [
            Share(amount, amount - part, part)
            for amount, part in zip(amounts, spread(tax, amounts), strict=True)
        ]
        for index, part in zip(members, parts, strict=False):
            lines[index] = part
        carried.append(parts[-1])
    return Priced(
        lines=tuple(lines),
        shipping=_sum(carried),
        rates=tuple(groups),
        goods_minor=sum(goods),
        total=_sum([group.share for group in groups]),
    )


def _sum(shares: Sequence[Share]) -> Share:
    return Share(
        sum(share.gross_minor for share in shares),
        sum(share.net_minor for share in shares),
        sum(share.tax_minor for share in shares),
    )

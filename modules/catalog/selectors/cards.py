"""What selectors answer with: small frozen facts instead of model instances, which cost more than tenancy does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.files.storage import default_storage
from moneyed import Money

from platform_core.languages import best_text
from platform_core.money import from_minor


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as a page shows it. `srcset` holds (url, width) from the smallest to the largest."""

    url: str
    width: int
    height: int
    alt: str
    srcset: tuple[tuple[str, int], ...]
    is_svg: bool = False
    credit: str = ""

    @property
    def renditions(self) -> list[dict[str, Any]]:
        """The sizes as the picture tag reads them."""
        if not self.srcset:
            return [{"url": self.url, "width": self.width, "height": self.height}]
        return [
            {"url": url, "width": width, "height": max(1, round(self.height * width / self.width))}
            for url, width in self.srcset
        ]


@dataclass(frozen=True, slots=True)
class ProductCard:
    """A product in a list. `price_minor` is its lowest, VAT included; `price_is_from` when variants differ."""

    slug: str
    title: str
    title_language: str
    price_minor: int
    price_is_from: bool
    currency: str
    image: Picture | None
    id: int = 0

    @property
    def price(self) -> Money:
        return from_minor(self.price_minor, self.currency)


@dataclass(frozen=True, slots=True)
class ProductPage:
    """One page of a list. Above `COUNT_CAP` products `total` stands at the cap and `is_capped` is set."""

    items: tuple[ProductCard, ...]
    number: int
    page_count: int
    total: int
    is_capped: bool = False

    @property
    def pages(self) -> int:
        """The name the pagination component asks for."""
        return self.page_count


@dataclass(frozen=True, slots=True)
class CategoryLink:
    """A category with its place in the tree: `depth` 0 to 2, `parent_slug` "" at the top.

    `product_count` is None where there are products but too many in the shop to count them.
    """

    slug: str
    name: str
    name_language: str
    product_count: int | None = 0
    depth: int = 0
    parent_slug: str = ""
    description: str = ""
    description_language: str = ""

    @property
    def has_products(self) -> bool:
        return self.product_count != 0


@dataclass(frozen=True, slots=True)
class VariantDetail:
    """What can be put into a cart. `label` is "" for a product with one variant that needs no name."""

    id: int
    sku: str
    label: str
    label_language: str
    price_minor: int
    currency: str
    available: bool

    @property
    def price(self) -> Money:
        return from_minor(self.price_minor, self.currency)


@dataclass(frozen=True, slots=True)
class ProductDetail:
    """Everything a product's page shows. `vat_percent` is None where no rate is known for the country."""

    id: int
    slug: str
    title: str
    title_language: str
    description: str
    description_language: str
    languages: tuple[str, ...]
    variants: tuple[VariantDetail, ...]
    images: tuple[Picture, ...]
    categories: tuple[CategoryLink, ...]
    tax_category: str
    vat_percent: Decimal | None
    price_minor: int
    max_price_minor: int
    currency: str
    published_at: datetime
    updated_at: datetime

    @property
    def price_is_from(self) -> bool:
        return self.max_price_minor > self.price_minor

    @property
    def price(self) -> Money:
        return from_minor(self.price_minor, self.currency)

    @property
    def image(self) -> Picture | None:
        return self.images[0] if self.images else None


def picture_of(
    *,
    name: str | None,
    width: int | None,
    height: int | None,
    renditions: Sequence[Mapping[str, Any]] | None,
    alt: Mapping[str, str] | None,
    language: str,
    default_language: str,
    fallback_alt: str = "",
    credit: str = "",
) -> Picture | None:
    """A picture from its row's columns; None without a file."""
    if not name or not width or not height:
        return None
    text = best_text(alt or {}, language, default_language)
    return Picture(
        url=default_storage.url(name),
        width=width,
        height=height,
        alt=text[1] if text else fallback_alt,
        srcset=tuple((default_storage.url(item["name"]), item["width"]) for item in renditions or ()),
        is_svg=name.endswith(".svg"),
        credit=credit,
    )

"""schema.org data of products, for search engines."""

from __future__ import annotations

from typing import Any

from modules.catalog.selectors import ProductDetail, VariantDetail
from platform_core.money import to_json


def _offer(variant: VariantDetail, url: str) -> dict[str, Any]:
    price = to_json(variant.price)
    stock = "InStock" if variant.available else "OutOfStock"
    return {
        "@type": "Offer",
        "sku": variant.sku,
        "price": price["amount"],
        "priceCurrency": price["currency"],
        "availability": f"https://schema.org/{stock}",
        "url": url,
    }


def product_data(product: ProductDetail, *, origin: str, url: str) -> dict[str, Any]:
    """A Product with an offer for each variant; `origin` is scheme and host, `url` the canonical address."""
    data: dict[str, Any] = {
        "@type": "Product",
        "name": product.title,
        "url": url,
        "offers": [_offer(variant, url) for variant in product.variants],
    }
    if product.description:
        data["description"] = product.description
    if product.images:
        data["image"] = [f"{origin}{picture.url}" for picture in product.images]
    if len(product.variants) == 1:
        data["sku"] = product.variants[0].sku
    return data

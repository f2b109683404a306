"""The form that puts a variant into the cart: on a product's page, and where it comes back."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from modules.orders.models import MAX_QUANTITY

TEMPLATE = "orders/storefront/_add.html"


def buying(sku: str, *, quantity: object = 1, is_available: bool = True, error: str = "") -> dict[str, Any]:
    """What TEMPLATE shows as `action`. `quantity` is what stands in the field, as it was typed."""
    return {
        "url": reverse("storefront:orders:add"),
        "sku": sku,
        "quantity": quantity,
        "maximum": MAX_QUANTITY,
        "is_available": is_available,
        "error": error,
    }

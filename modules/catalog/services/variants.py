"""Single variants, for doors that know them by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from modules.catalog.models import Product, Variant
from modules.catalog.services.products import VariantData, update_product


def _row(variant: Variant) -> dict[str, Any]:
    return {
        "id": variant.pk,
        "sku": variant.sku,
        "price_minor": variant.price_minor,
        "options": variant.options,
        "is_active": variant.is_active,
    }


@transaction.atomic
def add_variant(*, product: Product, variant: VariantData, expected_version: int | None = None) -> Variant:
    """Add a variant behind those the product has. Raises what `update_product` raises."""
    product = Product.objects.select_for_update().get(pk=product.pk)
    rows: list[Any] = [_row(row) for row in Variant.objects.filter(product=product)]
    update_product(product=product, expected_version=expected_version, variants=[*rows, variant])
    return Variant.objects.select_related("product").get(product=product, sku=variant["sku"].strip())


@transaction.atomic
def update_variant(
    *, variant: Variant, changes: Mapping[str, Any], expected_version: int | None = None
) -> Variant:
    """Change what is given of a variant: `sku`, `price_minor`, `options`, `weight_grams`, `is_active`.

    Raises VersionConflict when `expected_version` of its product is stale, else what `update_product` raises.
    """
    product = Product.objects.select_for_update().get(pk=variant.product_id)
    rows: list[Any] = [
        {**_row(row), **(changes if row.pk == variant.pk else {})}
        for row in Variant.objects.filter(product=product)
    ]
    update_product(product=product, expected_version=expected_version, variants=rows)
    return Variant.objects.select_related("product").get(pk=variant.pk)

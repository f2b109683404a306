"""What the shops of the journeys sell."""

from __future__ import annotations

from typing import Any

from modules.catalog.services import create_category, create_product
from platform_core.tenancy.context import platform_context


def create_goods(vendor: Any) -> None:
    """Two categories, a lens in two colours for 249 and 279 euros, and a bag for 99."""
    with platform_context(vendor.platform, vendor):
        for slug, english, french in (("lenses", "Lenses", "Objectifs"), ("bags", "Bags", "Sacs")):
            create_category(slug=slug, translations={"en": {"name": english}, "fr": {"name": french}})
        create_product(
            slug="lens",
            translations={
                "en": {"title": "Lens 50 mm", "description": "Sharp."},
                "fr": {"title": "Objectif 50 mm", "description": "Net."},
            },
            variants=[
                {"sku": "LENS-B", "options": {"en": "Black"}, "price_minor": 24900},
                {"sku": "LENS-S", "options": {"en": "Silver"}, "price_minor": 27900},
            ],
            category_slugs=("lenses",),
        )
        create_product(
            slug="bag",
            translations={"en": {"title": "Bag", "description": ""}},
            variants=[{"sku": "BAG", "options": {}, "price_minor": 9900}],
            category_slugs=("bags",),
        )

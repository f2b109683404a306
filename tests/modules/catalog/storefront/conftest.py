"""A shop with shelves and goods in some languages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from modules.catalog.models import Product
from modules.catalog.services import add_image, create_category, create_product
from platform_core.tenancy.context import platform_context

HOST = "objektiv.lux.localhost"


@pytest.fixture
def inside(lux: Any, objektiv: Any) -> Callable[[], Any]:
    """`with inside():` the context of the shop; requests are made outside of it."""
    return lambda: platform_context(lux, objektiv)


@pytest.fixture
def goods(inside: Any, picture: Any) -> dict[str, Product]:
    """A lens on the shelf lenses below optics, a book in French only, a hundred-euro bag without a shelf."""
    with inside():
        return _make_goods(picture)


def _make_goods(picture: Any) -> dict[str, Product]:
    now = timezone.now()
    optics = create_category(
        slug="optics", translations={"en": {"name": "Optics", "description": "Glass of all kinds"}}
    )
    create_category(
        slug="lenses", translations={"en": {"name": "Lenses"}, "fr": {"name": "Objectifs"}}, parent=optics
    )
    create_category(slug="books", translations={"fr": {"name": "Livres"}})
    lens = create_product(
        slug="lens",
        translations={
            "en": {"title": "Lens <50 mm>", "description": "Sharp & light.\n\nMade in Japan."},
            "fr": {"title": "Objectif 50 mm", "description": "Net."},
        },
        variants=[
            {"sku": "LENS-B", "options": {"en": "Black", "fr": "Noir"}, "price_minor": 24900},
            {"sku": "LENS-S", "options": {"en": "Silver"}, "price_minor": 27900},
        ],
        category_slugs=("lenses",),
        published_at=now - timedelta(days=1),
    )
    add_image(
        product=lens, file=picture(1600, 900), alt={"en": "A lens", "fr": "Un objectif"}, credit="Ann Ot"
    )
    book = create_product(
        slug="book",
        translations={"fr": {"title": "Carnet", "description": "Du papier."}},
        variants=[{"sku": "BOOK", "options": {}, "price_minor": 1999}],
        tax_category="super_reduced",
        category_slugs=("books",),
        published_at=now - timedelta(days=2),
    )
    bag = create_product(
        slug="bag",
        translations={"en": {"title": "Bag", "description": ""}},
        variants=[{"sku": "BAG", "options": {}, "price_minor": 10000}],
        published_at=now - timedelta(days=3),
    )
    return {"lens": lens, "book": book, "bag": bag}

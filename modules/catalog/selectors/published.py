"""What shoppers may see of a shop, and what is remembered of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from modules.catalog.models import Product
from platform_core.tenancy.pagecache import cached_value

Fact = TypeVar("Fact")

# Counting is what grows with the shop: lists count no further, and pages end there.
COUNT_CAP = 10_000


def published_products() -> QuerySet[Product]:
    """The products of the context's vendor that shoppers may see now."""
    return Product.objects.filter(status=Product.Status.ACTIVE, published_at__lte=timezone.now())


def total_to_cap(products: QuerySet[Product]) -> int:
    """How many there are, counted no further than one above COUNT_CAP. 1 query."""
    return products.order_by()[: COUNT_CAP + 1].count()


def remembered(name: str, compute: Callable[[], Fact]) -> Fact:
    """A fact of the shop that changes with its content only.

    Inside a transaction it is computed each time: what the transaction wrote is in no version yet.
    """
    return compute() if connection.in_atomic_block else cached_value(f"catalog:{name}", compute)

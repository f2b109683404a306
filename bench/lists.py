"""Lists of 20 in shops and platforms that grow: they are to cost at a million products what they cost at a thousand.

A platform for each size stands at the same time, and the sizes are asked by turns, so that a busy machine slows all
of them alike.
"""

from __future__ import annotations

import json
import statistics
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from django.db import connection

from bench.catalogue import RARE_SHELF, fill
from bench.report import Table, say
from bench.tenants import bench_platform, make_vendors, platform_host
from bench.visitors import SESSION_COOKIE, Visitor
from modules.tenancy.models import Vendor
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.models import Platform
from platform_core.tenancy.pagecache import content_changed

SIZES = [1_000, 100_000, 1_000_000]
PRODUCTS_OF_A_SMALL_SHOP = 1_000
ROUNDS, COLD_ROUNDS, EXPLAINED_ROUNDS = 40, 5, 5
FLAT = 1.10
COLUMNS = {
    "products": ",d",
    "queries": "d",
    "blocks": "d",
    "SQL ms": ".2f",
    "× SQL": ".2f",
    "page ms": ".1f",
    "× page": ".2f",
    "cold ms": ".1f",
}
PATHS = {
    "shop, newest": "/products/",
    "shop, by price": "/products/?sort=price",
    "shop, dearest first": "/products/?sort=-price",
    "shop, page 30": "/products/?page=30",
    "category": "/categories/shelf-3/",
    "category, by price": "/categories/shelf-3/?sort=price",
    "category of 30": f"/categories/{RARE_SHELF}/",
    "category of 30, by price": f"/categories/{RARE_SHELF}/?sort=price",
    "search, one product": "/search/?q=sku-0",
    "search, misspelled": "/search/?q=prodcut",
    "search, every product": "/search/?q=product",
    "home": "/",
    "product": "/products/product-0/",
    "API, newest": "/api/v1/storefront/products/?limit=20",
    "API, by price": "/api/v1/storefront/products/?limit=20&sort=price",
    "API, category": "/api/v1/storefront/products/?limit=20&category=shelf-3",
    "API, category by price": "/api/v1/storefront/products/?limit=20&category=shelf-3&sort=price",
}


class Refused(Exception):
    """A page was answered with this status instead of 200."""


@dataclass(frozen=True)
class Seat:
    """A platform of one size, and the shop on it that is asked."""

    size: int
    platform: Platform
    vendor: Vendor
    visitor: Visitor

    def ask(self, path: str) -> float:
        """Milliseconds of a page made anew. Raises Refused for one that takes PostgreSQL too long."""
        begun = time.perf_counter()
        status = self.visitor.get(path).status_code
        if status != 200:
            raise Refused(status)
        return (time.perf_counter() - begun) * 1000

    def cold(self, path: str) -> float | str:
        """The median after something of the shop has changed, so that nothing is remembered; or the status."""
        found = []
        for _round in range(COLD_ROUNDS):
            with platform_context(self.platform, self.vendor):
                content_changed()
            try:
                found.append(self.ask(path))
            except Refused as error:
                return str(error)
        return statistics.median(found)

    def explain(self, path: str) -> tuple[int, int, float]:
        """How many queries a page sends, the blocks they touch, and the milliseconds PostgreSQL needs."""
        queries = [sql for sql in self.visitor.queries(path) if sql.lstrip().startswith(("SELECT", "WITH"))]
        plans = []
        with platform_context(self.platform, self.vendor), connection.cursor() as cursor:
            for sql in queries:
                found = []
                for _round in range(EXPLAINED_ROUNDS):
                    cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {sql}")
                    answer: Any = cursor.fetchone()[0]
                    found.append((json.loads(answer) if isinstance(answer, str) else answer)[0])
                plans.append(min(found, key=lambda plan: plan["Execution Time"] + plan["Planning Time"]))
        blocks = sum(plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"] for plan in plans)
        return len(queries), blocks, sum(plan["Execution Time"] + plan["Planning Time"] for plan in plans)


def measure(options: Namespace) -> Iterator[Table]:
    """A table for each shape: one giant shop, and many shops that share the products."""
    for title, per_shop in (
        ("Lists of one giant shop", None),
        (
            f"Lists of one of many shops with {PRODUCTS_OF_A_SMALL_SHOP:,} products each",
            PRODUCTS_OF_A_SMALL_SHOP,
        ),
    ):
        with ExitStack() as stack:
            seats = [_seat(stack, size, per_shop) for size in options.products or SIZES]
            table = Table(title, COLUMNS, notes=("Cold: the first page after a change, nothing remembered.",))
            for name, path in PATHS.items():
                _add(table, name, path, seats)
            # Before the platforms are taken away, which takes a while.
            yield table


def _seat(stack: ExitStack, size: int, per_shop: int | None) -> Seat:
    platform = stack.enter_context(bench_platform(f"bench-list-{size}"))
    vendors = make_vendors(platform, 1 if per_shop is None else max(1, size // per_shop))
    seconds = fill(platform, vendors, size)
    say(f"  {size:,} products in {len(vendors):,} shops made in {seconds:.0f} s")
    host = f"{vendors[0].code}.{platform_host(platform.code)}"
    return Seat(size, platform, vendors[0], Visitor(host, SESSION_COOKIE))


def _add(table: Table, name: str, path: str, seats: list[Seat]) -> None:
    """A line for each size, compared with the smallest."""
    cold = [seat.cold(path) for seat in seats]
    try:
        pages = _by_turns(path, seats)
    except Refused as error:
        table.add(f"{name}: status {error}", *([None] * len(COLUMNS)), is_kept=False)
        return
    found = [seat.explain(path) for seat in seats]
    for place, seat in enumerate(seats):
        queries, blocks, sql_ms = found[place]
        # By round, so that what slows the machine for a while slows both.
        ratio = statistics.median(mine / theirs for mine, theirs in zip(pages[place], pages[0], strict=True))
        is_same = queries <= found[0][0]
        table.add(
            name,
            seat.size,
            queries,
            blocks,
            sql_ms,
            sql_ms / found[0][2] if found[0][2] else None,
            statistics.median(pages[place]),
            ratio,
            cold[place],
            budget=f"× {FLAT:.2f}, same queries" if place else "",
            is_kept=is_same and ratio <= FLAT if place else None,
            # Queries alone decide: a busy machine moves the milliseconds.
            is_firm=not is_same,
        )


def _by_turns(path: str, seats: list[Seat]) -> list[list[float]]:
    """Milliseconds of each seat in each round, after one round to warm up. Raises Refused."""
    rounds = [[seat.ask(path) for seat in seats] for _round in range(ROUNDS + 1)]
    return [list(found) for found in zip(*rounds[1:], strict=True)]

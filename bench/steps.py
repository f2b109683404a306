"""One order step by step: what each request sends to PostgreSQL, and what it is answered with."""

from __future__ import annotations

import gzip
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from unittest.mock import patch

import psycopg
from django.db import connection, reset_queries
from django.test import Client

from bench.buyers import Answer, Shop, numbers
from bench.report import Table
from bench.visitors import SHOP_COOKIE, Visitor
from platform_core.tenancy.pool import WITHOUT_TENANT

STEP_SQL = 12
PAGE_BYTES = 14 * 1024
# Orders to warm up, and to take the median of.
WARM_UP, ORDERS = 3, 11
BRACKETS = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")
CONTEXT = "SELECT set_config("
POOL_SECONDS = 1.0
COLUMNS = {
    "status": "d",
    "SQL": "d",
    "brackets": "d",
    "context": "d",
    "SQL in the largest": "d",
    "bytes gz": "d",
    "ms": ".1f",
}


@dataclass
class Step:
    """One request. `brackets` of its statements begin and end transactions, `context` set and clear the tenant."""

    method: str
    status: int = 0
    statements: list[str] = field(default_factory=list)
    bytes_gz: int = 0
    times_ms: list[float] = field(default_factory=list)

    @property
    def sql(self) -> int:
        return len(self.statements)

    @property
    def brackets(self) -> int:
        return sum(sql.startswith(BRACKETS) for sql in self.statements)

    @property
    def context(self) -> int:
        return sum(sql.startswith(CONTEXT) for sql in self.statements)

    @property
    def questions(self) -> int:
        """What is asked and written: without brackets and context."""
        return self.sql - self.brackets - self.context


@dataclass
class CountedShop:
    """A shop asked in this process, through all middleware; every statement that reaches PostgreSQL is kept."""

    host: str
    steps: dict[str, Step] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.forget()

    @property
    def visitor(self) -> Visitor:
        """Who has come here so far, as somebody who asks for pages."""
        cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in self._client.cookies.items())
        return Visitor(self.host, {"cookie": cookies})

    @property
    def session_key(self) -> str | None:
        """Of the shop's cookie; None for whom nobody knows."""
        morsel = self._client.cookies.get(SHOP_COOKIE)
        return morsel.value if morsel is not None else None

    def forget(self) -> None:
        self._client = Client(headers={"host": self.host}, enforce_csrf_checks=True)

    def ask(
        self,
        step: str,
        method: str,
        path: str,
        *,
        body: str = "",
        content_type: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        with sent_to_postgresql() as statements:
            begun = time.perf_counter()
            response: Any = self._client.generic(
                method, path, body.encode(), content_type or "application/octet-stream", headers=headers
            )
            spent = 1000 * (time.perf_counter() - begun)
            # Django's client leaves the connection open; a web process gives it back to the pool.
            connection.close()
            _wait_for_the_pool(statements)
        found = self.steps.setdefault(step, Step(method))
        found.status = response.status_code
        # What a process looks up every few seconds, such as which modules are on, is no part of a step.
        if not found.times_ms or len(statements) < found.sql:
            found.statements = list(statements)
        found.bytes_gz = len(gzip.compress(response.content, 6)) if response.content else 0
        found.times_ms.append(spent)
        return Answer(response.status_code, response.content.decode(), response.headers.get("Location", ""))


@contextmanager
def sent_to_postgresql() -> Iterator[list[str]]:
    """Every statement, those too that Django does not count: the context's, and the pool's when it takes one back."""
    statements: list[str] = []
    execute = psycopg.Cursor.execute

    def kept(cursor: Any, query: Any, *args: Any, **options: Any) -> Any:
        statements.append(str(query))
        return execute(cursor, query, *args, **options)

    connection.force_debug_cursor = True
    reset_queries()
    try:
        with patch.object(psycopg.Cursor, "execute", kept):
            yield statements
        # psycopg sends these by itself.
        statements += [query["sql"] for query in connection.queries if query["sql"] in BRACKETS]
    finally:
        connection.force_debug_cursor = False


def _wait_for_the_pool(statements: list[str]) -> None:
    """A connection that comes back is cleared by a thread of the pool's own."""
    deadline = time.monotonic() + POOL_SECONDS
    while statements and WITHOUT_TENANT not in statements and time.monotonic() < deadline:
        time.sleep(0.001)


def counted_steps(host: str, size: int, order: Callable[[Shop, int], str]) -> dict[str, Step]:
    """The steps of one order in a shop of this size, warm."""
    shop = CountedShop(host)
    products = numbers(size)
    for number in islice(products, WARM_UP):
        order(shop, number)
    shop.steps.clear()
    for number in islice(products, ORDERS):
        order(shop, number)
    return shop.steps


def step_table(title: str, shops: list[dict[str, Step]], *, most: int | None = None) -> Table:
    """A line for each step, and their sum, which is to be `most` statements; `shops` hold the same steps, the
    smallest shop first.
    """
    table = Table(
        title,
        COLUMNS,
        notes=(
            "Every statement that reaches PostgreSQL counts: also those that begin and end transactions (brackets)",
            "and the two of each request that set and clear the tenant (context).",
        ),
    )
    smallest, largest = shops[0], shops[-1]
    for name, step in smallest.items():
        is_read = step.method == "GET"
        is_kept = max(step.questions, largest[name].questions) <= STEP_SQL and step.bytes_gz <= PAGE_BYTES
        table.add(
            name,
            step.status,
            step.sql,
            step.brackets,
            step.context,
            largest[name].sql,
            step.bytes_gz,
            statistics.median(step.times_ms),
            budget=f"{STEP_SQL} beside brackets and context, {PAGE_BYTES // 1024} KB" if is_read else "",
            is_kept=is_kept if is_read else None,
            is_firm=True,
        )
    steps = list(smallest.values())
    totals = [sum(step.sql for step in shop.values()) for shop in (smallest, largest)]
    table.add(
        f"{len(steps)} requests",
        None,
        totals[0],
        sum(step.brackets for step in steps),
        sum(step.context for step in steps),
        totals[1],
        sum(step.bytes_gz for step in steps),
        sum(statistics.median(step.times_ms) for step in steps),
        budget=f"{most} SQL" if most else "",
        is_kept=max(totals) <= most if most else None,
        is_firm=True,
    )
    return table

"""Requests per second under granian, beside a bare Django view under the same granian in the same rounds."""

from __future__ import annotations

import statistics
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench import processes
from bench.catalogue import fill
from bench.ground import SHOP_HOST, stores
from bench.load import CONNECTIONS, Load, generator, put_load
from bench.pages import product_path
from bench.report import Table, say
from bench.tenants import bench_platform, make_vendors, platform_host
from bench.visitors import KNOWN_SHOPPER, SESSION_COOKIE, SHOPPER, People, Visitor, signed_in
from bench.web import BARE, Web, serving

KEPT_SHARE = 40
LIST_CPU_MS = 8
PRODUCTS = 1_000
KEPT, MADE_ANEW = "storefront list, kept", "storefront list, made anew"
COLUMNS = {
    "req/s": ".0f",
    "p50 ms": ".2f",
    "p95 ms": ".2f",
    "% of bare": ".1f",
    "CPU ms web": ".2f",
    "CPU ms stores": ".2f",
    "load's share": ".2f",
}


@dataclass
class Target:
    """One page, and what each round found: its load, its ratio to the bare view, its processor time."""

    name: str
    visitor: Visitor
    path: str
    web: Web
    loads: list[Load] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)
    web_ms: list[float] = field(default_factory=list)
    store_ms: list[float] = field(default_factory=list)

    def put(self, seconds: float) -> Load:
        """Load on this page."""
        headers = {"Host": self.visitor.host, **self.visitor.headers}
        return put_load(self.web.port, self.path, headers, seconds=seconds)

    def ask(self, seconds: float) -> Load:
        """A round of load on this page, and what it cost; a longer one where nothing was answered in its time."""
        roots = [self.web.pid, stores()] if processes.is_known() else []
        before = [processes.cpu_seconds(root) for root in roots if root]
        load = self.put(seconds)
        if not load.requests:
            return self.ask(2 * seconds)
        after = [processes.cpu_seconds(root) for root in roots if root]
        spent = [1000 * (end - begin) / load.requests for begin, end in zip(before, after, strict=True)]
        if spent:
            self.web_ms.append(spent[0])
        if len(spent) > 1:
            self.store_ms.append(spent[1])
        self.loads.append(load)
        return load

    def forget(self) -> None:
        for found in (self.loads, self.shares, self.web_ms, self.store_ms):
            found.clear()


def targets(app: Web, bare: Web, people: People, large_shop: str) -> list[Target]:
    """The bare view first: each round compares the others with it. Lists of the large shop are full, of 24 cards."""
    return [
        Target("bare Django view", Visitor(SHOP_HOST), "/", bare),
        Target(KEPT, Visitor(large_shop), "/products/", app),
        Target(MADE_ANEW, Visitor(large_shop, SESSION_COOKIE), "/products/", app),
        Target("storefront product, made anew", KNOWN_SHOPPER, product_path(), app),
        Target("dashboard list", people.owner, "/vendor/products/", app),
        Target("storefront API list of 20", SHOPPER, "/api/v1/storefront/products/?limit=20", app),
        Target("vendor API list of 20", people.owners_script, "/api/v1/vendor/products/?limit=20", app),
    ]


@contextmanager
def large_shop() -> Iterator[str]:
    """The host of a shop with PRODUCTS products, on a platform of its own."""
    with bench_platform("bench-rates") as platform:
        vendors = make_vendors(platform, 1)
        fill(platform, vendors, PRODUCTS)
        yield f"{vendors[0].code}.{platform_host(platform.code)}"


def measure(options: Namespace) -> Iterator[Table]:
    """One table: the medians of all rounds."""
    with (
        large_shop() as host,
        signed_in() as people,
        serving(BARE) as bare,
        serving(host=SHOP_HOST) as app,
    ):
        found = targets(app, bare, people, host)
        # What a first round compiles and remembers is none of the rate.
        for target in found:
            target.ask(1)
            target.forget()
        for number in range(options.rounds):
            say(f"  round {number + 1} of {options.rounds}")
            pace = found[0].ask(options.seconds).rate
            for target in found[1:]:
                target.shares.append(100 * target.ask(options.seconds).rate / pace)
    yield _table(found, options)


def _table(found: list[Target], options: Namespace) -> Table:
    table = Table(
        "Rates under granian",
        COLUMNS,
        notes=(
            f"Load by {generator()}, {CONNECTIONS} connections kept alive; one web process with its threads"
            " as `manage.py up` runs it;",
            f"medians of {options.rounds} rounds of {options.seconds:g} s on each page by turns."
            " Stores are PostgreSQL and Valkey.",
        ),
    )
    for target in found:
        share = statistics.median(target.shares or [100.0])
        web_ms, store_ms = _median(target.web_ms), _median(target.store_ms)
        budget, is_kept = "", None
        if target.name == KEPT:
            budget, is_kept = f"{KEPT_SHARE} % of bare", share >= KEPT_SHARE
        elif target.name == MADE_ANEW and web_ms is not None and store_ms is not None:
            budget, is_kept = f"{LIST_CPU_MS} ms CPU", web_ms + store_ms <= LIST_CPU_MS
        table.add(
            target.name,
            _median([load.rate for load in target.loads]),
            _median([load.p50_ms for load in target.loads]),
            _median([load.p95_ms for load in target.loads]),
            share,
            web_ms,
            store_ms,
            _median([load.generator_share for load in target.loads]),
            budget=budget,
            is_kept=is_kept,
        )
    return table


def _median(values: list[float]) -> float | None:
    return statistics.median(values) if values else None

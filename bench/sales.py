"""What it takes to sell: looking, searching, filling a cart and ordering, in shops of a thousand and of a million products.

The figures of other systems stand beside ours. They were measured on two cores with 1,000 products and without a
cache of answers: processor time of server and PostgreSQL for each operation.
"""

from __future__ import annotations

import statistics
import threading
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from bench.buyers import OpenLine, Shop, cart_by_api, numbers, order_by_api, order_by_forms
from bench.catalogue import fill
from bench.ground import SHOP_HOST
from bench.load import CONNECTIONS, Load
from bench.rates import Target
from bench.report import Table, say
from bench.steps import Step, counted_steps, step_table
from bench.tenants import begin_to_sell, bench_platform, make_vendors, platform_host
from bench.visitors import SESSION_COOKIE, Visitor
from bench.web import BARE, Web, serving

SIZES = [1_000, 1_000_000]
LIST_CPU_MS, ORDER_CPU_MS, ORDER_SQL = 8, 45, 60
FLAT = 1.10
PEERS = ("Medusa 2.21", "Vendure 3.7", "oscar 4.2")
# Processor milliseconds of the peers, in their order.
PEER_LIST_MS, PEER_ORDER_MS = (216, 176, 527), (1_836, 428, 279)
BARE_VIEW = "bare Django view"
LIST, SHELF = "list of 24", "list of a category"
API_LIST, API_ORDER, FORM_ORDER = "API, list of 20", "checkout by API", "checkout by forms"
PAGES = {
    LIST: "/products/",
    SHELF: "/categories/shelf-3/",
    "product": "/products/product-0/",
    "search, one product": "/search/?q=sku-0",
    "search, every product": "/search/?q=product",
    "search, misspelled": "/search/?q=prodcut",
    API_LIST: "/api/v1/storefront/products/?limit=20",
    "API, product": "/api/v1/storefront/products/product-0/",
    "API, search": "/api/v1/storefront/products/?limit=20&q=product",
}
ACTS: dict[str, Callable[[OpenLine, int], str]] = {
    "add to a new cart by API": cart_by_api,
    API_ORDER: order_by_api,
    FORM_ORDER: order_by_forms,
}
BUDGETS = {LIST: LIST_CPU_MS, API_LIST: LIST_CPU_MS, API_ORDER: ORDER_CPU_MS}
PEER_MS = {API_LIST: PEER_LIST_MS, API_ORDER: PEER_ORDER_MS}
COLUMNS = {
    "products": ",d",
    "per s": ".1f",
    "p50 ms": ".1f",
    "p95 ms": ".1f",
    "CPU ms web": ".2f",
    "CPU ms stores": ".2f",
    "× bare": ".0f",
    "× smallest": ".2f",
    **dict.fromkeys(PEERS, ",d"),
}


@dataclass
class Deed(Target):
    """Several requests that make one thing, done by buyers side by side: `per s` counts the thing."""

    act: Callable[[OpenLine, int], str] = order_by_api
    products: Iterator[int] = field(default_factory=lambda: iter(()))

    def put(self, seconds: float) -> Load:
        """Buyers who do it one after another, each on a line of their own. Raises NotSold."""
        times: list[float] = []
        errors: list[BaseException] = []
        guard = threading.Lock()
        worked, begun = time.process_time(), time.perf_counter()

        def buy() -> None:
            shop = OpenLine(self.web.port, self.visitor.host)
            try:
                while time.perf_counter() - begun < seconds and not errors:
                    with guard:
                        number = next(self.products)
                    started = time.perf_counter()
                    self.act(shop, number)
                    times.append(time.perf_counter() - started)
            except BaseException as error:
                errors.append(error)
            finally:
                shop.close()

        buyers = [threading.Thread(target=buy) for _buyer in range(CONNECTIONS)]
        for buyer in buyers:
            buyer.start()
        for buyer in buyers:
            buyer.join()
        if errors:
            raise errors[0]
        spent = time.perf_counter() - begun
        share = (time.process_time() - worked) / spent
        ranked = sorted(times)
        p95_ms = 1000 * ranked[int(0.95 * (len(ranked) - 1))]
        return Load(len(times) / spent, 1000 * statistics.median(ranked), p95_ms, len(times), share)


@dataclass(frozen=True)
class Stand:
    """A shop of one size that sells."""

    size: int
    host: str


@contextmanager
def stands(sizes: list[int]) -> Iterator[list[Stand]]:
    """A shop of each size, on a platform of its own; all of them stand at the same time."""
    with ExitStack() as stack:
        found = []
        for size in sizes:
            platform = stack.enter_context(bench_platform(f"bench-sale-{size}"))
            vendors = make_vendors(platform, 1)
            seconds = fill(platform, vendors, size)
            begin_to_sell(platform, vendors)
            say(f"  a shop of {size:,} products made in {seconds:.0f} s")
            found.append(Stand(size, f"{vendors[0].code}.{platform_host(platform.code)}"))
        yield found


def measure(options: Namespace) -> Iterator[Table]:
    """The steps of an order with what each sends, then everything under granian."""
    with stands(options.products or SIZES) as found:
        yield step_table("One order by API", _steps(found, order_by_api), most=ORDER_SQL)
        yield step_table("One order by forms", _steps(found, order_by_forms))
        with serving(BARE) as bare, serving(host=SHOP_HOST) as app:
            yield _rates(found, app, bare, options)


def _steps(found: list[Stand], order: Callable[[Shop, int], str]) -> list[dict[str, Step]]:
    return [counted_steps(stand.host, stand.size, order) for stand in found]


def targets(stand: Stand, app: Web) -> dict[str, Target]:
    """What is asked and done in one shop. Pages are made anew: whoever has a session gets no kept one."""
    known = Visitor(stand.host, SESSION_COOKIE)
    pages = {name: Target(name, known, path, app) for name, path in PAGES.items()}
    products = numbers(stand.size)
    deeds = {name: Deed(name, known, "", app, act=act, products=products) for name, act in ACTS.items()}
    return {**pages, **deeds}


def _rates(found: list[Stand], app: Web, bare: Web, options: Namespace) -> Table:
    pace = Target(BARE_VIEW, Visitor(SHOP_HOST), "/", bare)
    shops = [targets(stand, app) for stand in found]
    everything = [pace, *(shop[name] for name in shops[0] for shop in shops)]
    for target in everything:
        target.ask(1)
        target.forget()
    for number in range(options.rounds):
        say(f"  round {number + 1} of {options.rounds}")
        for target in everything:
            target.ask(options.seconds)
    table = Table(
        "Selling, under granian",
        COLUMNS,
        notes=(
            f"{CONNECTIONS} buyers at a time; one web process with its threads. Medians of {options.rounds} rounds of"
            f" {options.seconds:g} s by turns. Stores are PostgreSQL and Valkey.",
            "A checkout is all requests of one order; × bare and × smallest compare processor time. On the right"
            " the peers' processor milliseconds.",
        ),
    )
    unit = _cpu_ms(pace)
    _add(table, pace, None, unit, unit)
    for name in shops[0]:
        least = _cpu_ms(shops[0][name])
        for stand, shop in zip(found, shops, strict=True):
            _add(table, shop[name], stand.size, unit, least)
    return table


def _add(table: Table, target: Target, size: int | None, unit: float | None, least: float | None) -> None:
    spent = _cpu_ms(target)
    most = BUDGETS.get(target.name)
    is_small = size is None or spent == least
    kept = [spent <= most] if spent is not None and most is not None else []
    # A search reads what it finds: of that there is more in a larger shop.
    is_flat = not is_small and "search" not in target.name
    if spent is not None and least is not None and is_flat:
        kept.append(spent <= FLAT * least)
    table.add(
        target.name,
        size,
        statistics.median(load.rate for load in target.loads),
        statistics.median(load.p50_ms for load in target.loads),
        statistics.median(load.p95_ms for load in target.loads),
        statistics.median(target.web_ms) if target.web_ms else None,
        statistics.median(target.store_ms) if target.store_ms else None,
        spent / unit if spent is not None and unit else None,
        spent / least if spent is not None and least and size is not None else None,
        *PEER_MS.get(target.name, [None] * len(PEERS)),
        budget=", ".join([f"{most} ms CPU"] * (most is not None) + [f"× {FLAT:.2f}"] * is_flat),
        is_kept=all(kept) if kept else None,
    )


def _cpu_ms(target: Target) -> float | None:
    """Processor milliseconds of web process and stores; None where the system does not tell."""
    if not target.web_ms or not target.store_ms:
        return None
    return statistics.median(target.web_ms) + statistics.median(target.store_ms)

"""Memory of two web workers under load, as the image runs them."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator

from bench import processes
from bench.ground import SHOP_HOST
from bench.load import generator, put_load
from bench.rates import targets
from bench.report import Table
from bench.visitors import signed_in
from bench.web import serving

WORKERS, THREADS, CONNECTIONS = 2, 8, 16
MOST_BYTES = 250_000_000
MEGABYTE = 1_000_000


def measure(options: Namespace) -> Iterator[Table]:
    """One table. PSS counts a page that several processes share once; RSS counts it for each of them."""
    notes = (
        f"{WORKERS} workers with {THREADS} threads each, and granian's own process; load by {generator()} on"
        f" {CONNECTIONS} connections.",
        "PSS counts a page shared by processes once, RSS for each of them.",
    )
    table = Table("Memory of two web workers", {"PSS MB": ".0f", "RSS MB": ".0f"}, notes)
    if not processes.is_known():
        table.add("this system does not tell", None, None)
        yield table
        return
    with signed_in() as people, serving(workers=WORKERS, threads=THREADS, host=SHOP_HOST) as app:
        rss, pss = processes.memory(app.pid)
        table.add("after the first answer", pss / MEGABYTE, rss / MEGABYTE)
        watch = processes.MemoryWatch(app.pid)
        watch.start()
        try:
            for target in targets(app, app, people, SHOP_HOST)[1:]:
                headers = {"Host": target.visitor.host, **target.visitor.headers}
                put_load(app.port, target.path, headers, seconds=options.seconds, connections=CONNECTIONS)
        finally:
            watch.end()
        table.add(
            "peak under load",
            watch.peak_pss / MEGABYTE,
            watch.peak_rss / MEGABYTE,
            budget=f"{MOST_BYTES // MEGABYTE} MB PSS",
            is_kept=watch.peak_pss <= MOST_BYTES,
        )
    yield table

"""Pages of the demo against their budgets: queries, milliseconds and bytes, in ratio to a bare view.

Run by `make bench` while the servers of this checkout run and hold the demo. Everything is asked in one
process in turn, so that a slow machine slows the bare view as well; medians are printed.
"""

from __future__ import annotations

import gzip
import itertools
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
os.environ.setdefault("LOG_LEVEL", "ERROR")
django.setup()

from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.db import connection, reset_queries  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.test import RequestFactory, override_settings  # noqa: E402

from bench.bare import bare_view  # noqa: E402
from modules.catalog.models import Product  # noqa: E402
from platform_core.tenancy.context import platform_context  # noqa: E402
from platform_core.tenancy.hosts import host_directory  # noqa: E402
from platform_core.tenancy.middleware import TenancyMiddleware  # noqa: E402

ROUNDS = 60
SHOP = "objektiv.lux.localhost"


@dataclass(frozen=True)
class Page:
    """One page, with the most queries and the most bytes (gz) that its budget allows."""

    name: str
    path: str
    queries: int
    bytes_gz: int = 14 * 1024
    is_kept: bool = False


PAGES = (
    Page("home", "/", 6),
    Page("list", "/products/", 6),
    Page("product", "", 6),
    Page("content page", "/pages/imprint/", 6),
    Page("list, kept", "/products/", 0, is_kept=True),
)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def milliseconds(act: Callable[[], object]) -> float:
    """The median of ROUNDS runs after three to warm up."""
    for _run in range(3):
        act()
    times = []
    for _run in range(ROUNDS):
        begun = time.perf_counter()
        act()
        times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times)


def first_product() -> str:
    site = host_directory.find(SHOP)
    if site is None or site.vendor is None:
        sys.exit("The demo is not there: run `make dev` in this checkout, then `make bench` beside it.")
    with platform_context(site.platform, site.vendor):
        slug = Product.objects.filter(status="active").values_list("slug", flat=True).first()
    return f"/products/{slug}/"


def main() -> int:
    """Print the table. Exit code 1 when a page is over its budget of queries or bytes."""
    handler, factory = WSGIHandler(), RequestFactory()
    counter = itertools.count(time.time_ns())

    def ask(path: str, *, is_kept: bool) -> HttpResponse:
        # A query of its own for each request keeps the page cache out of the way.
        address = path if is_kept else f"{path}?bench={next(counter)}"
        request = factory.get(address, headers={"host": SHOP})
        response = handler.get_response(handler.request_class(request.environ))
        response.close()
        return response  # type: ignore[return-value]

    product = first_product()
    with override_settings(MIDDLEWARE=[], ROOT_URLCONF="bench.bare"):
        bare_handler = WSGIHandler()
        bare = milliseconds(lambda: bare_handler.get_response(factory.get("/")))
    alone = milliseconds(lambda: bare_view(factory.get("/")))
    tenancy = milliseconds(lambda: TenancyMiddleware(bare_view)(factory.get("/", headers={"host": SHOP})))  # type: ignore[arg-type]
    say(f"bare Django view {bare:.3f} ms; host, context and language {1000 * (tenancy - alone):.0f} µs\n")
    say(f"{'page':<14}{'status':>7}{'queries':>9}{'ms':>9}{'× bare':>9}{'bytes gz':>10}")
    is_over = False
    for page in PAGES:
        path = page.path or product
        ask(path, is_kept=page.is_kept)
        connection.force_debug_cursor = True
        reset_queries()
        response = ask(path, is_kept=page.is_kept)
        queries = len(connection.queries)
        connection.force_debug_cursor = False
        size = len(gzip.compress(response.content, 6))
        spent = milliseconds(lambda page=page, path=path: ask(path, is_kept=page.is_kept))  # type: ignore[misc]
        is_over |= queries > page.queries or size > page.bytes_gz or response.status_code != 200
        say(
            f"{page.name:<14}{response.status_code:>7}{queries:>9}{spent:>9.2f}{spent / bare:>9.1f}{size:>10}"
        )
    return 1 if is_over else 0


if __name__ == "__main__":
    sys.exit(main())

"""Pages of the demo against their budgets: queries, bytes and milliseconds, in ratio to a bare view.

Everything is asked in one process in turn, so that a slow machine slows the bare view as well.
"""

from __future__ import annotations

import gzip
import re
import statistics
from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.contrib.staticfiles import finders
from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory, override_settings

from bench.bare import bare_view
from bench.gates import add_gates
from bench.ground import SHOP_HOST
from bench.order_pages import Sale, sale
from bench.report import Table
from bench.visitors import KNOWN_SHOPPER, SHOPPER, People, Visitor, milliseconds, signed_in, timed
from modules.catalog.models import Product
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.hosts import host_directory
from platform_core.tenancy.middleware import TenancyMiddleware

ROUNDS = 30
MOST_LETTERS = 24
TENANCY_MICROSECONDS = 100
SHOP_QUERIES, SALE_QUERIES, CONSOLE_QUERIES = 6, 12, 15
SHOP_BYTES, CONSOLE_BYTES, STYLE_BYTES, SCRIPT_BYTES = 14 * 1024, 25 * 1024, 16 * 1024, 40 * 1024
COLUMNS = {"status": "d", "queries": "d", "bytes gz": "d", "ms": ".2f", "× bare": ".0f"}


@dataclass(frozen=True)
class Page:
    """One page, who asks for it, and the most queries and bytes (gz) that its budget allows."""

    name: str
    visitor: Visitor
    path: str
    queries: int
    bytes_gz: int | None = None


def product_path() -> str:
    """A product's page in the demo's shop."""
    site = host_directory.find(SHOP_HOST)
    if site is None or site.vendor is None:
        raise SystemExit("The demo's shops are not there: run `manage.py demo`.")
    with platform_context(site.platform, site.vendor):
        slug = Product.objects.filter(status="active").values_list("slug", flat=True).order_by("id").first()
    return f"/products/{slug}/"


def product_id() -> int | None:
    site = host_directory.find(SHOP_HOST)
    assert site is not None
    with platform_context(site.platform, site.vendor):
        return Product.objects.order_by("id").values_list("pk", flat=True).first()


def storefront_pages() -> Iterator[Page]:
    for name, path in (
        ("home", "/"),
        ("list", "/products/"),
        ("list of a category", "/categories/lenses/"),
        ("search", "/search/?q=camera"),
        ("search, misspelled", "/search/?q=camrea"),
        ("product", product_path()),
        ("content page", "/pages/imprint/"),
        ("sign-in", "/account/sign-in/"),
    ):
        yield Page(name, KNOWN_SHOPPER, path, SHOP_QUERIES, SHOP_BYTES)
    yield Page("list, kept", SHOPPER, "/products/", 0, SHOP_BYTES)


def buyers_pages(people: People, sale: Sale) -> Iterator[Page]:
    for visitor, paths in ((sale.buyer, sale.shop_pages), (people.customer, sale.account_pages)):
        for name, path in paths.items():
            yield Page(name, visitor, path, SALE_QUERIES, SHOP_BYTES)


def console_pages(people: People, sale: Sale) -> Iterator[Page]:
    pk = product_id()
    for visitor, door, paths in (
        (
            people.owner,
            "dashboard",
            (
                "",
                "products/",
                "products/?q=camera",
                f"products/{pk}/",
                "categories/",
                "customers/",
                "pages/",
                "profile/",
                "settings/",
                *sale.dashboard_paths,
            ),
        ),
        (
            people.admin,
            "admin",
            (
                "",
                "catalog/product/",
                f"catalog/product/{pk}/change/",
                "catalog/category/",
                "catalog/vatrate/",
                "customers/customer/",
                "cms/page/",
                "tenancy/vendor/",
                "tenancy/company/",
                "tenancy/vendordomain/",
                "tenancy/vendormembership/",
                "platform_core/user/",
                *sale.admin_paths,
            ),
        ),
        (
            people.operator,
            "hub",
            ("", "platform_core/platform/", "platform_core/user/", "tenancy/vendor/", "tenancy/company/"),
        ),
    ):
        root = "/vendor/" if door == "dashboard" else "/admin/"
        for path in paths:
            yield Page(
                f"{door} {_short(path) or 'home'}", visitor, f"{root}{path}", CONSOLE_QUERIES, CONSOLE_BYTES
            )


def api_pages(people: People, sale: Sale) -> Iterator[Page]:
    for path in (
        "products/?limit=20",
        "products/?limit=20&q=camera",
        f"{product_path().removeprefix('/')}",
        "categories/",
    ):
        yield Page(f"storefront {path}", SHOPPER, f"/api/v1/storefront/{path}", SHOP_QUERIES)
    for path in sale.storefront_calls:
        yield Page(f"storefront {_short(path)}", SHOPPER, f"/api/v1/storefront/{path}", SALE_QUERIES)
    for path in (
        "products/?limit=20",
        "products/?limit=20&q=camera",
        "variants/?limit=20",
        "categories/",
        "domains/",
        "team/",
        *sale.vendor_calls,
    ):
        yield Page(f"vendor {_short(path)}", people.owners_script, f"/api/v1/vendor/{path}", CONSOLE_QUERIES)
    for path in ("vendors/", "companies/", "users/", "domains/"):
        yield Page(f"admin {path}", people.admins_script, f"/api/v1/admin/{path}", CONSOLE_QUERIES)


def _short(path: str) -> str:
    """The path with long ids cut off, so that the table stays readable."""
    return "/".join(part if len(part) <= MOST_LETTERS else f"{part[:4]}…" for part in path.split("/"))


def measure(options: Namespace) -> Iterator[Table]:
    """Tables of the storefront, of what it links, of the consoles and of the API."""
    factory = RequestFactory()
    with override_settings(MIDDLEWARE=[]):
        handler = WSGIHandler()

    def bare() -> object:
        request = handler.request_class(factory.get("/").environ)
        request.urlconf = "bench.bare"
        return handler.get_response(request)

    yield _tenancy()
    yield _table("Storefront pages, without the page cache but for the last", storefront_pages(), bare)
    yield _assets()
    with signed_in() as people, sale(product_path()) as found:
        yield _table("Cart, checkout and orders of buyers", buyers_pages(people, found), bare)
        yield _table("Dashboard and admin", console_pages(people, found), bare)
        yield _table("API", api_pages(people, found), bare)


def _tenancy() -> Table:
    factory = RequestFactory()
    alone = milliseconds(lambda: bare_view(factory.get("/")), rounds=300)
    middleware = TenancyMiddleware(bare_view)  # type: ignore[arg-type]
    inside = milliseconds(lambda: middleware(factory.get("/", headers={"host": SHOP_HOST})), rounds=300)  # type: ignore[arg-type]
    spent = 1000 * (inside - alone)
    table = Table("What every request pays", {"µs": ".0f"})
    table.add(
        "host, context and language",
        spent,
        budget=f"{TENANCY_MICROSECONDS} µs",
        is_kept=spent <= TENANCY_MICROSECONDS,
    )
    add_gates(table)
    return table


def _table(title: str, pages: Iterator[Page], bare: Callable[[], object]) -> Table:
    table = Table(title, COLUMNS)
    for page in pages:
        page.visitor.get(page.path)
        response = page.visitor.get(page.path)
        queries = len(page.visitor.queries(page.path))
        size = len(gzip.compress(response.content, 6))
        spent, bare_spent = _side_by_side(lambda page=page: page.visitor.get(page.path), bare)  # type: ignore[misc]
        budget = f"{page.queries} queries" + (f", {page.bytes_gz // 1024} KB" if page.bytes_gz else "")
        is_kept = (
            response.status_code == 200
            and queries <= page.queries
            and (page.bytes_gz is None or size <= page.bytes_gz)
        )
        values = (response.status_code, queries, size, spent, spent / bare_spent)
        table.add(page.name, *values, budget=budget, is_kept=is_kept, is_firm=True)
    return table


def _side_by_side(page: Callable[[], object], bare: Callable[[], object]) -> tuple[float, float]:
    """The medians of a page and of the bare view, asked by turns."""
    times = [(timed(page), timed(bare)) for _round in range(ROUNDS)]
    return statistics.median(spent for spent, _ in times), statistics.median(spent for _, spent in times)


def _assets() -> Table:
    """What the shop's pages link: style sheets and scripts, each once."""
    pages = [SHOPPER.get(page.path).content.decode() for page in storefront_pages()]
    found = {
        "CSS": (r'<link[^>]+href="/static/([^"]+\.css)[^"]*"', STYLE_BYTES),
        "JavaScript": (r'<script[^>]+src="/static/([^"]+\.js)[^"]*"', SCRIPT_BYTES),
    }
    table = Table("What the storefront's pages link, all of them together", {"files": "d", "bytes gz": "d"})
    for name, (pattern, most) in found.items():
        files = sorted({path for page in pages for path in re.findall(pattern, page)})
        size = sum(len(gzip.compress(Path(str(finders.find(path))).read_bytes(), 6)) for path in files)
        table.add(
            name,
            len(files),
            size,
            budget=f"{most // 1024} KB",
            is_kept=size <= most,
            is_firm=True,
        )
    return table

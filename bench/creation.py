"""A platform with every migration of its schema, and vendors on it; all are taken away again."""

from __future__ import annotations

import statistics
from argparse import Namespace
from collections.abc import Iterator
from contextlib import ExitStack

from bench.report import Table
from bench.tenants import bench_platform, company_of
from bench.visitors import timed
from modules.tenancy.services import create_vendor
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.models import Platform

PLATFORM_SECONDS, VENDOR_MS = 15, 100
PLATFORMS, VENDORS = 2, 30


def measure(options: Namespace) -> Iterator[Table]:
    """One table, in milliseconds."""
    table = Table("Creation, by the service", {"median ms": ".1f", "worst ms": ".1f", "made": "d"})
    with ExitStack() as stack:
        platforms: list[Platform] = []

        def make_platform() -> None:
            platforms.append(stack.enter_context(bench_platform(f"bench-made-{len(platforms)}")))

        found = [timed(make_platform) for _platform in range(PLATFORMS)]
        _add(table, "platform", found, f"{PLATFORM_SECONDS} s", 1000 * PLATFORM_SECONDS)
        platform, company = platforms[0], company_of(platforms[0])
        numbers = iter(range(VENDORS))

        def make_vendor() -> None:
            number = next(numbers)
            create_vendor(platform=platform, company=company, code=f"shop-{number}", name=f"Shop {number}")

        with platform_context(role="operator"):
            found = [timed(make_vendor) for _vendor in range(VENDORS)]
        _add(table, "vendor", found, f"{VENDOR_MS} ms", VENDOR_MS)
    yield table


def _add(table: Table, name: str, found: list[float], budget: str, most: float) -> None:
    median = statistics.median(found)
    table.add(name, median, max(found), len(found), budget=budget, is_kept=median <= most)

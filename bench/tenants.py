"""Platforms and vendors made for a measurement, and taken away after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from modules.orders.demo.facts import IBAN, METHODS
from modules.orders.services import save_shipping_method
from modules.payments.services import save_method
from modules.tenancy.models import Company, Vendor
from modules.tenancy.services import create_company, delete_platform_with_vendors
from platform_core.modules.service import module_service
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.hosts import host_directory
from platform_core.tenancy.models import Platform
from platform_core.tenancy.services import create_platform


def platform_host(code: str) -> str:
    return f"{code}.localhost"


@contextmanager
def bench_platform(code: str) -> Iterator[Platform]:
    """A platform of its own, deleted with all that is in it; one that a killed run has left is deleted first."""
    _remove(code)
    try:
        create_platform(code=code, name="Bench", host=platform_host(code))
        with platform_context(role="operator"):
            platform = Platform.objects.prefetch_related("domains").get(code=code)
        yield platform
    finally:
        _remove(code)


def _remove(code: str) -> None:
    with platform_context(role="operator"):
        platform = Platform.objects.filter(code=code).first()
    if platform is not None:
        delete_platform_with_vendors(platform=platform)


def company_of(platform: Platform) -> Company:
    """The one company that owns every vendor of a measurement."""
    with platform_context(role="operator"):
        return create_company(platform=platform, legal_name="Bench", email="shop@bench.test")


def make_vendors(platform: Platform, count: int) -> list[Vendor]:
    """Vendors in one statement: `shop-0`, `shop-1` and so on, each with its storefront."""
    company = company_of(platform)
    with platform_context(role="operator"):
        Vendor.objects.bulk_create(
            Vendor(platform=platform, company=company, code=f"shop-{number}", name=f"Shop {number}")
            for number in range(count)
        )
        host_directory.forget()
        return list(Vendor.objects.filter(platform=platform).order_by("pk"))


def begin_to_sell(platform: Platform, vendors: list[Vendor]) -> None:
    """The platform has orders on, and each shop the ways to ship and to pay of the demo's shops."""
    with platform_context(role="operator"):
        module_service.enable_module(platform, "orders")
    for vendor in vendors:
        with platform_context(platform, vendor):
            account = {"payee": vendor.name, "iban": IBAN, "bic": ""}
            counter = {"place": "5, rue du Fossé, 1536 Luxembourg", "hint": {}}
            save_method(gateway="bank_transfer", config=account, is_active=True, position=1)
            save_method(gateway="cash_on_collection", config=counter, is_active=True, position=2)
            for position, facts in enumerate(METHODS, start=1):
                save_shipping_method(position=position, **facts)

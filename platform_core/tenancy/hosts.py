"""Whose host is this? Answered from a process cache: a warm request costs no query.

A host is the hub's, a platform's, a platform's admin's (`admin.<platform host>`), a vendor's subdomain
(`<vendor code>.<platform host>`) or a vendor's own domain. Which vendor, the tenancy module answers through
the two extension points. An unknown host is nobody's.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Literal

from django.conf import settings
from django.db import transaction

from platform_core.extensions import ExtensionPoint
from platform_core.tenancy.context import PlatformRef, VendorRef, platform_context
from platform_core.tenancy.models import Domain, Platform
from platform_core.tenancy.versions import SharedVersion

SiteKind = Literal["hub", "platform", "admin", "storefront"]

RESERVED_CODES = frozenset(
    {"admin", "www", "api", "static", "media", "vendors", "vendor", "shop", "health", "internal", "metrics"}
    | {"public", "extensions", "information-schema", "mail", "ftp", "localhost"}
)

# tenancy answers: (host) -> the vendor that host serves, active domains only.
vendor_by_host: ExtensionPoint[[str], VendorRef | None] = ExtensionPoint("vendor_by_host")
# tenancy answers: (host) -> a host of a vendor's own below it, if one is served.
vendor_host_below: ExtensionPoint[[str], str | None] = ExtensionPoint("vendor_host_below")
# tenancy answers: (platform id, vendor code) -> that vendor.
vendor_by_code: ExtensionPoint[[int, str], VendorRef | None] = ExtensionPoint("vendor_by_code")

ENTRY_SECONDS = 60.0
MAX_ENTRIES = 10_000


@dataclass(frozen=True, slots=True)
class Site:
    """What stands behind a host."""

    kind: SiteKind
    platform: PlatformRef | None = None
    vendor: VendorRef | None = None


def normalise_host(host: str) -> str:
    """Lower-case, without port and trailing dot."""
    name = host.strip().lower()
    if name.startswith("["):
        return name.split("]")[0] + "]"
    return (name.rsplit(":", 1)[0] if ":" in name else name).removesuffix(".")


class HostDirectory:
    """Host → site, remembered per process until the shared version changes or ENTRY_SECONDS pass."""

    def __init__(self) -> None:
        self._version = SharedVersion("hosts")
        self._entries: OrderedDict[str, tuple[int, float, Site | None]] = OrderedDict()
        self._lock = Lock()

    def version(self) -> int:
        """Changes whenever a host may have another site."""
        return self._version.current()

    def find(self, host: str) -> Site | None:
        """The site behind a host as the browser sent it, or None."""
        name = normalise_host(host)
        if name in settings.HUB_HOSTS:
            return Site("hub")
        return self._remember(f"host:{name}", lambda: self._look_up(name))

    def find_shop(self, platform: PlatformRef, code: str) -> Site | None:
        """The storefront of a vendor by its code, for path mode."""
        return self._remember(f"shop:{platform.id}:{code}", lambda: self._shop(platform, code))

    def changed(self) -> None:
        """A platform, vendor or domain has changed: every process looks again, once this is committed."""
        transaction.on_commit(self.forget, robust=True)

    def forget(self) -> None:
        with self._lock:
            self._entries.clear()
        self._version.bump()

    def _remember(self, key: str, look_up):  # type: ignore[no-untyped-def]
        version, now = self._version.current(), time.monotonic()
        entry = self._entries.get(key)
        if entry is not None and entry[0] == version and now - entry[1] < ENTRY_SECONDS:
            return entry[2]
        site = look_up()
        with self._lock:
            self._entries[key] = (version, now, site)
            while len(self._entries) > MAX_ENTRIES:
                self._entries.popitem(last=False)
        return site

    def _look_up(self, name: str) -> Site | None:
        if "\0" in name or len(name) > 253:
            return None
        first, _dot, parent = name.partition(".")
        with platform_context(role="gatekeeper"):
            domains = {
                domain.domain: domain.tenant
                for domain in Domain.objects.select_related("tenant")
                .prefetch_related("tenant__domains")
                .filter(domain__in=[name, parent], tenant__status=Platform.Status.ACTIVE)
            }
            if name in domains:
                return Site("platform", domains[name].ref)
            if parent in domains:
                platform = domains[parent].ref
                if first == "admin":
                    return Site("admin", platform)
                return self._shop(platform, first)
            vendor = vendor_by_host.first(name)
            if vendor is None:
                return None
            owner = (
                Platform.objects.prefetch_related("domains")
                .filter(pk=vendor.platform_id, status=Platform.Status.ACTIVE)
                .first()
            )
            return Site("storefront", owner.ref, vendor) if owner else None

    def _shop(self, platform: PlatformRef, code: str) -> Site | None:
        if code in RESERVED_CODES or "\0" in code:
            return None
        with platform_context(role="gatekeeper"):
            vendor = vendor_by_code.first(platform.id, code)
        return Site("storefront", platform, vendor) if vendor else None


host_directory = HostDirectory()

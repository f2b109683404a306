"""The sites that are asked: the hub, platforms, their admins, and each shop at its three addresses."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from platform_core.identity.audience import Audience
from platform_core.tenancy.middleware import OPERATIONS_URLCONF, URLCONFS
from tests.isolation.matrix.world import World

HOSTS = {"lux": "lux.localhost", "mosel": "mosel.localhost"}


@dataclass(frozen=True)
class Place:
    """A site under one of its addresses. `platform` and `shop` are names of the world, "" where there is none."""

    name: str
    kind: str
    host: str
    prefix: str = ""
    platform: str = ""
    shop: str = ""

    @property
    def urlpatterns(self) -> list[Any]:
        urlconf = OPERATIONS_URLCONF if self.kind == "operations" else URLCONFS[self.kind]
        return import_module(urlconf).urlpatterns

    def audience_at(self, path: str) -> Audience:
        """Who is somebody here: everybody else is as unknown as a stranger."""
        if self.kind == "platform" and path.startswith(("/api/v1/admin/", "/api/v1/modules/")):
            return Audience.STAFF
        return {
            "hub": Audience.OPERATOR,
            "admin": Audience.STAFF,
            "platform": Audience.VENDOR,
            "storefront": Audience.CUSTOMER,
            "operations": Audience.KEY,
        }[self.kind]

    def cookie(self, code: str) -> str:
        """The name of the session's cookie; `code` is the shop's."""
        name = {"storefront": "wz_shop", "platform": "wz_vendor", "admin": "wz_admin"}.get(
            self.kind, "wz_hub"
        )
        return f"{name}_{code}" if self.prefix else name


def places(world: World) -> dict[str, Place]:
    """Every site by its name: `hub`, `lux`, `lux-admin`, `alpha`, `alpha-own`, `alpha-path`, `operations`."""
    found = [Place("hub", "hub", "localhost"), Place("operations", "operations", "localhost")]
    for code, host in HOSTS.items():
        found += [Place(code, "platform", host, platform=code)]
        found += [Place(f"{code}-admin", "admin", f"admin.{host}", platform=code)]
        for shop in world.shops_of(code):
            slug, facts = world.vendors[shop].code, {"platform": code, "shop": shop}
            found += [
                Place(shop, "storefront", f"{slug}.{host}", **facts),
                Place(f"{shop}-own", "storefront", world.own_hosts[shop], **facts),
                Place(f"{shop}-path", "storefront", host, prefix=f"/vendors/{slug}/shop", **facts),
            ]
    return {place.name: place for place in found}

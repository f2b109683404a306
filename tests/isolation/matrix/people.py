"""Who comes, and what they carry: a session of some site, a token of some portal, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.test import Client

from platform_core.identity.audience import Audience
from platform_core.modules.registry import permission_codes
from platform_core.roles import VENDOR_CLERK, VENDOR_OWNER
from tests.api_client import Api
from tests.conftest import PASSWORD
from tests.isolation.matrix.places import Place
from tests.isolation.matrix.world import World

ANY_PORTAL = "/api/v1/auth/"


@dataclass(frozen=True)
class Actor:
    """Somebody with a credential of one place. `scope` is the mark that is their own."""

    name: str
    audience: Audience | None = None
    via: str = ""
    credential: str = ""
    refresh: str = ""
    platform: str = ""
    shop: str = ""
    role: str = ""
    scope: str = ""
    email: str = ""
    account_id: int = 0

    def counts_at(self, place: Place, path: str) -> bool:
        """Whether the credential was made for this address; anywhere else its bearer is a stranger."""
        if self.audience is None or place.platform != self.platform:
            return False
        wanted = place.audience_at(path)
        if self.via == "token":
            if not path.startswith("/api/"):
                return False
            if path.startswith(ANY_PORTAL) and wanted is not Audience.CUSTOMER:
                return self.audience in (Audience.STAFF, Audience.VENDOR)
        return wanted is self.audience and (wanted is not Audience.CUSTOMER or self.shop == place.shop)

    def may(self, permission: str | None) -> bool:
        if permission is None or self.audience in (Audience.STAFF, Audience.OPERATOR, Audience.KEY):
            return True
        return bool(self.role) and permission in permission_codes(self.role)


def everybody(world: World, places: dict[str, Place]) -> dict[str, Actor]:
    """All actors by name, signed in through the doors that browsers and scripts use."""
    doors = _Doors(world, places)
    actors = [
        Actor("stranger"),
        doors.customer("anna", "alpha"),
        doors.customer("anna", "alpha", via="token"),
        doors.customer("otto", "alpha"),
        doors.customer("berta", "beta"),
        doors.customer("berta", "beta", via="token"),
        doors.customer("gerd", "gamma"),
        doors.customer("gerd", "gamma", via="token"),
        doors.team("alpha-owner", "alpha", VENDOR_OWNER),
        doors.team("alpha-owner", "alpha", VENDOR_OWNER, via="token"),
        doors.team("alpha-clerk", "alpha", VENDOR_CLERK),
        doors.team("alpha-clerk", "alpha", VENDOR_CLERK, via="token"),
        doors.team("double", "alpha", VENDOR_OWNER),
        doors.team("double", "alpha", VENDOR_OWNER, via="token"),
        doors.team("beta-owner", "beta", VENDOR_OWNER),
        doors.team("beta-owner", "beta", VENDOR_OWNER, via="token"),
        doors.team("gamma-owner", "gamma", VENDOR_OWNER),
        doors.team("gamma-owner", "gamma", VENDOR_OWNER, via="token"),
        doors.staff("lux-staff", "lux"),
        doors.staff("lux-staff", "lux", via="token"),
        doors.staff("mosel-staff", "mosel"),
        doors.staff("mosel-staff", "mosel", via="token"),
        doors.staff("root", "lux"),
        doors.operator("root"),
        Actor("scraper", Audience.KEY, "token", settings.METRICS_KEY),
    ]
    return {actor.name: actor for actor in actors}


class _Doors:
    """The sign-in pages and the token endpoints."""

    def __init__(self, world: World, places: dict[str, Place]) -> None:
        self.world = world
        self.places = places

    def _session(self, place: Place, path: str, email: str, **more: str) -> str:
        client = Client(headers={"host": place.host})
        answer = client.post(f"{place.prefix}{path}", {"email": email, "password": PASSWORD, **more})
        assert answer.status_code == 302, f"{email} cannot sign in at {place.name}: {answer.status_code}"
        return client.cookies[place.cookie("")].value

    def _actor(
        self, name: str, audience: Audience, place: Place, account: Any, via: str, **facts: Any
    ) -> Actor:
        at = place.shop or place.platform or "hub"
        label = f"{name}@{facts.get('shop') or at}-{audience}-{via}"
        common = {"platform": place.platform, "email": account.email, "account_id": account.pk, **facts}
        if via == "token":
            api = Api(place.host)
            named = {"vendor": self.world.vendors[facts["shop"]].code} if audience is Audience.VENDOR else {}
            answer = api.sign_in(account.email, PASSWORD, **named)
            assert answer.status_code == 200, f"{label}: {answer.content!r}"
            return Actor(label, audience, via, api.access, api.refresh, **common)
        path = {
            Audience.CUSTOMER: "/account/sign-in/",
            Audience.VENDOR: "/vendor/sign-in/",
            Audience.STAFF: "/admin/login/",
            Audience.OPERATOR: "/admin/login/",
        }[audience]
        return Actor(label, audience, via, self._session(place, path, account.email), **common)

    def customer(self, name: str, shop: str, *, via: str = "session") -> Actor:
        scope = f"{shop}:{name}"
        account = self.world.customers[scope]
        return self._actor(name, Audience.CUSTOMER, self.places[shop], account, via, shop=shop, scope=scope)

    def team(self, name: str, shop: str, role: str, *, via: str = "session") -> Actor:
        place, account = self.places[self.world.platform_of[shop]], self.world.users[name]
        facts = {"shop": shop, "role": role, "scope": f"user:{name}"}
        return self._actor(name, Audience.VENDOR, place, account, via, **facts)

    def staff(self, name: str, platform: str, *, via: str = "session") -> Actor:
        place = self.places[platform if via == "token" else f"{platform}-admin"]
        return self._actor(name, Audience.STAFF, place, self.world.users[name], via, scope=f"user:{name}")

    def operator(self, name: str) -> Actor:
        return self._actor(
            name,
            Audience.OPERATOR,
            self.places["hub"],
            self.world.users[name],
            "session",
            scope=f"user:{name}",
        )

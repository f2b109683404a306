"""Who may see and change whose: the one place that says so, in words of its own and not by the product's gate."""

from __future__ import annotations

from dataclasses import dataclass

from platform_core.identity.audience import Audience
from platform_core.identity.policy import Policy
from tests.isolation.matrix.people import Actor
from tests.isolation.matrix.places import Place
from tests.isolation.matrix.world import World

USERS_OF = {
    "lux": ("lux-staff", "alpha-owner", "alpha-clerk", "beta-owner", "beta-clerk", "double", "roamer"),
    "mosel": ("mosel-staff", "gamma-owner", "gamma-clerk", "delta-owner", "delta-clerk", "roamer"),
}
TEAM_OF = {
    "alpha": ("alpha-owner", "alpha-clerk", "double"),
    "beta": ("beta-owner", "beta-clerk", "roamer"),
    "gamma": ("gamma-owner", "gamma-clerk"),
    "delta": ("delta-owner", "delta-clerk", "roamer"),
}
WORKS_ELSEWHERE = {"user:roamer"}


@dataclass(frozen=True)
class Reach:
    """Scopes whose marks an answer may hold, scopes whose rows a request may change, and where it may add rows."""

    sees: frozenset[str]
    changes: frozenset[str]
    vendors: frozenset[int]
    platforms: frozenset[int]
    # Schemas of platforms, `public` for what stands beside them.
    schemas: frozenset[str]


def users(names: tuple[str, ...]) -> set[str]:
    return {f"user:{name}" for name in names}


def reach(world: World, actor: Actor, place: Place, path: str, policy: Policy | None) -> Reach:
    """What `actor` may see and change with a request for `path` (below the place's prefix) at `place`."""
    sees, changes, vendors, platforms = _public(world, place, path), set[str](), set[int](), set[int]()
    if place.platform:
        platforms.add(world.platforms[place.platform].pk)
    if place.shop:
        # Whoever shops adds rows to the shop: accounts, baskets.
        vendors.add(world.vendors[place.shop].pk)
    schemas = {"public", place.platform}
    if not actor.counts_at(place, path):
        return _frozen(sees, changes | _self(actor), vendors, platforms, schemas)
    sees |= {actor.scope, f"{actor.platform}:sign", f"{actor.shop}:sign"}
    changes |= _self(actor)
    if policy is not None and not actor.may(policy.permission):
        return _frozen(sees, changes, vendors, platforms, schemas)
    if actor.audience is Audience.VENDOR:
        sees |= _shop(world, actor.shop) | {actor.platform} | users(TEAM_OF[actor.shop])
        changes |= _shop(world, actor.shop) - world.customer_scopes(actor.shop)
        vendors.add(world.vendors[actor.shop].pk)
    elif actor.audience is Audience.STAFF:
        everything = {actor.platform, f"{actor.platform}:sign", f"{actor.platform}:staff"}
        for shop in world.shops_of(actor.platform):
            everything |= _shop(world, shop)
            vendors.add(world.vendors[shop].pk)
        people = users(USERS_OF[actor.platform])
        sees |= everything | people
        changes |= everything | (people - WORKS_ELSEWHERE)
    elif actor.audience is Audience.OPERATOR:
        everything = {"hub", *users(tuple(world.users))}
        for code in world.platforms:
            everything |= {f"{code}:sign", f"{code}:staff"}
            platforms.add(world.platforms[code].pk)
            for shop in world.shops_of(code):
                everything |= {f"{shop}:{part}" for part in ("sign", "firm", "desk")}
                vendors.add(world.vendors[shop].pk)
        sees |= everything
        changes |= everything
    return _frozen(sees, changes, vendors, platforms, schemas)


def _public(world: World, place: Place, path: str) -> set[str]:
    """What the place shows to everybody."""
    if place.kind == "hub":
        return {f"{code}:sign" for code in world.platforms} if path == "/" else set()
    if place.kind == "operations":
        return set()
    sees = {f"{place.platform}:sign"}
    if place.shop:
        sees |= {place.platform, place.shop, *(f"{place.shop}:{part}" for part in ("sign", "firm", "file"))}
    elif path == "/":
        sees |= {f"{shop}:sign" for shop in world.shops_of(place.platform)}
        # The tile of a shop shows one of its pictures.
        sees |= set(world.shops_of(place.platform))
    if not place.shop:
        sees |= {f"{shop}:file" for shop in world.shops_of(place.platform)}
    return sees


def _shop(world: World, shop: str) -> set[str]:
    """A shop's own rows and its customers', as its team sees them."""
    parts = {f"{shop}:{part}" for part in ("sign", "firm", "team", "desk", "file")}
    return {shop, *parts, *world.customer_scopes(shop)}


def _self(actor: Actor) -> set[str]:
    return {actor.scope} if actor.scope else set()


def _frozen(
    sees: set[str], changes: set[str], vendors: set[int], platforms: set[int], schemas: set[str]
) -> Reach:
    return Reach(*(frozenset(part) for part in (sees, changes, vendors, platforms, schemas)))  # type: ignore[arg-type]

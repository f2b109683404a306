"""The stage of the matrix: the world, its sites and its people, in a database that reports every change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import dns.resolver

from modules.tenancy.models import VendorDomain
from platform_core.tenancy.context import platform_context
from tests.isolation.matrix.people import Actor, everybody
from tests.isolation.matrix.places import Place, places
from tests.isolation.matrix.plan import Plan
from tests.isolation.matrix.world import World


@dataclass(frozen=True)
class Stage:
    """What every part of the matrix starts from."""

    world: World
    places: dict[str, Place]
    actors: dict[str, Actor]

    @contextmanager
    def plan(self, place: str) -> Iterator[Plan]:
        """The matrix of one place; what it asks is taken back, and the logs are its own."""
        plan = Plan(self.world, self.actors, self.places, place)
        try:
            yield plan
        finally:
            plan.asker.close()


def make_stage() -> Stage:
    world = World().build()
    sites = places(world)
    return Stage(world, sites, everybody(world, sites))


def name_server() -> Callable[..., Any]:
    """`Resolver.resolve` of a name server that knows the proofs of all domains there are, and asks nobody."""

    def resolve(_resolver: Any, name: Any, *_more: Any, **_options: Any) -> list[Any]:
        with platform_context(role="gatekeeper"):
            domain = VendorDomain.objects.filter(host=str(name).removeprefix("_wizamart.")).first()
        if domain is None:
            raise dns.resolver.NXDOMAIN
        return [SimpleNamespace(strings=[domain.token.encode()])]

    return resolve

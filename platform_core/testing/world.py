"""What a contract is held in: a platform, a shop on it, and people who have signed in while everything was on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.test import Client

from platform_core.tenancy.models import Platform

# The kinds of sites that people come to, by the name of their URL configuration.
SITES = ("storefront", "platform", "admin")


@dataclass(frozen=True)
class World:
    """The contract's fixtures, as `contract_world` of tests/conftest.py makes them.

    `people` are browsers and scripts by site and by who has signed in: on every site `anonymous`, and whoever belongs
    there. `staff` is a user of the platform's staff, `neighbour` a browser in a shop of another platform.
    """

    platform: Platform
    vendor: Any
    staff: Any
    neighbour: Client
    people: Mapping[str, Mapping[str, Client]]


def is_told(who: str, path: str) -> bool:
    """Whether somebody is told that a module is off: platform staff, where they are known as such."""
    return who in {"admin", "superuser"} or (who == "admin's script" and path.startswith("/api/v1/admin/"))

"""What modules add to the dashboard's home page: figures that lead to their lists, and parts of their own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve
from moneyed import Money

from platform_core.extensions import ExtensionPoint
from platform_core.identity.policy import policy_of
from platform_core.modules.features import feature_gate
from platform_core.tenancy.requests import VendorRequest


@dataclass(frozen=True, slots=True)
class HomeTile:
    """A figure, and the list behind it.

    `number` is how many rows the list at `url` has with its filters, or the sum of their totals where it is Money.
    A task stands among what is to be done, and its `label` says the number itself. Lower orders stand further up.
    """

    label: str
    number: int | Money
    url: str
    hint: str = ""
    icon: str = ""
    tone: str = "neutral"
    is_task: bool = False
    order: int = 100

    @property
    def is_money(self) -> bool:
        return isinstance(self.number, Money)


@dataclass(frozen=True, slots=True)
class HomePanel:
    """A part of the dashboard's home: a template with its context. Lower orders stand further up."""

    template: str
    context: dict[str, Any] = field(default_factory=dict)
    order: int = 100


# Every module answers with what the person may see; figures are counted when the page is asked for.
home_tiles: ExtensionPoint[[VendorRequest], tuple[HomeTile, ...]] = ExtensionPoint("home_tiles")
home_panels: ExtensionPoint[[VendorRequest], tuple[HomePanel, ...]] = ExtensionPoint("home_panels")


def tiles_of(request: VendorRequest) -> list[HomeTile]:
    """The tiles whose lists the person may open, in their order: a figure tells no more than its list."""
    tiles = (tile for answer in home_tiles.all() for tile in answer(request))
    return sorted(_whose_list_opens(request, tiles), key=lambda tile: tile.order)


def _whose_list_opens(request: VendorRequest, tiles: Iterable[HomeTile]) -> list[HomeTile]:
    known: dict[str, bool] = {}
    found = []
    for tile in tiles:
        path = urlsplit(tile.url).path
        if path not in known:
            known[path] = _may_open(request, path)
        if known[path]:
            found.append(tile)
    return found


def _may_open(request: VendorRequest, path: str) -> bool:
    """Whether a page is there, its policy lets the person in, and the shop's plan has what it needs."""
    try:
        view = resolve(path, urlconf=request.urlconf).func
    except Resolver404:
        return False
    policy, principal = policy_of(view, "GET"), request.principal
    return (
        policy is not None
        and principal is not None
        and principal.audience is policy.audience
        and principal.may(policy.permission)
        and (policy.feature is None or feature_gate.check_here(policy.feature).allowed)
    )

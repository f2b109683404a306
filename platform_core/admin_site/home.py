"""The first page: figures that lead to their lists, what waits, and whether everything is well."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.contrib.admin.models import LogEntry
from django.utils.functional import Promise

from platform_core.admin_site.options import name_people
from platform_core.extensions import ExtensionPoint
from platform_core.identity.audience import Audience
from platform_core.modules.gates import hidden_labels
from platform_core.observability.health import HEALTHY, Report, health
from platform_core.tenancy.requests import SiteRequest

if TYPE_CHECKING:
    from platform_core.admin_site.sites import ConsoleSite

RECENT_ENTRIES = 8


@dataclass(frozen=True)
class Tile:
    """One figure: how many rows the list at `href` has, a screen of the site with its filters.

    `tone` is neutral, good, warn or bad.
    """

    label: str | Promise
    value: int
    hint: str | Promise = ""
    href: str = ""
    icon: str = ""
    tone: str = "neutral"
    order: int = 100


@dataclass(frozen=True)
class Panel:
    """A short list below the tiles: rows of (text, address, hint)."""

    title: str | Promise
    rows: Sequence[tuple[str, str, str]]
    href: str = ""
    empty: str | Promise = ""
    order: int = 100


# Modules answer for the hub or for a platform: (request) -> tiles and panels of theirs.
hub_home: ExtensionPoint[[SiteRequest], Sequence[Tile | Panel]] = ExtensionPoint("hub_home")
platform_home: ExtensionPoint[[SiteRequest], Sequence[Tile | Panel]] = ExtensionPoint("platform_home")


def facts(site: ConsoleSite, request: SiteRequest) -> dict[str, Any]:
    """What the home page shows."""
    point = hub_home if site.audience is Audience.OPERATOR else platform_home
    parts = sorted((part for answer in point.all() for part in answer(request)), key=lambda part: part.order)
    tiles = whose_list_opens(site, request, (part for part in parts if isinstance(part, Tile)))
    entries = LogEntry.objects.exclude(content_type__app_label__in=hidden_labels())
    recent = list(entries.select_related("content_type").order_by("-action_time", "-pk")[:RECENT_ENTRIES])
    name_people(recent)
    report = health()
    return {
        "tiles": tiles,
        "panels": [part for part in parts if isinstance(part, Panel)],
        "recent": recent,
        "health": report,
        "troubles": troubles(report),
        "is_hub": site.audience is Audience.OPERATOR,
    }


def whose_list_opens(site: ConsoleSite, request: SiteRequest, tiles: Iterable[Tile]) -> list[Tile]:
    """The tiles whose lists the person may see: a figure tells no more than its list."""
    screens = {screen.address("changelist"): screen for screen in site.admins().values()}
    found = []
    for tile in tiles:
        screen = screens.get(urlsplit(tile.href).path)
        if screen is not None and screen.has_view_permission(request):
            found.append(tile)
    return found


def troubles(report: Report) -> list[tuple[str, str]]:
    """(check, what it found) of all that is not well."""
    return [
        (result.name, str(result.facts.get("error", result.status)))
        for result in report.results
        if result.status != HEALTHY
    ]

"""Questions other modules may answer: what stands on a dashboard's home page."""

from __future__ import annotations

from dataclasses import dataclass

from platform_core.extensions import ExtensionPoint


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure of the home page. It equals the count of the list behind `url`."""

    label: str
    value: int
    url: str
    icon: str
    hint: str = ""
    tone: str = "neutral"


@dataclass(frozen=True, slots=True)
class Task:
    """Something that waits for somebody: one line with the way to it."""

    text: str
    url: str
    icon: str = "circle-alert"


# Asked in the vendor's context: (interface language) -> figures, best first.
dashboard_tiles: ExtensionPoint[[str], list[Tile]] = ExtensionPoint("dashboard_tiles")
# Asked in the vendor's context: (interface language) -> what needs attention.
dashboard_tasks: ExtensionPoint[[str], list[Task]] = ExtensionPoint("dashboard_tasks")

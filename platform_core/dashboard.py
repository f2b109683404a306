"""What modules add to the dashboard's home page, a question each of them may answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from platform_core.extensions import ExtensionPoint
from platform_core.tenancy.requests import VendorRequest


@dataclass(frozen=True, slots=True)
class HomePanel:
    """A part of the dashboard's home: a template with its context. Lower orders stand further up."""

    template: str
    context: dict[str, Any] = field(default_factory=dict)
    order: int = 100


# Every module answers with the panels that the person may see; figures are counted when the page is asked for.
home_panels: ExtensionPoint[[VendorRequest], tuple[HomePanel, ...]] = ExtensionPoint("home_panels")

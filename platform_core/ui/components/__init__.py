"""Every component of the interface, with its arguments and examples."""

from __future__ import annotations

from platform_core.ui.components import action, input, move, shop, show
from platform_core.ui.components.registry import Argument, Component, Example, render

COMPONENTS: dict[str, Component] = {
    component.name: component
    for component in (
        *action.COMPONENTS,
        *input.COMPONENTS,
        *show.COMPONENTS,
        *move.COMPONENTS,
        *shop.COMPONENTS,
    )
}

__all__ = ["COMPONENTS", "Argument", "Component", "Example", "render"]

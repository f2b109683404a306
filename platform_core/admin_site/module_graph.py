"""A drawing of which module requires which: what is required stands above, and lines lead down to what requires it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise

from platform_core.modules.overview import ModuleStatus

# In the drawing's own units, which are pixels where there is room.
BOX_WIDTH, BOX_HEIGHT, GAP_X, GAP_Y, MARGIN = 140, 48, 16, 44, 4
PER_ROW = 6


@dataclass(frozen=True, slots=True)
class Box:
    """A module at its place, by its upper left corner. Its name stands above its state, both in the middle."""

    code: str
    name: str | Promise
    is_enabled: bool
    x: int
    y: int
    width: int = BOX_WIDTH
    height: int = BOX_HEIGHT

    @property
    def name_y(self) -> int:
        return self.y + 20

    @property
    def state_y(self) -> int:
        return self.y + 38

    @property
    def middle(self) -> tuple[int, int]:
        return self.x + self.width // 2, self.y + self.height // 2


@dataclass(frozen=True, slots=True)
class Line:
    """From the lower edge of what is required, or between two that conflict: the `d` of a path."""

    path: str
    is_conflict: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """Boxes and lines, and the size of all."""

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    width: int
    height: int


def draw(modules: Iterable[ModuleStatus]) -> Drawing:
    """The modules in rows: each below all that it requires, a row that would be too wide in two."""
    modules = list(modules)
    depths: dict[str, int] = {}
    # Each comes after those that it requires.
    for module in modules:
        depths[module.code] = 1 + max(
            (depths[code] for code in module.requires if code in depths), default=-1
        )
    rows: list[list[ModuleStatus]] = []
    for depth in sorted(set(depths.values())):
        level = [module for module in modules if depths[module.code] == depth]
        rows += [level[start : start + PER_ROW] for start in range(0, len(level), PER_ROW)]
    boxes = {
        module.code: Box(
            module.code,
            module.name,
            module.is_enabled,
            MARGIN + column * (BOX_WIDTH + GAP_X),
            MARGIN + row * (BOX_HEIGHT + GAP_Y),
        )
        for row, level in enumerate(rows)
        for column, module in enumerate(level)
    }
    lines = [
        _down(boxes[needed], boxes[module.code])
        for module in modules
        for needed in module.requires
        if needed in boxes
    ]
    lines += [
        _across(boxes[module.code], boxes[rival])
        for module in modules
        for rival in module.conflicts
        # Each pair once.
        if rival in boxes and module.code < rival
    ]
    widest = max((len(level) for level in rows), default=0)
    return Drawing(
        tuple(boxes.values()),
        tuple(lines),
        width=2 * MARGIN + widest * (BOX_WIDTH + GAP_X) - (GAP_X if widest else 0),
        # A gap below the last row as well, for what joins its modules.
        height=2 * MARGIN + len(rows) * (BOX_HEIGHT + GAP_Y),
    )


def _down(upper: Box, lower: Box) -> Line:
    x1, x2 = upper.middle[0], lower.middle[0]
    y1, y2 = upper.y + upper.height, lower.y
    bend = (y1 + y2) // 2
    return Line(f"M{x1} {y1}C{x1} {bend} {x2} {bend} {x2} {y2}")


def _across(one: Box, other: Box) -> Line:
    """Below a row, so that it passes behind none of those between; else straight."""
    (x1, y1), (x2, y2) = one.middle, other.middle
    if y1 != y2:
        return Line(f"M{x1} {y1}L{x2} {y2}", is_conflict=True)
    edge = one.y + one.height
    bend = edge + GAP_Y // 2
    return Line(f"M{x1} {edge}C{x1} {bend} {x2} {bend} {x2} {edge}", is_conflict=True)

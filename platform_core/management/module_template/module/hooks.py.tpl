"""What the module's definition names."""

from __future__ import annotations

from ${package}.models import ${model_class}
from platform_core.modules.hooks import Counts, count_rows
from platform_core.modules.state import platforms_where_on
from platform_core.tenancy.context import platform_context


def data_summary(_platform_id: int) -> Counts:
    """What a switch of the module would hide, in all shops of the platform."""
    return count_rows(${model_class})


def on_purge(_platform_id: int) -> None:
    """Delete what all shops of the platform have written."""
    ${model_class}.objects.all().delete()


def health() -> dict[str, int]:
    """Whether the table can be read wherever the module is on; how many entries there are."""
    count = 0
    for platform in platforms_where_on("${code}"):
        with platform_context(platform, role="staff"):
            count += ${model_class}.objects.count()
    return {"entries": count}

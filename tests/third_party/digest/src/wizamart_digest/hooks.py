from __future__ import annotations

from platform_core.modules.hooks import Counts, count_rows
from platform_core.modules.state import platforms_where_on
from platform_core.tenancy.context import platform_context
from wizamart_digest.models import Day


def data_summary(_platform_id: int) -> Counts:
    return count_rows(Day)


def on_purge(_platform_id: int) -> None:
    Day.objects.all().delete()


def health() -> dict[str, int]:
    """Whether the table can be read wherever the module is on."""
    count = 0
    for platform in platforms_where_on("digest"):
        with platform_context(platform, role="staff"):
            count += Day.objects.count()
    return {"days": count}

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import ngettext_lazy

from platform_core.modules.hooks import Counts, count_rows
from platform_core.modules.state import platforms_where_on
from platform_core.tenancy.context import platform_context
from wizamart_lockers.models import Parcel


def parcels_under_way(_platform_id: int) -> list[str | Promise]:
    """Why lockers cannot be switched off now."""
    count = Parcel.objects.filter(delivered_at=None).count()
    if not count:
        return []
    text = ngettext_lazy("{count} parcel is under way.", "{count} parcels are under way.", count)
    return [format_lazy(text, count=count)]


def data_summary(_platform_id: int) -> Counts:
    return count_rows(Parcel)


def on_purge(_platform_id: int) -> None:
    Parcel.objects.all().delete()


def health() -> dict[str, int]:
    """How many parcels are under way wherever the module is on."""
    count = 0
    for platform in platforms_where_on("lockers"):
        with platform_context(platform, role="staff"):
            count += Parcel.objects.filter(delivered_at=None).count()
    return {"under_way": count}

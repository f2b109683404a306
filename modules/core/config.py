"""What may be set of the module `core`."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import available_timezones

from django.conf import settings
from django.utils.translation import gettext, gettext_noop
from pydantic import AfterValidator, BaseModel, Field

REGIONS = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/", "UTC")


def time_zones() -> list[str]:
    """Every place of the time zone database."""
    return sorted(name for name in available_timezones() if name.startswith(REGIONS))


def _known_zone(name: str) -> str:
    if name not in time_zones():
        raise ValueError(gettext("Choose a time zone from the list."))
    return name


class CoreSettings(BaseModel):
    """Settings of a shop that belong to no trade of its own."""

    time_zone: Annotated[str, AfterValidator(_known_zone)] = Field(
        settings.TIME_ZONE,
        title=gettext_noop("Time zone"),
        description=gettext_noop("Dates and times on a shop's pages and in its mails are shown in it."),
        json_schema_extra={"enum": time_zones()},  # type: ignore[dict-item]
    )

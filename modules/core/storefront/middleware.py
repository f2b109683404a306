"""The shop's time zone, for every page of its storefront."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from functools import cached_property
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.utils import timezone

from modules.core.selectors import shop_time_zone
from platform_core.tenancy.requests import SiteRequest
from platform_core.trouble import wants_problem


class ShopZone(tzinfo):
    """The time zone of the context's shop, asked for with the first moment: most pages tell none."""

    @cached_property
    def zone(self) -> ZoneInfo:
        return shop_time_zone()

    def utcoffset(self, moment: datetime | None) -> timedelta | None:
        return self.zone.utcoffset(moment)

    def dst(self, moment: datetime | None) -> timedelta | None:
        return self.zone.dst(moment)

    def tzname(self, moment: datetime | None) -> str | None:
        return self.zone.tzname(moment)

    def fromutc(self, moment: datetime) -> datetime:
        return self.zone.fromutc(moment.replace(tzinfo=self.zone))

    def __str__(self) -> str:
        return str(self.zone)


class ShopTimeZoneMiddleware:
    """Moments on a shop's pages are told in the shop's time zone; scripts are told UTC. Stands behind the pages that are kept."""

    def __init__(self, get_response: Callable[[SiteRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: SiteRequest) -> HttpResponse:
        if request.site_kind != "storefront" or request.vendor is None or wants_problem(request):
            return self.get_response(request)
        with timezone.override(ShopZone()):
            return self.get_response(request)

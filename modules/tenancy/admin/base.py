"""What the screens of both sites share: whose platform, and how its column and filter look."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from platform_core.admin import ORGANISATION, PEOPLE
from platform_core.admin_site.options import SiteModelAdmin
from platform_core.tenancy.models import Platform
from platform_core.tenancy.requests import SiteRequest

__all__ = ["ORGANISATION", "PEOPLE", "HubScreen", "PlatformScreen", "platform_of"]


def platform_of(request: HttpRequest | SiteRequest) -> Platform:
    """The platform whose admin this is."""
    return Platform.objects.get(pk=request.platform.id)  # type: ignore[union-attr]


class PlatformScreen(SiteModelAdmin):
    """A screen of the site at hand: the platform is the host's, or at the hub chosen in the form."""

    is_hub = False

    def chosen_platform(self, request: SiteRequest, form: forms.ModelForm) -> Platform:
        """The platform that a new row belongs to."""
        return form.cleaned_data["platform"] if self.is_hub else platform_of(request)

    def get_list_display(self, request: HttpRequest) -> Any:
        columns = super().get_list_display(request)
        return (*columns, "platform") if self.is_hub else columns

    def get_list_filter(self, request: HttpRequest) -> Any:
        filters = super().get_list_filter(request)
        return ("platform", *filters) if self.is_hub else filters

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The screen's own, with the platform first at the hub."""
        sections = self.sections(obj)
        if not self.is_hub:
            return sections
        (name, options), *rest = sections
        return ((name, {**options, "fields": ("platform", *options["fields"])}), *rest)

    def sections(self, obj: Any) -> Any:
        """Fieldsets of a new row (None) or of `obj`, without the platform."""
        raise NotImplementedError

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = tuple(super().get_readonly_fields(request, obj))
        return (*fixed, "platform") if self.is_hub and obj is not None else fixed


class HubScreen:
    """Mixin, before the platform's screen: the same at the hub."""

    is_hub = True


PLATFORM_MISMATCH = _("This company stands on another platform. Choose one of “%(platform)s”.")

"""Companies: the legal persons behind vendors."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from modules.tenancy import services
from modules.tenancy.admin.base import ORGANISATION, HubScreen, PlatformScreen
from modules.tenancy.models import Company
from platform_core.admin_site.options import VersionedForm
from platform_core.admin_site.sites import hub_site, platform_site
from platform_core.tenancy.requests import SiteRequest
from platform_core.ui.countries import country_choices

FACTS = ("registration_number", "vat_id", "street", "postal_code", "city", "country", "email", "phone")


class CountryField(forms.TypedChoiceField):
    """A country by its name in the reader's language."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            choices=lambda: country_choices(get_language()),
            label=options.pop("label", _("Country")),
            widget=UnfoldAdminSelectWidget,
            **options,
        )


class CompanyForm(VersionedForm):
    """A company's facts."""

    country = CountryField(initial="LU")

    class Meta:
        model = Company
        fields = ("platform", "legal_name", *FACTS)


@admin.register(Company, site=platform_site)
class CompanyAdmin(PlatformScreen):
    """Companies of this platform. None is deleted: vendors and their papers name them."""

    offers = frozenset({"view", "add", "change"})
    menu_section, menu_icon, menu_order = ORGANISATION, "building-2", 30
    is_searched = True
    form = CompanyForm
    list_display = ("legal_name", "city", "country", "vendor_count", "created_at")
    list_filter = ("country",)
    search_fields = ("legal_name", "registration_number", "vat_id", "city")
    ordering = ("legal_name",)
    list_select_related = ("platform",)
    autocomplete_fields: ClassVar[Any] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Company]:
        return super().get_queryset(request).annotate(vendor_count=Count("vendors"))

    @display(description=_("vendors"), ordering="vendor_count")
    def vendor_count(self, company: Company) -> int:
        return company.vendor_count  # type: ignore[attr-defined, no-any-return]

    def sections(self, obj: Any) -> Any:
        return (
            (None, {"fields": ("legal_name", "registration_number", "vat_id", "seen_version")}),
            (_("Address"), {"fields": ("street", "postal_code", "city", "country")}),
            (_("Contact"), {"fields": ("email", "phone")}),
        )

    def create(self, request: SiteRequest, form: Any) -> Company:
        facts = {name: form.cleaned_data[name] for name in FACTS}
        return services.create_company(
            platform=self.chosen_platform(request, form), legal_name=form.cleaned_data["legal_name"], **facts
        )

    def update(self, request: SiteRequest, obj: Company, form: Any) -> Company:
        facts = {name: form.cleaned_data[name] for name in ("legal_name", *FACTS)}
        return services.update_company(company=obj, expected_version=form.expected_version, **facts)


@admin.register(Company, site=hub_site)
class HubCompanyAdmin(HubScreen, CompanyAdmin):
    """Companies of every platform."""

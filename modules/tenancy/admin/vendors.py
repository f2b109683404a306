"""Vendors: created, changed, closed to shoppers and opened again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from moneyed import CURRENCIES
from unfold.decorators import action, display
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from modules.tenancy import services
from modules.tenancy.admin.base import ORGANISATION, PLATFORM_MISMATCH, HubScreen, PlatformScreen
from modules.tenancy.admin.companies import CountryField
from modules.tenancy.models import Vendor
from platform_core.admin_site.options import VersionedForm
from platform_core.admin_site.sites import hub_site, platform_site
from platform_core.languages import LANGUAGE_CHOICES, LANGUAGE_CODES
from platform_core.tenancy.links import origin_of
from platform_core.tenancy.requests import SiteRequest
from platform_core.ui.presets import PRESETS

STATUS_TONES = {"active": "success", "suspended": "warning"}
FACTS = (
    "name",
    "company",
    "default_language",
    "languages",
    "currency",
    "country",
    "theme",
    "contact_email",
)
TAGLINE_LENGTH = 120
# Funds, metals and test codes of ISO 4217 buy nothing.
_NO_MONEY = frozenset({"XAF", "XOF", "XPF", "XCD"})


def currency_choices() -> list[tuple[str, str]]:
    """(code, code and name) of every currency, the euro first."""
    codes = sorted(
        (code for code in CURRENCIES if not code.startswith("X") or code in _NO_MONEY),
        key=lambda code: (code != "EUR", code),
    )
    return [(code, f"{code} · {CURRENCIES[code].name}") for code in codes]


def tagline(code: str) -> forms.CharField:
    """One line under the shop's name, in one language."""
    return forms.CharField(
        label=dict(LANGUAGE_CHOICES)[code],
        max_length=TAGLINE_LENGTH,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"lang": code}),
    )


class VendorForm(VersionedForm):
    """A vendor's facts, its taglines by language."""

    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Languages"),
        choices=LANGUAGE_CHOICES,
        initial=LANGUAGE_CODES,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    currency = forms.ChoiceField(
        label=gettext_lazy("Currency"),
        choices=currency_choices,
        initial="EUR",
        widget=UnfoldAdminSelectWidget,
    )
    country = CountryField(initial="LU")
    theme = forms.ChoiceField(
        label=gettext_lazy("Theme"),
        choices=[(preset.code, preset.name) for preset in PRESETS.values()],
        widget=UnfoldAdminSelectWidget,
    )
    tagline_en, tagline_fr, tagline_de, tagline_lb = (tagline(code) for code in LANGUAGE_CODES)

    class Meta:
        model = Vendor
        fields = ("platform", "code", *FACTS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        taglines = self.instance.taglines or {}
        for code in LANGUAGE_CODES:
            self.initial.setdefault(f"tagline_{code}", taglines.get(code, ""))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        # The platform of a stored vendor is no field: it never changes.
        platform = self.instance.platform if self.instance.pk else data.get("platform")
        company = data.get("company")
        if platform and company and company.platform_id != platform.pk:
            self.add_error("company", PLATFORM_MISMATCH % {"platform": platform})
        return data

    @property
    def facts(self) -> Mapping[str, Any]:
        """What the service takes."""
        words = {code: self.cleaned_data.get(f"tagline_{code}", "") for code in LANGUAGE_CODES}
        return {
            **{name: self.cleaned_data[name] for name in FACTS},
            "taglines": {code: text for code, text in words.items() if text},
        }


TAGLINES = tuple(f"tagline_{code}" for code in LANGUAGE_CODES)


@admin.register(Vendor, site=platform_site)
class VendorAdmin(PlatformScreen):
    """Vendors of this platform. None is deleted: closing a shop keeps its papers."""

    offers = frozenset({"view", "add", "change"})
    codes: ClassVar[Any] = {"suspend": "tenancy.suspend_vendor"}
    menu_section, menu_icon, menu_order = ORGANISATION, "store", 25
    is_searched = True
    form = VendorForm
    list_display = ("name", "code", "shown_status", "company", "host", "created_at")
    list_filter = ("status", "default_language", "theme")
    search_fields = ("name", "code", "company__legal_name")
    ordering = ("name",)
    autocomplete_fields = ("company",)
    actions_detail: ClassVar[Any] = ("suspend", "reactivate")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Vendor]:
        rows = super().get_queryset(request).select_related("company", "platform")
        return rows.prefetch_related("domains", "platform__domains")

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The vendor with `shop_address`: a read-only field has no request to take scheme and port from."""
        vendor = super().get_object(request, object_id, from_field)
        if vendor is not None:
            vendor.shop_address = f"{origin_of(request, vendor.canonical_host)}/"
        return vendor

    @display(description=gettext_lazy("status"), label=STATUS_TONES, ordering="status")
    def shown_status(self, vendor: Vendor) -> tuple[str, str]:
        return vendor.status, vendor.get_status_display()

    @display(description=gettext_lazy("shop"))
    def host(self, vendor: Vendor) -> str:
        return vendor.canonical_host

    @display(description=gettext_lazy("shop"))
    def shop(self, vendor: Vendor) -> str:
        address = vendor.shop_address  # type: ignore[attr-defined]
        return format_html('<a href="{}">{}</a>', address, vendor.canonical_host)

    @display(description=gettext_lazy("own domains"))
    def own_domains(self, vendor: Vendor) -> str:
        rows = [
            (self.admin_site.address_of(domain), domain.host, domain.get_state_display())  # type: ignore[attr-defined]
            for domain in vendor.domains.all()
        ]
        return format_html_join(", ", '<a href="{}">{}</a> ({})', rows) or "–"

    @display(description=gettext_lazy("team"))
    def team(self, vendor: Vendor) -> str:
        rows = [
            (self.admin_site.address_of(member), member.user, member.get_role_display())  # type: ignore[attr-defined]
            for member in vendor.memberships.select_related("user").order_by("role", "user__email")
        ]
        return format_html_join(", ", '<a href="{}">{}</a> ({})', rows) or "–"

    def sections(self, obj: Any) -> Any:
        names = ("code", "name", "company") if obj is None else ("name", "company")
        sections = [
            (None, {"fields": (*names, "contact_email", "seen_version")}),
            (
                gettext_lazy("Shop"),
                {"fields": ("default_language", "languages", "currency", "country", "theme")},
            ),
            (gettext_lazy("Taglines"), {"fields": TAGLINES}),
        ]
        if obj is not None:
            shown = ("code", "status", "shop", "own_domains", "team", "created_at")
            sections.append((gettext_lazy("At a glance"), {"fields": shown}))
        return tuple(sections)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return super().get_readonly_fields(request, obj)
        shown = ("code", "status", "shop", "own_domains", "team", "created_at")
        return (*super().get_readonly_fields(request, obj), *shown)

    def create(self, request: SiteRequest, form: Any) -> Vendor:
        return services.create_vendor(
            platform=self.chosen_platform(request, form), code=form.cleaned_data["code"], **form.facts
        )

    def update(self, request: SiteRequest, obj: Vendor, form: Any) -> Vendor:
        return services.update_vendor(vendor=obj, expected_version=form.expected_version, **form.facts)

    def has_suspend_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm(self.codes["suspend"]))  # type: ignore[union-attr]

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        vendor = self.get_object(request, str(object_id))
        shown = "vendor_suspend" if vendor and vendor.is_active else "vendor_reactivate"
        entries = super().get_actions_detail(request, object_id)
        return [entry for entry in entries if entry.action_name.endswith(shown)]

    @action(description=gettext_lazy("Suspend"), url_path="suspend", permissions=["suspend"], icon="pause")
    def suspend(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.confirm(
            request,
            object_id,
            title=_("Suspend %(name)s?"),
            text=_(
                "Shoppers find the shop closed from now on. Nothing is deleted, its team keeps the dashboard,"
                " and you can open it again at any time."
            ),
            verb=_("Suspend the shop"),
            act=lambda vendor: services.suspend_vendor(vendor=vendor),
            done=_("%(name)s is closed to shoppers."),
            danger=True,
            log=_("Suspended."),
        )

    @action(
        description=gettext_lazy("Reactivate"),
        url_path="reactivate",
        permissions=["suspend"],
        icon="play_arrow",
    )
    def reactivate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.confirm(
            request,
            object_id,
            title=_("Reactivate %(name)s?"),
            text=_("Shoppers find the shop open again at once."),
            verb=_("Open the shop"),
            act=lambda vendor: services.reactivate_vendor(vendor=vendor),
            done=_("%(name)s is open again."),
            log=_("Reactivated."),
        )


@admin.register(Vendor, site=hub_site)
class HubVendorAdmin(HubScreen, VendorAdmin):
    """Vendors of every platform."""

"""Vendors' own domains: claimed, proved by DNS, given up."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display

from modules.tenancy import services
from modules.tenancy.admin.base import ORGANISATION, HubScreen, PlatformScreen
from modules.tenancy.models import VendorDomain
from platform_core.admin_site.sites import hub_site, platform_site
from platform_core.tenancy.dns import txt_records
from platform_core.tenancy.requests import SiteRequest

STATE_TONES = {"active": "success", "verified": "success", "pending": "info", "failed": "danger"}
CODE = "tenancy.manage_domains"


def needs_no_proof(domain: VendorDomain) -> bool:
    """On a developer's machine `*.localhost` belongs to nobody, and no name server knows it."""
    return settings.DEBUG and domain.host.endswith(".localhost")


@admin.register(VendorDomain, site=platform_site)
class VendorDomainAdmin(PlatformScreen):
    """A vendor's own hosts. One serves the shop only after its TXT record has proved it."""

    offers = frozenset({"view", "add", "delete"})
    codes: ClassVar[Any] = dict.fromkeys(("view", "add", "delete"), CODE)
    menu_section, menu_icon, menu_order = ORGANISATION, "globe-lock", 35
    is_searched = True
    list_display = ("host", "vendor", "shown_state", "is_primary", "verified_at")
    list_filter = ("state", "is_primary")
    search_fields = ("host", "vendor__name", "vendor__code")
    ordering = ("host",)
    list_select_related = ("vendor", "platform")
    autocomplete_fields = ("vendor",)
    actions_detail: ClassVar[Any] = ("verify", "make_primary")

    @display(description=gettext_lazy("state"), label=STATE_TONES, ordering="state")
    def shown_state(self, domain: VendorDomain) -> tuple[str, str]:
        return domain.state, domain.get_state_display()

    @display(description=gettext_lazy("TXT record"))
    def record(self, domain: VendorDomain) -> str:
        return format_html("<code>{}</code>", domain.record_name)

    @display(description=gettext_lazy("value of the TXT record"))
    def proof(self, domain: VendorDomain) -> str:
        return format_html("<code>{}</code>", domain.token)

    def sections(self, obj: Any) -> Any:
        if obj is None:
            return ((None, {"fields": ("vendor", "host")}),)
        return (
            (None, {"fields": ("vendor", "host", "state", "is_primary", "verified_at", "created_at")}),
            (
                gettext_lazy("Proof"),
                {
                    "fields": ("record", "proof"),
                    "description": gettext_lazy(
                        "The owner of the domain writes this TXT record at their name servers. Then verify it"
                        " here."
                    ),
                },
            ),
        )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        # The platform of a new domain is its vendor's.
        return self.sections(obj) if obj is None else super().get_fieldsets(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ()
        shown = ("vendor", "host", "state", "is_primary", "verified_at", "created_at", "record", "proof")
        return (*super().get_readonly_fields(request, obj), *shown)

    def create(self, request: SiteRequest, form: Any) -> VendorDomain:
        return services.add_domain(vendor=form.cleaned_data["vendor"], host=form.cleaned_data["host"])

    def remove(self, request: SiteRequest, obj: VendorDomain) -> None:
        services.remove_domain(domain=obj)

    def has_manage_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm(CODE))  # type: ignore[union-attr]

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        domain = self.get_object(request, str(object_id))
        if domain is None:
            return []
        is_active = domain.state == VendorDomain.State.ACTIVE
        hidden = {"verify" if is_active else "", "make_primary" if domain.is_primary or not is_active else ""}
        entries = super().get_actions_detail(request, object_id)
        return [e for e in entries if not any(name and e.action_name.endswith(name) for name in hidden)]

    @action(description=gettext_lazy("Verify"), url_path="verify", permissions=["manage"], icon="verified")
    def verify(self, request: HttpRequest, object_id: str) -> HttpResponse:
        def act(domain: VendorDomain) -> None:
            if needs_no_proof(domain):
                services.activate_domain(domain=domain)
            else:
                services.verify_domain(domain=domain, txt_records=txt_records)

        return self.confirm(
            request,
            object_id,
            title=_("Verify %(name)s?"),
            text=_(
                "Asks the domain's name servers for the TXT record. With the right value the shop is served there."
            ),
            verb=_("Verify the domain"),
            act=act,
            done=_("%(name)s is proved and serves the shop."),
            log=_("Verified."),
        )

    @action(description=gettext_lazy("Make primary"), url_path="primary", permissions=["manage"], icon="star")
    def make_primary(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.confirm(
            request,
            object_id,
            title=_("Make %(name)s the shop's address?"),
            text=_("Search engines and e-mails will name this host. The others go on serving the shop."),
            verb=_("Make it primary"),
            act=lambda domain: services.make_primary(domain=domain),
            done=_("%(name)s is the shop's address now."),
            log=_("Made primary."),
        )


@admin.register(VendorDomain, site=hub_site)
class HubVendorDomainAdmin(HubScreen, VendorDomainAdmin):
    """Own domains of the vendors of every platform."""

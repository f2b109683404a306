"""Platforms, their hosts, and the hub's first sight of the installation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextInputWidget

from platform_core.admin.sections import ORGANISATION
from platform_core.admin_site.home import Panel, Tile, hub_home
from platform_core.admin_site.options import ServiceForm, SiteModelAdmin, VersionedForm
from platform_core.admin_site.sites import hub_site
from platform_core.identity.models import User
from platform_core.tenancy import services
from platform_core.tenancy.models import Domain, Platform
from platform_core.tenancy.requests import SiteRequest

STATUS_TONES = {"active": "success", "provisioning": "info", "suspended": "warning"}


class PlatformForm(ServiceForm):
    """A new platform and its first host."""

    host = forms.CharField(
        label=gettext_lazy("Host"),
        max_length=253,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy(
            "Where the platform answers, as in “shops.example.com”. Its admin is then at “admin.shops.example.com”"
            " and a vendor at “stull.shops.example.com”: point a wildcard there too."
        ),
    )

    class Meta:
        model = Platform
        fields = ("code", "name", "default_language")


class PlatformChangeForm(VersionedForm):
    """What a platform is called."""

    class Meta:
        model = Platform
        fields = ("name", "default_language")


@admin.register(Platform, site=hub_site)
class PlatformAdmin(SiteModelAdmin):
    """Platforms: created in the background, suspended, never deleted from here."""

    offers = frozenset({"view", "add", "change"})
    menu_section, menu_icon, menu_order = ORGANISATION, "layers", 10
    is_searched = True
    list_display = ("name", "shown_code", "shown_status", "host", "created_at")
    list_filter = ("status",)
    search_fields = ("code", "name", "domains__domain")
    ordering = ("code",)
    actions_detail: ClassVar[Any] = ("suspend", "reactivate", "set_up_again")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Platform]:
        return super().get_queryset(request).prefetch_related("domains")

    @display(description=gettext_lazy("code"), ordering="code")
    def shown_code(self, platform: Platform) -> str:
        return platform.code

    @display(description=gettext_lazy("status"), label=STATUS_TONES, ordering="status")
    def shown_status(self, platform: Platform) -> tuple[str, str]:
        return platform.status, platform.get_status_display()

    @display(description=gettext_lazy("host"))
    def host(self, platform: Platform) -> str:
        return platform.primary_host

    @display(description=gettext_lazy("hosts"))
    def hosts(self, platform: Platform) -> str:
        return format_html_join(
            ", ",
            '<a href="{}">{}</a>',
            ((hub_site.address_of(domain), domain.domain) for domain in platform.domains.all()),
        )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ((None, {"fields": ("code", "name", "host", "default_language")}),)
        return (
            (
                None,
                {
                    "fields": (
                        "name",
                        "default_language",
                        "shown_code",
                        "status",
                        "hosts",
                        "created_at",
                        "seen_version",
                    )
                },
            ),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        return () if obj is None else ("shown_code", "status", "hosts", "created_at")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = PlatformForm if obj is None else PlatformChangeForm
        return super().get_form(request, obj, change, **{**kwargs, "form": form})

    def create(self, request: SiteRequest, form: Any) -> Platform:
        return services.create_platform(**form.cleaned_data, in_background=True)

    def update(self, request: SiteRequest, obj: Platform, form: Any) -> Platform:
        facts = {name: form.cleaned_data[name] for name in ("name", "default_language")}
        return services.update_platform(platform=obj, expected_version=form.expected_version, **facts)

    def response_add(
        self, request: HttpRequest, obj: Platform, post_url_continue: Any = None
    ) -> HttpResponse:
        self.message_user(
            request,
            _("%(name)s is being set up. This takes some seconds; reload this page to see when it serves.")
            % {"name": obj.name},
            level="info",
        )
        return HttpResponseRedirect(self.address("change", obj.pk))

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        platform = self.get_object(request, str(object_id))
        status = platform.status if platform else ""
        shown = {"active": "suspend", "suspended": "reactivate", "provisioning": "set_up_again"}.get(status)
        return [
            entry
            for entry in super().get_actions_detail(request, object_id)
            if entry.action_name.endswith(f"platform_{shown}")
        ]

    @action(description=gettext_lazy("Suspend"), url_path="suspend", permissions=["change"], icon="pause")
    def suspend(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.confirm(
            request,
            object_id,
            title=_("Suspend %(name)s?"),
            text=_(
                "None of its hosts answers any more: shops, dashboards and the admin. Nothing is deleted."
            ),
            verb=_("Suspend the platform"),
            act=lambda platform: services.suspend_platform(platform=platform),
            done=_("%(name)s is suspended."),
            danger=True,
        )

    @action(
        description=gettext_lazy("Reactivate"),
        url_path="reactivate",
        permissions=["change"],
        icon="play_arrow",
    )
    def reactivate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.confirm(
            request,
            object_id,
            title=_("Reactivate %(name)s?"),
            text=_("Shops, dashboards and the admin answer again within a minute."),
            verb=_("Reactivate the platform"),
            act=lambda platform: services.reactivate_platform(platform=platform),
            done=_("%(name)s is active again."),
        )

    @action(
        description=gettext_lazy("Set up again"),
        url_path="set-up",
        permissions=["change"],
        icon="restart_alt",
    )
    def set_up_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.confirm(
            request,
            object_id,
            title=_("Set up %(name)s again?"),
            text=_("Hands the job to the operator's worker once more. Doing it twice does no harm."),
            verb=_("Set up the platform"),
            act=lambda platform: services.ask_for_provisioning(platform=platform),
            done=_("%(name)s is being set up."),
        )


@admin.register(Domain, site=hub_site)
class DomainAdmin(SiteModelAdmin):
    """Hosts of platforms. Vendors' own domains have their own screen."""

    offers = frozenset({"view", "add", "delete"})
    menu_section, menu_icon, menu_order = ORGANISATION, "globe", 20
    menu_label = gettext_lazy("Hosts of platforms")
    is_searched = True
    list_display = ("domain", "platform", "is_primary")
    list_select_related = ("tenant",)
    list_filter = ("is_primary",)
    search_fields = ("domain", "tenant__name", "tenant__code")
    ordering = ("domain",)
    fields = ("tenant", "domain")
    actions_detail: ClassVar[Any] = ("make_primary",)

    @display(description=gettext_lazy("platform"), ordering="tenant__name")
    def platform(self, domain: Domain) -> str:
        return str(domain.tenant)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        return ("tenant", "domain") if obj is None else ("platform", "domain", "is_primary")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        return () if obj is None else ("platform",)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "tenant":
            field.label = gettext_lazy("Platform")
        elif db_field.name == "domain":
            field.label = gettext_lazy("Host")
        return field

    def create(self, request: SiteRequest, form: Any) -> Domain:
        return services.add_host(platform=form.cleaned_data["tenant"], host=form.cleaned_data["domain"])

    def remove(self, request: SiteRequest, obj: Domain) -> None:
        services.remove_host(domain=obj)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        domain = self.get_object(request, str(object_id))
        return super().get_actions_detail(request, object_id) if domain and not domain.is_primary else []

    @action(description=gettext_lazy("Make primary"), url_path="primary", permissions=["add"], icon="star")
    def make_primary(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.confirm(
            request,
            object_id,
            title=_("Make %(name)s the primary host?"),
            text=_("Links to the platform and to shops without a domain of their own will name this host."),
            verb=_("Make it primary"),
            act=lambda domain: services.make_host_primary(domain=domain),
            done=_("%(name)s is the primary host now."),
        )


@hub_home.register
def installation_at_a_glance(request: SiteRequest) -> Sequence[Tile | Panel]:
    """Platforms and users of the installation."""
    platforms = Platform.objects.aggregate(
        all=Count("pk"),
        waiting=Count("pk", filter=Q(status=Platform.Status.PROVISIONING)),
        suspended=Count("pk", filter=Q(status=Platform.Status.SUSPENDED)),
    )
    people = User.objects.aggregate(all=Count("pk"), inactive=Count("pk", filter=Q(is_active=False)))
    return [
        Tile(
            _("Platforms"),
            platforms["all"],
            _("%(waiting)d being set up, %(suspended)d suspended") % platforms,
            hub_site.address(Platform),
            icon="layers",
            tone="warn" if platforms["waiting"] else "neutral",
            order=10,
        ),
        Tile(
            _("Users"),
            people["all"],
            _("%(inactive)d deactivated") % people,
            hub_site.address(User),
            icon="users",
            order=40,
        ),
    ]

"""Screens of the ground floor: platforms, their hosts, users, task results and what was done in the admin."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, ClassVar
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin
from django.contrib.admin.models import ADDITION, DELETION, LogEntry
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_celery_results.models import TaskResult
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from platform_core.admin_site.home import Panel, Tile, hub_home
from platform_core.admin_site.options import ServiceForm, SiteModelAdmin, name_people
from platform_core.admin_site.sites import hub_site, platform_site
from platform_core.identity import services as identity
from platform_core.identity.models import User
from platform_core.modules.gates import hidden_labels
from platform_core.observability.scrub import scrub_text
from platform_core.tenancy import services
from platform_core.tenancy.models import Domain, Platform
from platform_core.tenancy.requests import SiteRequest

ORGANISATION = gettext_lazy("Organisation")
PEOPLE = gettext_lazy("People")
OPERATION = gettext_lazy("Operation")

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
            (None, {"fields": ("name", "default_language", "shown_code", "status", "hosts", "created_at")}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        return () if obj is None else ("shown_code", "status", "hosts", "created_at")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(
            request, obj, change, **({**kwargs, "form": PlatformForm} if obj is None else kwargs)
        )

    def create(self, request: SiteRequest, form: Any) -> Platform:
        return services.create_platform(**form.cleaned_data, in_background=True)

    def update(self, request: SiteRequest, obj: Platform, form: Any) -> Platform:
        return services.update_platform(platform=obj, **form.cleaned_data)

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


class PasswordField(forms.CharField):
    """A password to hand over; left empty, one is generated and shown once."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", gettext_lazy("Password"))
        options.setdefault(
            "help_text", gettext_lazy("Leave it empty to have one generated and shown to you once.")
        )
        super().__init__(
            required=False,
            strip=False,
            max_length=1000,
            widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
            **options,
        )


class UserForm(ServiceForm):
    """A user's own data and rights."""

    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        choices=[(name, name.replace("_", " ")) for name in sorted(available_timezones())],
        widget=UnfoldAdminSelectWidget,
    )

    class Meta:
        model = User
        fields = ("email", "full_name", "language", "time_zone", "is_active", "is_superuser")


class NewUserForm(ServiceForm):
    """A new user; the password is theirs to change."""

    password = PasswordField()

    class Meta:
        model = User
        fields = ("email", "full_name", "language", "is_superuser")


class NewPasswordForm(forms.Form):
    """A new password for somebody else."""

    password = PasswordField(label=gettext_lazy("New password"))


def hand_over(request: HttpRequest, model_admin: SiteModelAdmin, email: str, password: str) -> None:
    """Show a password once, in the message above the next page. It is stored nowhere."""
    model_admin.message_user(
        request,
        format_html(
            _("The password of {} is {}. It is shown only now: hand it over on a safe way."),
            email,
            format_html('<code class="handed-over">{}</code>', password),
        ),
        level="success",
    )


class PeopleAdmin(SiteModelAdmin):
    """What the users' screens of both sites have in common. Password hashes stand on none of them."""

    menu_section, menu_icon = PEOPLE, "users"
    is_searched = True
    list_display = ("email", "full_name", "is_active", "last_login")
    list_filter = ("is_active", "language")
    search_fields = ("email", "full_name")
    ordering = ("email",)
    actions_detail: ClassVar[Any] = ("new_password",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).defer("password")

    def set_password(self, request: SiteRequest, user: User, password: str) -> identity.Credentials:
        """Give `user` a new password, by a service."""
        raise NotImplementedError

    @action(description=gettext_lazy("New password"), url_path="password", permissions=["change"], icon="key")
    def new_password(self, request: HttpRequest, object_id: str) -> HttpResponse:
        def act(user: User, form: forms.Form) -> None:
            made = self.set_password(request, user, form.cleaned_data["password"])  # type: ignore[arg-type]
            hand_over(request, self, user.email, made.password)

        return self.confirm(
            request,
            object_id,
            title=_("New password for %(name)s?"),
            text=_("The present password stops working, and the person is signed out everywhere."),
            verb=_("Set the password"),
            form_class=NewPasswordForm,
            act=act,
            log=_("Password set."),
        )


@admin.register(User, site=hub_site)
class HubUserAdmin(PeopleAdmin):
    """Every user of the installation. Users are deactivated, never deleted: rows of platforms name them."""

    offers = frozenset({"view", "add", "change"})
    menu_order = 40
    list_display = ("email", "full_name", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser", "language")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = NewUserForm if obj is None else UserForm
        return super().get_form(request, obj, change, **{**kwargs, "form": form})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ((None, {"fields": ("email", "full_name", "password", "language", "is_superuser")}),)
        return (
            (None, {"fields": ("email", "full_name", "language", "time_zone")}),
            (_("Rights"), {"fields": ("is_active", "is_superuser")}),
            (_("Dates"), {"fields": ("last_login", "created_at")}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        return () if obj is None else ("last_login", "created_at")

    def create(self, request: SiteRequest, form: Any) -> User:
        made = identity.create_user(**form.cleaned_data)
        if not form.cleaned_data["password"]:
            hand_over(request, self, made.user.email, made.password)
        return made.user

    def update(self, request: SiteRequest, obj: User, form: Any) -> User:
        return identity.update_user(user=obj, **form.cleaned_data)

    def set_password(self, request: SiteRequest, user: User, password: str) -> identity.Credentials:
        return identity.set_password(user=user, password=password)


TASK_TONES = {"SUCCESS": "success", "FAILURE": "danger", "STARTED": "info", "RETRY": "warning"}


@admin.register(TaskResult, site=hub_site)
class TaskResultAdmin(SiteModelAdmin):
    """What became of background jobs, on every platform."""

    menu_section, menu_icon, menu_order = OPERATION, "list-checks", 80
    menu_label = gettext_lazy("Background jobs")
    list_display = ("task_name", "shown_status", "tenant", "date_done")
    list_filter = ("status", "task_name")
    search_fields = ("task_id", "task_name")
    ordering = ("-date_done", "-pk")
    fields = (
        "task_id",
        "task_name",
        "shown_status",
        "tenant",
        "worker",
        "date_created",
        "date_started",
        "date_done",
        "shown_result",
        "shown_traceback",
    )
    readonly_fields = fields

    @display(description=gettext_lazy("state"), label=TASK_TONES, ordering="status")
    def shown_status(self, result: TaskResult) -> str:
        return str(result.status)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        codes = dict(Platform.objects.values_list("pk", "code"))
        changelist.result_list = list(changelist.result_list)
        for result in changelist.result_list:
            result.platform_codes = codes
        return changelist

    @display(description=gettext_lazy("platform and vendor"))
    def tenant(self, result: TaskResult) -> str:
        """As the task's header named them: `lux · 7`."""
        try:
            named = json.loads(result.meta or "{}").get("tenant") or {}
        except (ValueError, AttributeError):
            return "–"
        platform_id, vendor_id = named.get("platform_id"), named.get("vendor_id")
        if platform_id is None:
            return _("Installation")
        codes = getattr(result, "platform_codes", None) or dict(Platform.objects.values_list("pk", "code"))
        return " · ".join(str(part) for part in (codes.get(platform_id, platform_id), vendor_id) if part)

    @display(description=gettext_lazy("result"))
    def shown_result(self, result: TaskResult) -> str:
        return scrub_text(str(result.result or ""))

    @display(description=gettext_lazy("traceback"))
    def shown_traceback(self, result: TaskResult) -> str:
        return format_html('<pre class="traceback">{}</pre>', scrub_text(result.traceback or "–"))


ACTION_TONES = {"1": "success", "2": "info", "3": "danger"}


class LogAdmin(SiteModelAdmin):
    """What was done in this admin, by whom. Nobody changes it."""

    codes: ClassVar[Any] = {"view": "tenancy.view_log"}
    menu_section, menu_icon, menu_order = OPERATION, "scroll-text", 90
    menu_label = gettext_lazy("Changes made here")
    list_display = ("action_time", "person", "shown_action", "kind", "object_repr", "change")
    list_display_links = ("action_time",)
    list_filter = ("action_flag",)
    search_fields = ("object_repr", "change_message")
    ordering = ("-action_time", "-pk")
    fields = ("action_time", "person", "kind", "object_repr", "change")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[LogEntry]:
        entries = super().get_queryset(request).select_related("content_type")
        return entries.exclude(content_type__app_label__in=hidden_labels())

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        changelist.result_list = list(changelist.result_list)
        name_people(changelist.result_list)
        return changelist

    @display(description=gettext_lazy("person"))
    def person(self, entry: LogEntry) -> str:
        if not hasattr(entry, "person"):
            name_people([entry])
        return str(entry.person)  # type: ignore[attr-defined]

    @display(description=gettext_lazy("what"), label={"+": "success", "~": "info", "-": "danger"})
    def shown_action(self, entry: LogEntry) -> tuple[str, str]:
        kinds = {ADDITION: ("+", _("Added")), DELETION: ("-", _("Removed"))}
        return kinds.get(entry.action_flag, ("~", _("Changed")))

    @display(description=gettext_lazy("kind"), ordering="content_type")
    def kind(self, entry: LogEntry) -> str:
        return entry.content_type.name if entry.content_type else ""

    @display(description=gettext_lazy("change"))
    def change(self, entry: LogEntry) -> str:
        return entry.get_change_message()


admin.register(LogEntry, site=hub_site)(LogAdmin)
admin.register(LogEntry, site=platform_site)(LogAdmin)


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
            str(platforms["all"]),
            _("%(waiting)d being set up, %(suspended)d suspended") % platforms,
            hub_site.address(Platform),
            icon="layers",
            tone="warn" if platforms["waiting"] else "neutral",
            order=10,
        ),
        Tile(
            _("Users"),
            str(people["all"]),
            _("%(inactive)d deactivated") % people,
            hub_site.address(User),
            icon="users",
            order=40,
        ),
    ]

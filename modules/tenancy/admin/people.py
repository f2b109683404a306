"""Who works where: vendors' teams, a platform's staff, and on a platform the people themselves."""

from __future__ import annotations

from typing import Any, ClassVar
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from modules.tenancy import services
from modules.tenancy.admin.base import PEOPLE, HubScreen, PlatformScreen, platform_of
from modules.tenancy.models import PlatformMembership, VendorMembership
from platform_core.admin import PasswordField, PeopleAdmin, hand_over
from platform_core.admin_site.options import ServiceForm
from platform_core.admin_site.sites import hub_site, platform_site
from platform_core.identity.models import User
from platform_core.identity.services import Credentials
from platform_core.roles import VendorRole
from platform_core.tenancy.requests import SiteRequest


class InvitationForm(ServiceForm):
    """Somebody by e-mail address; a new user is made where nobody has that address."""

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=UnfoldAdminEmailInputWidget(attrs={"autocomplete": "off"}),
    )
    full_name = forms.CharField(
        label=_("Full name"),
        max_length=150,
        required=False,
        help_text=_("For a new user; somebody who has a sign-in keeps name and password."),
        widget=UnfoldAdminTextInputWidget,
    )
    password = PasswordField()


class TeamForm(InvitationForm):
    class Meta:
        model = VendorMembership
        fields = ("vendor", "role")


class StaffForm(InvitationForm):
    class Meta:
        model = PlatformMembership
        fields = ("platform",)


class MembershipAdmin(PlatformScreen):
    """What team and staff have in common."""

    menu_section = PEOPLE
    list_select_related = ("user", "platform")
    search_fields = ("user__email", "user__full_name")
    invitation: type[InvitationForm]

    @display(description=_("person"), ordering="user__email")
    def person(self, membership: Any) -> str:
        return str(membership.user)

    @display(description=_("e-mail address"), ordering="user__email")
    def email(self, membership: Any) -> str:
        return membership.user.email

    @display(description=_("person"))
    def person_link(self, membership: Any) -> str:
        address = self.admin_site.address_of(membership.user)  # type: ignore[attr-defined]
        return format_html('<a href="{}">{}</a>', address, membership.user.email)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(
            request, obj, change, **({**kwargs, "form": self.invitation} if obj is None else kwargs)
        )

    def invite(self, request: SiteRequest, form: Any) -> services.Invitation:
        """Make the membership, by a service."""
        raise NotImplementedError

    def create(self, request: SiteRequest, form: Any) -> Any:
        made = self.invite(request, form)
        if made.password and not form.cleaned_data["password"]:
            hand_over(request, self, made.membership.user.email, made.password)
        return made.membership


@admin.register(VendorMembership, site=platform_site)
class TeamAdmin(MembershipAdmin):
    """Members of vendors' teams."""

    offers = frozenset({"view", "add", "change", "delete"})
    codes: ClassVar[Any] = dict.fromkeys(("view", "add", "change", "delete"), "tenancy.manage_team")
    menu_icon, menu_order = "users-round", 45
    invitation = TeamForm
    list_display = ("email", "person", "vendor", "role", "created_at")
    list_filter = ("role",)
    search_fields = ("user__email", "user__full_name", "vendor__name", "vendor__code")
    ordering = ("vendor__name", "user__email")
    list_select_related = ("user", "vendor", "platform")
    autocomplete_fields = ("vendor",)

    def sections(self, obj: Any) -> Any:
        if obj is None:
            return ((None, {"fields": ("email", "full_name", "vendor", "role", "password")}),)
        return ((None, {"fields": ("person_link", "vendor", "role", "created_at")}),)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.sections(obj) if obj is None else super().get_fieldsets(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ()
        return (*super().get_readonly_fields(request, obj), "person_link", "vendor", "created_at")

    def invite(self, request: SiteRequest, form: Any) -> services.Invitation:
        data = form.cleaned_data
        return services.invite_team_member(
            vendor=data["vendor"],
            email=data["email"],
            role=VendorRole(data["role"]),
            full_name=data["full_name"],
            password=data["password"],
        )

    def update(self, request: SiteRequest, obj: VendorMembership, form: Any) -> VendorMembership:
        return services.add_team_member(
            vendor=obj.vendor, user=obj.user, role=VendorRole(form.cleaned_data["role"])
        )

    def remove(self, request: SiteRequest, obj: VendorMembership) -> None:
        services.remove_team_member(vendor=obj.vendor, user=obj.user)


@admin.register(PlatformMembership, site=platform_site)
class StaffAdmin(MembershipAdmin):
    """The platform's own staff. There is one role so far, so there is nothing to change."""

    offers = frozenset({"view", "add", "delete"})
    codes: ClassVar[Any] = dict.fromkeys(("view", "add", "delete"), "tenancy.manage_staff")
    menu_icon, menu_order = "shield-check", 46
    invitation = StaffForm
    list_display = ("email", "person", "role", "created_at")
    ordering = ("user__email",)

    def sections(self, obj: Any) -> Any:
        if obj is None:
            return ((None, {"fields": ("email", "full_name", "password")}),)
        return ((None, {"fields": ("person_link", "role", "created_at")}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ()
        return (*super().get_readonly_fields(request, obj), "person_link", "role", "created_at")

    def invite(self, request: SiteRequest, form: Any) -> services.Invitation:
        data = form.cleaned_data
        return services.invite_staff(
            platform=self.chosen_platform(request, form),
            email=data["email"],
            full_name=data["full_name"],
            password=data["password"],
        )

    def remove(self, request: SiteRequest, obj: PlatformMembership) -> None:
        services.remove_staff(membership=obj)


@admin.register(VendorMembership, site=hub_site)
class HubTeamAdmin(HubScreen, TeamAdmin):
    """Members of the teams of every platform's vendors."""


@admin.register(PlatformMembership, site=hub_site)
class HubStaffAdmin(HubScreen, StaffAdmin):
    """The staff of every platform."""


class MemberForm(ServiceForm):
    """What a platform's staff may change of somebody who works on it alone."""

    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=[(name, name.replace("_", " ")) for name in sorted(available_timezones())],
        widget=UnfoldAdminSelectWidget,
    )

    class Meta:
        model = User
        fields = ("full_name", "language", "time_zone", "is_active")


@admin.register(User, site=platform_site)
class MemberAdmin(PeopleAdmin):
    """The people who work on this platform. New ones come in through a team or the staff."""

    offers = frozenset({"view", "change"})
    codes: ClassVar[Any] = {"view": "tenancy.view_user", "change": "tenancy.change_user"}
    menu_order = 40
    form = MemberForm

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return (
            (None, {"fields": ("email", "full_name", "language", "time_zone", "is_active")}),
            (_("At a glance"), {"fields": ("roles", "last_login", "created_at")}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("email", "roles", "last_login", "created_at")

    @display(description=_("works as"))
    def roles(self, user: User) -> str:
        staff = [str(row.get_role_display()) for row in user.platform_memberships.all()]
        teams = [
            f"{row.get_role_display()} · {row.vendor.name}"
            for row in user.vendor_memberships.select_related("vendor").order_by("vendor__name")
        ]
        return ", ".join([*staff, *teams])

    def update(self, request: SiteRequest, obj: User, form: Any) -> User:
        return services.update_member(platform=platform_of(request), user=obj, **form.cleaned_data)

    def set_password(self, request: SiteRequest, user: User, password: str) -> Credentials:
        return services.set_member_password(platform=platform_of(request), user=user, password=password)

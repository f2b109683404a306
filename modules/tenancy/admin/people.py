"""Who works where: vendors' teams, a platform's staff, and on a platform the people themselves."""

from __future__ import annotations

from typing import Any, ClassVar
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from modules.tenancy import services
from modules.tenancy.admin.base import PEOPLE, HubScreen, PlatformScreen, platform_of
from modules.tenancy.invitations import (
    invite_staff,
    invite_team_member,
    send_invitation,
    withdraw_invitation,
)
from modules.tenancy.models import Invitation, PlatformMembership, VendorMembership
from platform_core.admin import PasswordField, PeopleAdmin, hand_over
from platform_core.admin_site.options import ChangesForm, ServiceForm
from platform_core.admin_site.sites import hub_site, platform_site
from platform_core.identity.models import User
from platform_core.languages import LANGUAGE_CHOICES
from platform_core.roles import StaffRole, VendorRole
from platform_core.tenancy.requests import SiteRequest


class AppointmentForm(ServiceForm):
    """Somebody by e-mail address; a new user is made where nobody has that address."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        max_length=254,
        widget=UnfoldAdminEmailInputWidget(attrs={"autocomplete": "off"}),
    )
    full_name = forms.CharField(
        label=gettext_lazy("Full name"),
        max_length=150,
        required=False,
        help_text=gettext_lazy("For a new user; somebody who has a sign-in keeps name and password."),
        widget=UnfoldAdminTextInputWidget,
    )
    password = PasswordField()


class TeamForm(AppointmentForm):
    class Meta:
        model = VendorMembership
        fields = ("vendor", "role")


class StaffForm(AppointmentForm):
    class Meta:
        model = PlatformMembership
        fields = ("platform",)


class MembershipAdmin(PlatformScreen):
    """What team and staff have in common."""

    menu_section = PEOPLE
    list_select_related = ("user", "platform")
    search_fields = ("user__email", "user__full_name")
    appointment: type[AppointmentForm]

    @display(description=gettext_lazy("person"), ordering="user__email")
    def person(self, membership: Any) -> str:
        return str(membership.user)

    @display(description=gettext_lazy("e-mail address"), ordering="user__email")
    def email(self, membership: Any) -> str:
        return membership.user.email

    @display(description=gettext_lazy("person"))
    def person_link(self, membership: Any) -> str:
        address = self.admin_site.address_of(membership.user)  # type: ignore[attr-defined]
        return format_html('<a href="{}">{}</a>', address, membership.user.email)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(
            request, obj, change, **({**kwargs, "form": self.appointment} if obj is None else kwargs)
        )

    def appoint(self, request: SiteRequest, form: Any) -> services.Appointment:
        """Make the membership at once, by a service: the operator's screens alone offer it."""
        raise NotImplementedError

    def create(self, request: SiteRequest, form: Any) -> Any:
        made = self.appoint(request, form)
        if made.password and not form.cleaned_data["password"]:
            hand_over(request, self, made.membership.user.email, made.password)
        return made.membership


@admin.register(VendorMembership, site=platform_site)
class TeamAdmin(MembershipAdmin):
    """Members of vendors' teams. New ones are invited."""

    offers = frozenset({"view", "change", "delete"})
    codes: ClassVar[Any] = dict.fromkeys(("view", "add", "change", "delete"), "tenancy.manage_team")
    menu_icon, menu_order = "users-round", 45
    appointment = TeamForm
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

    def appoint(self, request: SiteRequest, form: Any) -> services.Appointment:
        data = form.cleaned_data
        return services.appoint_team_member(
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
    """The platform's own staff: invited, and removed. There is one role so far, so there is nothing to change."""

    offers = frozenset({"view", "delete"})
    codes: ClassVar[Any] = dict.fromkeys(("view", "add", "delete"), "tenancy.manage_staff")
    menu_icon, menu_order = "shield-check", 46
    appointment = StaffForm
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

    def appoint(self, request: SiteRequest, form: Any) -> services.Appointment:
        data = form.cleaned_data
        return services.appoint_staff(
            platform=self.chosen_platform(request, form),
            email=data["email"],
            full_name=data["full_name"],
            password=data["password"],
        )

    def remove(self, request: SiteRequest, obj: PlatformMembership) -> None:
        services.remove_staff(membership=obj)


@admin.register(VendorMembership, site=hub_site)
class HubTeamAdmin(HubScreen, TeamAdmin):
    """Members of the teams of every platform's vendors. The operator puts people in at once."""

    offers = TeamAdmin.offers | {"add"}


@admin.register(PlatformMembership, site=hub_site)
class HubStaffAdmin(HubScreen, StaffAdmin):
    """The staff of every platform. The operator names people at once."""

    offers = StaffAdmin.offers | {"add"}


class InvitationForm(ServiceForm):
    """Somebody to be asked by mail: to a shop's team, or without a shop to the platform's staff."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        max_length=254,
        help_text=gettext_lazy("A mail goes there, with a link to accept within seven days."),
        widget=UnfoldAdminEmailInputWidget(attrs={"autocomplete": "off"}),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language of the mail"),
        choices=[("", gettext_lazy("As the shop or the platform has it")), *LANGUAGE_CHOICES],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )

    class Meta:
        model = Invitation
        fields = ("vendor", "role")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("role") in StaffRole.values and data.get("vendor"):
            self.add_error("vendor", _("Platform staff belong to no shop. Leave the shop empty."))
        elif data.get("role") in VendorRole.values and not data.get("vendor"):
            self.add_error("vendor", _("Choose the shop whose team it is."))
        return data


@admin.register(Invitation, site=platform_site)
class InvitationAdmin(PlatformScreen):
    """Who was invited and has not accepted yet. Of the person no more is known than the address."""

    offers = frozenset({"view", "add", "delete"})
    codes: ClassVar[Any] = dict.fromkeys(("view", "add", "delete"), "tenancy.manage_team")
    menu_section, menu_icon, menu_order = PEOPLE, "mail", 44
    list_display = ("email", "shown_role", "vendor", "created_at")
    list_filter = ("role",)
    search_fields = ("email", "vendor__name", "vendor__code")
    ordering = ("email",)
    list_select_related = ("vendor", "platform")
    autocomplete_fields = ("vendor",)
    form = InvitationForm
    actions_detail: ClassVar[Any] = ("send_again",)

    @display(description=gettext_lazy("role"), ordering="role")
    def shown_role(self, invitation: Invitation) -> str:
        return invitation.get_role_display()

    def sections(self, obj: Any) -> Any:
        if obj is None:
            return ((None, {"fields": ("email", "role", "vendor", "language")}),)
        return ((None, {"fields": ("email", "shown_role", "vendor", "shown_language", "created_at")}),)

    @display(description=gettext_lazy("language"))
    def shown_language(self, invitation: Invitation) -> str:
        return invitation.get_language_display()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = () if obj is None else ("email", "shown_role", "vendor", "shown_language", "created_at")
        return (*super().get_readonly_fields(request, obj), *fields)

    def create(self, request: SiteRequest, form: Any) -> Invitation:
        data = form.cleaned_data
        asked = {"email": data["email"], "language": data["language"], "invited_by": request.user}
        if data["vendor"] is not None:
            return invite_team_member(vendor=data["vendor"], role=VendorRole(data["role"]), **asked)
        if not request.user.has_perm("tenancy.manage_staff"):
            raise PermissionDenied
        return invite_staff(platform=self.chosen_platform(request, form), **asked)

    def remove(self, request: SiteRequest, obj: Invitation) -> None:
        withdraw_invitation(invitation=obj)

    @action(description=gettext_lazy("Send again"), url_path="send-again", permissions=["view"], icon="send")
    def send_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        user: Any = request.user
        return self.confirm(
            request,
            object_id,
            title=_("Send the invitation to %(name)s again?"),
            text=_("The new link works for seven days."),
            verb=_("Send the mail"),
            act=lambda invitation: send_invitation(invitation=invitation, invited_by=user),
            done=_("A mail is on its way to %(name)s."),
            log=_("Sent again."),
        )


@admin.register(Invitation, site=hub_site)
class HubInvitationAdmin(HubScreen, InvitationAdmin):
    """The invitations of every platform. Whom the operator wants, the operator puts in at once."""

    offers = InvitationAdmin.offers - {"add"}


class MemberForm(ChangesForm):
    """What a platform's staff may change of somebody who works on it alone."""

    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
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
    actions_detail: ClassVar[Any] = ("send_password_mail",)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return (
            (None, {"fields": ("email", "full_name", "language", "time_zone", "is_active")}),
            (_("At a glance"), {"fields": ("roles", "last_login", "created_at")}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("email", "roles", "last_login", "created_at")

    @display(description=gettext_lazy("works as"))
    def roles(self, user: User) -> str:
        staff = [str(row.get_role_display()) for row in user.platform_memberships.all()]
        teams = [
            f"{row.get_role_display()} · {row.vendor.name}"
            for row in user.vendor_memberships.select_related("vendor").order_by("vendor__name")
        ]
        return ", ".join([*staff, *teams])

    def update(self, request: SiteRequest, obj: User, form: Any) -> User:
        return services.update_member(platform=platform_of(request), user=obj, **form.changes)

    @action(
        description=gettext_lazy("New password by mail"),
        url_path="password-mail",
        permissions=["change"],
        icon="mail",
    )
    def send_password_mail(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.confirm(
            request,
            object_id,
            title=_("Send %(name)s a link to set a new password?"),
            text=_("It works for two hours. Until it is used, the present password stays as it is."),
            verb=_("Send the mail"),
            act=lambda user: services.send_password_mail(platform=platform_of(request), user=user),
            done=_("A mail is on its way to %(name)s."),
            log=_("Sent a link to set a new password."),
        )

"""Users of the installation, and what the users' screens of both sites share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminSelectWidget

from platform_core.admin.sections import PEOPLE
from platform_core.admin_site.options import ChangesForm, ServiceForm, SiteModelAdmin
from platform_core.admin_site.sites import hub_site
from platform_core.identity import services as identity
from platform_core.identity.models import User
from platform_core.tenancy.requests import SiteRequest


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


class UserForm(ChangesForm):
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

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).defer("password")


@admin.register(User, site=hub_site)
class HubUserAdmin(PeopleAdmin):
    """Every user of the installation. Users are deactivated, never deleted: rows of platforms name them."""

    offers = frozenset({"view", "add", "change"})
    menu_order = 40
    list_display = ("email", "full_name", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser", "language")
    actions_detail: ClassVar[Any] = ("new_password",)

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
        return identity.update_user(user=obj, **form.changes)

    @action(description=gettext_lazy("New password"), url_path="password", permissions=["change"], icon="key")
    def new_password(self, request: HttpRequest, object_id: str) -> HttpResponse:
        def act(user: User, form: forms.Form) -> None:
            made = identity.set_password(user=user, password=form.cleaned_data["password"])
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

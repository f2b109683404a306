"""Signing in and out of the admin, and a person's own profile and password."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from zoneinfo import available_timezones

from django import forms
from django.contrib import messages
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import password_validators_help_text_html
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from platform_core.admin_site.options import add_refusal
from platform_core.exceptions import DomainError
from platform_core.forgotten import SignInDoor, forgotten_page, reset_page
from platform_core.identity.audience import Audience
from platform_core.identity.models import User
from platform_core.identity.policy import policy
from platform_core.identity.principals import Principal, operator_principal, staff_principal
from platform_core.identity.services import change_own_password, update_user
from platform_core.identity.sessions import sign_in, sign_out
from platform_core.identity.throttle import SignInAttempt, TooManyAttempts
from platform_core.languages import LANGUAGE_CHOICES
from platform_core.tenancy.requests import SiteRequest

if TYPE_CHECKING:
    from platform_core.admin_site.sites import ConsoleSite


class SignInForm(forms.Form):
    """E-mail address and password."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
        error_messages={"required": gettext_lazy("Enter your e-mail address.")},
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": gettext_lazy("Enter your password.")},
    )


class ProfileForm(forms.Form):
    """What a person decides about themselves."""

    full_name = forms.CharField(
        label=gettext_lazy("Full name"),
        max_length=150,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "name"}),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language"), choices=LANGUAGE_CHOICES, widget=UnfoldAdminSelectWidget
    )
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        choices=[(name, name.replace("_", " ")) for name in sorted(available_timezones())],
        widget=UnfoldAdminSelectWidget,
    )


class PasswordForm(forms.Form):
    """The present password and, once, the new one: the browser shows it on request."""

    current_password = forms.CharField(
        label=gettext_lazy("Present password"),
        max_length=1000,
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "current-password"}),
    )
    new_password = forms.CharField(
        label=gettext_lazy("New password"),
        max_length=1000,
        strip=False,
        help_text=password_validators_help_text_html(),
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
    )


@policy(Audience.PUBLIC)
def to_admin(request: HttpRequest) -> HttpResponse:
    """An admin host has nothing but its admin."""
    return HttpResponseRedirect(reverse("admin:index"))


def urls(site: ConsoleSite) -> list[URLPattern]:
    """The routes this page adds to those of Django's admin."""

    def profile(request: HttpRequest) -> HttpResponse:
        return profile_page(cast(SiteRequest, request), site)

    def enter(request: SiteRequest, user: User) -> HttpResponse | None:
        if principal_at(site, request, user) is None:
            return None
        sign_in(request, user, site.audience)
        return HttpResponseRedirect(reverse("admin:index"))

    door = SignInDoor("admin:login", "admin:forgotten", enter)

    @policy(Audience.PUBLIC)
    def forgotten(request: HttpRequest) -> HttpResponse:
        return forgotten_page(cast(SiteRequest, request), door)

    @policy(Audience.PUBLIC)
    def reset_password(request: HttpRequest, token: str) -> HttpResponse:
        return reset_page(cast(SiteRequest, request), door, token)

    return [
        path("profile/", site.admin_view(profile), name="profile"),
        path("forgotten/", forgotten, name="forgotten"),
        path("forgotten/<str:token>/", reset_password, name="reset-password"),
    ]


def principal_at(site: ConsoleSite, request: SiteRequest, user: User) -> Principal | None:
    """`user` as somebody this site lets in, or None."""
    if site.audience is Audience.OPERATOR:
        return operator_principal(user, "session")
    assert request.platform is not None
    return staff_principal(user, request.platform, "session")


@never_cache
@sensitive_post_parameters("password")
def sign_in_page(request: SiteRequest, site: ConsoleSite) -> HttpResponse:
    """The sign-in form; who is signed in already goes on."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = reverse("admin:index")
    if site.has_permission(request):
        return HttpResponseRedirect(target)
    form, status = SignInForm(request.POST or None), 200
    context = {"form": form, "next": target, "is_hub": site.audience is Audience.OPERATOR}
    if request.method == "POST":
        try:
            status = _try(site, request, form)
        except TooManyAttempts as refusal:
            form.add_error(None, refusal.message)
            return refusal.said_on(TemplateResponse(request, site.login_template, context, status=429))
        if status == 302:
            return HttpResponseRedirect(target)
    return TemplateResponse(request, site.login_template, context, status=status)


def _try(site: ConsoleSite, request: SiteRequest, form: SignInForm) -> int:
    """Sign the person in; returns the status: 302 when that went well, else what the form now says why.

    Raises TooManyAttempts when nobody looks at one more password.
    """
    if not form.is_valid():
        return 422
    email, password = form.cleaned_data["email"], form.cleaned_data["password"]
    attempt = SignInAttempt(request, email)
    attempt.begin()
    user = authenticate(request, email=email, password=password)
    if not isinstance(user, User):
        form.add_error(
            None, _("E-mail address and password do not match. Passwords keep capital letters apart.")
        )
        return 422
    attempt.succeeded()
    if principal_at(site, request, user) is None:
        form.add_error(
            None, _("The password is right, but you have no access here. Ask an administrator for it.")
        )
        return 403
    sign_in(request, user, site.audience)
    return 302


@never_cache
def sign_out_page(request: SiteRequest) -> HttpResponse:
    """End the session, by POST alone, so that no link or picture elsewhere can do it."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    sign_out(request)
    return HttpResponseRedirect(reverse("admin:login"))


def _page(request: SiteRequest, site: ConsoleSite, form: forms.Form, title: str) -> HttpResponse:
    context = {"title": title, "form": form}
    return site.page(request, "admin/own_form.html", context, status=422 if form.errors else 200)


@never_cache
def profile_page(request: SiteRequest, site: ConsoleSite) -> HttpResponse:
    """A person's own name, language and time zone."""
    user = cast(User, request.user)
    now = {"full_name": user.full_name, "language": user.language, "time_zone": user.time_zone}
    form = ProfileForm(request.POST or None, initial=now)
    if request.method == "POST" and form.is_valid():
        try:
            update_user(user=user, **form.cleaned_data)
        except (DomainError, ValidationError) as refusal:
            add_refusal(form, refusal)
        else:
            with translation.override(form.cleaned_data["language"]):
                messages.success(request, _("Your profile is saved."))
            return HttpResponseRedirect(reverse("admin:profile"))
    return _page(request, site, form, _("My profile"))


@never_cache
@sensitive_post_parameters()
def password_page(request: SiteRequest, site: ConsoleSite) -> HttpResponse:
    """A person's own password. This session goes on, every other one ends."""
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        words: dict[str, Any] = form.cleaned_data
        try:
            user = change_own_password(user=cast(User, request.user), **words)
        except DomainError as refusal:
            form.add_error("current_password", refusal.message)
        except ValidationError as refusal:
            form.add_error("new_password", refusal)
        else:
            sign_in(request, user, site.audience)
            messages.success(request, _("Your password is changed. Everywhere else you are signed out."))
            return HttpResponseRedirect(reverse("admin:profile"))
    return _page(request, site, form, _("Change password"))

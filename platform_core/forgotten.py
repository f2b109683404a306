"""The pages for a user's forgotten password, which the dashboard and both admins show at addresses of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.password_validation import validate_password
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from platform_core.identity.links import LinkEnded, TooManyMails, count_mail, secret_address
from platform_core.identity.models import User
from platform_core.identity.resets import ask_for_password_reset, reset_password, user_of_reset
from platform_core.tenancy.hosts import SiteKind, normalise_host
from platform_core.tenancy.requests import SiteRequest

MAX_PASSWORD_LENGTH = 256


class ForgottenForm(forms.Form):
    """Whose password is forgotten."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        max_length=254,
        error_messages={
            "required": gettext_lazy("Enter the e-mail address you sign in with."),
            "invalid": gettext_lazy("Enter a full e-mail address such as name@example.com."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )


class NewPasswordForm(forms.Form):
    """A new password, where something else is proof of who sets it."""

    new_password = forms.CharField(
        label=gettext_lazy("New password"),
        strip=False,
        max_length=MAX_PASSWORD_LENGTH,
        help_text=gettext_lazy("At least 10 characters. Everywhere else you are signed out."),
        error_messages={"required": gettext_lazy("Enter a new password.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_new_password(self) -> str:
        validate_password(self.cleaned_data["new_password"], self.user)
        return str(self.cleaned_data["new_password"])


@dataclass(frozen=True, slots=True)
class SignInDoor:
    """The sign-in page that the pages belong to, by URL names.

    `enter` signs a user in and says where to go, or returns None for whom there is nothing here.
    """

    sign_in: str
    forgotten: str
    enter: Callable[[SiteRequest, User], HttpResponse | None]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def forgotten_page(request: SiteRequest, door: SignInDoor, **shown: Any) -> HttpResponse:
    """Ask for a link to set a new password. Whether anybody has the address is told by the mail alone."""
    form = ForgottenForm(request.POST if request.method == "POST" else None)
    context = {"form": form, "door": door, **shown}
    template = "layouts/forgotten.html"
    if not form.is_bound or not form.is_valid():
        return render(request, template, context, status=422 if form.is_bound else 200)
    email = form.cleaned_data["email"]
    try:
        count_mail(request)
    except TooManyMails as error:
        form.add_error(None, error.message)
        return error.said_on(render(request, template, context, status=429))
    ask_for_password_reset(
        email=email,
        language=get_language() or "en",
        kind=cast(SiteKind, request.site_kind),
        host=normalise_host(request.host),
        platform=request.platform,
    )
    return render(request, template, {**context, "sent_to": email})


@secret_address
@sensitive_post_parameters("new_password")
@require_http_methods(["GET", "HEAD", "POST"])
def reset_page(request: SiteRequest, door: SignInDoor, token: str, **shown: Any) -> HttpResponse:
    """A new password for whoever opened the link. It signs them in where they work here."""
    context = {"door": door, **shown}
    user = user_of_reset(token)
    if user is None:
        return render(request, "layouts/link_ended.html", context, status=LinkEnded.status)
    form = NewPasswordForm(request.POST if request.method == "POST" else None, user=user)
    if not form.is_bound or not form.is_valid():
        context = {**context, "form": form, "email": user.email}
        return render(request, "layouts/reset_password.html", context, status=422 if form.is_bound else 200)
    try:
        user = reset_password(token=token, **form.cleaned_data)
    except LinkEnded:
        # Sent twice: the first one has set it.
        return render(request, "layouts/link_ended.html", context, status=LinkEnded.status)
    inside = door.enter(request, user)
    if inside is not None:
        messages.success(request, _("Your new password is set. You are signed in."))
        return inside
    messages.success(request, _("Your new password is set. You can sign in with it now."))
    return redirect(door.sign_in)

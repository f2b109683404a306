"""The page behind an invitation's link, which a dashboard and an admin show at addresses of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from modules.tenancy import selectors
from modules.tenancy.exceptions import InvitedSomebodyElse
from modules.tenancy.invitations import accept_as_new_user, accept_invitation
from modules.tenancy.models import Invitation
from platform_core.exceptions import DomainError
from platform_core.forgotten import MAX_PASSWORD_LENGTH
from platform_core.identity.audience import Audience
from platform_core.identity.links import LinkEnded, secret_address
from platform_core.identity.models import User
from platform_core.identity.sessions import session_user, sign_in
from platform_core.identity.throttle import SignInAttempt, TooManyAttempts
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.requests import SiteRequest


@dataclass(frozen=True, slots=True)
class Entrance:
    """The site an invitation leads into, by URL names."""

    audience: Audience
    home: str
    sign_in: str
    sign_out: str
    forgotten: str


def _password_field(autocomplete: str, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        max_length=MAX_PASSWORD_LENGTH,
        help_text=help_text,
        error_messages={"required": gettext_lazy("Enter your password.")},
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
    )


class SignInForm(forms.Form):
    """The password of somebody who has a sign-in already."""

    password = _password_field("current-password")


class NewUserForm(forms.Form):
    """Name and password of somebody who has none yet."""

    full_name = forms.CharField(
        label=gettext_lazy("Full name"),
        max_length=150,
        error_messages={"required": gettext_lazy("Enter your name. The others here see it.")},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = _password_field("new-password", gettext_lazy("At least 10 characters."))

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "password" in cleaned:
            try:
                validate_password(
                    cleaned["password"], User(email=self.email, full_name=cleaned.get("full_name", ""))
                )
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned


class _Page:
    """One request for the page: who is there, and what they are asked."""

    def __init__(self, request: SiteRequest, entrance: Entrance, invitation: Invitation, token: str) -> None:
        self.request, self.entrance, self.invitation, self.token = request, entrance, invitation, token
        self.person = session_user(request, entrance.audience)
        with platform_context(role="gatekeeper"):
            self.known = User.objects.filter(email=invitation.email).first()

    def answer(self) -> HttpResponse:
        is_post = self.request.method == "POST"
        if self.person is not None:
            if self.person.email != self.invitation.email:
                return self.show("is_somebody_else", status=409 if is_post else 200)
            return self.accept(self.person) if is_post else self.show("is_signed_in")
        data = self.request.POST if is_post else None
        if self.known is not None:
            return self._let_sign_in(SignInForm(data))
        return self._let_begin(NewUserForm(data, email=self.invitation.email))

    def show(self, state: str, form: forms.Form | None = None, *, status: int = 0) -> HttpResponse:
        context = {
            "invitation": self.invitation,
            "entrance": self.entrance,
            "person": self.person,
            "form": form,
            state: True,
        }
        default = 422 if form is not None and form.is_bound else 200
        return render(self.request, "tenancy/invitation.html", context, status=status or default)

    def accept(self, user: User) -> HttpResponse:
        accept_invitation(invitation=self.invitation, token=self.token, user=user)
        return self.enter(user)

    def enter(self, user: User) -> HttpResponse:
        sign_in(self.request, user, self.entrance.audience, vendor_id=self.invitation.vendor_id)
        with translation.override(user.language):
            messages.success(self.request, _("Welcome. You have accepted the invitation."))
        return redirect(self.entrance.home)

    def _let_sign_in(self, form: SignInForm) -> HttpResponse:
        if not form.is_bound or not form.is_valid():
            return self.show("has_sign_in", form)
        attempt = SignInAttempt(self.request, self.invitation.email)
        try:
            attempt.begin()
        except TooManyAttempts as error:
            form.add_error(None, error.message)
            return error.said_on(self.show("has_sign_in", form, status=429))
        user = authenticate(self.request, email=self.invitation.email, **form.cleaned_data)
        if not isinstance(user, User):
            form.add_error("password", _("This is not the password. Check it and try again."))
            return self.show("has_sign_in", form)
        attempt.succeeded()
        return self.accept(user)

    def _let_begin(self, form: NewUserForm) -> HttpResponse:
        if form.is_bound and form.is_valid():
            try:
                user = accept_as_new_user(invitation=self.invitation, token=self.token, **form.cleaned_data)
            except LinkEnded:
                raise
            except DomainError as error:
                # Another invitation was accepted between the two.
                form.add_error(None, error.message)
            except ValidationError as error:
                form.add_error(None, error)
            else:
                return self.enter(user)
        return self.show("is_new", form)


@secret_address
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation_page(request: SiteRequest, token: str, entrance: Entrance) -> HttpResponse:
    """GET asks, POST accepts: with the password of a sign-in that exists, or with a new one."""
    assert request.platform is not None
    invitation = selectors.invitation_of(
        token, platform_id=request.platform.id, is_staff=entrance.audience is Audience.STAFF
    )
    if invitation is None:
        return _ended(request, entrance)
    page = _Page(request, entrance, invitation, token)
    if page.known is not None and not page.known.is_active:
        return _ended(request, entrance)
    with translation.override(page.known.language if page.known is not None else invitation.language):
        try:
            return page.answer()
        except LinkEnded:
            # Sent twice: the first one has accepted it.
            return _ended(request, entrance)
        except InvitedSomebodyElse:
            return page.show("is_somebody_else", status=409)


def _ended(request: SiteRequest, entrance: Entrance) -> HttpResponse:
    context = {"entrance": entrance}
    return render(request, "tenancy/invitation_ended.html", context, status=LinkEnded.status)

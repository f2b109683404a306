"""The dashboard's way in and out, its home page and the profile of whoever works there."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import authenticate
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from modules.core import extensions, services
from modules.core.dashboard.forms import PasswordForm, ProfileForm, SignInForm
from platform_core.identity.models import User
from platform_core.identity.policy import Audience, policy
from platform_core.identity.principals import memberships
from platform_core.identity.sessions import sign_in, sign_out
from platform_core.identity.throttle import SignInAttempt, TooManyAttempts
from platform_core.requests import SiteRequest, VendorRequest


def _next(request: SiteRequest) -> str:
    """Where to go after signing in: a page of this dashboard, else its home."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    here = {request.get_host()}
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts=here, require_https=request.is_secure())
    return wanted if safe and wanted.startswith("/vendor/") else reverse("dashboard:core:home")


@policy(Audience.PUBLIC)
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_page(request: SiteRequest) -> HttpResponse:
    """Sign a member of a vendor's team in. Somebody of several shops starts in the first and may switch."""
    if request.principal is not None:
        return HttpResponseRedirect(_next(request))
    form = SignInForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST" and form.is_valid():
        refusal, status = _try_to_sign_in(request, form.cleaned_data["email"], form.cleaned_data["password"])
        if not refusal:
            return HttpResponseRedirect(_next(request))
        form.add_error(None, refusal)
    elif request.method == "POST":
        status = 422
    return render(
        request, "core/dashboard/sign_in.html", {"form": form, "next": _next(request)}, status=status
    )


def _try_to_sign_in(request: SiteRequest, email: str, password: str) -> tuple[str, int]:
    """("", 200) when somebody is signed in, else what to tell them and the status."""
    attempt = SignInAttempt(request, email)
    try:
        attempt.begin()
    except TooManyAttempts as error:
        return error.message, error.status
    user = authenticate(request, email=email, password=password)
    if not isinstance(user, User) or request.platform is None:
        return _("E-mail address and password do not match. Check both and try again."), 422
    attempt.succeeded()
    teams = [m for m in memberships(user, request.platform) if m.vendor is not None]
    if not teams or teams[0].vendor is None:
        return _("You are not in the team of a shop here. Ask the shop's owner to add you."), 403
    sign_in(request, user, Audience.VENDOR, vendor_id=teams[0].vendor.id)
    return "", 200


@policy(Audience.PUBLIC)
@require_POST
def sign_out_now(request: SiteRequest) -> HttpResponse:
    """End the session; with nobody signed in it only leads to the sign-in page."""
    sign_out(request)
    return redirect("dashboard:core:sign-in")


@policy(Audience.VENDOR)
@require_POST
def switch(request: VendorRequest) -> HttpResponse:
    """Work for another shop from now on: one of those the signed-in person belongs to."""
    assert request.principal is not None
    for membership in request.principal.memberships:
        if membership.vendor is not None and membership.vendor.code == request.POST.get("vendor"):
            request.session["vendor_id"] = membership.vendor.id
            messages.success(request, _("You now work for %(shop)s.") % {"shop": membership.vendor.name})
            return redirect("dashboard:core:home")
    messages.error(request, _("You do not belong to that shop. Choose one of yours."))
    return redirect("dashboard:core:home")


@policy(Audience.VENDOR, "core.view_home")
@require_safe
def home(request: VendorRequest) -> HttpResponse:
    """Figures and open tasks, as the modules tell them."""
    language = translation.get_language() or "en"
    tiles = [tile for answer in extensions.dashboard_tiles.all() for tile in answer(language)]
    tasks = [task for answer in extensions.dashboard_tasks.all() for task in answer(language)]
    return render(request, "core/dashboard/home.html", {"tiles": tiles, "tasks": tasks})


@policy(Audience.VENDOR)
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: VendorRequest) -> HttpResponse:
    """Name, language and time zone of the signed-in person."""
    assert isinstance(request.user, User)
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        services.update_profile(user=request.user, **form.cleaned_data)
        with translation.override(form.cleaned_data["language"]):
            messages.success(request, _("Your profile is saved."))
        return redirect("dashboard:core:profile")
    status = 422 if form.errors else 200
    return render(request, "core/dashboard/profile.html", {"form": form}, status=status)


@policy(Audience.VENDOR)
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: VendorRequest) -> HttpResponse:
    """A new password. It ends every other session of this person."""
    assert isinstance(request.user, User)
    form = PasswordForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        refusal = _try_to_change_password(request, request.user, form)
        if not refusal:
            messages.success(request, _("Your password is changed. Other browsers are signed out."))
            return redirect("dashboard:core:profile")
        form.add_error("current", refusal)
    status = 422 if form.errors else 200
    return render(request, "core/dashboard/password.html", {"form": form}, status=status)


def _try_to_change_password(request: VendorRequest, user: User, form: PasswordForm) -> str:
    attempt = SignInAttempt(request, user.email)
    try:
        attempt.begin()
    except TooManyAttempts as error:
        return error.message
    if not user.check_password(form.cleaned_data["current"]):
        return _("This is not your current password.")
    attempt.succeeded()
    services.change_password(user=user, password=form.cleaned_data["new"])
    sign_in(request, user, Audience.VENDOR, vendor_id=request.vendor.id)
    return ""

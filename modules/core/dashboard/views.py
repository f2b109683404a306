"""The dashboard's own pages: sign-in, choice of shop, home, profile."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth import authenticate
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from modules.core.dashboard.forms import DashboardMenuForm, PasswordForm, ProfileForm, SignInForm
from modules.core.landing import in_chosen_language, language_links
from modules.core.services import change_password, update_profile
from platform_core.dashboard import home_panels, tiles_of
from platform_core.identity.audience import Audience
from platform_core.identity.models import User
from platform_core.identity.plans import upgrade_page
from platform_core.identity.policy import policy
from platform_core.identity.principals import memberships
from platform_core.identity.sessions import session_user, sign_in, sign_out
from platform_core.identity.throttle import SignInAttempt, TooManyAttempts
from platform_core.modules import FrontendType
from platform_core.modules.features import feature_gate
from platform_core.modules.menu_service import AS_IT_COMES, own_settings, set_own_menu
from platform_core.modules.menus import items_to_choose_from, menu_items
from platform_core.modules.registry import registry
from platform_core.tenancy.context import VendorRef
from platform_core.tenancy.requests import SiteRequest, VendorRequest
from platform_core.ui.context_processors import MODE_COOKIE, mode_of_request

MODE_COOKIE_SECONDS = 365 * 24 * 3600
HOME = "/vendor/"


def _next_page(request: SiteRequest) -> str:
    """Where to go after signing in: a page of this dashboard, or its home."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_here = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    doors = tuple(reverse(f"dashboard:core:{name}") for name in ("sign-in", "sign-out", "shops", "forgotten"))
    return wanted if is_here and wanted.startswith(HOME) and not wanted.startswith(doors) else HOME


def _session_person(request: SiteRequest) -> User | None:
    """Whom the session signs in here, whether a shop is chosen or not."""
    if request.principal is not None:
        return request.principal.account if isinstance(request.principal.account, User) else None
    return session_user(request, Audience.VENDOR)


def shops_of(request: SiteRequest, user: User) -> list[VendorRef]:
    """The shops that a person works for on this platform."""
    assert request.platform is not None
    return [team.vendor for team in memberships(user, request.platform) if team.vendor is not None]


@policy(Audience.PUBLIC)
@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@in_chosen_language
def sign_in_page(request: SiteRequest) -> HttpResponse:
    """E-mail and password. Somebody of several shops is asked which one next."""
    if request.site_kind == "admin":
        return HttpResponseRedirect("/admin/")
    if request.method != "POST":
        person = _session_person(request)
        if request.principal is not None:
            return HttpResponseRedirect(_next_page(request))
        if person is not None and shops_of(request, person):
            return _to_choice(request)
        return _sign_in_form(request, SignInForm())
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _sign_in_form(request, form, status=422)
    attempt = SignInAttempt(request, form.cleaned_data["email"])
    try:
        attempt.begin()
    except TooManyAttempts as error:
        form.add_error(None, error.message)
        return error.said_on(_sign_in_form(request, form, status=429))
    user = authenticate(request, **form.cleaned_data)
    if not isinstance(user, User):
        form.add_error(None, _("E-mail address or password is wrong. Check both and try again."))
        return _sign_in_form(request, form, status=422)
    attempt.succeeded()
    shops = shops_of(request, user)
    if not shops:
        form.add_error(
            None,
            _("This account belongs to no shop on %(platform)s. Ask the shop's owner to invite you.")
            % {"platform": request.platform.name if request.platform else ""},
        )
        return _sign_in_form(request, form, status=422)
    return enter_dashboard(request, user, shops)


def enter_dashboard(request: SiteRequest, user: User, shops: list[VendorRef]) -> HttpResponse:
    """Sign in and go on, to the choice of a shop first where there are several."""
    sign_in(request, user, Audience.VENDOR, vendor_id=shops[0].id if len(shops) == 1 else None)
    if len(shops) > 1 and request.session.get("vendor_id") not in {shop.id for shop in shops}:
        return _to_choice(request)
    return HttpResponseRedirect(_next_page(request))


def _sign_in_form(request: SiteRequest, form: SignInForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "next": _next_page(request), "language_links": language_links(request)}
    return render(request, "core/dashboard/sign_in.html", context, status=status)


def _to_choice(request: SiteRequest) -> HttpResponseRedirect:
    target = _next_page(request)
    query = f"?{urlencode({'next': target})}" if target != HOME else ""
    return HttpResponseRedirect(reverse("dashboard:core:shops") + query)


@policy(Audience.PUBLIC)
@require_POST
def sign_out_page(request: SiteRequest) -> HttpResponse:
    """End the session, chosen shop or not."""
    sign_out(request)
    messages.success(request, _("You are signed out."))
    return redirect("dashboard:core:sign-in")


@policy(Audience.PUBLIC)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def shops(request: SiteRequest) -> HttpResponse:
    """Choose one of the shops a person works for; posting its code switches to it."""
    person = _session_person(request)
    if person is None:
        return redirect("dashboard:core:sign-in")
    found = shops_of(request, person)
    with override(person.language):
        if request.method == "POST":
            chosen = next((shop for shop in found if shop.code == request.POST.get("shop")), None)
            if chosen is not None:
                request.session["vendor_id"] = chosen.id
                return HttpResponseRedirect(_next_page(request))
            messages.error(request, _("You do not work for this shop. Choose one of yours."))
        context = {
            "shops": found,
            "next": _next_page(request),
            "current": request.vendor,
            "person": person,
        }
        return render(request, "core/dashboard/shops.html", context)


@policy(Audience.VENDOR, is_for_all=True)
@require_safe
def home(request: VendorRequest) -> HttpResponse:
    """The figures that the person may see, what is to be done, and what else the shop's modules have to say."""
    tiles = tiles_of(request)
    panels = [panel for answer in home_panels.all() for panel in answer(request)]
    context = {
        "tiles": [tile for tile in tiles if not tile.is_task],
        "tasks": [tile for tile in tiles if tile.is_task],
        "panels": sorted(panels, key=lambda panel: panel.order),
    }
    return render(request, "core/dashboard/home.html", context)


@policy(Audience.VENDOR, is_for_all=True)
@require_safe
def upgrade(request: VendorRequest, feature: str) -> HttpResponse:
    """About a feature that the shop's plan may lack. Raises Http404 for one of no module that is on."""
    decision = feature_gate.check_here(feature)
    if decision.reason in {"unknown_feature", "module_off"}:
        raise Http404
    return upgrade_page(request, registry().features[feature][1], decision, status=200)


def _menu_form(request: VendorRequest, data: QueryDict | None = None) -> DashboardMenuForm:
    """What the person shows themselves of the dashboard's menu."""
    assert isinstance(request.user, User)
    items = items_to_choose_from(menu_items(FrontendType.VENDOR), FrontendType.VENDOR, request)
    stored = own_settings(request.platform, FrontendType.VENDOR, request.user)
    return DashboardMenuForm(items, stored, data=data)


def _profile_page(request: VendorRequest, status: int = 200, **forms: Any) -> HttpResponse:
    user = request.user
    assert isinstance(user, User)
    initial = {
        "full_name": user.full_name,
        "language": user.language,
        "time_zone": user.time_zone,
        "mode": mode_of_request(request),
    }
    context = {
        "profile_form": ProfileForm(initial=initial),
        "password_form": PasswordForm(user=user),
        "menu_form": _menu_form(request),
        **forms,
    }
    return render(request, "core/dashboard/profile.html", context, status=status)


@policy(Audience.VENDOR, is_for_all=True)
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: VendorRequest) -> HttpResponse:
    """Name, language, time zone and appearance of the person."""
    if request.method != "POST":
        return _profile_page(request)
    form = ProfileForm(request.POST)
    if not form.is_valid():
        return _profile_page(request, 422, profile_form=form)
    mode = form.cleaned_data.pop("mode")
    assert isinstance(request.user, User)
    update_profile(user=request.user, **form.cleaned_data)
    with override(request.user.language):
        messages.success(request, _("Your profile is saved."))
    response = redirect("dashboard:core:profile")
    if mode:
        response.set_cookie(
            MODE_COOKIE, mode, MODE_COOKIE_SECONDS, samesite="Lax", secure=request.is_secure()
        )
    else:
        response.delete_cookie(MODE_COOKIE, samesite="Lax")
    return response


@policy(Audience.VENDOR, is_for_all=True)
@sensitive_post_parameters("current_password", "new_password")
@require_POST
def password(request: VendorRequest) -> HttpResponse:
    """A new password, after the present one. Wrong ones count as attempts to sign in."""
    user = request.user
    assert isinstance(user, User)
    attempt = SignInAttempt(request, user.email)
    try:
        attempt.begin()
    except TooManyAttempts as error:
        form = PasswordForm(user=user)
        messages.error(request, error.message)
        return error.said_on(_profile_page(request, 429, password_form=form))
    form = PasswordForm(request.POST, user=user)
    if not form.is_valid():
        if "current_password" not in form.errors:
            attempt.succeeded()
        return _profile_page(request, 422, password_form=form)
    attempt.succeeded()
    change_password(user=user, password=form.cleaned_data["new_password"])
    sign_in(request, user, Audience.VENDOR, vendor_id=request.vendor.id)
    messages.success(request, _("Your password is changed. Other browsers are signed out."))
    return redirect("dashboard:core:profile")


@policy(Audience.VENDOR, is_for_all=True)
@require_POST
def menu(request: VendorRequest) -> HttpResponse:
    """Hide and move items of the menu for oneself, or have all of them back."""
    assert isinstance(request.user, User)
    form = _menu_form(request, request.POST)
    is_reset = "reset" in request.POST
    if not is_reset and not form.is_valid():
        return _profile_page(request, 422, menu_form=form)
    settings = dict.fromkeys(form.listed, AS_IT_COMES) if is_reset else form.settings
    set_own_menu(request.platform, FrontendType.VENDOR, settings, user=request.user)
    messages.success(request, _("Your menu is saved."))
    return redirect("dashboard:core:profile")

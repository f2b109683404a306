"""Who is this, and may they? Sets the principal and its context, then holds every route to its policy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.middleware.csrf import CsrfViewMiddleware
from django.urls import NoReverseMatch, reverse
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from platform_core.identity.audience import Audience
from platform_core.identity.form_shop import SAFE_METHODS, refuse_form_of_other_shop
from platform_core.identity.models import User
from platform_core.identity.plans import check_plan
from platform_core.identity.policy import Policy, declared_methods, policy_of
from platform_core.identity.principals import (
    Principal,
    VendorRequired,
    current_principal,
    customer_by_id,
    operator_principal,
    staff_principal,
    user_by_id,
    vendor_principal,
)
from platform_core.identity.sessions import session_account_id, session_is_current
from platform_core.identity.tokens import InvalidToken, principal_of_token
from platform_core.modules.gates import refuse_where_off
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.requests import SiteRequest
from platform_core.trouble import is_database_trouble, not_allowed, problem, unavailable, wants_problem

GetResponse = Callable[[SiteRequest], HttpResponse]

SIGN_IN_ROUTES = {
    Audience.CUSTOMER: "storefront:customers:sign-in",
    Audience.VENDOR: "dashboard:core:sign-in",
    Audience.STAFF: "admin:login",
    Audience.OPERATOR: "admin:login",
}


class _CsrfCheck(CsrfViewMiddleware):
    """Answers with the reason instead of a response."""

    def _reject(self, request: SiteRequest, reason: str) -> Any:
        return reason


def surface_audience(request: SiteRequest) -> Audience:
    """Whose door the request knocks at, by host and path alone."""
    kind, path = request.site_kind, request.path_info
    if kind == "hub":
        return Audience.OPERATOR
    if kind == "admin" or (kind == "platform" and path.startswith(("/api/v1/admin/", "/api/v1/modules/"))):
        return Audience.STAFF
    if kind == "platform":
        return Audience.VENDOR
    return Audience.CUSTOMER if kind == "storefront" else Audience.KEY


class IdentityMiddleware:
    """Finds the principal by bearer token or session and gives its context to everything further in.

    On a storefront the context is the shop's whoever asks, so the customer is only looked up when somebody
    wants to know; staff and vendor teams are looked up at once, since their context follows from it.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: SiteRequest) -> HttpResponse:
        request.sign_in_attempt = None
        response = self._answer(request)
        if response.status_code == 503 and request.sign_in_attempt is not None:
            request.sign_in_attempt.withdraw()
        return response

    def _answer(self, request: SiteRequest) -> HttpResponse:
        request.user = AnonymousUser()
        request.customer = None
        if request.site_kind == "operations":
            return self.get_response(request)
        audience = surface_audience(request)
        try:
            principal = self._identify(request, audience)
        except InvalidToken as error:
            response = problem(request, 401, "invalid_token", str(error))
            response["WWW-Authenticate"] = 'Bearer error="invalid_token"'
            return response
        except Exception as error:
            if is_database_trouble(error):
                return unavailable(request)
            raise
        if audience is Audience.CUSTOMER and principal is None:
            request.customer = SimpleLazyObject(lambda: _session_customer(request))
            return self.get_response(request)
        if principal is None:
            return self.get_response(request)
        return self._serve(request, principal)

    def _serve(self, request: SiteRequest, principal: Principal) -> HttpResponse:
        request.principal = principal
        if principal.audience is Audience.CUSTOMER:
            request.customer = principal.account
            return self.get_response(request)
        request.user = principal.account
        platform = request.platform
        if principal.audience is Audience.VENDOR:
            request.vendor = principal.vendor
            context = platform_context(platform, principal.vendor)
        elif principal.audience is Audience.STAFF:
            context = platform_context(platform, role="staff")
        else:
            context = platform_context(role="operator")
        token = current_principal.set(principal)
        # A script that names a language gets that one; a person gets the one of their account.
        asked = wants_problem(request) and "HTTP_ACCEPT_LANGUAGE" in request.META
        language = translation.get_language() if asked else principal.account.language
        try:
            with context, translation.override(language), timezone.override(principal.account.time_zone):
                request.LANGUAGE_CODE = language
                response = self.get_response(request)
        finally:
            current_principal.reset(token)
        if not response.has_header("Cache-Control"):
            # Nobody sees it by going back once it is signed out.
            add_never_cache_headers(response)
        return response

    def _identify(self, request: SiteRequest, audience: Audience) -> Principal | None:
        scheme, _blank, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if wants_problem(request) and scheme.lower() == "bearer":
            return principal_of_token(token.strip(), request, audience)
        if audience is Audience.CUSTOMER:
            return None
        return _session_user(request, audience)

    def process_view(
        self, request: SiteRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """The gate: nothing is let through whose module is off, or that does not declare whom it is for."""
        refuse_where_off(view, request.resolver_match)
        policy = policy_of(view, request.method or "GET")
        if policy is None:
            methods = declared_methods(view)
            if methods:
                return not_allowed(request, methods)
            raise PermissionDenied("This route declares no policy.")
        return check_policy(request, policy) or check_plan(request, policy)


def _session_user(request: SiteRequest, audience: Audience) -> Principal | None:
    user_id = session_account_id(request, audience)
    if user_id is None:
        return None
    user = user_by_id(user_id)
    if user is None or not session_is_current(request, user):
        request.session.flush()
        return None
    platform = request.platform
    if audience is Audience.OPERATOR:
        return operator_principal(user, "session")
    if platform is None:
        return None
    if audience is Audience.STAFF:
        return staff_principal(user, platform, "session")
    try:
        # Whoever is out of the chosen shop's team chooses anew: nobody is moved to another shop unasked.
        return vendor_principal(user, platform, "session", vendor_id=request.session.get("vendor_id"))
    except VendorRequired:
        return None


def _session_customer(request: SiteRequest) -> Any:
    """The signed-in customer of this shop, or None."""
    customer_id = session_account_id(request, Audience.CUSTOMER)
    # Where the module of customers is off nobody is signed in, and whoever was is again once it is back.
    if customer_id is None or not customer_by_id.all():
        return None
    customer = customer_by_id.first(customer_id)
    if customer is None or not session_is_current(request, customer):
        request.session.flush()
        return None
    request.principal = Principal(
        Audience.CUSTOMER,
        customer,
        "session",
        platform=request.platform,
        vendor=request.vendor,
    )
    return customer


def has_operators_key(request: SiteRequest) -> bool:
    """Whether the request carries METRICS_KEY as its bearer token. Never, while none is set."""
    scheme, _blank, key = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    expected = settings.METRICS_KEY
    return bool(expected) and scheme.lower() == "bearer" and constant_time_compare(key.strip(), expected)


def forgery_of(request: SiteRequest) -> str:
    """Why a change that comes with a browser's session may be another site's doing; "" where it is not."""
    principal = request.principal
    if principal is None or principal.via != "session" or request.method in SAFE_METHODS:
        return ""
    check = _CsrfCheck(lambda _request: HttpResponse())
    return str(check.process_view(request, lambda: HttpResponse(), (), {}) or "")


def check_policy(request: SiteRequest, policy: Policy) -> HttpResponse | None:
    """None to go on, or the refusal: sign-in first, then permission."""
    if policy.audience is Audience.PUBLIC:
        return None
    if policy.audience is Audience.KEY:
        return (
            None
            if has_operators_key(request)
            else problem(request, 401, "unauthenticated", _("Send the operator's key."))
        )
    wanted = policy.audience
    if wanted is Audience.SIGNED_IN and request.site_kind == "storefront":
        wanted = Audience.CUSTOMER
    if wanted is Audience.CUSTOMER:
        # A lazy object that holds None is falsy: this looks the customer up.
        known = bool(request.customer)
    else:
        principal = request.principal
        known = principal is not None and wanted in {principal.audience, Audience.SIGNED_IN}
    refusal = refuse_form_of_other_shop(request, policy)
    if refusal is not None:
        return refusal
    if not known:
        return _sign_in_first(request, policy.audience)
    principal = request.principal
    if principal is None:
        return _sign_in_first(request, policy.audience)
    reason = forgery_of(request) if wants_problem(request) else ""
    if reason:
        return problem(request, 403, "csrf_failed", reason)
    account = principal.account
    superuser = isinstance(account, User) and account.is_superuser and policy.audience is not Audience.VENDOR
    if superuser or principal.may(policy.permission):
        return None
    if wants_problem(request):
        return problem(request, 403, "permission_denied", permission=policy.permission)
    raise PermissionDenied(policy.permission)


def _sign_in_first(request: SiteRequest, audience: Audience) -> HttpResponse:
    if wants_problem(request):
        response = problem(request, 401, "unauthenticated")
        response["WWW-Authenticate"] = "Bearer"
        return response
    try:
        address = reverse(SIGN_IN_ROUTES[audience], urlconf=request.urlconf)
    except NoReverseMatch:
        raise PermissionDenied from None
    then = _page_of(request)
    return HttpResponseRedirect(f"{address}?{urlencode({'next': then})}" if then else address)


def _page_of(request: SiteRequest) -> str:
    """The page to come back to: the one that was asked for, or the one whose form was sent, if the browser says so."""
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    try:
        sent_from = urlsplit(request.META.get("HTTP_REFERER", ""))
    except ValueError:
        return ""
    if sent_from.netloc != request.get_host():
        return ""
    return f"{sent_from.path}?{sent_from.query}" if sent_from.query else sent_from.path

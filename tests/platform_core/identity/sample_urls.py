"""Routes of each audience, for the tests of the gate."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path

from modules.tenancy.models import VendorMembership
from platform_core.identity.models import User
from platform_core.identity.policy import Audience, Policy, policies, policy
from platform_core.identity.principals import vendor_principal
from platform_core.identity.sessions import sign_in
from platform_core.tenancy.context import current_context, platform_context
from platform_core.urls_common import error_handlers


def report(request: HttpRequest) -> JsonResponse:
    context = current_context()
    account: Any = request.user if request.user.is_authenticated else None  # type: ignore[attr-defined]
    return JsonResponse(
        {
            "role": context.role,
            "vendor": context.vendor.code if context.vendor else None,
            "user": account.email if account else None,
        }
    )


@policy(Audience.PUBLIC)
def sign_in_here(request: HttpRequest, audience: str) -> HttpResponse:
    with platform_context(role="gatekeeper"):
        user = User.objects.get(email=request.GET["email"])
    vendor_id = None
    if "vendor" in request.GET:
        principal = vendor_principal(user, request.platform, "session", vendor_code=request.GET["vendor"])  # type: ignore[attr-defined]
        vendor_id = principal.vendor.id if principal and principal.vendor else None
    sign_in(request, user, Audience(audience), vendor_id=vendor_id)
    return HttpResponse("signed in")


public = policy(Audience.PUBLIC)(lambda request: report(request))
team = policy(Audience.VENDOR)(lambda request: report(request))
owners = policy(Audience.VENDOR, "tenancy.manage_team")(lambda request: report(request))
staff = policy(Audience.STAFF)(lambda request: report(request))
operator = policy(Audience.OPERATOR)(lambda request: report(request))
customer = policy(Audience.CUSTOMER)(lambda request: report(request))
by_key = policy(Audience.KEY)(lambda request: report(request))


@policies(GET=Policy(Audience.VENDOR), POST=Policy(Audience.VENDOR, "tenancy.manage_team"))
def by_method(request: HttpRequest) -> HttpResponse:
    return report(request)


def undeclared(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{VendorMembership.objects.count()}")


def login(request: HttpRequest) -> HttpResponse:
    return HttpResponse("sign in")


login.policy = Policy(Audience.PUBLIC)  # type: ignore[attr-defined]

routes = [
    path("public/", public),
    path("team/", team),
    path("owners/", owners),
    path("by-method/", by_method),
    path("staff/", staff),
    path("operator/", operator),
    path("customer/", customer),
    path("key/", by_key),
    path("undeclared/", undeclared),
    path("sign-in/<str:audience>/", sign_in_here),
]
urlpatterns = [
    *routes,
    path("vendor/", include((routes, "doors"), namespace="vendor-doors")),
    path("api/v1/vendor/", include((routes, "doors"), namespace="api-doors")),
    path("api/v1/admin/", include((routes, "doors"), namespace="admin-doors")),
    path("login/", include(([path("", login, name="sign-in")], "core"), namespace="core")),
    path(
        "dashboard/",
        include(
            ([path("", include(([path("", login, name="sign-in")], "core"), namespace="core"))], "dashboard"),
            namespace="dashboard",
        ),
    ),
    path("admin/", include(([path("", login, name="login")], "admin"), namespace="admin")),
]
handler400, handler403, handler404, handler500 = error_handlers

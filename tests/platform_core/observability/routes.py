"""Routes that fail the way real ones might, with secrets in their hands."""

import logging

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from config.urls import storefront
from config.urls.operations import handler400, handler403, handler404, handler500
from platform_core.identity.policy import Audience, policy
from platform_core.tenancy.context import PlatformRef, VendorRef, platform_context

__all__ = ["handler400", "handler403", "handler404", "handler500"]

LUX = PlatformRef(id=1, code="lux", name="Lux", schema_name="lux", domain="lux.localhost")
OBJEKTIV = VendorRef(id=7, platform_id=1, code="objektiv", name="Objektiv")

PASSWORD = "hunter2-planted"
BEARER = "planted-bearer-4f1d2c"
COOKIE = "planted-cookie-9a8b7c"
LINK = "planted-link-0a1b2c3d"
EMAIL = "planted.person@example.test"
CARD = "4242 4242 4242 4242"
PLANTED = (PASSWORD, BEARER, COOKIE, LINK, EMAIL, "planted.person", CARD, CARD.replace(" ", ""))


@policy(Audience.PUBLIC)
@csrf_exempt
def fail(request: HttpRequest) -> HttpResponse:
    header = request.headers.get("Authorization")
    with platform_context(LUX, OBJEKTIV):
        logging.getLogger("shop").warning("Signing in %s with password=%s", EMAIL, PASSWORD)
    raise RuntimeError(f"No luck for {EMAIL}: password={PASSWORD!r}, card {CARD}, sent {header}")


@policy(Audience.PUBLIC)
def signed(request: HttpRequest, token: str) -> HttpResponse:
    return HttpResponse("ok")


# The error page of a shop links to its real pages.
urlpatterns = [
    path("fail", fail),
    path("health/fail", fail),
    path("health/<str:token>/signed", signed, name="signed"),
    *storefront.urlpatterns,
]

"""What the middleware adds to a request, for views to say which they expect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from platform_core.tenancy.context import PlatformRef, VendorRef

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

    from platform_core.identity.principals import Principal
    from platform_core.identity.throttle import SignInAttempt


class SiteRequest(HttpRequest):
    """Any request behind the tenancy middleware. `site_kind` is hub, platform, admin, storefront or operations."""

    site_kind: str
    # As the browser sent it, with its port, and well formed.
    host: str
    platform: PlatformRef | None
    vendor: VendorRef | None
    principal: Principal | None
    path_mode: bool
    request_id: str
    # How many requests the caller has made in this minute, and how many seconds of it are left.
    api_rate: tuple[int, int]
    # The password that this request has brought, once it is counted.
    sign_in_attempt: SignInAttempt | None
    urlconf: str
    LANGUAGE_CODE: str
    session: SessionBase
    # A customer of the shop, looked up when it is asked for; falsy where nobody is signed in.
    customer: Any
    # Whether a script asks for a part of the page, and for which.
    htmx: HtmxDetails
    # The sign-in an access token comes from; set where one was sent.
    token_family: UUID


class VendorRequest(SiteRequest):
    """A request for one shop: of its storefront, or of its team on the dashboard."""

    platform: PlatformRef
    vendor: VendorRef

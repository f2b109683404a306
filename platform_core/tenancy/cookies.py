"""Names of cookies: a shop's, a dashboard's and an admin's never meet, even on one host."""

from __future__ import annotations

from django.conf import settings

from platform_core.tenancy.requests import SiteRequest


def session_cookie_name(request: SiteRequest) -> str:
    """`wz_hub`, `wz_admin`, `wz_vendor` or `wz_shop`; in path mode the shop's code follows.

    With HTTPS they carry the `__Host-` prefix, which ties them to the host.
    """
    kind = getattr(request, "site_kind", "hub")
    name = {"storefront": "wz_shop", "platform": "wz_vendor", "admin": "wz_admin"}.get(kind, "wz_hub")
    if getattr(request, "path_mode", False) and request.vendor is not None:
        name = f"{name}_{request.vendor.code}"
    return f"__Host-{name}" if settings.SESSION_COOKIE_SECURE else name

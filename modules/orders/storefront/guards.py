"""Which forms are taken."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied

from platform_core.tenancy.requests import VendorRequest


def refuse_other_sites(request: VendorRequest) -> None:
    """The form stands on pages that are kept for everybody, which can hold no CSRF token: ask where it comes from.

    Every browser says it with a form. What says nothing is a script, which carries nobody's cookies by itself.
    Raises PermissionDenied.
    """
    origin = request.META.get("HTTP_ORIGIN")
    here = f"{request.scheme}://{request.get_host()}"
    site = request.META.get("HTTP_SEC_FETCH_SITE", "none")
    if origin not in {None, here} or site not in {"same-origin", "none"}:
        raise PermissionDenied("The form comes from another site.")

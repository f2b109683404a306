"""Serve public files of the site's own tenant, of modules that are on.

A proxy that serves MEDIA_ROOT itself knows no module: it would show the files of those that are off.
"""

from __future__ import annotations

import mimetypes
from pathlib import Path

from django.conf import settings
from django.http import FileResponse, Http404, HttpResponseBase
from django.utils._os import safe_join

from platform_core.identity.policy import Audience, policy
from platform_core.modules.gates import is_folder_hidden
from platform_core.tenancy.context import PlatformRef, VendorRef
from platform_core.tenancy.requests import SiteRequest

# Renditions are re-encoded by us; an SVG is only ever shown, never run.
SERVED = {".webp": "image/webp", ".svg": "image/svg+xml", ".jpg": "image/jpeg", ".png": "image/png"}


@policy(Audience.PUBLIC)
def media(request: SiteRequest, name: str) -> HttpResponseBase:
    """A file below `<platform code>/<vendor id>/<folder of a module that is on>/` of this very site, or 404."""
    platform: PlatformRef | None = request.platform
    vendor: VendorRef | None = request.vendor
    if platform is None:
        raise Http404
    own = (
        f"{platform.code}/{vendor.id}/"
        if request.site_kind == "storefront" and vendor
        else f"{platform.code}/"
    )
    suffix = Path(name).suffix.lower()
    if not name.startswith(own) or ".." in name.split("/") or suffix not in SERVED:
        raise Http404
    folder = name.split("/")[2:3]
    if not folder or is_folder_hidden(folder[0]):
        raise Http404
    file = Path(safe_join(settings.MEDIA_ROOT, name))
    if not file.is_file():
        raise Http404
    response = FileResponse(file.open("rb"), content_type=SERVED.get(suffix) or mimetypes.guess_type(name)[0])
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return response

"""Routes that every site has, and the error handlers of all URL configurations."""

from __future__ import annotations

from django.urls import URLPattern, path

from platform_core.media import media

error_handlers = (
    "platform_core.trouble.bad_request",
    "platform_core.trouble.permission_denied",
    "platform_core.trouble.page_not_found",
    "platform_core.trouble.server_error",
)


def common_urls() -> list[URLPattern]:
    """Media of the site's tenant."""
    return [path("media/<path:name>", media, name="media")]

"""Answered on every host, for probes, scrapers and the proxy: no tenant, no session."""

from platform_core.observability.urls import urlpatterns
from platform_core.urls_common import error_handlers

__all__ = ["urlpatterns"]

handler400, handler403, handler404, handler500 = error_handlers

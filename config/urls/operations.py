"""Answered on every host, for probes, scrapers and the proxy: no tenant, no session."""

from platform_core.urls_common import error_handlers

urlpatterns: list[object] = []
handler400, handler403, handler404, handler500 = error_handlers

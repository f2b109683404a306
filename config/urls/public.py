"""The hub: where the operator of the installation works."""

from platform_core.urls_common import common_urls, error_handlers

urlpatterns = [*common_urls()]
handler400, handler403, handler404, handler500 = error_handlers

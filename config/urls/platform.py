"""A platform's own host: landing page, vendor dashboard, API. Its admin host adds the admin (config/urls/admin.py)."""

from django.urls import include, path

from modules.core import landing
from platform_core.api import modules
from platform_core.api.urls import reference_urls, user_auth_urls
from platform_core.modules import FrontendType
from platform_core.urls import api_urls, module_urls
from platform_core.urls_common import common_urls, error_handlers

urlpatterns = [
    *common_urls(),
    path("api/", include(reference_urls)),
    path("", landing.platform, name="landing"),
    path("robots.txt", landing.robots),
    path("vendor/", include((module_urls(FrontendType.VENDOR), "dashboard"), namespace="dashboard")),
    path(
        "api/v1/",
        include(
            (
                [
                    path("auth/", include((user_auth_urls, "auth"), namespace="auth")),
                    path("vendor/", include(api_urls("vendor"))),
                    path("admin/", include(api_urls("admin"))),
                    path("modules/", include((modules.urlpatterns, "modules"), namespace="modules")),
                ],
                "api",
            ),
            namespace="api",
        ),
    ),
]
handler400, handler403, handler404, handler500 = error_handlers

"""A vendor's storefront, on its subdomain, its own domain or below a path."""

from django.urls import include, path

from platform_core.api.urls import customer_auth_urls, reference_urls
from platform_core.modules import FrontendType
from platform_core.urls import api_urls, module_urls
from platform_core.urls_common import common_urls, error_handlers

urlpatterns = [
    *common_urls(),
    path("api/", include(reference_urls)),
    path(
        "api/v1/",
        include(
            (
                [
                    path("auth/", include((customer_auth_urls, "auth"), namespace="auth")),
                    path("storefront/", include(api_urls("storefront"))),
                ],
                "api",
            ),
            namespace="api",
        ),
    ),
    path("", include((module_urls(FrontendType.SHOP), "storefront"), namespace="storefront")),
]
handler400, handler403, handler404, handler500 = error_handlers

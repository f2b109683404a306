"""A shop's sign-in with a route for customers."""

from django.urls import include, path

from platform_core.api.urls import customer_auth_urls
from platform_core.urls_common import error_handlers
from tests.platform_core.identity.sample_urls import customer

urlpatterns = [
    path("api/v1/auth/", include(customer_auth_urls)),
    path("api/v1/storefront/customer/", customer),
]
handler400, handler403, handler404, handler500 = error_handlers

"""A platform's sign-in with one route for each of its portals."""

from django.urls import include, path

from platform_core.api.urls import user_auth_urls
from platform_core.urls_common import error_handlers
from tests.platform_core.identity.sample_urls import owners, staff, team

urlpatterns = [
    path("api/v1/auth/", include(user_auth_urls)),
    path("api/v1/vendor/team/", team),
    path("api/v1/vendor/owners/", owners),
    path("api/v1/admin/staff/", staff),
]
handler400, handler403, handler404, handler500 = error_handlers

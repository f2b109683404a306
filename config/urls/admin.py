"""A platform's admin host: what the platform's own host answers, with the admin in place of dashboard and landing."""

from django.urls import include, path

from config.urls import platform
from platform_core.admin_site.account import to_admin
from platform_core.admin_site.sites import platform_site
from platform_core.modules import FrontendType
from platform_core.urls import module_urls
from platform_core.urls_common import error_handlers

NOT_HERE = frozenset({"dashboard", "landing"})

urlpatterns = [
    path("", to_admin),
    # Before the admin, whose last route takes every address.
    path("admin/", include((module_urls(FrontendType.ADMIN), "staff"), namespace="staff")),
    path("admin/", platform_site.urls),
    *(
        entry
        for entry in platform.urlpatterns
        if getattr(entry, "namespace", None) not in NOT_HERE and getattr(entry, "name", None) not in NOT_HERE
    ),
]
handler400, handler403, handler404, handler500 = error_handlers

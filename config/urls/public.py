"""The hub: where the operator of the installation works."""

from django.conf import settings
from django.urls import include, path

from modules.core import inbox, landing
from platform_core.admin_site.sites import hub_site
from platform_core.api.urls import reference_urls
from platform_core.urls_common import common_urls, error_handlers

urlpatterns = [
    *common_urls(),
    path("api/", include(reference_urls)),
    path("", landing.hub, name="landing"),
    path("admin/", hub_site.urls),
    path("robots.txt", landing.robots),
]
if settings.MAIL_INBOX:
    urlpatterns += [
        path("inbox/", inbox.inbox, name="inbox"),
        path("inbox/<slug:name>/", inbox.mail, name="inbox-mail"),
        path("inbox/<slug:name>/page/", inbox.mail_page, name="inbox-page"),
    ]
handler400, handler403, handler404, handler500 = error_handlers

"""A process with Sentry on, failing once in a request of a WSGI server. Run by test_sentry."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

import sentry_sdk  # noqa: E402
from django.test import RequestFactory  # noqa: E402

from platform_core.tenancy import middleware  # noqa: E402
from platform_core.tenancy.hosts import Site  # noqa: E402
from tests.platform_core.observability import routes  # noqa: E402

middleware.URLCONFS["storefront"] = "tests.platform_core.observability.routes"
middleware.host_directory.find = lambda host: Site("storefront", routes.LUX, routes.OBJEKTIV)

request = RequestFactory().post(
    f"/fail?token={routes.LINK}&email={routes.EMAIL}",
    {"password": routes.PASSWORD, "email": routes.EMAIL},
    headers={
        "Host": "objektiv.lux.localhost",
        "Authorization": f"Bearer {routes.BEARER}",
        "Cookie": f"wz_shop={routes.COOKIE}",
        "X-Request-ID": "request-of-the-test",
    },
)
statuses: list[str] = []
b"".join(application(request.environ, lambda status, headers, exc_info=None: statuses.append(status)))
assert statuses == ["500 Internal Server Error"], statuses
sentry_sdk.flush(timeout=10)

"""The same application for ASGI servers. WSGI with threads is the measured default (docs/adr/0002-tenancy.md)."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")

django_application = get_asgi_application()

# The settings are read by now; before that nothing of the ground floor can be imported.
from platform_core.asgi import LifespanApplication  # noqa: E402
from platform_core.modules.lifecycle import startup  # noqa: E402
from platform_core.tenancy.start import refuse_unsafe_start  # noqa: E402

refuse_unsafe_start()
startup("web")
application = LifespanApplication(django_application)

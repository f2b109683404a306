"""The same application for ASGI servers. WSGI with threads is the measured default (docs/adr/0002-tenancy.md)."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")

application = get_asgi_application()

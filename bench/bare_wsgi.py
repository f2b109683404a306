"""The bare view as granian serves it, with `bench.bare` for its settings."""

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

"""The web process: granian or gunicorn serve `config.wsgi:application`."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")

django_application = get_wsgi_application()

# The settings are read by now; before that nothing of the ground floor can be imported.
from platform_core.modules.lifecycle import startup  # noqa: E402
from platform_core.tenancy.start import refuse_unsafe_start  # noqa: E402
from platform_core.wsgi import BegunApplication, KeptPageFront  # noqa: E402

refuse_unsafe_start()
startup("web")
application = BegunApplication(KeptPageFront(django_application))

# What is loaded by now stays: the garbage collector need not look through it again and again.
gc.collect()
gc.freeze()

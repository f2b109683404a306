"""The Celery application: workers, the operator's worker and beat run `celery -A config`."""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")

app = Celery("wizamart", task_cls="platform_core.tenancy.tasks:TenantTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_the_logs_of_the_settings(**_options: Any) -> None:
    """With a receiver here Celery adds no handlers of its own: workers log like the web processes."""

"""The Celery application: workers, the operator's worker and beat run `celery -A config`."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, setup_logging, worker_init
from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")

app = Celery("wizamart", task_cls="platform_core.modules.tasks:ModuleTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_the_logs_of_the_settings(**_options: Any) -> None:
    """With a receiver here Celery adds no handlers of its own: workers log like the web processes."""


@worker_init.connect
@beat_init.connect
def refuse_what_is_unsafe(**_options: Any) -> None:
    """Workers and beat ask what the web process asks. Celery goes on after any other error of a receiver."""
    # The settings import this package, and it would import them back.
    from platform_core.tenancy.start import refuse_unsafe_start  # noqa: PLC0415

    try:
        refuse_unsafe_start()
    except ImproperlyConfigured as error:
        raise SystemExit(str(error)) from None


@app.on_after_finalize.connect
def add_the_modules_schedule(**_options: Any) -> None:
    """The modules are known by now: the Django apps are loaded before Celery gathers its tasks."""
    # The settings import this package, and it would import them back.
    from platform_core.modules.beat import schedule  # noqa: PLC0415

    app.conf.beat_schedule = {**app.conf.beat_schedule, **schedule()}

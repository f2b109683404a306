"""The Celery application: workers, the operator's worker and beat run `celery -A config`."""

import os
from typing import Any

from celery import Celery
from celery.signals import (
    beat_init,
    celeryd_after_setup,
    import_modules,
    setup_logging,
    worker_init,
    worker_process_init,
    worker_process_shutdown,
    worker_shutdown,
)
from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")

app = Celery("wizamart", task_cls="platform_core.modules.tasks:ModuleTask")
app.config_from_object("django.conf:settings", namespace="CELERY")


@import_modules.connect
def load_tasks_of_the_apps(**_options: Any) -> None:
    """In workers and beat, once the Django apps are loaded."""
    # The settings import this package, and it would import them back.
    from platform_core.modules.tasks import load_tasks  # noqa: PLC0415

    load_tasks()


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


def _kind_of_worker() -> Any:
    """Who may change the schema is told by the queue it works for."""
    return "operator" if "operator" in app.amqp.queues.consume_from else "worker"


@worker_process_init.connect
@celeryd_after_setup.connect
def begin_in_worker(instance: Any = None, **_options: Any) -> None:
    """In the process that runs the tasks: each child of the prefork pool, the worker itself with any other."""
    # The settings import this package, and it would import them back.
    from platform_core.modules.lifecycle import startup  # noqa: PLC0415

    if instance is None or instance.pool_cls.__module__ != "celery.concurrency.prefork":
        startup(_kind_of_worker())


@worker_process_shutdown.connect
@worker_shutdown.connect
def end_in_worker(**_options: Any) -> None:
    # The settings import this package, and it would import them back.
    from platform_core.modules.lifecycle import shutdown  # noqa: PLC0415

    shutdown(_kind_of_worker())


@beat_init.connect
def begin_in_beat(**_options: Any) -> None:
    # The settings import this package, and it would import them back.
    from platform_core.modules.lifecycle import startup  # noqa: PLC0415

    startup("beat")


@app.on_after_finalize.connect
def let_celery_clean_up(**_options: Any) -> None:
    """Celery's own task, which beat sends every night, is made of ours: expired results are of all platforms."""
    app.tasks["celery.backend_cleanup"].of_installation = True  # type: ignore[attr-defined]


@app.on_after_finalize.connect
def add_the_modules_schedule(**_options: Any) -> None:
    """The modules are known by now: the Django apps are loaded before Celery gathers its tasks."""
    # The settings import this package, and it would import them back.
    from platform_core.modules.beat import schedule  # noqa: PLC0415

    app.conf.beat_schedule = {**app.conf.beat_schedule, **schedule()}

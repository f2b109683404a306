from django.apps import AppConfig
from django.conf import settings
from django.core.cache import close_caches
from django.core.signals import request_finished, request_started
from django.db import reset_queries
from django.utils.translation import gettext_lazy as _

from platform_core.extensions import let_speak


class PlatformCoreConfig(AppConfig):
    name = "platform_core"
    label = "platform_core"
    verbose_name = _("platform")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Registering checks, mails and receivers is what these imports are for.
        from platform_core import checks  # noqa: F401, PLC0415
        from platform_core.identity import resets  # noqa: F401, PLC0415
        from platform_core.identity.hidden import hidden_from_staff  # noqa: PLC0415
        from platform_core.modules.gates import may_speak  # noqa: PLC0415
        from platform_core.modules.registry import tell_of_what_is_left_out  # noqa: PLC0415
        from platform_core.modules.state import version_of_modules  # noqa: PLC0415
        from platform_core.tenancy import receivers  # noqa: F401, PLC0415
        from platform_core.tenancy.pagecache import page_versions  # noqa: PLC0415
        from platform_core.trouble import why_not_found  # noqa: PLC0415
        from platform_core.ui.assets import version_of_release  # noqa: PLC0415

        tell_of_what_is_left_out()
        let_speak(may_speak)
        why_not_found.register(hidden_from_staff)
        page_versions.register(version_of_modules)
        page_versions.register(version_of_release)
        # For each request Django empties a list that is kept in DEBUG alone, and closes caches of which none
        # has anything to close: a tenth of a kept page's time.
        if not settings.DEBUG:
            request_started.disconnect(reset_queries)
        request_finished.disconnect(close_caches)
        if settings.SENTRY_DSN:
            # Loading the library costs every process some time: only where it is wanted.
            from platform_core.observability.sentry import start_sentry  # noqa: PLC0415

            start_sentry(
                dsn=settings.SENTRY_DSN,
                environment=settings.SENTRY_ENVIRONMENT,
                release=settings.RELEASE,
                traces_sample_rate=settings.SENTRY_TRACES_SAMPLE_RATE,
            )

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BrowserSessionsConfig(AppConfig):
    """Browser sessions: one table in the public schema for the hub, one in each platform's schema."""

    name = "platform_core.sessions"
    label = "browser_sessions"
    verbose_name = _("browser sessions")
    default_auto_field = "django.db.models.BigAutoField"

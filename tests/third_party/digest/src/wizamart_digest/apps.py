from django.utils.translation import gettext_lazy as _

from platform_core.modules import BeatEntry, ModuleConfig, ModuleDefinition


class DigestConfig(ModuleConfig):
    """What shops took each day. On by itself wherever orders and payments both are."""

    name = "wizamart_digest"
    label = "digest"
    verbose_name = _("digest")
    definition = ModuleDefinition(
        code="digest",
        name=_("Digest"),
        description=_("How many payments each shop received, day by day."),
        requires=("orders", "payments"),
        auto_enable_with=("orders", "payments"),
        config_schema="wizamart_digest.config.Settings",
        data_summary="wizamart_digest.hooks.data_summary",
        on_purge="wizamart_digest.hooks.on_purge",
        health_check="wizamart_digest.hooks.health",
        beat=(BeatEntry("old-days", "digest.forget_old_days", every_seconds=24 * 3600),),
    )

    def ready(self) -> None:
        # Registering what it does when something has happened elsewhere is what this import is for.
        from wizamart_digest import handlers  # noqa: F401, PLC0415

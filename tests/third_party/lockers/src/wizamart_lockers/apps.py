from django.utils.translation import gettext_lazy as _

from platform_core.modules import ModuleConfig, ModuleDefinition


class LockersConfig(ModuleConfig):
    """Parcels in the lockers of a carrier, who tells of each delivery."""

    name = "wizamart_lockers"
    label = "lockers"
    verbose_name = _("parcel lockers")
    definition = ModuleDefinition(
        code="lockers",
        name=_("Parcel lockers"),
        description=_("Parcels in the lockers of a carrier, who tells of each delivery."),
        config_schema="wizamart_lockers.config.Settings",
        # Without the carrier's key no notice could be trusted.
        requires_config=True,
        can_disable="wizamart_lockers.hooks.parcels_under_way",
        # What was sent before the module went off is delivered all the same.
        always_on_urls=("delivered",),
        data_summary="wizamart_lockers.hooks.data_summary",
        on_purge="wizamart_lockers.hooks.on_purge",
        health_check="wizamart_lockers.hooks.health",
    )

from django.utils.translation import gettext_lazy as _

from platform_core.modules import FrontendType, MenuItem, ModuleConfig, ModuleDefinition, Permission
from platform_core.roles import VENDOR_CLERK, VENDOR_OWNER

TEAM = (VENDOR_OWNER, VENDOR_CLERK)


class ${class_name}Config(ModuleConfig):
    """What shops write here, their shoppers read."""

    name = "${package}"
    label = "${label}"
    verbose_name = _("${name}")
    definition = ModuleDefinition(
        code="${code}",
        name=_("${name}"),
        description=_("What a shop writes here, its shoppers read."),
        permissions=(
            Permission("${label}.view_${model}", _("See entries"), roles=TEAM),
            Permission("${label}.change_${model}", _("Write and publish entries")),
        ),
        menu_items={
            FrontendType.VENDOR: (
                MenuItem(
                    "${code}",
                    _("${name}"),
                    url_name="dashboard:${label}:list",
                    icon="blocks",
                    permission="${label}.view_${model}",
                ),
            ),
            FrontendType.SHOP: (
                MenuItem("${code}", _("${name}"), url_name="storefront:${label}:list", icon="blocks"),
            ),
        },
        config_schema="${package}.config.Settings",
        data_summary="${package}.hooks.data_summary",
        on_purge="${package}.hooks.on_purge",
        health_check="${package}.hooks.health",
    )

from django.utils.translation import gettext_lazy as _

from platform_core.modules import FrontendType, MenuItem, ModuleConfig, ModuleDefinition, Permission
from platform_core.roles import VENDOR_CLERK, VENDOR_OWNER


class ${class_name}Config(ModuleConfig):
    """What this module does for shops, in a sentence."""

    name = "modules.${label}"
    label = "${label}"
    verbose_name = _("${name}")
    definition = ModuleDefinition(
        code="${code}",
        name=_("${name}"),
        permissions=(
            Permission(
                "${label}.view_${label}",
                _("See ${name}"),
                roles=(VENDOR_OWNER, VENDOR_CLERK),
            ),
        ),
        menu_items={
            FrontendType.VENDOR: (
                MenuItem(
                    "${code}",
                    _("${name}"),
                    url_name="dashboard:${label}:home",
                    icon="blocks",
                    permission="${label}.view_${label}",
                ),
            )
        },
    )

from django.utils.translation import gettext_lazy as _

from platform_core.identity.roles import VENDOR_CLERK, VENDOR_OWNER
from platform_core.modules import FrontendType, MenuItem, ModuleConfig, ModuleDefinition, Permission


class CoreConfig(ModuleConfig):
    """Home pages: of a shop, of a platform, of the installation, of a vendor's dashboard; sign-in, profile."""

    name = "modules.core"
    label = "core"
    verbose_name = _("core")
    definition = ModuleDefinition(
        code="core",
        name=_("Core"),
        description=_("Home pages, sign-in and what every surface starts with."),
        is_core=True,
        permissions=(
            Permission("core.view_home", _("Open the dashboard"), roles=(VENDOR_OWNER, VENDOR_CLERK)),
        ),
        menu_items={
            FrontendType.VENDOR: (
                MenuItem("home", _("Home"), url_name="dashboard:core:home", icon="house", order=0),
            )
        },
    )

from django.utils.translation import gettext_lazy as _

from platform_core.modules import FrontendType, MenuItem, ModuleConfig, ModuleDefinition, Permission


class CoreConfig(ModuleConfig):
    """Home pages: of a shop, of a platform, of the installation."""

    name = "modules.core"
    label = "core"
    verbose_name = _("core")
    definition = ModuleDefinition(
        code="core",
        name=_("Core"),
        description=_("Home pages and what every surface starts with."),
        is_core=True,
        permissions=(
            Permission("core.view_module", _("See the platform's modules"), roles=()),
            Permission("core.change_module", _("Switch modules on and off"), roles=()),
            Permission("core.force_module", _("Switch modules off whatever stands against it"), roles=()),
            Permission("core.change_settings", _("Change the shop's settings")),
            Permission("core.change_menu", _("Decide what menus show"), roles=()),
            Permission("core.view_outbox", _("See what goes out: mails and other messages"), roles=()),
            Permission("core.change_outbox", _("Try again what was given up"), roles=()),
        ),
        menu_items={
            FrontendType.VENDOR: (
                MenuItem(
                    "home",
                    _("Home"),
                    url_name="dashboard:core:home",
                    icon="layout-dashboard",
                    order=10,
                    mandatory=True,
                ),
                MenuItem(
                    "settings",
                    _("Settings"),
                    url_name="dashboard:core:settings",
                    icon="settings",
                    order=95,
                    permission="core.change_settings",
                ),
            ),
            FrontendType.ADMIN: (
                MenuItem(
                    "modules",
                    _("Modules"),
                    url_name="admin:modules",
                    section=_("Operation"),
                    icon="blocks",
                    order=80,
                    permission="core.view_module",
                ),
                MenuItem(
                    "menus",
                    _("Menus"),
                    url_name="admin:menus",
                    section=_("Operation"),
                    icon="list-checks",
                    order=81,
                    permission="core.change_menu",
                    mandatory=True,
                ),
            ),
        },
        config_schema="modules.core.config.CoreSettings",
        data_summary="modules.core.hooks.data_summary",
        vendor_settings=("time_zone",),
    )

    def ready(self) -> None:
        # Registering the answers is what these imports are for.
        from modules.core import selectors  # noqa: PLC0415
        from platform_core.mail.services import time_zone_of_vendor  # noqa: PLC0415

        time_zone_of_vendor.register(selectors.shop_time_zone)

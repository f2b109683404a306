from django.utils.translation import gettext_lazy as _

from platform_core.demo import DemoStep, demo_steps
from platform_core.modules import (
    FeatureSpec,
    FrontendType,
    MenuItem,
    ModuleConfig,
    ModuleDefinition,
    Permission,
)
from platform_core.roles import VENDOR_CLERK, VENDOR_OWNER


class TenancyConfig(ModuleConfig):
    """Companies, their vendors, the vendors' domains and teams."""

    name = "modules.tenancy"
    label = "tenancy"
    verbose_name = _("companies and vendors")
    definition = ModuleDefinition(
        code="tenancy",
        name=_("Tenancy"),
        description=_("Companies, vendors, their domains and their teams."),
        is_core=True,
        features=(FeatureSpec("own_domains", _("Own domains")),),
        permissions=(
            Permission(
                "tenancy.view_vendor", _("See the shop's details"), roles=(VENDOR_OWNER, VENDOR_CLERK)
            ),
            Permission("tenancy.change_vendor", _("Change the shop's details")),
            Permission("tenancy.add_vendor", _("Open new shops on the platform"), roles=()),
            Permission("tenancy.view_company", _("See companies"), roles=()),
            Permission("tenancy.add_company", _("Add companies"), roles=()),
            Permission("tenancy.change_company", _("Change companies"), roles=()),
            Permission("tenancy.suspend_vendor", _("Suspend and reactivate vendors"), roles=()),
            Permission("tenancy.view_user", _("See the people of the platform"), roles=()),
            Permission("tenancy.change_user", _("Change people"), roles=()),
            Permission("tenancy.manage_staff", _("Name and remove staff of the platform"), roles=()),
            Permission("tenancy.view_log", _("See what was done in the admin"), roles=()),
            Permission("tenancy.manage_team", _("Invite and remove members of the team")),
            Permission("tenancy.manage_domains", _("Add and verify the shop's own domains")),
        ),
        menu_items={
            FrontendType.VENDOR: (
                MenuItem(
                    "team",
                    _("Team"),
                    url_name="dashboard:tenancy:team",
                    icon="users-round",
                    order=80,
                    permission="tenancy.manage_team",
                ),
            )
        },
        data_summary="modules.tenancy.hooks.data_summary",
    )

    def ready(self) -> None:
        # Registering the answers to the ground floor's questions is what this import is for.
        from modules.tenancy import extensions, mails  # noqa: F401, PLC0415

        demo_steps.register(
            DemoStep(
                "staff", 30, "modules.tenancy.demo.make_staff", undo="modules.tenancy.demo.remove_vendors"
            )
        )

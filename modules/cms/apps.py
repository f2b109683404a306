from django.utils.translation import gettext_lazy as _

from platform_core.demo import DemoStep, demo_steps
from platform_core.modules import FrontendType, MenuItem, ModuleConfig, ModuleDefinition, Permission
from platform_core.roles import VENDOR_CLERK, VENDOR_OWNER


class CmsConfig(ModuleConfig):
    """Content pages of shops, and the platform's own pages that stand behind them."""

    name = "modules.cms"
    label = "cms"
    verbose_name = _("content pages")
    definition = ModuleDefinition(
        code="cms",
        name=_("Content pages"),
        description=_("Imprint, terms, privacy, returns and other pages with text, in four languages."),
        is_core=True,
        permissions=(
            Permission("cms.view_page", _("See content pages"), roles=(VENDOR_OWNER, VENDOR_CLERK)),
            Permission("cms.add_page", _("Add content pages")),
            Permission("cms.change_page", _("Write and publish content pages")),
            Permission("cms.delete_page", _("Remove content pages")),
            Permission("cms.view_defaultpage", _("See the platform's own pages"), roles=()),
            Permission("cms.add_defaultpage", _("Add pages of the platform"), roles=()),
            Permission("cms.change_defaultpage", _("Write the platform's own pages"), roles=()),
            Permission("cms.delete_defaultpage", _("Remove pages of the platform"), roles=()),
        ),
        menu_items={
            FrontendType.VENDOR: (
                MenuItem(
                    "pages",
                    _("Pages"),
                    url_name="dashboard:cms:list",
                    icon="file-text",
                    order=60,
                    permission="cms.view_page",
                ),
            )
        },
        data_summary="modules.cms.hooks.data_summary",
    )

    def ready(self) -> None:
        demo_steps.register(DemoStep("pages", 60, "modules.cms.demo.steps.make_pages"))
        # Registering what content pages add to a shop is what this import is for.
        from modules.cms import extensions  # noqa: F401, PLC0415

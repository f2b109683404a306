from django.utils.translation import gettext_lazy as _

from platform_core.modules import FrontendType, MenuItem, ModuleConfig, ModuleDefinition


class GreetingsConfig(ModuleConfig):
    """A page in every shop that greets its visitors."""

    name = "wizamart_greetings"
    label = "greetings"
    verbose_name = _("greetings")
    definition = ModuleDefinition(
        code="greetings",
        name=_("Greetings"),
        description=_("A page in every shop that greets its visitors."),
        version="1.2.0",
        requires_platform_core=">=0.1,<2",
        requires_packages=("django>=5",),
        menu_items={
            FrontendType.SHOP: (MenuItem("greetings", _("Greetings"), url_name="storefront:greetings:home"),)
        },
        config_schema="wizamart_greetings.config.Greetings",
        health_check="wizamart_greetings.health.check",
    )

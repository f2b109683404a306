from django.utils.translation import gettext_lazy as _

from platform_core.demo import DemoStep, demo_steps
from platform_core.modules import FrontendType, MenuItem, ModuleConfig, ModuleDefinition, Permission
from platform_core.roles import VENDOR_CLERK, VENDOR_OWNER


class CustomersConfig(ModuleConfig):
    """A shop's customers: their accounts and addresses. Each customer belongs to one shop."""

    name = "modules.customers"
    label = "customers"
    verbose_name = _("customers")
    definition = ModuleDefinition(
        code="customers",
        name=_("Customers"),
        description=_("Customer accounts and addresses, one shop at a time."),
        is_core=True,
        permissions=(
            Permission("customers.view_customer", _("See customers"), roles=(VENDOR_OWNER, VENDOR_CLERK)),
            Permission("customers.change_customer", _("Change customers")),
            Permission(
                "customers.view_address", _("See customers' addresses"), roles=(VENDOR_OWNER, VENDOR_CLERK)
            ),
        ),
        menu_items={
            FrontendType.VENDOR: (
                MenuItem(
                    "customers",
                    _("Customers"),
                    url_name="dashboard:customers:list",
                    icon="users",
                    order=40,
                    permission="customers.view_customer",
                ),
            )
        },
        data_summary="modules.customers.hooks.data_summary",
    )

    def ready(self) -> None:
        # Registering the answers to the ground floor's questions is what this import is for.
        from modules.customers import extensions, mails  # noqa: F401, PLC0415
        from modules.customers.dashboard import panels  # noqa: F401, PLC0415

        demo_steps.register(DemoStep("customers", 70, "modules.customers.demo.make_customers"))

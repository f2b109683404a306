from django.utils.translation import gettext_lazy as _

from platform_core.demo import DemoStep, demo_steps
from platform_core.modules import FrontendType, MenuItem, ModuleConfig, ModuleDefinition, Permission
from platform_core.roles import VENDOR_CLERK, VENDOR_OWNER

TEAM = (VENDOR_OWNER, VENDOR_CLERK)
STAFF_ONLY: tuple[str, ...] = ()


class OrdersConfig(ModuleConfig):
    """Carts, the checkout, and orders with what becomes of them."""

    name = "modules.orders"
    label = "orders"
    verbose_name = _("orders")
    definition = ModuleDefinition(
        code="orders",
        name=_("Orders"),
        description=_("Cart, checkout, shipping and orders."),
        requires=("payments",),
        permissions=(
            Permission("orders.view_order", _("See orders"), roles=TEAM),
            Permission("orders.change_order", _("Confirm, send and cancel orders"), roles=TEAM),
            Permission("orders.change_shippingmethod", _("Set up shipping")),
            # The codes Django's admin asks for.
            Permission("orders.view_orderline", _("Lines of orders in the admin"), roles=STAFF_ONLY),
            Permission("orders.view_shippingmethod", _("Shipping methods in the admin"), roles=STAFF_ONLY),
        ),
        menu_items={
            FrontendType.VENDOR: (
                MenuItem(
                    "orders",
                    _("Orders"),
                    url_name="dashboard:orders:list",
                    icon="shopping-bag",
                    order=10,
                    permission="orders.view_order",
                ),
                MenuItem(
                    "shipping",
                    _("Shipping"),
                    url_name="dashboard:orders:shipping",
                    icon="truck",
                    order=60,
                    permission="orders.change_shippingmethod",
                ),
            )
        },
        keeps_data=_("Orders are part of a shop's bookkeeping, which the law has it keep."),
        can_disable="modules.orders.hooks.unsent_orders",
        data_summary="modules.orders.hooks.data_summary",
        health_check="modules.orders.hooks.payments_match",
    )

    def ready(self) -> None:
        demo_steps.register(DemoStep("orders", 90, "modules.orders.demo.steps.make_orders"))
        # Registering mails, handlers, the panel of the dashboard's home and what a shop's pages show.
        from modules.orders import handlers, mails  # noqa: F401, PLC0415
        from modules.orders.dashboard import panels  # noqa: F401, PLC0415
        from modules.orders.storefront import shell  # noqa: F401, PLC0415

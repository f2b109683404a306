from django.utils.translation import gettext_lazy as _

from platform_core.demo import DemoStep, demo_steps
from platform_core.modules import FrontendType, MenuItem, ModuleConfig, ModuleDefinition, Permission
from platform_core.roles import VENDOR_CLERK, VENDOR_OWNER

TEAM = (VENDOR_OWNER, VENDOR_CLERK)
STAFF_ONLY: tuple[str, ...] = ()


class PaymentsConfig(ModuleConfig):
    """How a shop is paid: its payment methods, and each payment with the ledger of what happened to it."""

    name = "modules.payments"
    label = "payments"
    verbose_name = _("payments")
    definition = ModuleDefinition(
        code="payments",
        name=_("Payments"),
        description=_("Payment methods of shops, payments received and refunds."),
        permissions=(
            Permission("payments.view_payment", _("See payments"), roles=TEAM),
            Permission("payments.change_payment", _("Record receipts and refunds"), roles=TEAM),
            Permission("payments.configure_method", _("Set up payment methods")),
            # The code Django's admin asks for.
            Permission("payments.view_paymentevent", _("Ledgers of payments in the admin"), roles=STAFF_ONLY),
        ),
        menu_items={
            FrontendType.VENDOR: (
                MenuItem(
                    "payments",
                    _("Payments"),
                    url_name="dashboard:payments:list",
                    icon="banknote",
                    order=35,
                    permission="payments.view_payment",
                ),
                MenuItem(
                    "payment-methods",
                    _("Payment methods"),
                    url_name="dashboard:payments:methods",
                    icon="landmark",
                    order=90,
                    permission="payments.configure_method",
                ),
            )
        },
        keeps_data=_("Payments are part of a shop's bookkeeping, which the law has it keep."),
        can_disable="modules.payments.hooks.open_payments",
        data_summary="modules.payments.hooks.data_summary",
        health_check="modules.payments.hooks.ledgers_agree",
    )

    def ready(self) -> None:
        demo_steps.register(DemoStep("payments", 80, "modules.payments.demo.make_payments"))
        # Models are not loaded yet when this file is read, and gateways name them.
        from modules.payments.extensions import payment_gateways  # noqa: PLC0415
        from modules.payments.gateways.bank_transfer import BankTransfer  # noqa: PLC0415
        from modules.payments.gateways.cash import CashOnCollection  # noqa: PLC0415

        payment_gateways.register(BankTransfer)
        payment_gateways.register(CashOnCollection)

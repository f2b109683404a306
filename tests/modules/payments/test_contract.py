"""The contract of payments: off, nothing of it is left; back on, everything is."""

from modules.payments.services import save_method
from platform_core.testing import ModuleContractTestCase, World


class TestContract(ModuleContractTestCase):
    code = "payments"

    def make_rows(self, world: World) -> None:
        save_method(gateway="cash_on_collection", config={"place": "Here"}, is_active=True, position=1)

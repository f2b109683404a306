"""The contract of orders: off, nothing of it is left; back on, everything is."""

from modules.orders.services import save_shipping_method
from platform_core.testing import ModuleContractTestCase, World


class TestContract(ModuleContractTestCase):
    code = "orders"

    def make_rows(self, world: World) -> None:
        save_shipping_method(code="van", kind="flat", names={"en": "Van"}, price_minor=500, countries=("LU",))

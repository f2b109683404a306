"""The contract of the catalogue: off, nothing of it is left; back on, everything is."""

from modules.catalog.services import create_product
from platform_core.testing import ModuleContractTestCase, World


class TestContract(ModuleContractTestCase):
    code = "catalog"

    def make_rows(self, world: World) -> None:
        create_product(
            slug="camera",
            translations={"en": {"title": "Camera"}},
            variants=[{"sku": "C-1", "price_minor": 1000}],
        )

"""Off, nothing of ${name} is left; back on, everything is."""

from platform_core.testing import ModuleContractTestCase, World
from ${package}.services import write_${model}


class TestContract(ModuleContractTestCase):
    code = "${code}"

    def make_rows(self, world: World) -> None:
        write_${model}(title="Hello", is_published=True)

"""A page in every shop: the contract of a module without tables."""

from platform_core.testing import ModuleContractTestCase


class TestContract(ModuleContractTestCase):
    code = "greetings"

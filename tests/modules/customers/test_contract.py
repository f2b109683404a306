"""The contract of customers: off, nothing of it is left; back on, everything is."""

from platform_core.testing import ModuleContractTestCase


class TestContract(ModuleContractTestCase):
    # Its rows are those of the customer who has signed in.
    code = "customers"

"""What core says of itself holds. There is no site without it, so that it is never off."""

from platform_core.testing import DefinitionTestCase


class TestDefinition(DefinitionTestCase):
    code = "core"

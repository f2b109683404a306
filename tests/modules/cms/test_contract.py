"""The contract of content pages: off, nothing of it is left; back on, everything is."""

from modules.cms.services import save_page
from platform_core.testing import ModuleContractTestCase, World


class TestContract(ModuleContractTestCase):
    code = "cms"

    def make_rows(self, world: World) -> None:
        save_page(slug="about", translations={"en": {"title": "About", "body_html": "<p>Here.</p>"}})

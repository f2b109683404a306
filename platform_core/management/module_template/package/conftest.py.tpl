"""The fixtures of Wizamart's own tests: platforms, shops, people, and databases to hold them."""

pytest_plugins = ("tests.conftest",)

"""A module of another package, from its wheel to a shop's page and away again, on a running installation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import shops
from tests.faults.installation import Installation, installation
from tests.third_party.packages import install
from tests.third_party.visits import manage, page_of, soon

pytestmark = pytest.mark.proof


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package, built and installed as anybody would."""
    return install(tmp_path_factory.mktemp("packages"), "greetings")


@pytest.fixture(scope="module")
def site(packages: Path) -> Iterator[Installation]:
    with installation(MODULES_ALLOW="greetings", PYTHONPATH=str(packages)) as running:
        yield running


def modules(site: Installation, *words: str) -> str:
    return manage(site, "modules", *words)


def test_a_wheel_is_a_module_like_any_other_and_may_go_again(site: Installation) -> None:
    here, elsewhere = shops.SHOPS[0].host, next(s.host for s in shops.SHOPS if s.platform == "mosel")
    unknown = page_of(site, "/nothing-of-this-name/", here)
    assert page_of(site, "/greetings/", here)[0] == unknown[0] == 404
    assert "greetings switched on" in modules(site, "enable", "greetings", "--platform", "lux")
    soon(site, "/greetings/", here, status=200, word="Welcome")
    assert page_of(site, "/greetings/", elsewhere)[0] == 404
    modules(site, "config", "greetings", "words=Moien alleguer", "--platform", "lux")
    soon(site, "/greetings/", here, status=200, word="Moien alleguer")
    modules(site, "disable", "greetings", "--platform", "lux")
    soon(site, "/greetings/", here, status=404)
    modules(site, "enable", "greetings", "--platform", "lux")
    soon(site, "/greetings/", here, status=200, word="Moien alleguer")

    # Its package is gone, and its name is still allowed.
    site.kill_web()
    site.settings["PYTHONPATH"] = ""
    site.start_web()
    assert page_of(site, "/greetings/", here)[0] == 404
    assert page_of(site, "/", here)[0] == 200
    rows = {row["code"]: row for row in json.loads(modules(site, "list", "--platform", "lux", "--json"))}
    assert rows["greetings"]["tier"] == "unusable"
    assert rows["greetings"]["name"] == "MODULES_ALLOW names greetings, which no package brings."
    # Nor allowed any more: its row, with what was set, waits for it.
    site.settings["MODULES_ALLOW"] = ""
    rows = {row["code"]: row for row in json.loads(modules(site, "list", "--platform", "lux", "--json"))}
    assert rows["greetings"]["tier"] == "missing"
    [(config,)] = site.rows("SELECT config FROM platform_modules WHERE module_code = 'greetings'")
    assert config == {"words": "Moien alleguer"}

"""A module of another package, from its wheel to a shop's page and away again, on a running installation."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from platform_core.embedded import PROJECT_DIR
from platform_core.tenancy.bootstrap import url_for
from tests.faults import shops
from tests.faults.installation import Installation, environment, installation

pytestmark = pytest.mark.proof
SOURCE = Path(__file__).parent / "greetings"
UV = Path(sys.executable).parent / "uv"


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package, built and installed as anybody would."""
    folder = tmp_path_factory.mktemp("packages")
    build = [
        str(UV),
        "build",
        "--wheel",
        "--offline",
        "--quiet",
        "--out-dir",
        str(folder / "wheels"),
        str(SOURCE),
    ]
    subprocess.run(build, check=True)
    [wheel] = (folder / "wheels").glob("*.whl")
    install = [
        str(UV),
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--target",
        str(folder / "site"),
    ]
    subprocess.run([*install, str(wheel)], check=True)
    return folder / "site"


@pytest.fixture(scope="module")
def site(packages: Path) -> Iterator[Installation]:
    with installation(MODULES_ALLOW="greetings", PYTHONPATH=str(packages)) as running:
        yield running


def page(site: Installation, path: str, host: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=20)
    connection.request("GET", path, headers={"Host": host})
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def modules(site: Installation, *words: str) -> str:
    """Run `manage.py modules …` as the operator."""
    urls = {
        name: url_for(site.superuser_url, database="wizamart", user=role, password=site.passwords[role])
        for name, role in (("DATABASE_URL", "app"), ("DATABASE_OWNER_URL", "owner"))
    }
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", "modules", *words],
        cwd=PROJECT_DIR,
        env=environment(**urls, REDIS_URL=site.redis_url, **site.settings),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def soon(site: Installation, path: str, host: str, *, status: int, word: str = "") -> None:
    """Every process agrees within five seconds; a machine under load is given more."""
    until = time.monotonic() + 20
    while True:
        found = page(site, path, host)
        if found[0] == status and word in found[1]:
            return
        assert time.monotonic() < until, found
        time.sleep(0.2)


def test_a_wheel_is_a_module_like_any_other_and_may_go_again(site: Installation) -> None:
    here, elsewhere = shops.SHOPS[0].host, next(s.host for s in shops.SHOPS if s.platform == "mosel")
    unknown = page(site, "/nothing-of-this-name/", here)
    assert page(site, "/greetings/", here)[0] == unknown[0] == 404
    assert "greetings switched on" in modules(site, "enable", "greetings", "--platform", "lux")
    soon(site, "/greetings/", here, status=200, word="Welcome")
    assert page(site, "/greetings/", elsewhere)[0] == 404
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
    assert page(site, "/greetings/", here)[0] == 404
    assert page(site, "/", here)[0] == 200
    rows = {row["code"]: row for row in json.loads(modules(site, "list", "--platform", "lux", "--json"))}
    assert rows["greetings"]["tier"] == "unusable"
    assert rows["greetings"]["name"] == "MODULES_ALLOW names greetings, which no package brings."
    # Nor allowed any more: its row, with what was set, waits for it.
    site.settings["MODULES_ALLOW"] = ""
    rows = {row["code"]: row for row in json.loads(modules(site, "list", "--platform", "lux", "--json"))}
    assert rows["greetings"]["tier"] == "missing"
    [(config,)] = site.rows("SELECT config FROM platform_modules WHERE module_code = 'greetings'")
    assert config == {"words": "Moien alleguer"}

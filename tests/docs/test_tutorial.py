"""The tutorial, done: every command and file of docs/modules/tutorial.md, until pages answer on a running installation."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import venv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from platform_core.embedded import PROJECT_DIR
from tests.docs.tutorial import PAGE, Step, steps
from tests.faults import shops
from tests.faults.installation import Installation, installation
from tests.third_party.visits import operators_environment, page_of, soon

BIN = Path(sys.executable).parent
STEPS = list(steps(PAGE.read_text()))
SWITCHING_ON = "9. Publish and switch on"


@dataclass
class Reader:
    """Somebody who follows the page, in an environment of their own over the checkout's packages."""

    home: Path
    env: dict[str, str] = field(default_factory=dict)
    folder: Path = PROJECT_DIR

    @property
    def package(self) -> Path:
        return self.home / "wizamart-reviews"

    @property
    def packages(self) -> Path:
        """Where `uv pip install` puts what it is told to."""
        return next((self.home / "venv" / "lib").glob("python*/site-packages"))

    def follow(self, step: Step) -> str:
        """Do what a step says. Returns what the commands have said."""
        if step.path:
            file = self.package / step.path
            assert not step.adds or file.exists(), step.path
            before = f"{file.read_text()}\n" if step.adds else ""
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(before + step.text)
            return ""
        return self.run(step.text)

    def run(self, commands: str) -> str:
        # The checkout is this one, and what stands beside it stands in a folder of the test's.
        text = commands.replace("../wizamart-reviews", str(self.package))
        text = text.replace("--project ..", f"--project {self.home}")
        text = text.replace(".venv/bin/", f"{self.home}/venv/bin/")
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", f"{text}\nprintf '%s' \"$PWD\" > {self.home}/folder"],
            cwd=self.folder,
            env={**os.environ, "VIRTUAL_ENV": str(self.home / "venv"), "UV_OFFLINE": "1", **self.env},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{commands}\n{done.stdout[-4000:]}\n{done.stderr[-3000:]}"
        # As in a terminal that stays open: where it is, and what was exported.
        self.folder = Path((self.home / "folder").read_text())
        self.env |= dict(re.findall(r"^export (\w+)=(\S+)$", commands, flags=re.M))
        return done.stdout


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    home = tmp_path_factory.mktemp("tutorial")
    venv.create(home / "venv", symlinks=True)
    reader = Reader(home, {"DJANGO_SETTINGS_MODULE": "config.settings.test"})
    [packages] = [path for path in sys.path if path.endswith("site-packages")][:1]
    (reader.packages / "checkout.pth").write_text(f"{packages}\n")
    for tool in ("uv", "ruff"):
        (home / "venv" / "bin" / tool).symlink_to(BIN / tool)
    return reader


@pytest.fixture(scope="module")
def built(reader: Reader) -> Reader:
    """Followed as far as the wheel; what is switched on needs servers."""
    for step in STEPS:
        if step.heading != SWITCHING_ON:
            reader.follow(step)
    reader.follow(wheel_and_switch()[0])
    return reader


def wheel_and_switch() -> list[Step]:
    return [step for step in STEPS if step.heading == SWITCHING_ON]


@pytest.fixture(scope="module")
def site(built: Reader) -> Iterator[Installation]:
    with installation(MODULES_ALLOW="reviews", PYTHONPATH=str(built.packages)) as running:
        yield running


@pytest.mark.proof
def test_who_follows_the_page_has_a_module_of_gold_whose_pages_answer(
    built: Reader, site: Installation
) -> None:
    assert "reviews: gold" in built.run(
        ".venv/bin/python manage.py modules check --quality reviews --tests ../wizamart-reviews/tests"
    )
    built.env |= operators_environment(site)
    assert "reviews switched on" in built.follow(wheel_and_switch()[1])
    site.kill_web()
    site.start_web()
    here, elsewhere = shops.SHOPS[0].host, next(s.host for s in shops.SHOPS if s.platform == "mosel")
    soon(site, "/reviews/", here, status=200, word="Reviews")
    assert page_of(site, "/api/v1/storefront/reviews/", here)[0] == 200
    assert page_of(site, "/reviews/", elsewhere)[0] == 404
    assert page_of(site, "/vendor/reviews/", "lux.localhost")[0] == 302


def test_every_block_of_the_page_is_a_step() -> None:
    blocks = re.findall(r"^```\w+$", PAGE.read_text(), flags=re.M)
    assert len(STEPS) == len(blocks) > 20


def test_control_a_block_that_names_no_file_is_found() -> None:
    with pytest.raises(ValueError, match="a block of python"):
        list(steps("## 1. Begin\n```python\nx = 1\n```\n"))


def test_the_terminal_stays_where_a_command_leaves_it(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    reader.run(f"cd {tmp_path}\n")
    assert reader.run("pwd\n").strip() == str(tmp_path)


def test_control_a_command_that_fails_is_found(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="false"):
        Reader(tmp_path).run("false\ntrue\n")

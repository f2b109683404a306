"""Several processes: toggling against each other, and agreeing on what is on, with Valkey and without."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.db import connection

from platform_core.embedded import PROJECT_DIR
from platform_core.embedded.home import account_for, data_home
from platform_core.embedded.valkey import Valkey
from platform_core.modules import graph
from platform_core.modules.locking import locked_platform
from platform_core.modules.models import ModuleChange, PlatformModule
from platform_core.tenancy.context import platform_context
from tests.databases import url_of
from tests.proofs import size
from tests.sample_modules import SAMPLES, beside_the_installed, graph_of_the_seeds

pytestmark = [pytest.mark.proof, pytest.mark.database, pytest.mark.django_db(transaction=True)]

ROUNDS = size(ci=50, full=500)
AGREE_SECONDS = 5.0
REQUIRES = {config.definition.code: config.definition for config in graph_of_the_seeds()}


@pytest.fixture(autouse=True)
def seeds() -> Iterator[None]:
    samples = [config for config in graph_of_the_seeds() if not config.definition.is_core]
    with beside_the_installed(*samples):
        yield


class Process:
    """tests/platform_core/modules/process.py, and what it has said so far with the moment it came."""

    def __init__(self, *arguments: str, redis_url: str = "") -> None:
        self.said: list[tuple[float, dict[str, Any]]] = []
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.platform_core.modules.process", *arguments],
            cwd=PROJECT_DIR,
            env=os.environ
            | {"DATABASE_URL": url_of("default"), "REDIS_URL": redis_url, "SECRET_KEY": "of-the-test"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self._process.stdout or ():
            self.said.append((time.monotonic(), json.loads(line)))

    def is_ready(self) -> bool:
        return any("ready" in facts for _at, facts in self.said)

    def go(self) -> None:
        """Let it begin what it is ready for."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def is_running(self) -> bool:
        return self._process.poll() is None

    def exit_code(self) -> int:
        return self._process.wait(timeout=120)

    def wait(self) -> list[dict[str, Any]]:
        """What it has said by its end. Raises AssertionError with its errors if it failed."""
        code = self._process.wait(timeout=120)
        self._reader.join(timeout=10)
        assert code == 0, self._process.stderr.read() if self._process.stderr else ""
        return [facts for _at, facts in self.said]

    def wait_for(self, on: list[str], *, seconds: float) -> float:
        """The moment at which it said that these are on, which must not be later than in so many seconds."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.said and self.said[-1][1].get("on") == on:
                return self.said[-1][0]
            time.sleep(0.01)
        errors = (
            self._process.stderr.read() if self._process.poll() is not None and self._process.stderr else ""
        )
        raise AssertionError(f"Not {on} within {seconds} s, but {self.said[-1:]}. {errors}")

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()


@contextmanager
def processes(*all_arguments: tuple[str, ...], redis_url: str = "") -> Iterator[list[Process]]:
    started = [Process(*arguments, redis_url=redis_url) for arguments in all_arguments]
    try:
        yield started
    finally:
        for process in started:
            process.end()


@contextmanager
def valkey_in(folder: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """(address, what ends it) of a Valkey of the test's own."""
    account = account_for(folder)
    (folder / "valkey.log").touch()
    valkey = Valkey(
        home=data_home(folder, account), log=folder / "valkey.log", account=account, durable=False
    )
    valkey.prepare()
    try:
        yield valkey.start("of-the-test"), valkey.stop
    finally:
        valkey.stop()


def begin_together(pair: list[Process]) -> None:
    """Both are ready before either begins, however long the machine takes to start them."""
    deadline = time.monotonic() + 60
    while not all(process.is_ready() for process in pair):
        assert time.monotonic() < deadline and all(process.is_running() for process in pair)
        time.sleep(0.01)
    for process in pair:
        process.go()


def rows(platform: Any) -> dict[str, bool]:
    """What the table says, in one statement."""
    with platform_context(role="operator"):
        return dict(PlatformModule.objects.filter(platform=platform).values_list("module_code", "is_enabled"))


def test_two_processes_that_toggle_against_each_other(lux):
    """On means all it requires is on, at every moment; versions rise; each change has one row; nobody hangs."""
    # The count of a platform goes on from test to test.
    broken, looked, first = [], 0, lux.modules_version + 1
    with processes(("toggle", str(ROUNDS), "1"), ("toggle", str(ROUNDS), "2")) as pair:
        begin_together(pair)
        while any(process.is_running() for process in pair):
            state = rows(lux)
            on = {code for code, is_on in state.items() if is_on}
            broken += [(code, state) for code in on if not graph.closure([code], REQUIRES) <= on]
            looked += 1
        said = [process.wait() for process in pair]
    assert broken == []
    assert looked > ROUNDS / 2
    done = [facts for facts in said[0] + said[1] if facts.get("changed")]
    versions = sorted(facts["version"] for facts in done)
    assert versions == list(range(first, first + len(done)))
    for one in said:
        mine = [facts["version"] for facts in one if facts.get("changed")]
        assert mine == sorted(mine)
    assert {facts["refused"] for facts in said[0] + said[1] if "refused" in facts} <= {"busy"}
    assert sum("version" in facts for facts in said[0] + said[1]) == 2 * ROUNDS
    # Both were at it together: neither had all its changes before the other's first.
    firsts, lasts = zip(
        *((o[0]["version"], o[-1]["version"]) for o in ([f for f in s if f.get("changed")] for s in said)),
        strict=True,
    )
    assert max(firsts) < min(lasts)
    with platform_context(role="operator"):
        changes = list(
            ModuleChange.objects.filter(platform_id=lux.pk)
            .order_by("pk")
            .values_list("action", "module_code", "version")
        )
        lux.refresh_from_db()
    turned = [change for change in changes if change[0] in {"enabled", "disabled"}]
    assert len(turned) == sum(len(facts["changed"]) for facts in done)
    assert sorted({change[2] for change in turned}) == versions
    assert lux.modules_version == versions[-1]
    refused = sum("refused" in facts for facts in said[0] + said[1])
    assert len(changes) - len(turned) == refused
    # Replayed, the rows tell the state there is.
    state: dict[str, bool] = {}
    for action, code, _version in turned:
        assert state.get(code, False) is (action == "disabled")
        state[code] = action == "enabled"
    assert state == rows(lux)


def test_control_without_the_lock_it_breaks(lux):
    """The same, without the lock on the platform: a process fails, a version is counted twice, or a state is broken."""
    broken = []
    with processes(("toggle-unlocked", str(ROUNDS), "1"), ("toggle-unlocked", str(ROUNDS), "2")) as pair:
        begin_together(pair)
        while any(process.is_running() for process in pair):
            state = rows(lux)
            on = {code for code, is_on in state.items() if is_on}
            broken += [code for code in on if not graph.closure([code], REQUIRES) <= on]
        codes = [process.exit_code() for process in pair]
    versions = [facts["version"] for process in pair for _at, facts in process.said if facts.get("changed")]
    assert broken or codes != [0, 0] or len(versions) != len(set(versions))


@pytest.mark.parametrize("kind", ["Valkey runs", "Valkey dies", "no Valkey"])
def test_another_process_agrees_in_time(lux, kind, tmp_path):
    """A toggle by one process is in force in another that has looked before."""
    with ExitStack() as stack:
        url, end = ("", lambda: None) if kind == "no Valkey" else stack.enter_context(valkey_in(tmp_path))
        (watcher,) = stack.enter_context(processes(("watch",), redis_url=url))
        watcher.wait_for([], seconds=60)
        if kind == "Valkey dies":
            end()
        for verb, codes, on in (
            ("enable", ("orders", "billing"), ["billing", "orders", "payments"]),
            ("disable", ("payments",), []),
        ):
            with processes(("switch", verb, *codes), redis_url=url) as (switching,):
                switching.wait()
                done = time.monotonic()
                assert watcher.wait_for(on, seconds=AGREE_SECONDS) - done <= AGREE_SECONDS


def test_a_switch_makes_nobody_wait_who_writes_something_else_of_the_platform(lux):
    """Rows that refer to the platform ask whether it is there: that is no change of its modules."""

    def write() -> None:
        try:
            with platform_context(role="operator"):
                PlatformModule.objects.create(platform=lux, module_code="written-meanwhile")
        finally:
            connection.close()

    with platform_context(role="operator"), locked_platform(lux, None), ThreadPoolExecutor(1) as pool:
        pool.submit(write).result(timeout=5)
    assert "written-meanwhile" in rows(lux)


def test_the_samples_are_the_graph_of_the_seeds():
    assert set(SAMPLES) < set(REQUIRES)
    assert REQUIRES["orders"].requires == ("payments",)
